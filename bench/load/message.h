/* A message of HTTP/1.1, request or response, read as it comes; of its body only the length is kept. */
#ifndef MESSAGE_H
#define MESSAGE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct message {
  enum { IN_HEAD, IN_BODY, IN_CHUNK_SIZE, IN_CHUNK, AFTER_CHUNK, IN_TRAILER, COMPLETE, MALFORMED } state;
  char head[16384];
  size_t head_length;
  uint64_t left;        /* bytes of the body, or of the chunk, that have not come yet */
  uint64_t body_length; /* bytes of the body that have come */
  char line[32];        /* what has come of the size of a chunk, or of a trailer */
  size_t line_length;
};

/* Begins the next message. */
void message_reset(struct message *message);

/* Reads bytes until the message is complete; gives how many were read. The head ends with a NUL once the state is past IN_HEAD.
 * `without_body`: the reply to a HEAD. */
size_t message_read(struct message *message, const char *bytes, size_t length, bool without_body);

/* The value of a header, which lasts to the next CR; NULL where there is none. */
const char *message_header(const struct message *message, const char *name);
#endif
