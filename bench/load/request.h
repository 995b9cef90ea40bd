/* A request of HTTP/1.1, written as fast as the socket takes it. */
#ifndef REQUEST_H
#define REQUEST_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is asked for, and the body that goes with it: `start`, then the pattern over and over up to `size` bytes. */
struct object {
  char *path;
  char *start;
  size_t start_length;
  uint64_t size;
};

/* The bytes that all bodies share. */
extern char *pattern;
extern size_t pattern_length;

enum body { NO_BODY, EMPTY, WHOLE, CHUNKED };

struct request {
  char head[4096];
  size_t head_length, head_sent;
  const struct object *object;
  enum body body;
  uint64_t length, sent;    /* of the body */
  char frame[32];           /* the size of a chunk, with the end of the one before */
  size_t frame_length, frame_sent;
  uint64_t chunk_left;
  bool last_frame;
};

/* Makes a request; false where it is longer than its room. `host` is what the Host header says. */
bool request_begin(struct request *, const char *method, const char *path, const char *host, const struct object *, enum body);

enum written { ALL, BLOCKED, BROKEN };

/* Writes what the socket takes. */
enum written request_write(struct request *, int socket);
#endif
