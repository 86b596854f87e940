// XMPP, as far as the load generator speaks it: an anonymous client without TLS that joins one room of a multi-user chat.
// Who sends gets its own message like everybody else.
#include "loadgen.h"

static const char STREAM[] =
  "<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
static const char AUTH[] = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>";
static const char BIND[] = "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";

// What ends each step of the greeting. 110 marks one's own presence: everybody else's came before.
static const char *const AWAITED[] = {"</stream:features>", "<success", "</stream:features>", "</iq>", "code='110'"};
enum { STEPS = sizeof AWAITED / sizeof *AWAITED, LONGEST = 32 };

static void greet(Connection *connection) { say_bytes(connection, STREAM, sizeof STREAM - 1); }

static void step_done(Connection *connection) {
  char join[512];
  switch (connection->step++) {
    case 0: say_bytes(connection, AUTH, sizeof AUTH - 1); break;
    case 1: say_bytes(connection, STREAM, sizeof STREAM - 1); break;
    case 2: say_bytes(connection, BIND, sizeof BIND - 1); break;
    case 3:
      say_bytes(connection, join, snprintf(join, sizeof join,
        "<presence to='%s@conference.localhost/m%05ld'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>",
        connection->room->id, index_of(connection)));
      break;
    default: is_open(connection);
  }
}

static void post(Connection *connection, const char *body, uint32_t count) {
  char stanza[512];
  say_bytes(connection, stanza, snprintf(stanza, sizeof stanza,
    "<message type='groupchat' id='%u' to='%s@conference.localhost'><body>%s</body></message>", count, connection->room->id, body));
}

static size_t read(Connection *connection, const uint8_t *text, size_t have, uint64_t now) {
  const uint8_t *at = text, *end = text + have;
  while (connection->step < STEPS) {
    const char *awaited = AWAITED[connection->step];
    const uint8_t *found = memmem(at, end - at, awaited, strlen(awaited));
    if (memmem(at, end - at, "<failure", 8) || memmem(at, end - at, "type='error'", 12)) refused(connection, at, end - at);
    if (!found) return end - at > LONGEST ? end - LONGEST - text : at - text;
    at = found + strlen(awaited);
    step_done(connection);
  }
  if (at < end && memmem(at, end - at < 400 ? end - at : 400, "type='error'", 12)) refused(connection, at, end - at);
  return at - text + scan(connection, at, end - at, 0, now);
}

const Protocol xmpp_protocol = {.name = "xmpp", .acknowledged = BY_ECHO, .greet = greet, .post = post, .read = read};
