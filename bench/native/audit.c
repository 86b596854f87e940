// Holds every delivery against the others: within a room each connection must see the same posts in the same order, each
// sender's counted 1, 2, 3 …, which is exactly once and in order. A post is found by the marker in its text,
// "^M<sender>.<count>.<sent at>^".
#include "loadgen.h"

int faults, refusals, is_measuring, keeps_acks;
uint64_t posted, acked, delivered, id_time;
Histogram ack_times, delivery_times, probe_times;

typedef struct { uint32_t sender, count, seq, number; } Ack;
static Ack *acks;
static size_t ack_room;

static int step_of(uint64_t us) {
  if (us < 32) return us;
  int power = 63 - __builtin_clzll(us);
  int step = (power - 4) * 32 + (int)((us >> (power - 5)) & 31);
  return step < 1023 ? step : 1023;
}

static double value_of(int step) {
  if (step < 32) return step;
  int power = step / 32 + 4;
  return (double)((32ull + step % 32) << (power - 5));
}

void note(Histogram *histogram, uint64_t us) {
  if (!is_measuring) return;
  histogram->counts[step_of(us)]++;
  histogram->total++;
}

double quantile(const Histogram *histogram, double share) {
  uint64_t below = 0;
  for (int step = 0; step < 1024; step++) {
    below += histogram->counts[step];
    if (histogram->total && below >= share * histogram->total) return value_of(step) / 1000;
  }
  return 0;
}

void complain(Connection *connection, const char *what, const uint8_t *text, int length) {
  if (faults++ < 10)
    fprintf(stderr, "connection %ld: %s: %.*s\n", index_of(connection), what, length > 200 ? 200 : length, text);
}

void refused(Connection *connection, const uint8_t *text, size_t length) {
  refusals++;
  complain(connection, "refused", text, length);
}

void acknowledge(Connection *connection, uint32_t count, uint32_t seq, uint32_t number, uint64_t now) {
  if (connection->sender < 0 || count != connection->acked + 1) {
    char text[64];
    int length = snprintf(text, sizeof text, "%u after %u", count, connection->acked);
    complain(connection, "an acknowledgement out of turn", (uint8_t *)text, length);
  }
  connection->acked = count;
  note(&ack_times, now - connection->sent_us[count % MOST_OUTSTANDING]);
  if (keeps_acks) {
    if (acked == ack_room) {
      ack_room = ack_room ? ack_room * 2 : 1 << 16;
      acks = realloc(acks, ack_room * sizeof *acks);
    }
    acks[acked] = (Ack){connection->sender, count, seq, number};
  }
  acked++;
  may_post_again(connection);
}

static uint32_t sender_of(const void *mark) { return strtoul((const char *)mark + 2, NULL, 10); }
static uint32_t count_of(const void *mark) { return strtoul((const char *)mark + 8, NULL, 10); }

static void append(Connection *connection, const uint8_t *mark, uint64_t now) {
  Room *room = connection->room;
  if (room->count == room->room) {
    room->room = room->room ? room->room * 2 : 4096;
    room->log = realloc(room->log, room->room * sizeof *room->log);
  }
  Post *post = &room->log[room->count++];
  memcpy(post->mark, mark, MARK);
  post->sent_us = strtoull((const char *)mark + 18, NULL, 10);
  static uint32_t *last; // Of each sender, by number.
  if (!last) last = calloc(sender_count + 1, sizeof *last);
  uint32_t sender = sender_of(mark), count = count_of(mark);
  if (sender >= (uint32_t)sender_count || count != last[sender] + 1) {
    complain(connection, "a post out of turn", mark, MARK);
    return;
  }
  last[sender] = count;
  if (protocol->acknowledged == BY_SIGHT) acknowledge(&connections[sender], count, 0, 0, now);
}

// A sender who does not get its own posts may see the one after it before anybody else has seen its own: it waits for the
// others to tell the order.
static void match(Connection *connection) {
  Room *room = connection->room;
  size_t matched = 0;
  for (;;) {
    while (connection->seen < room->count && sender_of(room->log[connection->seen].mark) == (uint32_t)connection->sender)
      connection->seen++;
    if (matched == connection->unmatched_count || connection->seen == room->count) break;
    if (memcmp(room->log[connection->seen++].mark, connection->unmatched[matched], MARK))
      complain(connection, "another order than elsewhere", (uint8_t *)connection->unmatched[matched], MARK);
    matched++;
  }
  if (!matched) return;
  connection->unmatched_count -= matched;
  memmove(connection->unmatched, connection->unmatched + matched, connection->unmatched_count * MARK);
}

static void set_aside(Connection *connection, const uint8_t *mark, uint64_t now) {
  if (connection->unmatched_count == connection->unmatched_room) {
    connection->unmatched_room = connection->unmatched_room ? connection->unmatched_room * 2 : 64;
    connection->unmatched = realloc(connection->unmatched, connection->unmatched_room * MARK);
  }
  memcpy(connection->unmatched[connection->unmatched_count++], mark, MARK);
  note(&delivery_times, now - strtoull((const char *)mark + 18, NULL, 10));
  delivered++;
  if (connection->unmatched_count % 64 == 0) match(connection);
}

void marker(Connection *connection, const uint8_t *mark, uint64_t now) {
  Room *room = connection->room;
  if (protocol->acknowledged == BY_SIGHT && connection->sender >= 0) {
    set_aside(connection, mark, now);
    return;
  }
  if (connection->seen == room->count) append(connection, mark, now);
  else if (memcmp(room->log[connection->seen].mark, mark, MARK))
    complain(connection, "another order than elsewhere", mark, MARK);
  note(&delivery_times, now - room->log[connection->seen].sent_us);
  connection->seen++;
  delivered++;
  if (protocol->acknowledged == BY_ECHO && connection->sender >= 0 && sender_of(mark) == (uint32_t)connection->sender)
    acknowledge(connection, count_of(mark), 0, 0, now);
}

// Looks for markers; returns how many bytes are done with. The rest may be the beginning of a marker.
size_t scan(Connection *connection, const uint8_t *text, size_t length, int is_end, uint64_t now) {
  const uint8_t *at = text, *end = text + length;
  while ((at = memchr(at, '^', end - at))) {
    if (end - at < MARK) return is_end ? length : (size_t)(at - text);
    if (at[1] == 'M' && at[7] == '.' && at[17] == '.') {
      marker(connection, at, now);
      at += MARK;
    } else at++;
  }
  return length;
}

int has_seen_all(Connection *connection) {
  if (connection->phase != OPEN) return 0;
  if (protocol->acknowledged == BY_SIGHT && connection->sender >= 0) match(connection);
  return connection->seen == connection->room->count && !connection->unmatched_count;
}

void write_acks(const char *path) {
  FILE *file = fopen(path, "w");
  if (!file) fail(path);
  for (uint64_t i = 0; i < acked; i++) {
    Ack *ack = &acks[i];
    fprintf(file, "%08x-%04x-7000-8%03x-%04x%08x %d %u %u %05u.%09u\n", (unsigned)(id_time >> 16), (unsigned)(id_time & 0xffff),
            ack->sender >> 16 & 0xfff, ack->sender & 0xffff, ack->count, (int)(connections[ack->sender].room - rooms), ack->seq,
            ack->number, ack->sender, ack->count);
  }
  fclose(file);
}
