// What the parts of the load generator share: connections and rooms, the audit of what they see, and what a protocol is.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CARRY = 4096, MARK = 34, MOST_OUTSTANDING = 64, BODY = 110, MOST_TEXT = 2048 };

typedef struct { char mark[MARK]; uint64_t sent_us; } Post; // As first seen by anybody in the room.

typedef struct {
  char id[40];
  Post *log;
  size_t count, room;
} Room;

typedef struct {
  int fd, sender;                   // sender: its number, or -1
  enum { GREETING, WELCOMED, OPEN, OVER } phase;
  int step;                         // of a greeting with several
  Room *room;
  char token[256];
  size_t seen;                      // how many posts of the room's log
  uint64_t remaining;               // of the frame that is being read
  int has_news;                     // that frame may hold posts; a snapshot repeats older ones
  int carried;
  uint8_t carry[CARRY];
  // Senders only.
  uint32_t posted, acked;
  uint64_t sent_us[MOST_OUTSTANDING];
  char (*unmatched)[MARK];          // seen before anybody else saw them, where own posts are not sent back
  size_t unmatched_count, unmatched_room;
} Connection;

typedef enum {
  BY_REPLY, // the server answers each command
  BY_ECHO,  // the sender gets its own post like everybody else
  BY_SIGHT, // the sender gets nothing: another member has seen the post
} Acknowledged;

typedef struct {
  const char *name;
  Acknowledged acknowledged;
  // The path to upgrade at, for what runs over WebSocket; else absent.
  void (*path)(const Connection *connection, char *path, size_t room);
  void (*greet)(Connection *connection);
  void (*post)(Connection *connection, const char *body, uint32_t count);
  // Reads what came; returns how many bytes are done with. The others come again, before what follows them.
  size_t (*read)(Connection *connection, const uint8_t *text, size_t have, uint64_t now);
} Protocol;

extern const Protocol parley_protocol, rooms_protocol, socketio_protocol, irc_protocol, xmpp_protocol;
extern const Protocol *protocol;

extern Connection *connections;
extern Room *rooms;
extern int sender_count, opened, faults, refusals, is_measuring, keeps_acks;
extern uint64_t posted, acked, delivered, id_time;

// Latencies in microseconds, in steps of about 3 %.
typedef struct { uint64_t counts[1024], total; } Histogram;
extern Histogram ack_times, delivery_times, probe_times;
void note(Histogram *histogram, uint64_t us);
double quantile(const Histogram *histogram, double share); // in milliseconds

uint64_t now_us(void);
void fail(const char *what);
long index_of(const Connection *connection);

// The audit.
void complain(Connection *connection, const char *what, const uint8_t *text, int length);
void refused(Connection *connection, const uint8_t *text, size_t length);
void marker(Connection *connection, const uint8_t *mark, uint64_t now);
size_t scan(Connection *connection, const uint8_t *text, size_t length, int is_end, uint64_t now);
void acknowledge(Connection *connection, uint32_t count, uint32_t seq, uint32_t number, uint64_t now);
int has_seen_all(Connection *connection);
void write_acks(const char *path);

// What happens to a connection.
void is_open(Connection *connection);
void over(Connection *connection, const char *why);
void may_post_again(Connection *connection);
void say_bytes(Connection *connection, const void *bytes, size_t length);

// WebSocket.
void say(Connection *connection, const char *text, size_t length);
void upgrade(Connection *connection, int port);

// How a protocol reads its frames.
typedef struct {
  // Frames that are small and come whole; the others are searched for posts as they come in.
  int (*is_whole)(const uint8_t *text, size_t have);
  void (*whole)(Connection *connection, const uint8_t *text, size_t length, uint64_t now);
  int (*may_hold_posts)(Connection *connection, const uint8_t *text, size_t have);
} FrameReader;
size_t read_frames(Connection *connection, const uint8_t *text, size_t have, uint64_t now, const FrameReader *reader);
