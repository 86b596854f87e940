// A load generator that is faster than any server it measures: one thread, epoll, and no JSON parser. It finds messages by
// a marker in their text, so that it serves every protocol alike (--protocol: parley, rooms, socketio, irc, xmpp), and
// holds every delivery against the others (audit.c). It prints one JSON object.
//
// Connections come from a file of lines "token room-number room-id"; the first K of them also send. Sending is a closed
// loop (an acknowledgement allows the next post) of at most `outstanding` posts each, or paced by `rate` in all.
#include "loadgen.h"
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 1 << 20, PROBE_GAP_US = 20000, MOST_PROCESSES = 16 };

static struct {
  int port, connections, entering, outstanding, probe, zipf, stalled, slow;
  double rate, warm_up, seconds;
  int server_pids[MOST_PROCESSES], processes;
  const char *file, *acks;
} options = {.entering = 32, .outstanding = 1, .warm_up = 1, .seconds = 5};

const Protocol *protocol = &parley_protocol;
Connection *connections;
Room *rooms;
int sender_count = 1, opened;
static int room_count, epoll_fd, is_sending;
static uint64_t bytes;
static uint8_t buffer[CARRY + BUFFER + 64];

void fail(const char *what) { perror(what); exit(1); }

uint64_t now_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000ull + time.tv_nsec / 1000;
}

long index_of(const Connection *connection) { return connection - connections; }

void say_bytes(Connection *connection, const void *bytes, size_t length) {
  ssize_t sent = send(connection->fd, bytes, length, MSG_NOSIGNAL);
  if (sent != (ssize_t)length) complain(connection, "not taken", bytes, length);
}

static void post(Connection *connection) {
  uint64_t now = now_us();
  uint32_t count = ++connection->posted;
  connection->sent_us[count % MOST_OUTSTANDING] = now;
  char body[BODY + 1];
  int size = snprintf(body, sizeof body, "^M%05d.%09u.%016llu^", connection->sender, count, (unsigned long long)now);
  memset(body + size, 'x', BODY - size);
  body[BODY] = 0;
  posted++;
  protocol->post(connection, body, count);
}

void may_post_again(Connection *connection) {
  if (is_sending && !options.rate) post(connection);
}

void is_open(Connection *connection) {
  if (connection->phase == OPEN) return;
  connection->phase = OPEN;
  opened++;
}

void over(Connection *connection, const char *why) {
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
  size_t have = connection->carried + got, done = protocol->read(connection, start, have, now_us());
  if (connection->phase == OVER) return;
  connection->carried = have - done;
  if (connection->carried > CARRY) { over(connection, "too much was left unread"); return; }
  memcpy(connection->carry, start + done, connection->carried);
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
  connection->fd = fd;
  connection->phase = GREETING;
  if (protocol->path) upgrade(connection, options.port);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event)) fail("epoll_ctl");
  protocol->greet(connection);
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
    connections[i].sender = i < sender_count ? i : -1;
  }
}

// Nanoseconds on a core, of all threads of a process, also those that have ended.
static uint64_t cpu_ns_of(int pid) {
  clockid_t clock;
  struct timespec spent;
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &spent) != 0) return 0;
  return (uint64_t)spent.tv_sec * 1000000000 + spent.tv_nsec;
}

static uint64_t cpu_ns(void) {
  uint64_t sum = 0;
  for (int i = 0; i < options.processes; i++) sum += cpu_ns_of(options.server_pids[i]);
  return sum;
}

