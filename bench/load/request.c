#include "request.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

char *pattern;
size_t pattern_length;

static const char manifest[] = "application/vnd.oci.image.manifest.v1+json";
/* Clients copy layers in buffers of this size, and each becomes a chunk. */
static const uint64_t chunk_size = 32 * 1024;
/* As much of a body as one call is offered. */
static const uint64_t most_at_once = 1024 * 1024;

bool request_begin(struct request *request, const char *method, const char *path, const char *host, const struct object *object,
                   enum body body) {
  memset(request, 0, sizeof *request);
  request->object = object;
  request->body = body;
  request->length = body == WHOLE || body == CHUNKED ? object->size : 0;
  char framing[128] = "";
  const char *type = strstr(path, "/manifests/") ? manifest : "application/octet-stream";
  if (body == CHUNKED) snprintf(framing, sizeof framing, "Content-Type: %s\r\nTransfer-Encoding: chunked\r\n", type);
  else if (body == WHOLE) snprintf(framing, sizeof framing, "Content-Type: %s\r\nContent-Length: %llu\r\n", type, (unsigned long long)object->size);
  else if (body == EMPTY) snprintf(framing, sizeof framing, "Content-Length: 0\r\n");
  request->head_length = snprintf(request->head, sizeof request->head, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: stowage-bench\r\nAccept: %s\r\n%s\r\n",
                                  method, path, host, manifest, framing);
  return request->head_length < sizeof request->head;
}

static void add(struct iovec *pieces, int *count, const void *bytes, size_t length) {
  if (length == 0) return;
  pieces[*count].iov_base = (void *)bytes;
  pieces[(*count)++].iov_len = length;
}

/* Adds the next `length` bytes of the body, as far as there is room. */
static void add_body(const struct request *request, uint64_t length, struct iovec *pieces, int *count, int room) {
  const struct object *object = request->object;
  uint64_t offset = request->sent, end = offset + (length < most_at_once ? length : most_at_once);
  while (offset < end && *count < room) {
    const char *from = object->start + offset;
    uint64_t available = object->start_length - offset;
    if (offset >= object->start_length) {
      size_t place = (offset - object->start_length) % pattern_length;
      from = pattern + place;
      available = pattern_length - place;
    }
    if (available > end - offset) available = end - offset;
    add(pieces, count, from, available);
    offset += available;
  }
}

/* Begins the next chunk once the one before is sent: the last has no bytes. */
static void next_chunk(struct request *request) {
  if (request->frame_sent < request->frame_length || request->chunk_left || request->last_frame) return;
  uint64_t left = request->length - request->sent;
  request->chunk_left = left < chunk_size ? left : chunk_size;
  request->last_frame = left == 0;
  const char *before = request->sent ? "\r\n" : "";
  request->frame_length = snprintf(request->frame, sizeof request->frame, "%s%llx\r\n%s", before,
                                   (unsigned long long)request->chunk_left, left ? "" : "\r\n");
  request->frame_sent = 0;
}

static size_t advance(size_t *sent, size_t length, size_t written) {
  size_t part = length - *sent < written ? length - *sent : written;
  *sent += part;
  return written - part;
}

enum written request_write(struct request *request, int socket) {
  for (;;) {
    struct iovec pieces[8];
    int count = 0;
    add(pieces, &count, request->head + request->head_sent, request->head_length - request->head_sent);
    if (request->body == CHUNKED) {
      next_chunk(request);
      add(pieces, &count, request->frame + request->frame_sent, request->frame_length - request->frame_sent);
      add_body(request, request->chunk_left, pieces, &count, 8);
    } else {
      add_body(request, request->length - request->sent, pieces, &count, 8);
    }
    if (count == 0) return ALL;
    ssize_t written = writev(socket, pieces, count);
    if (written < 0) return errno == EAGAIN ? BLOCKED : BROKEN;
    size_t rest = advance(&request->head_sent, request->head_length, written);
    if (request->body == CHUNKED) {
      rest = advance(&request->frame_sent, request->frame_length, rest);
      request->chunk_left -= rest;
    }
    request->sent += rest;
  }
}
