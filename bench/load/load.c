/* The load generator: keeps so many connections busy with one workload, and prints one line of JSON.
 *
 *   load [-c CONNECTIONS] [-d SECONDS] [-w MIB] -p PATTERN HOST:PORT WORKLOAD < OBJECTS
 *
 * Each line of the standard input is an object: its path, the size of its body in bytes, and the text with which the body begins,
 * parted by single spaces. The rest of a body is the file PATTERN, over and over. Each object is one operation; with -d they are
 * taken again and again for so long. With -w, so many MiB of a file are written and removed before the clock starts: a virtual
 * machine that gives free pages back to its host otherwise pays for new page cache with page faults of the host.
 *
 *   get head delete   that request
 *   write             PUT with the body
 *   post              POST with the body
 *   put               POST to the path without its query, then PUT with the body to the Location, with that query
 *   stream            the same with a chunked PATCH to the Location in between, and an empty PUT
 *   begin             only the POST and the PATCH: an upload that stays open
 *
 * One thread, epoll, connections that are kept alive; HTTP over TCP on IPv4.
 */
#define _GNU_SOURCE
#include "message.h"
#include "request.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- workloads ---- */

struct step {
  const char *method;
  enum { WHOLE_PATH, WITHOUT_QUERY, LOCATION, LOCATION_AND_QUERY } where;
  enum body body;
  int status;
};

static const struct workload {
  const char *name;
  int length;
  struct step steps[3];
} workloads[] = {
    {"get", 1, {{"GET", WHOLE_PATH, NO_BODY, 200}}},
    {"head", 1, {{"HEAD", WHOLE_PATH, NO_BODY, 200}}},
    {"delete", 1, {{"DELETE", WHOLE_PATH, NO_BODY, 202}}},
    {"write", 1, {{"PUT", WHOLE_PATH, WHOLE, 201}}},
    {"post", 1, {{"POST", WHOLE_PATH, WHOLE, 201}}},
    {"put", 2, {{"POST", WITHOUT_QUERY, EMPTY, 202}, {"PUT", LOCATION_AND_QUERY, WHOLE, 201}}},
    {"stream", 3, {{"POST", WITHOUT_QUERY, EMPTY, 202}, {"PATCH", LOCATION, CHUNKED, 202}, {"PUT", LOCATION_AND_QUERY, EMPTY, 201}}},
    {"begin", 2, {{"POST", WITHOUT_QUERY, EMPTY, 202}, {"PATCH", LOCATION, CHUNKED, 202}}},
};
static const struct workload *workload;

/* ---- what is measured ---- */

static struct object *objects;
static size_t object_count, taken;
static double started, deadline;
static double *latencies;
static size_t operations, latency_room, failures;
static uint64_t body_bytes;
static char first_failure[256];
static const size_t most_failures = 50;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static void stop(const char *what) {
  fprintf(stderr, "load: %s (%s)\n", what, strerror(errno));
  exit(2);
}

static void count_operation(double seconds) {
  if (operations == latency_room) {
    latency_room = latency_room ? 2 * latency_room : 65536;
    latencies = realloc(latencies, latency_room * sizeof *latencies);
    if (!latencies) stop("no memory");
  }
  latencies[operations++] = seconds;
}

/* ---- connections ---- */

struct connection {
  int socket;
  bool busy, waits_for_room;
  const struct object *object;
  int step;
  double began;
  struct request request;
  struct message response;
  char location[2048];
};

static struct sockaddr_in address;
static char host[64];
static int poll_set;
static char *received;
static const size_t receive_size = 512 * 1024;

