#define _GNU_SOURCE
#include "message.h"
#include <stdlib.h>
#include <string.h>

void message_reset(struct message *message) {
  message->state = IN_HEAD;
  message->head_length = message->line_length = 0;
  message->left = message->body_length = 0;
}

const char *message_header(const struct message *message, const char *name) {
  size_t length = strlen(name);
  for (const char *line = strstr(message->head, "\r\n"); line; line = strstr(line, "\r\n")) {
    line += 2;
    if (strncasecmp(line, name, length) || line[length] != ':') continue;
    line += length + 1;
    while (*line == ' ') line++;
    return line;
  }
  return NULL;
}

static void begin_body(struct message *message, bool without_body) {
  const char *encoding = message_header(message, "transfer-encoding");
  const char *length = message_header(message, "content-length");
  message->left = length ? strtoull(length, NULL, 10) : 0;
  if (without_body) message->state = COMPLETE;
  else if (encoding && !strncasecmp(encoding, "chunked", 7)) message->state = IN_CHUNK_SIZE;
  else message->state = message->left ? IN_BODY : COMPLETE;
}

static size_t read_head(struct message *message, const char *bytes, size_t length, bool without_body) {
  size_t before = message->head_length, room = sizeof message->head - 1 - before;
  size_t taken = length < room ? length : room;
  memcpy(message->head + before, bytes, taken);
  message->head_length += taken;
  message->head[message->head_length] = 0;
  char *end = memmem(message->head, message->head_length, "\r\n\r\n", 4);
  if (!end) {
    if (taken == room) message->state = MALFORMED;
    return taken;
  }
  end[2] = 0;
  begin_body(message, without_body);
  return (size_t)(end + 4 - message->head) - before;
}

/* Reads of a body or of a chunk, and goes on with `next` at its end. */
static size_t read_bytes(struct message *message, size_t length, int next) {
  size_t taken = length < message->left ? length : message->left;
  message->left -= taken;
  message->body_length += taken;
  if (!message->left) message->state = next;
  return taken;
}

static void end_line(struct message *message) {
  message->line[message->line_length] = 0;
  bool empty = message->line_length == 0;
  message->line_length = 0;
  if (message->state == AFTER_CHUNK) message->state = IN_CHUNK_SIZE;
  else if (message->state == IN_TRAILER) message->state = empty ? COMPLETE : IN_TRAILER;
  else message->state = (message->left = strtoull(message->line, NULL, 16)) ? IN_CHUNK : IN_TRAILER;
}

static void read_character(struct message *message, char character) {
  if (character == '\n') end_line(message);
  else if (character != '\r' && message->line_length < sizeof message->line - 1) message->line[message->line_length++] = character;
}

size_t message_read(struct message *message, const char *bytes, size_t length, bool without_body) {
  size_t read = 0;
  while (read < length && message->state < COMPLETE) {
    switch (message->state) {
      case IN_HEAD: read += read_head(message, bytes + read, length - read, without_body); break;
      case IN_BODY: read += read_bytes(message, length - read, COMPLETE); break;
      case IN_CHUNK: read += read_bytes(message, length - read, AFTER_CHUNK); break;
      default: read_character(message, bytes[read++]);
    }
  }
  return read;
}
