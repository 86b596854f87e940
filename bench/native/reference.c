// What a chat server costs that does nothing but forward: no storage, no names, no rooms, no JSON. Everybody who is
// connected gets every command frame as it came.
//   naive    one send() per message and member
//   batched  one send() per member and turn of the event loop, of one buffer that all share
// Usage: reference naive|batched PORT [BYTES]; with BYTES, what is forwarded is filled up to that many.
#define _GNU_SOURCE
#include "websocket.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

typedef struct {
  int fd;
  int open;                    // the handshake is done
  uint8_t *in;                 // what was received and is not yet a whole frame
  size_t have, room;
  uint8_t *rest;               // what the kernel did not take
  size_t rest_have, rest_room;
  uint8_t reply[16384];        // of this turn, batched only
  size_t reply_have;
} Member;

static Member *members[65536];
static int member_count;
static int batched, epoll_fd;
static size_t least_length;
static uint8_t *shared;        // frames of this turn, batched only
static size_t shared_have, shared_room;

static void fail(const char *what) { perror(what); exit(1); }

static void *grow(void *memory, size_t *room, size_t need) {
  if (need <= *room) return memory;
  while (*room < need) *room = *room ? *room * 2 : 4096;
  memory = realloc(memory, *room);
  if (!memory) fail("realloc");
  return memory;
}

static void watch(Member *member, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = member};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, member->fd, &event)) fail("epoll_ctl");
}

static void keep_rest(Member *member, const uint8_t *data, size_t size) {
  if (!member->rest_have) watch(member, EPOLLIN | EPOLLOUT);
  member->rest = grow(member->rest, &member->rest_room, member->rest_have + size);
  memcpy(member->rest + member->rest_have, data, size);
  member->rest_have += size;
}

static void say(Member *member, const uint8_t *data, size_t size) {
  if (member->fd < 0) return;
  if (member->rest_have) { keep_rest(member, data, size); return; }
  ssize_t sent = send(member->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) { if (errno != EAGAIN) return; sent = 0; }
  if ((size_t)sent < size) keep_rest(member, data + sent, size - sent);
}

static void say_rest(Member *member) {
  ssize_t sent = send(member->fd, member->rest, member->rest_have, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent <= 0) return;
  memmove(member->rest, member->rest + sent, member->rest_have - sent);
  member->rest_have -= sent;
  if (!member->rest_have) watch(member, EPOLLIN);
}

static void say_text(Member *member, const char *text) {
  uint8_t frame[256];
  size_t length = strlen(text);
  int header = ws_write_header(frame, length, 0);
  memcpy(frame + header, text, length);
  if (batched && member->reply_have + header + length <= sizeof member->reply) {
    memcpy(member->reply + member->reply_have, frame, header + length);
    member->reply_have += header + length;
  } else say(member, frame, header + length);
}

static void forward(const uint8_t *text, size_t length) {
  uint8_t frame[65536 + 16];
  size_t given = length;
  if (length < least_length) length = least_length;
  int header = ws_write_header(frame, length, 0);
  memcpy(frame + header, text, given);
  memset(frame + header + given, ' ', length - given);
  if (batched) {
    shared = grow(shared, &shared_room, shared_have + header + length);
    memcpy(shared + shared_have, frame, header + length);
    shared_have += header + length;
    return;
  }
  for (int i = 0; i < member_count; i++) if (members[i]->open) say(members[i], frame, header + length);
}

static void end_of_turn(void) {
  for (int i = 0; i < member_count; i++) {
    Member *member = members[i];
    size_t size = member->reply_have + (member->open ? shared_have : 0);
    if (!size || member->fd < 0) continue;
    struct iovec parts[2] = {{member->reply, member->reply_have}, {shared, member->open ? shared_have : 0}};
    ssize_t sent = 0;
    if (!member->rest_have) {
      struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
      sent = sendmsg(member->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0) sent = 0;
    }
    for (int part = 0; part < 2; part++) {
      size_t taken = (size_t)sent < parts[part].iov_len ? (size_t)sent : parts[part].iov_len;
      if (taken < parts[part].iov_len)
        keep_rest(member, (uint8_t *)parts[part].iov_base + taken, parts[part].iov_len - taken);
      sent -= taken;
    }
    member->reply_have = 0;
  }
  shared_have = 0;
}

static void frame_came(Member *member, uint8_t *text, size_t length) {
  if (ws_begins(text, length, "{\"type\":\"hello\"")) say_text(member, "{\"type\":\"welcome\"}");
  else if (ws_begins(text, length, "{\"type\":\"open\"")) {
    member->open = 1;
    say_text(member, "{\"type\":\"opened\"}");
  } else if (ws_begins(text, length, "{\"type\":\"command\"") && length > 60) {
    char reply[128];
    snprintf(reply, sizeof reply, "{\"type\":\"reply\",\"id\":\"%.36s\",\"output\":{}}", (char *)text + 24);
    say_text(member, reply);
    forward(text, length);
  }
}

static void came(Member *member) {
  member->in = grow(member->in, &member->room, member->have + 65536);
  ssize_t got = recv(member->fd, member->in + member->have, member->room - member->have, 0);
  if (got <= 0) {
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    close(member->fd);
    member->fd = -1;
    member->open = 0;
    return;
  }
  member->have += got;
  size_t used = 0;
  if (member->have > 4 && memcmp(member->in, "GET ", 4) == 0) {
    uint8_t *end = memmem(member->in, member->have, "\r\n\r\n", 4);
    if (!end) return;
    used = end + 4 - member->in;
    // The generator knows whom it talks to and does not check the accept key.
    const char *answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    say(member, (const uint8_t *)answer, strlen(answer));
  }
  Frame frame;
  while (ws_header(member->in + used, member->have - used, &frame) &&
         member->have - used >= frame.header + frame.length) {
    uint8_t *text = member->in + used + frame.header;
    if (frame.masked) for (uint64_t i = 0; i < frame.length; i++) text[i] ^= frame.key[i & 3];
    if (frame.opcode == 1 && frame.length < 65536) frame_came(member, text, frame.length);
    used += frame.header + frame.length;
  }
  memmove(member->in, member->in + used, member->have - used);
  member->have -= used;
}

int main(int count, char **words) {
  if (count < 3) { fprintf(stderr, "reference naive|batched PORT [BYTES]\n"); return 2; }
  if (count > 3) least_length = atoi(words[3]);
  batched = strcmp(words[1], "batched") == 0;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(words[2]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) fail("listen");
  epoll_fd = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[1024];
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int ready = epoll_wait(epoll_fd, events, 1024, -1);
    for (int i = 0; i < ready; i++) {
      Member *member = events[i].data.ptr;
      if (!member) {
        int fd;
        while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
          setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
          member = calloc(1, sizeof *member);
          member->fd = fd;
          members[member_count++] = member;
          struct epoll_event added = {.events = EPOLLIN, .data.ptr = member};
          epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &added);
        }
        continue;
      }
      if (member->fd < 0) continue;
      if (events[i].events & EPOLLOUT && member->rest_have) say_rest(member);
      if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) came(member);
    }
    if (batched) end_of_turn();
  }
}
