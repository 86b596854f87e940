// As much of RFC 6455 as the load generator and the reference servers need: whole text frames, no fragments.
#pragma once
#include <stdint.h>
#include <string.h>

typedef struct {
  int header;         // bytes before the payload, the mask's key included
  uint64_t length;    // of the payload
  int opcode;
  int masked;
  uint8_t key[4];
} Frame;

// Reads a frame's header. 0: more bytes are needed.
static inline int ws_header(const uint8_t *p, size_t have, Frame *frame) {
  if (have < 2) return 0;
  frame->opcode = p[0] & 0x0f;
  frame->masked = p[1] >> 7;
  frame->length = p[1] & 0x7f;
  int size = 2;
  if (frame->length == 126) {
    if (have < 4) return 0;
    frame->length = (uint64_t)p[2] << 8 | p[3];
    size = 4;
  } else if (frame->length == 127) {
    if (have < 10) return 0;
    frame->length = 0;
    for (int i = 2; i < 10; i++) frame->length = frame->length << 8 | p[i];
    size = 10;
  }
  if (frame->masked) {
    if (have < (size_t)size + 4) return 0;
    memcpy(frame->key, p + size, 4);
    size += 4;
  }
  frame->header = size;
  return 1;
}

// Writes a header of a text frame; clients mask, here with the key 0, which leaves the text as it is.
static inline int ws_write_header(uint8_t *p, uint64_t length, int masked) {
  int size = 2;
  p[0] = 0x81;
  if (length < 126) {
    p[1] = length;
  } else if (length < 65536) {
    p[1] = 126;
    p[2] = length >> 8;
    p[3] = length;
    size = 4;
  } else {
    p[1] = 127;
    for (int i = 0; i < 8; i++) p[2 + i] = length >> (56 - 8 * i);
    size = 10;
  }
  if (masked) {
    p[1] |= 0x80;
    memset(p + size, 0, 4);
    size += 4;
  }
  return size;
}

// Whether the text begins like this: every frame names its type first.
static inline int ws_begins(const uint8_t *p, size_t have, const char *start) {
  size_t length = strlen(start);
  return have >= length && memcmp(p, start, length) == 0;
}
