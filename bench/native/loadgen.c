// A load generator that is faster than any server it measures: one thread, epoll, and no JSON parser. It finds messages by
// a marker in their text ("^M<sender>.<count>.<sent at>^"), however many of them a frame holds, and holds every delivery
// against the others: within a room each connection must see the same messages in the same order, each sender's counted
// 1, 2, 3 …, which is exactly once and in order. It prints one JSON object.
//
// Connections come from a file of lines "token room-number room-id"; the first K of them also send. Sending is a closed
// loop (an acknowledgement allows the next post) of at most `outstanding` posts each, or paced by `rate` in all.
#define _GNU_SOURCE
#include "websocket.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CARRY = 1024, BUFFER = 1 << 20, MARK = 34, MOST_OUTSTANDING = 64, BODY = 110, PROBE_GAP_US = 20000 };

typedef struct { char mark[MARK]; uint64_t sent_us; } Post; // As first seen by anybody in the room.

typedef struct {
  char id[40];
  Post *log;
  size_t count, room;
} Room;

typedef struct {
  int fd, sender;                   // sender: its number, or -1
  enum { GREETING, WELCOMED, OPEN, OVER } phase;
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
} Connection;

typedef struct { uint32_t sender, count, seq, number; } Ack;

static struct {
  int port, connections, senders, outstanding, probe, zipf, stalled, slow;
  double rate, warm_up, seconds;
  int server_pid;
  const char *file, *acks;
} options = {.outstanding = 1, .warm_up = 1, .seconds = 5, .senders = 1};

static Connection *connections;
static Room *rooms;
static int room_count, opened, epoll_fd, faults, refusals;
static int is_sending, is_measuring;
static uint64_t posted, acked, delivered, marked_delivered, marked_acked, bytes;
static uint64_t id_time;
static Ack *acks;
static size_t ack_room;
static uint8_t buffer[CARRY + BUFFER + 64];

// Latencies in microseconds, in steps of about 3 %.
typedef struct { uint64_t counts[1024], total; } Histogram;
static Histogram ack_times, delivery_times, probe_times;

static void fail(const char *what) { perror(what); exit(1); }

static uint64_t now_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000ull + time.tv_nsec / 1000;
}

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

static void note(Histogram *histogram, uint64_t us) {
  if (!is_measuring) return;
  histogram->counts[step_of(us)]++;
  histogram->total++;
}

static double quantile(const Histogram *histogram, double share) {
  uint64_t below = 0;
  for (int step = 0; step < 1024; step++) {
    below += histogram->counts[step];
    if (histogram->total && below >= share * histogram->total) return value_of(step) / 1000;
  }
  return 0;
}

static void complain(Connection *connection, const char *what, const uint8_t *text, int length) {
  if (faults++ < 10)
    fprintf(stderr, "connection %ld: %s: %.*s\n", (long)(connection - connections), what, length > 200 ? 200 : length, text);
}

static void say(Connection *connection, const char *text, size_t length) {
  uint8_t frame[2048];
  int header = ws_write_header(frame, length, 1);
  memcpy(frame + header, text, length);
  ssize_t sent = send(connection->fd, frame, header + length, MSG_NOSIGNAL);
  if (sent != (ssize_t)(header + length)) complain(connection, "a frame was not taken", (const uint8_t *)text, length);
}

static void post(Connection *connection) {
  uint64_t now = now_us();
  uint32_t count = ++connection->posted;
  connection->sent_us[count % MOST_OUTSTANDING] = now;
  char body[BODY + 1], frame[1024];
  int size = snprintf(body, sizeof body, "^M%05d.%09u.%016llu^", connection->sender, count, (unsigned long long)now);
  memset(body + size, 'x', BODY - size);
  body[BODY] = 0;
  // A UUIDv7 whose random part tells sender and count, so that the reply needs no table.
  size = snprintf(frame, sizeof frame,
    "{\"type\":\"command\",\"id\":\"%08x-%04x-7000-8%03x-%04x%08x\",\"name\":\"post-message\",\"input\":{\"roomId\":\"%s\",\"body\":\"%s\"}}",
    (unsigned)(id_time >> 16), (unsigned)(id_time & 0xffff), (unsigned)(connection->sender >> 16) & 0xfff,
    (unsigned)connection->sender & 0xffff, count, connection->room->id, body);
  say(connection, frame, size);
  posted++;
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
  uint32_t count = hex(id + 28, 8);
  if (connection->sender < 0 || count != connection->acked + 1) complain(connection, "an acknowledgement out of turn", text, length);
  connection->acked = count;
  note(&ack_times, now - connection->sent_us[count % MOST_OUTSTANDING]);
  if (options.acks) {
    if (acked == ack_room) {
      ack_room = ack_room ? ack_room * 2 : 1 << 16;
      acks = realloc(acks, ack_room * sizeof *acks);
    }
    acks[acked] = (Ack){connection->sender, count, field(text, length, "\"seq\":"), field(text, length, "\"number\":")};
  }
  acked++;
  if (is_sending && !options.rate) post(connection);
}

