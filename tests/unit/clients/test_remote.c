// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// libsqueeze against the daemon's own sockets: outcomes, big packets, silence, loss, and how a daemon is found.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients/libsqueeze/squeeze.h"
#include "control/transport.h"

/// A transport on a thread of its own, answering as PROTOCOL says: /x done, /bad fails, /echo comes back, /mute is
/// silent, /end closes the peer.
typedef struct Peer {
  SqTransport *transport;
  pthread_t thread;
  atomic_bool stop;
  char folder[64], urls[3][SQ_REMOTE_URL];
} Peer;

static void answer(SqPeer *peer, const char *tag, const char *address, lo_message args) {
  char whole[256];
  size_t size = 0;
  snprintf(whole, sizeof whole, "%s%s", tag, address);
  void *packet = lo_message_serialise(args, whole, NULL, &size);
  assert_int_equal(sq_peer_send(peer, packet, size), SQ_OK);
  free(packet);
  lo_message_free(args);
}

static void on_packet(void *context, SqPeer *peer, const uint8_t *data, size_t size) {
  SqOscArg args[16];
  SqOscMessage message;
  assert_int_equal(sq_osc_decode(data, size, args, 16, &message, NULL), SQ_OK);
  char tag[64] = "";
  const char *address = message.address;
  if (strncmp(address, "/@", 2) == 0) {
    address = strchr(address + 1, '/');
    snprintf(tag, sizeof tag, "%.*s", (int)(address - message.address), message.address);
  }
  lo_message reply = lo_message_new();
  lo_message_add_string(reply, address);
  if (strcmp(address, "/bad") == 0) {
    lo_message_add(reply, "iss", 4, "not_found", "there is no such thing");
    answer(peer, tag, "/fail", reply);
    return;
  }
  if (strcmp(address, "/echo") == 0) {
    lo_message echo = lo_message_new();
    lo_message_add_int32(echo, (int32_t)message.args[0].u.b.size);
    answer(peer, tag, "/echo", echo);
    answer(peer, "", "/event/xrun", lo_message_new());
  }
  if (strcmp(address, "/mute") == 0)
    lo_message_free(reply);
  else
    answer(peer, tag, "/done", reply);
  if (strcmp(address, "/end") == 0)
    sq_peer_close(peer);
}

static void on_closed(void *context, SqPeer *peer) {}

static void *serve(void *context) {
  Peer *self = context;
  struct pollfd poller = {.fd = sq_transport_fd(self->transport), .events = POLLIN};
  while (!atomic_load(&self->stop))
    if (poll(&poller, 1, 5) > 0)
      sq_transport_poll(self->transport);
  return NULL;
}

static int start(void **state) {
  static Peer peer;
  char path[96], why[256];
  memset(&peer, 0, sizeof peer);
  snprintf(peer.folder, sizeof peer.folder, "/tmp/sq-remote-XXXXXX");
  assert_non_null(mkdtemp(peer.folder));
  snprintf(path, sizeof path, "%s/s", peer.folder);
  const SqTransportCallbacks callbacks = {.context = &peer, .packet = on_packet, .closed = on_closed};
  const SqTransportConfig config = {.unix_path = path};
  assert_int_equal(sq_transport_open(&config, &callbacks, &peer.transport, why, sizeof why), SQ_OK);
  char url[SQ_REMOTE_URL];
  for (unsigned i = 0; sq_transport_url(peer.transport, i, url, sizeof url); i++) {
    static const char *const kinds[] = {"osc.udp:", "osc.tcp:", "osc.unix:"};
    for (int k = 0; k < 3; k++)
      if (strncmp(url, kinds[k], strlen(kinds[k])) == 0 && !*peer.urls[k])
        snprintf(peer.urls[k], SQ_REMOTE_URL, "%s", url);
  }
  pthread_create(&peer.thread, NULL, serve, &peer);
  *state = &peer;
  return 0;
}