static void connect_anew(struct connection *connection) {
  int one = 1;
  connection->socket = socket(AF_INET, SOCK_STREAM, 0);
  if (connection->socket < 0 || connect(connection->socket, (struct sockaddr *)&address, sizeof address)) stop("cannot connect");
  setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  fcntl(connection->socket, F_SETFL, O_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
  if (epoll_ctl(poll_set, EPOLL_CTL_ADD, connection->socket, &event)) stop("cannot poll");
  connection->waits_for_room = false;
}

static void wait_for_room(struct connection *connection, bool wanted) {
  if (connection->waits_for_room == wanted) return;
  struct epoll_event event = {.events = EPOLLIN | (wanted ? EPOLLOUT : 0), .data.ptr = connection};
  epoll_ctl(poll_set, EPOLL_CTL_MOD, connection->socket, &event);
  connection->waits_for_room = wanted;
}

static void begin_step(struct connection *connection) {
  const struct step *step = &workload->steps[connection->step];
  const char *whole = connection->object->path, *query = strchr(whole, '?');
  if (!query) query = whole + strlen(whole);
  char path[3072];
  switch (step->where) {
    case WHOLE_PATH: snprintf(path, sizeof path, "%s", whole); break;
    case WITHOUT_QUERY: snprintf(path, sizeof path, "%.*s", (int)(query - whole), whole); break;
    case LOCATION: snprintf(path, sizeof path, "%s", connection->location); break;
    case LOCATION_AND_QUERY:
      snprintf(path, sizeof path, "%s%c%s", connection->location, strchr(connection->location, '?') ? '&' : '?', *query ? query + 1 : query);
  }
  if (!request_begin(&connection->request, step->method, path, host, connection->object, step->body)) stop("a request is too long");
  message_reset(&connection->response);
}

/* Takes the next object; the connection is idle where there is none. */
static void take_object(struct connection *connection) {
  bool over = deadline ? now() >= deadline : taken >= object_count;
  connection->busy = !over && failures <= most_failures;
  if (!connection->busy) return;
  connection->object = &objects[taken++ % object_count];
  connection->step = 0;
  connection->began = now();
  begin_step(connection);
}

static void fail(struct connection *connection, const char *what) {
  if (failures++ == 0) {
    const char *line = connection->response.head_length ? connection->response.head : "";
    snprintf(first_failure, sizeof first_failure, "%s at %s: %.*s", what, workload->steps[connection->step].method,
             (int)strcspn(line, "\r\n\"\\"), line);
  }
  close(connection->socket);
  connect_anew(connection);
  take_object(connection);
}

static void send_request(struct connection *connection) {
  while (connection->busy) {
    enum written written = request_write(&connection->request, connection->socket);
    wait_for_room(connection, written == BLOCKED);
    if (written != BROKEN) return;
    fail(connection, "the connection broke");
  }
}

/* The path of a Location, which may be a whole URL. */
static void keep_location(struct connection *connection) {
  const char *value = message_header(&connection->response, "location");
  if (!value) return;
  if (!strncasecmp(value, "http://", 7)) value += 7 + strcspn(value + 7, "/");
  snprintf(connection->location, sizeof connection->location, "%.*s", (int)strcspn(value, "\r\n"), value);
}

static void end_step(struct connection *connection) {
  const struct message *response = &connection->response;
  const struct request *request = &connection->request;
  bool sent = request->head_sent == request->head_length && request->sent == request->length;
  if (!sent || atoi(response->head + 9) != workload->steps[connection->step].status) {
    fail(connection, sent ? "an unexpected reply" : "an early reply");
    send_request(connection);
    return;
  }
  body_bytes += request->sent + response->body_length;
  keep_location(connection);
  const char *connection_header = message_header(response, "connection");
  if (connection_header && !strncasecmp(connection_header, "close", 5)) {
    close(connection->socket);
    connect_anew(connection);
  }
  if (++connection->step < workload->length) {
    begin_step(connection);
  } else {
    count_operation(now() - connection->began);
    take_object(connection);
  }
  send_request(connection);
}

static void receive(struct connection *connection) {
  for (;;) {
    ssize_t length = recv(connection->socket, received, receive_size, 0);
    if (length < 0 && errno == EAGAIN) return;
    if (length <= 0) {
      if (connection->busy) {
        fail(connection, "the connection ended");
        send_request(connection);
      } else {
        close(connection->socket);
        connect_anew(connection);
      }
      return;
    }
    if (!connection->busy) continue;
    struct message *response = &connection->response;
    bool head = !strcmp(workload->steps[connection->step].method, "HEAD");
    message_read(response, received, length, head);
    if (response->state == MALFORMED) stop("a reply has too long a head");
    if (response->state == COMPLETE) {
      end_step(connection);
      return;
    }
    if ((size_t)length < receive_size) return;
  }
}

static void run(size_t connection_count) {
  struct connection *connections = calloc(connection_count, sizeof *connections);
  if (!connections) stop("no memory");
  for (size_t index = 0; index < connection_count; index++) connect_anew(&connections[index]);
  double duration = deadline;
  started = now();
  if (duration) deadline = started + duration;
  for (size_t index = 0; index < connection_count; index++) {
    take_object(&connections[index]);
    send_request(&connections[index]);
  }
  struct epoll_event events[256];
  for (bool busy = true; busy;) {
    int count = epoll_wait(poll_set, events, 256, 60000);
    if (count == 0) stop("nothing came for a minute");
    for (int index = 0; index < count; index++) {
      struct connection *connection = events[index].data.ptr;
      if (events[index].events & EPOLLOUT) send_request(connection);
      if (events[index].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(connection);
    }
    busy = false;
    for (size_t index = 0; index < connection_count && !busy; index++) busy = connections[index].busy;
  }
}

/* ---- input and output ---- */

static void read_pattern(const char *path) {
  struct stat status;
  int file = open(path, O_RDONLY);
  if (file < 0 || fstat(file, &status)) stop("cannot read the pattern");
  pattern_length = status.st_size;
  pattern = mmap(NULL, pattern_length, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (pattern == MAP_FAILED) stop("cannot map the pattern");
}

static void read_objects(void) {
  char *line = NULL;
  size_t room = 0, object_room = 0;
  ssize_t length;
  while ((length = getline(&line, &room, stdin)) > 0) {
    if (line[length - 1] == '\n') line[--length] = 0;
    char *size = strchr(line, ' '), *start = size ? strchr(size + 1, ' ') : NULL;
    if (!start) stop("a line has no path, size and start");
    *size = *start = 0;
    if (object_count == object_room) {
      object_room = object_room ? 2 * object_room : 1024;
      objects = realloc(objects, object_room * sizeof *objects);
      if (!objects) stop("no memory");
    }
    struct object *object = &objects[object_count++];
    object->path = strdup(line);
    object->start = strdup(start + 1);
    object->size = strtoull(size + 1, NULL, 10);
    object->start_length = strlen(object->start);
    if (object->start_length > object->size) object->start_length = object->size;
  }
  if (object_count == 0) stop("no objects");
}

/* In large writes, so that the memory is found again by a server's writes, large or small. Memory that is no file's is not: tried. */
static const size_t touch_size = 512 * 1024;

static void touch(size_t length) {
  FILE *file = tmpfile();
  char *bytes = calloc(1, touch_size);
  if (!file || !bytes) stop("cannot write a file first");
  for (size_t offset = 0; offset < length; offset += touch_size) {
    if (pwrite(fileno(file), bytes, touch_size, offset) < 0) stop("cannot write a file first");
  }
  free(bytes);
  fclose(file);
}

static int by_value(const void *one, const void *other) {
  double difference = *(const double *)one - *(const double *)other;
  return (difference > 0) - (difference < 0);
}

/* The latency, in milliseconds, that this part of the operations did not exceed. */
static double quantile(double part) { return operations ? 1000 * latencies[(size_t)(part * (operations - 1))] : 0; }

static double user_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_utime.tv_usec / 1e6;
}

static void print(double seconds) {
  qsort(latencies, operations, sizeof *latencies, by_value);
  printf("{\"operations\":%zu,\"failures\":%zu,\"firstFailure\":\"%s\",\"seconds\":%.6f,\"bodyBytes\":%llu,\"userSeconds\":%.3f,", operations,
         failures, first_failure, seconds, (unsigned long long)body_bytes, user_seconds());
  printf("\"milliseconds\":{\"p50\":%.3f,\"p90\":%.3f,\"p99\":%.3f,\"max\":%.3f}}\n", quantile(0.5), quantile(0.9), quantile(0.99), quantile(1));
}

int main(int count, char **words) {
  size_t connection_count = 1, touched = 0;
  for (int option; (option = getopt(count, words, "c:d:w:p:")) != -1;) {
    switch (option) {
      case 'c': connection_count = strtoul(optarg, NULL, 10); break;
      case 'd': deadline = strtod(optarg, NULL); break;
      case 'w': touched = strtoul(optarg, NULL, 10) << 20; break;
      case 'p': read_pattern(optarg); break;
      default: return 2;
    }
  }
  if (count - optind != 2 || !pattern) stop("usage: load [-c CONNECTIONS] [-d SECONDS] [-w MIB] -p PATTERN HOST:PORT WORKLOAD");
  for (size_t index = 0; index < sizeof workloads / sizeof *workloads; index++) {
    if (!strcmp(workloads[index].name, words[optind + 1])) workload = &workloads[index];
  }
  if (!workload) stop("there is no such workload");
  snprintf(host, sizeof host, "%s", words[optind]);
  char *port = strchr(words[optind], ':');
  if (!port) stop("the address has no port");
  *port++ = 0;
  address.sin_family = AF_INET;
  address.sin_port = htons(atoi(port));
  if (inet_pton(AF_INET, words[optind], &address.sin_addr) != 1) stop("the host is not an IPv4 address");
  signal(SIGPIPE, SIG_IGN);
  read_objects();
  received = malloc(receive_size);
  poll_set = epoll_create1(0);
  if (!received || poll_set < 0) stop("cannot begin");
  if (touched) touch(touched);
  run(connection_count);
  print(now() - started);
  return failures > 0;
}
