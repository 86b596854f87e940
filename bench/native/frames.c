// The WebSocket side of the load generator.
#include "loadgen.h"
#include "websocket.h"
#include <sys/socket.h>

void say(Connection *connection, const char *text, size_t length) {
  uint8_t frame[MOST_TEXT + 16];
  int header = ws_write_header(frame, length, 1);
  memcpy(frame + header, text, length);
  say_bytes(connection, frame, header + length);
}

static void answer_ping(Connection *connection, const uint8_t *payload, size_t length) {
  uint8_t frame[160] = {0x8a, 0x80 | (uint8_t)length};
  memcpy(frame + 6, payload, length); // The mask's key is 0.
  say_bytes(connection, frame, 6 + length);
}

void upgrade(Connection *connection, int port) {
  char path[512], request[1200], answer[2048];
  protocol->path(connection, path, sizeof path);
  int length = snprintf(request, sizeof request,
    "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path, port, connection->token);
  if (send(connection->fd, request, length, MSG_NOSIGNAL) != length) fail("send");
  int have = 0;
  while (!memmem(answer, have, "\r\n\r\n", 4)) {
    ssize_t got = recv(connection->fd, answer + have, 1, 0); // One byte at a time: what follows are frames.
    if (got <= 0 || ++have == (int)sizeof answer) { fprintf(stderr, "no upgrade: %.*s\n", have, answer); exit(1); }
  }
  if (strncmp(answer, "HTTP/1.1 101", 12)) { fprintf(stderr, "no upgrade: %.*s\n", have, answer); exit(1); }
}

size_t read_frames(Connection *connection, const uint8_t *text, size_t length, uint64_t now, const FrameReader *reader) {
  const uint8_t *at = text, *end = text + length;
  while (at < end) {
    if (connection->remaining) {
      size_t have = (size_t)(end - at) < connection->remaining ? (size_t)(end - at) : connection->remaining;
      size_t done = connection->has_news ? scan(connection, at, have, have == connection->remaining, now) : have;
      connection->remaining -= done;
      at += done;
      if (done < have) break;
      continue;
    }
    Frame frame;
    if (!ws_header(at, end - at, &frame)) break;
    size_t have = end - at - frame.header;
    const uint8_t *payload = at + frame.header;
    if (frame.opcode == 8) {
      over(connection, "closed by the server with a reason");
      return length;
    }
    if (frame.opcode > 8) {
      if (have < frame.length) break;
      if (frame.opcode == 9) answer_ping(connection, payload, frame.length);
      at += frame.header + frame.length;
      continue;
    }
    if (have < frame.length && have < 24) break;
    if (have < frame.length && frame.length < CARRY / 2 && reader->is_whole(payload, have)) break;
    if (have >= frame.length && reader->is_whole(payload, frame.length)) {
      reader->whole(connection, payload, frame.length, now);
      at += frame.header + frame.length;
      continue;
    }
    connection->has_news = reader->may_hold_posts(connection, payload, have);
    at += frame.header;
    connection->remaining = frame.length;
  }
  return at - text;
}