static void marker(Connection *connection, const uint8_t *mark, uint64_t now) {
  Room *room = connection->room;
  if (connection->seen == room->count) {
    if (room->count == room->room) {
      room->room = room->room ? room->room * 2 : 4096;
      room->log = realloc(room->log, room->room * sizeof *room->log);
    }
    Post *post = &room->log[room->count++];
    memcpy(post->mark, mark, MARK);
    post->sent_us = strtoull((const char *)mark + 18, NULL, 10);
    static uint32_t *last; // Of each sender, by number.
    if (!last) last = calloc(options.senders + 1, sizeof *last);
    uint32_t sender = strtoul((const char *)mark + 2, NULL, 10), count = strtoul((const char *)mark + 8, NULL, 10);
    if (sender >= (uint32_t)options.senders || count != last[sender] + 1) complain(connection, "a post out of turn", mark, MARK);
    else last[sender] = count;
  } else if (memcmp(room->log[connection->seen].mark, mark, MARK)) {
    complain(connection, "another order than elsewhere", mark, MARK);
  }
  note(&delivery_times, now - room->log[connection->seen].sent_us);
  connection->seen++;
  delivered++;
}

static void open_place(Connection *connection) {
  char frame[256];
  int size = snprintf(frame, sizeof frame, "{\"type\":\"open\",\"place\":{\"kind\":\"room\",\"roomId\":\"%s\"}}", connection->room->id);
  say(connection, frame, size);
  connection->phase = WELCOMED;
}

// Frames that are not events are small and come whole.
static int is_whole_kind(const uint8_t *text, size_t have) {
  return !ws_begins(text, have, "{\"type\":\"events\"") && !ws_begins(text, have, "{\"type\":\"command\"") &&
         !ws_begins(text, have, "{\"type\":\"reset\"") && !ws_begins(text, have, "{\"type\":\"signals\"") &&
         !ws_begins(text, have, "{\"type\":\"welcome\"");
}

static void small_frame(Connection *connection, const uint8_t *text, size_t length, uint64_t now) {
  if (ws_begins(text, length, "{\"type\":\"reply\"")) replied(connection, text, length, now);
  else if (ws_begins(text, length, "{\"type\":\"opened\"")) {
    connection->phase = OPEN;
    opened++;
  } else if (ws_begins(text, length, "{\"type\":\"heartbeat\"")) say(connection, "{\"type\":\"pong\"}", 15);
  else if (ws_begins(text, length, "{\"type\":\"refusal\"") || ws_begins(text, length, "{\"type\":\"closed\"")) {
    refusals++;
    complain(connection, "refused", text, length);
  }
}

// Looks for markers; returns how many bytes are done with. The rest may be the beginning of a marker.
static size_t scan(Connection *connection, const uint8_t *text, size_t length, int is_end, uint64_t now) {
  const uint8_t *at = text, *end = text + length;
  while ((at = memchr(at, '^', end - at))) {
    if (end - at < MARK) return is_end ? length : (size_t)(at - text);
    if (at[1] == 'M' && at[7] == '.' && at[17] == '.' ) {
      marker(connection, at, now);
      at += MARK;
    } else at++;
  }
  return length;
}

static void over(Connection *connection, const char *why) {
  if (connection->phase == OVER) return;
  complain(connection, why, (const uint8_t *)"", 0);
  connection->phase = OVER;
  close(connection->fd);
}

static void came(Connection *connection) {
  uint8_t *start = buffer + CARRY - connection->carried;
  memcpy(start, connection->carry, connection->carried);
  ssize_t got = recv(connection->fd, buffer + CARRY, BUFFER, MSG_DONTWAIT);
  if (got <= 0) {
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    over(connection, "closed by the server");
    return;
  }
  bytes += got;
  uint64_t now = now_us();
  uint8_t *at = start, *end = buffer + CARRY + got;
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
    if (frame.opcode == 8) { over(connection, "closed by the server with a reason"); return; }
    if (have < frame.length && have < 24) break;
    const uint8_t *text = at + frame.header;
    if (have < frame.length && frame.length < CARRY / 2 && is_whole_kind(text, have)) break;
    if (have >= frame.length && is_whole_kind(text, frame.length)) {
      small_frame(connection, text, frame.length, now);
      at += frame.header + frame.length;
      continue;
    }
    if (connection->phase == GREETING && ws_begins(text, have, "{\"type\":\"welcome\"")) open_place(connection);
    at += frame.header;
    connection->remaining = frame.length;
    connection->has_news = ws_begins(text, have, "{\"type\":\"events\"") || ws_begins(text, have, "{\"type\":\"command\"");
  }
  connection->carried = end - at;
  if (connection->carried > CARRY) { over(connection, "too much was left of a frame"); return; }
  memcpy(connection->carry, at, connection->carried);
}

