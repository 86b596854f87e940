// Parley's protocol, as far as the load generator speaks it. The references in C speak it too.
#include "loadgen.h"
#include "websocket.h"

static void path(const Connection *connection, char *path, size_t room) { snprintf(path, room, "/socket"); }

static void greet(Connection *connection) { say(connection, "{\"type\":\"hello\",\"protocol\":1}", 29); }

static void post(Connection *connection, const char *body, uint32_t count) {
  char frame[1024];
  // A UUIDv7 whose random part tells sender and count, so that the reply needs no table.
  int size = snprintf(frame, sizeof frame,
    "{\"type\":\"command\",\"id\":\"%08x-%04x-7000-8%03x-%04x%08x\",\"name\":\"post-message\",\"input\":{\"roomId\":\"%s\",\"body\":\"%s\"}}",
    (unsigned)(id_time >> 16), (unsigned)(id_time & 0xffff), (unsigned)(connection->sender >> 16) & 0xfff,
    (unsigned)connection->sender & 0xffff, count, connection->room->id, body);
  say(connection, frame, size);
}

static uint32_t hex(const uint8_t *text, int digits) {
  uint32_t value = 0;
  for (int i = 0; i < digits; i++) value = value << 4 | (text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);
  return value;
}

static uint32_t field(const uint8_t *text, size_t length, const char *name) {
  const uint8_t *found = memmem(text, length, name, strlen(name));
  return found ? strtoul((const char *)found + strlen(name), NULL, 10) : 0;
}

static void replied(Connection *connection, const uint8_t *text, size_t length, uint64_t now) {
  // {"type":"reply","id":"<36>","output":…
  const uint8_t *id = text + 22;
  if (id[0] == 'q') {
    note(&probe_times, now - strtoull((const char *)id + 1, NULL, 10));
    return;
  }
  uint32_t seq = keeps_acks ? field(text, length, "\"seq\":") : 0, number = keeps_acks ? field(text, length, "\"number\":") : 0;
  acknowledge(connection, hex(id + 28, 8), seq, number, now);
}

static void open_place(Connection *connection) {
  char frame[256];
  int size = snprintf(frame, sizeof frame, "{\"type\":\"open\",\"place\":{\"kind\":\"room\",\"roomId\":\"%s\"}}", connection->room->id);
  say(connection, frame, size);
  connection->phase = WELCOMED;
}

// Frames that are not events are small and come whole.
static int is_whole(const uint8_t *text, size_t have) {
  return !ws_begins(text, have, "{\"type\":\"events\"") && !ws_begins(text, have, "{\"type\":\"command\"") &&
         !ws_begins(text, have, "{\"type\":\"reset\"") && !ws_begins(text, have, "{\"type\":\"signals\"") &&
         !ws_begins(text, have, "{\"type\":\"welcome\"");
}

static void whole(Connection *connection, const uint8_t *text, size_t length, uint64_t now) {
  if (ws_begins(text, length, "{\"type\":\"reply\"")) replied(connection, text, length, now);
  else if (ws_begins(text, length, "{\"type\":\"opened\"")) is_open(connection);
  else if (ws_begins(text, length, "{\"type\":\"heartbeat\"")) say(connection, "{\"type\":\"pong\"}", 15);
  else if (ws_begins(text, length, "{\"type\":\"refusal\"") || ws_begins(text, length, "{\"type\":\"closed\""))
    refused(connection, text, length);
}

static int may_hold_posts(Connection *connection, const uint8_t *text, size_t have) {
  if (connection->phase == GREETING && ws_begins(text, have, "{\"type\":\"welcome\"")) open_place(connection);
  return ws_begins(text, have, "{\"type\":\"events\"") || ws_begins(text, have, "{\"type\":\"command\"");
}

static size_t read(Connection *connection, const uint8_t *text, size_t have, uint64_t now) {
  static const FrameReader reader = {is_whole, whole, may_hold_posts};
  return read_frames(connection, text, have, now, &reader);
}

const Protocol parley_protocol = {"parley", BY_REPLY, path, greet, post, read};
