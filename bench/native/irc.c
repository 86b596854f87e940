// IRC, as far as the load generator speaks it: it registers, joins one channel, answers PING and posts. A server does not
// send a member's own message back.
#include "loadgen.h"
#include "websocket.h"

static void say_line(Connection *connection, const char *line, int length) { say_bytes(connection, line, length); }

static void greet(Connection *connection) {
  char line[128];
  say_line(connection, line, snprintf(line, sizeof line, "NICK m%05ld\r\nUSER bench 0 * :bench\r\n", index_of(connection)));
}

static void post(Connection *connection, const char *body, uint32_t count) {
  char line[512];
  say_line(connection, line, snprintf(line, sizeof line, "PRIVMSG #%s :%s\r\n", connection->room->id, body));
}

static void numeric(Connection *connection, const uint8_t *line, size_t length) {
  char join[64];
  int number = atoi((const char *)line);
  if (number == 376 || number == 422) // The message of the day has ended, or there is none.
    say_line(connection, join, snprintf(join, sizeof join, "JOIN #%s\r\n", connection->room->id));
  else if (number == 366) is_open(connection); // The names have ended.
  else if (number >= 400 && number < 600) refused(connection, line, length);
}

static void line_came(Connection *connection, const uint8_t *line, size_t length, uint64_t now) {
  const uint8_t *word = line, *end = line + length;
  if (*line == ':' && !((word = memchr(line, ' ', length)) && ++word < end)) return;
  size_t rest = end - word;
  if (ws_begins(word, rest, "PRIVMSG ")) {
    const uint8_t *mark = memchr(word, '^', rest);
    if (mark && end - mark >= MARK && mark[1] == 'M') marker(connection, mark, now);
    else complain(connection, "a message that nobody sent", line, length);
  } else if (ws_begins(word, rest, "PING")) {
    char pong[512];
    say_line(connection, pong, snprintf(pong, sizeof pong, "PONG%.*s\r\n", (int)(rest > 400 ? 400 : rest) - 4, word + 4));
  } else if (ws_begins(word, rest, "ERROR")) refused(connection, line, length);
  else if (*word >= '0' && *word <= '9') numeric(connection, word, rest);
}

static size_t read(Connection *connection, const uint8_t *text, size_t have, uint64_t now) {
  const uint8_t *at = text, *end = text + have, *newline;
  while ((newline = memchr(at, '\n', end - at))) {
    size_t length = newline - at;
    if (length && at[length - 1] == '\r') length--;
    if (length) line_came(connection, at, length, now);
    at = newline + 1;
  }
  return at - text;
}

const Protocol irc_protocol = {.name = "irc", .acknowledged = BY_SIGHT, .greet = greet, .post = post, .read = read};