static int stop(void **state) {
  Peer *peer = *state;
  char command[128];
  atomic_store(&peer->stop, true);
  pthread_join(peer->thread, NULL);
  sq_transport_close(peer->transport);
  snprintf(command, sizeof command, "%s/s", peer->folder);
  unlink(command);
  snprintf(command, sizeof command, "%s/one.json", peer->folder);
  unlink(command);
  return rmdir(peer->folder);
}

/// What a listener has heard.
typedef struct Heard {
  int echoes, size, events, dones;
} Heard;

static void hear(void *context, const SqOscMessage *message) {
  Heard *heard = context;
  heard->events += strcmp(message->address, "/event/xrun") == 0;
  heard->dones += strcmp(message->address, "/done") == 0;
  if (strcmp(message->address, "/echo") == 0) {
    heard->echoes++;
    heard->size = message->args[0].u.i;
  }
}

static SqRemote *open_remote(const char *url) {
  char error[SQ_REMOTE_TEXT];
  SqRemote *remote = NULL;
  if (sq_remote_open(url, &remote, error) != SQ_OK)
    fail_msg("%s", error);
  sq_remote_set_timeout(remote, 2000);
  return remote;
}

static void outcomes_on_every_transport(void **state) {
  Peer *peer = *state;
  for (int k = 0; k < 3; k++) {
    SqRemote *remote = open_remote(peer->urls[k]);
    SqOutcome outcome;
    assert_int_equal(sq_remote_request(remote, "/x", NULL, NULL, &outcome), SQ_OK);
    assert_int_equal(sq_remote_request(remote, "/bad", NULL, NULL, &outcome), SQ_NOT_FOUND);
    assert_string_equal(outcome.text, "there is no such thing");
    assert_false(outcome.lost);
    Heard heard = {0};
    uint8_t bytes[1000] = {0};
    lo_blob blob = lo_blob_new(sizeof bytes, bytes);
    lo_message args = lo_message_new();
    lo_message_add_blob(args, blob);
    assert_int_equal(
        sq_remote_request(remote, "/echo", args, &(SqRemoteListener){.handle = hear, .context = &heard}, &outcome),
        SQ_OK);
    lo_message_free(args);
    lo_blob_free(blob);
    assert_int_equal(heard.echoes, 1); // its tag was taken off
    assert_int_equal(heard.size, 1000);
    assert_int_equal(heard.events, 1); // what came between is not lost
    assert_int_equal(heard.dones, 1);
    sq_remote_close(remote);
  }
}

static void a_big_packet_crosses_a_stream_and_is_refused_on_udp(void **state) {
  Peer *peer = *state;
  enum { SIZE = 300000 };
  uint8_t *bytes = calloc(1, SIZE);
  lo_blob blob = lo_blob_new(SIZE, bytes);
  lo_message args = lo_message_new();
  lo_message_add_blob(args, blob);
  SqOutcome outcome;
  Heard heard = {0};
  SqRemote *remote = open_remote(peer->urls[2]);
  assert_int_equal(
      sq_remote_request(remote, "/echo", args, &(SqRemoteListener){.handle = hear, .context = &heard}, &outcome),
      SQ_OK);
  assert_int_equal(heard.size, SIZE);
  sq_remote_close(remote);
  remote = open_remote(peer->urls[0]);
  assert_int_equal(sq_remote_request(remote, "/echo", args, NULL, &outcome), SQ_LIMIT);
  assert_false(outcome.lost);
  sq_remote_close(remote);
  lo_message_free(args);
  lo_blob_free(blob);
  free(bytes);
}

static void silence_ends_in_time(void **state) {
  Peer *peer = *state;
  SqRemote *remote = open_remote(peer->urls[2]);
  SqOutcome outcome;
  sq_remote_set_timeout(remote, 60);
  int64_t begin = sq_remote_now_ms();
  assert_int_equal(sq_remote_request(remote, "/mute", NULL, NULL, &outcome), SQ_TIMEOUT);
  assert_true(outcome.lost);
  assert_in_range(sq_remote_now_ms() - begin, 55, 1000);
  sq_remote_close(remote);
}