// The server's own memory in kilobytes.
static long own_kb(void) {
  long sum = 0;
  for (int i = 0; i < options.processes; i++) {
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", options.server_pids[i]);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
      if (strncmp(line, "RssAnon:", 8) == 0) sum += atol(line + 8);
    if (file) fclose(file);
  }
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
  if (!options.zipf) return (last + 1) % sender_count;
  if (!up_to) {
    up_to = malloc(sender_count * sizeof *up_to);
    double sum = 0;
    for (int i = 0; i < sender_count; i++) up_to[i] = sum += 1.0 / (i + 1);
  }
  chance ^= chance << 13, chance ^= chance >> 7, chance ^= chance << 17;
  double wanted = up_to[sender_count - 1] * (chance >> 11) / 9007199254740992.0;
  int low = 0, high = sender_count - 1;
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
    int tries = sender_count;
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

// Reading message by message costs as much as writing message by message. In a closed loop of several posts, before the
// generator becomes the bottleneck, it reads less often and more at once: the server is busy with the other posts meanwhile.
static void rest(uint64_t now) {
  static uint64_t looked, own;
  static useconds_t pause;
  if (!is_sending || options.rate || sender_count * options.outstanding < 2) return;
  if (now - looked >= 50000) {
    uint64_t spent = own_ns();
    double share = looked ? (spent - own) / 1e3 / (now - looked) : 0;
    looked = now, own = spent;
    if (share > 0.75 && pause < 50000) pause += 2000;
    else if (share < 0.5 && pause > 0) pause -= 1000;
  }
  if (pause) usleep(pause);
}

static void run_until(uint64_t end, uint64_t started) {
  for (uint64_t now; (now = now_us()) < end;) {
    if (is_sending) send_due(started, now);
    probe(now);
    read_slowly(now);
    rest(now);
    turn(options.rate || options.probe || options.slow ? 1 : 10);
  }
}

static int is_everything_there(void) {
  if (acked < posted) return 0;
  for (int i = 0; i < options.connections; i++)
    if (!is_slow(i) && !has_seen_all(&connections[i])) return 0;
  uint64_t logged = 0;
  for (int i = 0; i < room_count; i++) logged += rooms[i].count;
  return logged == posted;
}

static const Protocol *protocol_named(const char *name) {
  const Protocol *known[] = {&parley_protocol, &rooms_protocol, &socketio_protocol, &irc_protocol, &xmpp_protocol};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp(known[i]->name, name) == 0) return known[i];
  fprintf(stderr, "no protocol %s\n", name);
  exit(2);
}

