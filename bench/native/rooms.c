// Rooms over WebSocket as the small chat servers in bench/peers have them, bare and in Socket.IO's framing. Who sends gets
// its own message like everybody else.
#include "loadgen.h"
#include "websocket.h"

// Bare: /rooms/<room>/<name> joins, {"type":"joined"} says so, {"type":"message",…} is a message. Python puts a space
// after each colon.

static void room_path(const Connection *connection, char *path, size_t room) {
  snprintf(path, room, "/rooms/%s/m%05ld", connection->room->id, index_of(connection));
}

static void room_greet(Connection *connection) {}

static void room_post(Connection *connection, const char *body, uint32_t count) {
  char frame[512];
  say(connection, frame, snprintf(frame, sizeof frame, "{\"body\":\"%s\"}", body));
}

static int is_of(const char *type, const uint8_t *text, size_t have) {
  if (!ws_begins(text, have, "{\"type\":")) return 0;
  size_t at = have > 8 && text[8] == ' ' ? 9 : 8;
  return ws_begins(text + at, have - at, type);
}

static int room_is_whole(const uint8_t *text, size_t have) { return !is_of("\"message\"", text, have); }

static void room_whole(Connection *connection, const uint8_t *text, size_t length, uint64_t now) {
  if (is_of("\"joined\"", text, length)) is_open(connection);
  else refused(connection, text, length);
}

static int always(Connection *connection, const uint8_t *text, size_t have) { return 1; }

static size_t room_read(Connection *connection, const uint8_t *text, size_t have, uint64_t now) {
  static const FrameReader reader = {room_is_whole, room_whole, always};
  return read_frames(connection, text, have, now, &reader);
}

const Protocol rooms_protocol = {"rooms", BY_ECHO, room_path, room_greet, room_post, room_read};

// Socket.IO 5 over Engine.IO 4, by WebSocket from the start.

static void socketio_path(const Connection *connection, char *path, size_t room) {
  snprintf(path, room, "/socket.io/?EIO=4&transport=websocket");
}

static void socketio_post(Connection *connection, const char *body, uint32_t count) {
  char frame[512];
  say(connection, frame, snprintf(frame, sizeof frame, "42[\"message\",{\"body\":\"%s\"}]", body));
}

static int socketio_is_whole(const uint8_t *text, size_t have) { return !ws_begins(text, have, "42[\"message\""); }

static void socketio_whole(Connection *connection, const uint8_t *text, size_t length, uint64_t now) {
  char frame[256];
  if (ws_begins(text, length, "0{")) say(connection, "40", 2);
  else if (ws_begins(text, length, "40"))
    say(connection, frame, snprintf(frame, sizeof frame, "42[\"join\",{\"room\":\"%s\",\"name\":\"m%05ld\"}]", connection->room->id, index_of(connection)));
  else if (ws_begins(text, length, "42[\"joined\"")) is_open(connection);
  else if (length == 1 && *text == '2') say(connection, "3", 1);
  else refused(connection, text, length);
}

static size_t socketio_read(Connection *connection, const uint8_t *text, size_t have, uint64_t now) {
  static const FrameReader reader = {socketio_is_whole, socketio_whole, always};
  return read_frames(connection, text, have, now, &reader);
}

const Protocol socketio_protocol = {"socketio", BY_ECHO, socketio_path, room_greet, socketio_post, socketio_read};