static int is_slow(int index);

static void connect_one(Connection *connection, int index) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1, size = is_slow(index) ? 4096 : 4 << 20;
  if (fd < 0) fail("socket");
  // 28,232 ports for each pair of addresses: beyond that, the next of ours.
  struct sockaddr_in own = {.sin_family = AF_INET}, server = {.sin_family = AF_INET, .sin_port = htons(options.port)};
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + index / 20000);
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (index >= 20000 && bind(fd, (struct sockaddr *)&own, sizeof own)) fail("bind");
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, (struct sockaddr *)&server, sizeof server)) fail("connect");
  char request[1024], answer[2048];
  int length = snprintf(request, sizeof request,
    "GET /socket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", options.port, connection->token);
  if (send(fd, request, length, MSG_NOSIGNAL) != length) fail("send");
  int have = 0;
  while (!memmem(answer, have, "\r\n\r\n", 4)) {
    ssize_t got = recv(fd, answer + have, 1, 0); // One byte at a time: what follows are frames.
    if (got <= 0 || ++have == (int)sizeof answer) { fprintf(stderr, "no upgrade: %.*s\n", have, answer); exit(1); }
  }
  if (strncmp(answer, "HTTP/1.1 101", 12)) { fprintf(stderr, "no upgrade: %.*s\n", have, answer); exit(1); }
  connection->fd = fd;
  connection->phase = GREETING;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event)) fail("epoll_ctl");
  say(connection, "{\"type\":\"hello\",\"protocol\":1}", 29);
}

static void turn(int wait_ms) {
  static struct epoll_event events[512];
  int ready = epoll_wait(epoll_fd, events, 512, wait_ms);
  for (int i = 0; i < ready; i++) {
    Connection *connection = events[i].data.ptr;
    if (connection->phase != OVER) came(connection);
  }
}

static void read_file(void) {
  FILE *file = fopen(options.file, "r");
  if (!file) fail(options.file);
  char token[256], id[40];
  int number, room = 0;
  while (fscanf(file, "%255s %d %39s", token, &number, id) == 3) {
    if (options.connections == room) {
      room = room ? room * 2 : 1024;
      connections = realloc(connections, room * sizeof *connections);
    }
    Connection *connection = &connections[options.connections++];
    memset(connection, 0, sizeof *connection);
    strcpy(connection->token, token);
    connection->room = (Room *)(intptr_t)number;
    if (number >= room_count) {
      rooms = realloc(rooms, (number + 1) * sizeof *rooms);
      memset(rooms + room_count, 0, (number + 1 - room_count) * sizeof *rooms);
      room_count = number + 1;
    }
    strcpy(rooms[number].id, id);
  }
  fclose(file);
  for (int i = 0; i < options.connections; i++) {
    connections[i].room = &rooms[(intptr_t)connections[i].room];
    connections[i].sender = i < options.senders ? i : -1;
  }
}

// Nanoseconds on a core, of all threads.
static uint64_t cpu_ns(int pid) {
  char path[300];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *tasks = opendir(path);
  if (!tasks) return 0;
  uint64_t sum = 0, one;
  for (struct dirent *task; (task = readdir(tasks));) {
    snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, task->d_name);
    FILE *file = task->d_name[0] == '.' ? NULL : fopen(path, "r");
    if (!file) continue;
    if (fscanf(file, "%lu", &one) == 1) sum += one;
    fclose(file);
  }
  closedir(tasks);
  return sum;
}

static uint64_t own_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void machine(uint64_t *all, uint64_t *steal) {
  uint64_t field[8] = {0};
  FILE *file = fopen("/proc/stat", "r");
  if (!file || fscanf(file, "cpu %lu %lu %lu %lu %lu %lu %lu %lu", &field[0], &field[1], &field[2], &field[3], &field[4],
                      &field[5], &field[6], &field[7]) != 8) fail("/proc/stat");
  fclose(file);
  *all = 0;
  for (int i = 0; i < 8; i++) *all += field[i];
  *steal = field[7];
}