int main(int count, char **words) {
  static const struct option known[] = {
    {"port", 1, 0, 'p'}, {"file", 1, 0, 'f'}, {"senders", 1, 0, 'k'}, {"outstanding", 1, 0, 'o'}, {"rate", 1, 0, 'r'},
    {"warm-up", 1, 0, 'w'}, {"seconds", 1, 0, 's'}, {"server-pid", 1, 0, 'i'}, {"acks", 1, 0, 'a'}, {"probe", 0, 0, 'q'}, {"zipf", 0, 0, 'z'},
    {"stalled", 1, 0, 't'}, {"slow", 1, 0, 'l'}, {"protocol", 1, 0, 'c'}, {"entering", 1, 0, 'e'}, {0}};
  for (int letter; (letter = getopt_long(count, words, "", known, NULL)) != -1;) switch (letter) {
    case 'p': options.port = atoi(optarg); break;
    case 'f': options.file = optarg; break;
    case 'k': sender_count = atoi(optarg); break;
    case 'o': options.outstanding = atoi(optarg); break;
    case 'r': options.rate = atof(optarg); break;
    case 'w': options.warm_up = atof(optarg); break;
    case 's': options.seconds = atof(optarg); break;
    case 'i':
      for (char *pid = strtok(optarg, ","); pid && options.processes < MOST_PROCESSES; pid = strtok(NULL, ","))
        options.server_pids[options.processes++] = atoi(pid);
      break;
    case 'e': options.entering = atoi(optarg); break;
    case 'c': protocol = protocol_named(optarg); break;
    case 'a': options.acks = optarg; break;
    case 'q': options.probe = 1; break;
    case 'z': options.zipf = 1; break;
    case 't': options.stalled = atoi(optarg); break;
    case 'l': options.slow = atoi(optarg); break;
    default: return 2;
  }
  if (options.outstanding >= MOST_OUTSTANDING) { fprintf(stderr, "at most %d outstanding\n", MOST_OUTSTANDING - 1); return 2; }
  read_file();
  keeps_acks = options.acks != NULL;
  if (protocol->acknowledged == BY_SIGHT && sender_count >= options.connections) {
    fprintf(stderr, "%s needs a member who only listens\n", protocol->name);
    return 2;
  }
  epoll_fd = epoll_create1(0);
  struct timespec wall;
  clock_gettime(CLOCK_REALTIME, &wall);
  id_time = wall.tv_sec * 1000ull + wall.tv_nsec / 1000000;
  for (int i = 0; i < options.connections; i++) {
    connect_one(&connections[i], i);
    while (i + 1 - opened > options.entering && !faults) turn(100);
    if (faults) return 1;
  }
  uint64_t started = now_us();
  while (opened < options.connections && now_us() - started < 30000000 && !faults) turn(100);
  if (opened < options.connections) { fprintf(stderr, "%d of %d are open\n", opened, options.connections); return 1; }
  run_until(now_us() + 1000000, 0); // What is told about everybody's coming passes by.
  long kb_open = own_kb();
  abandon();

  started = now_us();
  is_sending = 1;
  if (!options.rate)
    for (int n = 0; n < options.outstanding; n++) for (int i = 0; i < sender_count; i++) post(&connections[i]);
  run_until(started + options.warm_up * 1e6, started);

  uint64_t server_from = cpu_ns(), own_from = own_ns(), from = now_us(), all_from, steal_from, all, steal;
  machine(&all_from, &steal_from);
  uint64_t delivered_from = delivered, acked_from = acked, bytes_from = bytes;
  is_measuring = 1;
  run_until(from + options.seconds * 1e6, started);
  is_measuring = 0;
  uint64_t until = now_us(), own = own_ns() - own_from, server = cpu_ns() - server_from;
  machine(&all, &steal);
  uint64_t marked_delivered = delivered - delivered_from, marked_acked = acked - acked_from;
  bytes -= bytes_from;

  is_sending = 0;
  uint64_t deadline = now_us() + 15000000;
  uint64_t measured_bytes = bytes;
  while (!is_everything_there() && now_us() < deadline) turn(50);
  int complete = is_everything_there();
  if (options.acks) write_acks(options.acks);
  double seconds = (until - from) / 1e6;
  printf("{\"seconds\":%.3f,\"posted\":%lu,\"acked\":%lu,\"complete\":%s,\"faults\":%d,\"refusals\":%d,\"acks\":%lu,\"deliveries\":%lu,"
         "\"acksPerSecond\":%.1f,\"deliveriesPerSecond\":%.1f,\"serverNs\":%lu,\"serverShare\":%.4f,\"generatorShare\":%.4f,\"steal\":%.4f,"
         "\"bytesPerDelivery\":%.1f,\"ackMs\":[%.3f,%.3f,%.3f],\"deliveryMs\":[%.3f,%.3f,%.3f],\"probeMs\":[%.3f,%.3f,%.3f],\"ownKb\":%ld}\n",
         seconds, posted, acked, complete ? "true" : "false", faults, refusals, marked_acked, marked_delivered,
         marked_acked / seconds, marked_delivered / seconds, server, server / 1e9 / seconds, own / 1e9 / seconds,
         all > all_from ? (double)(steal - steal_from) / (all - all_from) : 0,
         marked_delivered ? (double)measured_bytes / marked_delivered : 0,
         quantile(&ack_times, .5), quantile(&ack_times, .99), quantile(&ack_times, 1), quantile(&delivery_times, .5),
         quantile(&delivery_times, .99), quantile(&delivery_times, 1), quantile(&probe_times, .5), quantile(&probe_times, .99),
         quantile(&probe_times, 1), kb_open);
  return complete && !faults ? 0 : 3;
}
