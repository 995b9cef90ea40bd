/* The null server: reads requests and answers them with what a registry would, and keeps nothing. What it reaches is the ceiling
 * of the generator.
 *
 *   null
 *
 * Listens on a free port of 127.0.0.1 and prints `listening on HOST:PORT`. A GET of `…/SIZE` is answered with so many zeros. One thread, epoll.
 */
#define _GNU_SOURCE
#include "message.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

struct connection {
  int socket;
  struct message request;
  char head[256];
  size_t head_length, head_sent;
  uint64_t body_left;
};

static int poll_set;
static char *bytes;
static const size_t byte_count = 512 * 1024;

/* Writes what the socket takes; false where the connection broke. */
static bool reply(struct connection *connection) {
  while (connection->head_sent < connection->head_length || connection->body_left) {
    struct iovec pieces[2] = {
        {connection->head + connection->head_sent, connection->head_length - connection->head_sent},
        {bytes, connection->body_left < byte_count ? connection->body_left : byte_count},
    };
    ssize_t written = writev(connection->socket, pieces, 2);
    if (written < 0 && errno != EAGAIN) return false;
    bool blocked = written < 0;
    struct epoll_event event = {.events = EPOLLIN | (blocked ? EPOLLOUT : 0), .data.ptr = connection};
    if (blocked) return epoll_ctl(poll_set, EPOLL_CTL_MOD, connection->socket, &event) == 0;
    size_t of_head = (size_t)written < pieces[0].iov_len ? (size_t)written : pieces[0].iov_len;
    connection->head_sent += of_head;
    connection->body_left -= written - of_head;
  }
  return true;
}

static bool answer(struct connection *connection) {
  const char *head = connection->request.head;
  bool created = !strncmp(head, "PUT", 3) || (!strncmp(head, "POST", 4) && strstr(head, "?digest="));
  bool accepted = !created && head[0] == 'P';
  uint64_t size = 0;
  if (head[0] == 'G') {
    const char *end = strchr(head + 4, ' ');
    const char *slash = end ? memrchr(head, '/', end - head) : NULL;
    if (slash) size = strtoull(slash + 1, NULL, 10);
  }
  connection->head_length = snprintf(connection->head, sizeof connection->head,
                                     "HTTP/1.1 %s\r\nLocation: /v2/null/blobs/uploads/0\r\nContent-Length: %llu\r\n\r\n",
                                     created ? "201 Created" : accepted ? "202 Accepted" : "200 OK", (unsigned long long)size);
  connection->head_sent = 0;
  connection->body_left = size;
  message_reset(&connection->request);
  return reply(connection);
}

static bool receive(struct connection *connection) {
  static char received[512 * 1024];
  ssize_t length = recv(connection->socket, received, sizeof received, 0);
  if (length <= 0) return length < 0 && errno == EAGAIN;
  for (size_t read = 0; read < (size_t)length;) {
    read += message_read(&connection->request, received + read, length - read, false);
    if (connection->request.state == MALFORMED) return false;
    if (connection->request.state == COMPLETE && !answer(connection)) return false;
  }
  return true;
}

static void accept_one(int listener) {
  int one = 1, accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
  struct connection *connection = accepted < 0 ? NULL : calloc(1, sizeof *connection);
  if (!connection) return;
  setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  connection->socket = accepted;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
  epoll_ctl(poll_set, EPOLL_CTL_ADD, accepted, &event);
}

static void serve(struct connection *connection, uint32_t events) {
  bool alive = true;
  if (events & EPOLLOUT) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    epoll_ctl(poll_set, EPOLL_CTL_MOD, connection->socket, &event);
    alive = reply(connection);
  }
  if (alive && events & (EPOLLIN | EPOLLHUP | EPOLLERR)) alive = receive(connection);
  if (alive) return;
  close(connection->socket);
  free(connection);
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  bytes = calloc(1, byte_count);
  poll_set = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
  if (!bytes || bind(listener, (struct sockaddr *)&address, size) || listen(listener, 511) ||
      getsockname(listener, (struct sockaddr *)&address, &size) || epoll_ctl(poll_set, EPOLL_CTL_ADD, listener, &event)) {
    perror("null");
    return 1;
  }
  printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    int count = epoll_wait(poll_set, events, 256, -1);
    for (int index = 0; index < count; index++) {
      if (events[index].data.ptr) serve(events[index].data.ptr, events[index].events);
      else accept_one(listener);
    }
  }
}