static void a_lost_daemon_is_told(void **state) {
  Peer *peer = *state;
  SqRemote *remote = open_remote(peer->urls[2]);
  SqOutcome outcome;
  assert_int_equal(sq_remote_request(remote, "/end", NULL, NULL, &outcome), SQ_OK); // said before the end came
  assert_int_equal(sq_remote_request(remote, "/x", NULL, NULL, &outcome), SQ_IO);
  assert_true(outcome.lost);
  sq_remote_close(remote);
  char error[SQ_REMOTE_TEXT];
  assert_int_equal(sq_remote_open("osc.unix:///no/such/socket", &remote, error), SQ_IO);
  assert_non_null(strstr(error, "start one"));
  assert_int_equal(sq_remote_open("nonsense", &remote, error), SQ_BAD_ARGS);
  remote = open_remote("osc.udp://127.0.0.1:1/"); // nobody listens on that port
  assert_int_equal(sq_remote_request(remote, "/x", NULL, NULL, &outcome), SQ_IO);
  sq_remote_close(remote);
}

static void write_note(const char *folder, const char *name, int pid, const char *url) {
  char path[160];
  snprintf(path, sizeof path, "%s/squeezed/%s.json", folder, name);
  FILE *file = fopen(path, "w");
  fprintf(file, "{\n  \"pid\": %d, \"urls\": [\"osc.udp://127.0.0.1:5/\", \"%s\"]\n}\n", pid, url);
  fclose(file);
}

static void drop_note(const char *folder, const char *name) {
  char path[160];
  snprintf(path, sizeof path, "%s/squeezed/%s.json", folder, name);
  unlink(path);
}

static void the_one_running_daemon_is_found(void **state) {
  char folder[] = "/tmp/sq-find-XXXXXX", inner[64], url[SQ_REMOTE_URL], error[SQ_REMOTE_TEXT];
  assert_non_null(mkdtemp(folder));
  snprintf(inner, sizeof inner, "%s/squeezed", folder);
  mkdir(inner, 0700);
  setenv("XDG_RUNTIME_DIR", folder, 1);
  unsetenv("SQUEEZED_URL");
  write_note(folder, "one", (int)getpid(), "osc.unix:\\/\\/\\/run\\/one.sock");
  write_note(folder, "dead", 0x7ffffffe, "osc.unix:///run/dead.sock");
  assert_int_equal(sq_remote_find(NULL, url, error), SQ_OK);
  assert_string_equal(url, "osc.unix:///run/one.sock"); // the socket before UDP, the dead one left out
  write_note(folder, "two", (int)getpid(), "osc.unix:///run/two.sock");
  assert_int_equal(sq_remote_find(NULL, url, error), SQ_NOT_NOW);
  assert_non_null(strstr(error, "one"));
  assert_non_null(strstr(error, "two"));
  assert_int_equal(sq_remote_find("two", url, error), SQ_OK);
  assert_string_equal(url, "osc.unix:///run/two.sock");
  assert_int_equal(sq_remote_find("three", url, error), SQ_NOT_FOUND);
  setenv("SQUEEZED_URL", "osc.udp://127.0.0.1:9/", 1);
  assert_int_equal(sq_remote_find(NULL, url, error), SQ_OK);
  assert_string_equal(url, "osc.udp://127.0.0.1:9/");
  unsetenv("SQUEEZED_URL");
  drop_note(folder, "one");
  drop_note(folder, "two");
  drop_note(folder, "dead");
  rmdir(inner);
  rmdir(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(outcomes_on_every_transport),
      cmocka_unit_test(a_big_packet_crosses_a_stream_and_is_refused_on_udp),
      cmocka_unit_test(silence_ends_in_time),
      cmocka_unit_test(a_lost_daemon_is_told),
      cmocka_unit_test(the_one_running_daemon_is_found),
  };
  return cmocka_run_group_tests(tests, start, stop);
}