// The last connections of the file, in this order: those who read 1 kB a second, and those who stop reading once they are in.
static int is_slow(int index) { return index >= options.connections - options.stalled - options.slow; }
static int is_stalled(int index) { return index >= options.connections - options.stalled; }

// They are owed nothing and never looked at again, but for a little that the slow ones read.
static void abandon(void) {
  for (int i = 0; i < options.connections; i++)
    if (is_slow(i)) epoll_ctl(epoll_fd, EPOLL_CTL_DEL, connections[i].fd, NULL);
}

static void read_slowly(uint64_t now) {
  static uint64_t last;
  if (!options.slow || now - last < 100000) return;
  last = now;
  uint8_t few[100];
  for (int i = 0; i < options.connections; i++)
    if (is_slow(i) && !is_stalled(i)) recv(connections[i].fd, few, sizeof few, MSG_DONTWAIT);
}

// Who sends next: everybody in turn, or, with `zipf`, the n-th as often as 1/n of the first.
static int next_sender(int last) {
  static double *up_to;
  static uint64_t chance = 88172645463325252ull;
  if (!options.zipf) return (last + 1) % options.senders;
  if (!up_to) {
    up_to = malloc(options.senders * sizeof *up_to);
    double sum = 0;
    for (int i = 0; i < options.senders; i++) up_to[i] = sum += 1.0 / (i + 1);
  }
  chance ^= chance << 13, chance ^= chance >> 7, chance ^= chance << 17;
  double wanted = up_to[options.senders - 1] * (chance >> 11) / 9007199254740992.0;
  int low = 0, high = options.senders - 1;
  while (low < high) {
    int middle = (low + high) / 2;
    if (up_to[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

static void send_due(uint64_t started, uint64_t now) {
  static uint64_t due_count;
  static int next;
  if (!options.rate) return;
  uint64_t due = (now - started) * options.rate / 1e6;
  if (due > due_count + options.rate) due_count = due - options.rate; // Do not make up for more than a second.
  for (; due_count < due; due_count++) {
    int tries = options.senders;
    while (tries-- && connections[next].posted - connections[next].acked >= (uint32_t)options.outstanding)
      next = next_sender(next);
    if (tries < 0) return;
    post(&connections[next]);
    next = next_sender(next);
  }
}

static void probe(uint64_t now) {
  static uint64_t last;
  if (!options.probe || now - last < PROBE_GAP_US) return;
  last = now;
  char frame[128];
  int size = snprintf(frame, sizeof frame, "{\"type\":\"query\",\"id\":\"q%llu\",\"name\":\"get-users\",\"input\":{\"ids\":[]}}", (unsigned long long)now);
  say(&connections[options.connections - 1], frame, size);
}

static void run_until(uint64_t end, uint64_t started) {
  for (uint64_t now; (now = now_us()) < end;) {
    if (is_sending) send_due(started, now);
    probe(now);
    read_slowly(now);
    turn(options.rate || options.probe || options.slow ? 1 : 10);
  }
}

static int is_everything_there(void) {
  if (acked < posted) return 0;
  for (int i = 0; i < options.connections; i++)
    if (!is_slow(i) && (connections[i].phase != OPEN || connections[i].seen < connections[i].room->count)) return 0;
  uint64_t logged = 0;
  for (int i = 0; i < room_count; i++) logged += rooms[i].count;
  return logged == posted;
}

static void write_acks(void) {
  FILE *file = fopen(options.acks, "w");
  if (!file) fail(options.acks);
  for (uint64_t i = 0; i < acked; i++) {
    Ack *ack = &acks[i];
    fprintf(file, "%08x-%04x-7000-8%03x-%04x%08x %d %u %u %05u.%09u\n", (unsigned)(id_time >> 16), (unsigned)(id_time & 0xffff),
            ack->sender >> 16 & 0xfff, ack->sender & 0xffff, ack->count, (int)(connections[ack->sender].room - rooms), ack->seq,
            ack->number, ack->sender, ack->count);
  }
  fclose(file);
}

int main(int count, char **words) {
  static const struct option known[] = {
    {"port", 1, 0, 'p'}, {"file", 1, 0, 'f'}, {"senders", 1, 0, 'k'}, {"outstanding", 1, 0, 'o'}, {"rate", 1, 0, 'r'},
    {"warm-up", 1, 0, 'w'}, {"seconds", 1, 0, 's'}, {"server-pid", 1, 0, 'i'}, {"acks", 1, 0, 'a'}, {"probe", 0, 0, 'q'}, {"zipf", 0, 0, 'z'},
    {"stalled", 1, 0, 't'}, {"slow", 1, 0, 'l'}, {0}};
  for (int letter; (letter = getopt_long(count, words, "", known, NULL)) != -1;) switch (letter) {
    case 'p': options.port = atoi(optarg); break;
    case 'f': options.file = optarg; break;
    case 'k': options.senders = atoi(optarg); break;
    case 'o': options.outstanding = atoi(optarg); break;
    case 'r': options.rate = atof(optarg); break;
    case 'w': options.warm_up = atof(optarg); break;
    case 's': options.seconds = atof(optarg); break;
    case 'i': options.server_pid = atoi(optarg); break;
    case 'a': options.acks = optarg; break;
    case 'q': options.probe = 1; break;
    case 'z': options.zipf = 1; break;
    case 't': options.stalled = atoi(optarg); break;
    case 'l': options.slow = atoi(optarg); break;
    default: return 2;
  }
  if (options.outstanding >= MOST_OUTSTANDING) { fprintf(stderr, "at most %d outstanding\n", MOST_OUTSTANDING - 1); return 2; }
  read_file();
  epoll_fd = epoll_create1(0);
  struct timespec wall;
  clock_gettime(CLOCK_REALTIME, &wall);
  id_time = wall.tv_sec * 1000ull + wall.tv_nsec / 1000000;
  for (int i = 0; i < options.connections; i++) {
    connect_one(&connections[i], i);
    while (i + 1 - opened > 32) turn(100);
  }
  uint64_t started = now_us();
  while (opened < options.connections && now_us() - started < 30000000) turn(100);
  if (opened < options.connections) { fprintf(stderr, "%d of %d are open\n", opened, options.connections); return 1; }
  run_until(now_us() + 1000000, 0); // What is told about everybody's coming passes by.
  abandon();

  started = now_us();
  is_sending = 1;
  if (!options.rate)
    for (int n = 0; n < options.outstanding; n++) for (int i = 0; i < options.senders; i++) post(&connections[i]);
  run_until(started + options.warm_up * 1e6, started);

  uint64_t server_from = cpu_ns(options.server_pid), own_from = own_ns(), from = now_us(), all_from, steal_from, all, steal;
  machine(&all_from, &steal_from);
  uint64_t delivered_from = delivered, acked_from = acked, bytes_from = bytes;
  is_measuring = 1;
  run_until(from + options.seconds * 1e6, started);
  is_measuring = 0;
  uint64_t until = now_us(), own = own_ns() - own_from, server = cpu_ns(options.server_pid) - server_from;
  machine(&all, &steal);
  marked_delivered = delivered - delivered_from;
  marked_acked = acked - acked_from;
  bytes -= bytes_from;

  is_sending = 0;
  uint64_t deadline = now_us() + 15000000;
  uint64_t measured_bytes = bytes;
  while (!is_everything_there() && now_us() < deadline) turn(50);
  int complete = is_everything_there();
  if (options.acks) write_acks();
  double seconds = (until - from) / 1e6;
  printf("{\"seconds\":%.3f,\"posted\":%lu,\"acked\":%lu,\"complete\":%s,\"faults\":%d,\"refusals\":%d,\"acks\":%lu,\"deliveries\":%lu,"
         "\"acksPerSecond\":%.1f,\"deliveriesPerSecond\":%.1f,\"serverNs\":%lu,\"serverShare\":%.4f,\"generatorShare\":%.4f,\"steal\":%.4f,"
         "\"bytesPerDelivery\":%.1f,\"ackMs\":[%.3f,%.3f,%.3f],\"deliveryMs\":[%.3f,%.3f,%.3f],\"probeMs\":[%.3f,%.3f,%.3f]}\n",
         seconds, posted, acked, complete ? "true" : "false", faults, refusals, marked_acked, marked_delivered,
         marked_acked / seconds, marked_delivered / seconds, server, server / 1e9 / seconds, own / 1e9 / seconds,
         all > all_from ? (double)(steal - steal_from) / (all - all_from) : 0,
         marked_delivered ? (double)measured_bytes / marked_delivered : 0,
         quantile(&ack_times, .5), quantile(&ack_times, .99), quantile(&ack_times, 1), quantile(&delivery_times, .5),
         quantile(&delivery_times, .99), quantile(&delivery_times, 1), quantile(&probe_times, .5), quantile(&probe_times, .99),
         quantile(&probe_times, 1));
  return complete && !faults ? 0 : 3;
}
