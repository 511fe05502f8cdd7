// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Plug-ins in host processes: the same bits as in our own, and what is heard when a host dies, stops or hangs.
#include "unit/host/rig.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#define EPIANO "lv2:http://drobilla.net/plugins/mda/EPiano"
#define AMP "lv2:http://lv2plug.in/plugins/eg-amp"
#define N 48000

static float a[2][N], b[2][N], ramp[2][N];

static void run_all(Rig *rig, Hosted *h, float (*out)[N], uint32_t period) {
  SqRtEvent on = {.kind = SQ_EVENT_NOTE_ON, .offset = 17, .key = 60, .value = 0.8, .id = 1};
  SqRtEvent off = {.kind = SQ_EVENT_NOTE_OFF, .offset = 5, .key = 60, .id = 1};
  for (uint32_t at = 0, i = 0; at < N; at += period, i++) {
    const uint32_t n = N - at < period ? N - at : period;
    float *const outs[2] = {out[0] + at, out[1] + at};
    const float *const ins[2] = {ramp[0] + at, ramp[1] + at};
    h->signals[0].value = i / 10 % 2 ? 0.25F : 0.5F;
    hosted_run(rig, h, h->n_in ? ins : NULL, outs, n, i == 3 ? &on : i == 60 ? &off : NULL, 0);
  }
}

static void the_same_bits_as_in_this_process(void **state) {
  static const char *const ids[] = {EPIANO, AMP};
  for (uint32_t i = 0; i < 2; i++) {
    Rig rig;
    Hosted here, there;
    rig_open(&rig, NULL);
    hosted_open(&rig, &here, ids[i], i ? 1 : 0, i ? 1 : 2, false);
    hosted_open(&rig, &there, ids[i], i ? 1 : 0, i ? 1 : 2, true);
    run_all(&rig, &here, a, 256);
    run_all(&rig, &there, b, 256);
    assert_memory_equal(a[0], b[0], sizeof a[0]);
    if (!i)
      assert_memory_equal(a[1], b[1], sizeof a[1]);
    float peak = 0.0F;
    for (uint32_t k = 0; k < N; k++)
      peak = fmaxf(peak, fabsf(b[0][k]));
    assert_true(peak > 0.05F);
    hosted_close(&here);
    hosted_close(&there);
    rig_close(&rig);
  }
}

static void a_killed_host_is_dry_in_the_same_block_and_comes_back(void **state) {
  Rig rig;
  Hosted h;
  double worst = 0.0;
  rig_open(&rig, NULL);
  hosted_open(&rig, &h, AMP, 1, 1, true);
  float *const outs[1] = {b[0]};
  const float *const ins[1] = {ramp[0]};
  h.signals[0].value = -6.0F;
  for (uint32_t round = 0; round < 10; round++) {
    hosted_run(&rig, &h, ins, outs, 64, NULL, 0);
    const float wet = b[0][63];
    const int pid = sq_hosted_pid(h.instance);
    assert_true(pid > 0 && fabsf(wet) > 0.0F);
    kill(pid, SIGKILL);
    float last = wet;
    for (uint32_t i = 0; i < 8; i++) { // dry fades in from where the sound was: no step
      hosted_run(&rig, &h, ins, outs, 64, NULL, 0);
      assert_true(fabsf(b[0][0] - last) < 0.02F);
      last = b[0][63];
    }
    const double back = hosted_wait_back(&rig, &h, ins, outs);
    assert_true(back >= 0.0);
    worst = back > worst ? back : worst;
    for (uint32_t i = 0; i < 16; i++)
      hosted_run(&rig, &h, ins, outs, 64, NULL, 0);
    assert_float_equal(b[0][63], wet, 1e-6); // as loud as it was: it knows its parameter
  }
  printf("killed 10 times: back within %.0f ms\n", worst * 1e3);
  hosted_close(&h);
  rig_close(&rig);
}

static void a_stopped_host_costs_no_more_than_the_deadline(void **state) {
  Rig rig;
  Hosted h;
  rig_open(&rig, &(SqHostsConfig){.offline = false});
  hosted_open(&rig, &h, AMP, 1, 1, true);
  float *const outs[1] = {b[0]};
  const float *const ins[1] = {ramp[0]};
  hosted_run(&rig, &h, ins, outs, 64, NULL, 100000000);
  const int pid = sq_hosted_pid(h.instance);
  siginfo_t how;
  kill(pid, SIGSTOP);
  assert_int_equal(waitid(P_PID, (id_t)pid, &how, WSTOPPED), 0); // it takes its time
  const uint64_t begin = rig_ns();
  hosted_run(&rig, &h, ins, outs, 64, NULL, 2000000);
  const double took = (double)(rig_ns() - begin) * 1e-6;
  assert_true(sq_hosted_dry_blocks(h.instance) == 1);
  const uint64_t again = rig_ns();
  hosted_run(&rig, &h, ins, outs, 64, NULL, 2000000);
  const double later = (double)(rig_ns() - again) * 1e-6;
  printf("deadline 2 ms: waited %.2f ms, then %.2f ms\n", took, later);
  assert_true(took >= 1.9); // it did wait
  const double back = hosted_wait_back(&rig, &h, ins, outs);
  assert_true(back >= 0.0);
  assert_int_not_equal(sq_hosted_pid(h.instance), pid);
  SqHostsStats stats;
  sq_hosts_stats(rig.hosts, &stats);
  assert_int_equal(stats.hangs, 1);
  hosted_close(&h);
  rig_close(&rig);
}

static void a_state_survives_its_host(void **state) {
  Rig rig;
  Hosted h;
  rig_open(&rig, NULL);
  hosted_open(&rig, &h, EPIANO, 0, 2, true);
  float *const outs[2] = {b[0], b[1]};
  hosted_run(&rig, &h, NULL, outs, 64, NULL, 0);
  SqBlob before = {.version = 0}, after = {.version = 0};
  assert_int_equal(h.type->save(h.instance, &before), SQ_OK);
  kill(sq_hosted_pid(h.instance), SIGKILL);
  assert_true(hosted_wait_back(&rig, &h, NULL, outs) >= 0.0);
  assert_int_equal(h.type->save(h.instance, &after), SQ_OK);
  assert_int_equal(before.size, after.size);
  assert_memory_equal(before.data, after.data, before.size);
  free(before.data);
  free(after.data);
  hosted_close(&h);
  rig_close(&rig);
}

static void strips_are_dealt_to_a_pool(void **state) {
  Rig rig;
  Hosted h[6];
  rig_open(&rig, &(SqHostsConfig){.offline = true, .pool = 2});
  static const char *const strips[] = {"1", "2", "1", "2", "3", "4"};
  for (uint32_t i = 0; i < 4; i++)
    assert_int_equal(hosted_try(&rig, &h[i], AMP, 1, 1, true, "auto", strips[i], NULL), SQ_OK);
  assert_int_equal(hosted_try(&rig, &h[4], AMP, 1, 1, true, "plugin", strips[4], NULL), SQ_OK);
  assert_int_equal(hosted_try(&rig, &h[5], AMP, 1, 1, true, "strip", strips[5], NULL), SQ_OK);
  int pids[6];
  for (uint32_t i = 0; i < 6; i++)
    pids[i] = sq_hosted_pid(h[i].instance);
  assert_true(pids[0] == pids[2] && pids[1] == pids[3] && pids[0] != pids[1]);
  for (uint32_t i = 0; i < 4; i++)
    assert_true(pids[4] != pids[i] && pids[5] != pids[i]);
  for (uint32_t i = 0; i < 6; i++)
    hosted_close(&h[i]);
  rig_close(&rig);
}

typedef struct {
  Rig *rig;
  Hosted *hosted;
} Making;

static void *make(void *context) {
  Making *making = context;
  hosted_open(making->rig, making->hosted, AMP, 1, 1, true);
  return NULL;
}

/// A host ends with the daemon, not with the thread that asked for it.
static void a_host_outlives_the_thread_that_asked_for_it(void **state) {
  Rig rig;
  Hosted h;
  pthread_t thread;
  rig_open(&rig, NULL);
  assert_int_equal(pthread_create(&thread, NULL, make, &(Making){&rig, &h}), 0);
  pthread_join(thread, NULL);
  const int pid = sq_hosted_pid(h.instance);
  float *const outs[1] = {b[0]};
  const float *const ins[1] = {ramp[0]};
  for (uint32_t i = 0; i < 50; i++) {
    hosted_run(&rig, &h, ins, outs, 64, NULL, 0);
    usleep(2000);
  }
  assert_true(sq_hosted_dry_blocks(h.instance) == 0 && sq_hosted_pid(h.instance) == pid && rig.n_news == 0);
  hosted_close(&h);
  rig_close(&rig);
}

/// One that hangs where it makes instances is ended in its time, and the new plug-in gets a host of its own.
static void a_host_that_does_not_answer_is_ended(void **state) {
  Rig rig;
  Hosted first, second;
  siginfo_t how;
  rig_open(&rig, &(SqHostsConfig){.offline = true, .open_ms = 1000, .pool = 1});
  hosted_open(&rig, &first, AMP, 1, 1, true);
  const int pid = sq_hosted_pid(first.instance);
  kill(pid, SIGSTOP);
  assert_int_equal(waitid(P_PID, (id_t)pid, &how, WSTOPPED), 0);
  const uint64_t begin = rig_ns();
  assert_int_equal(hosted_try(&rig, &second, AMP, 1, 1, true, "auto", "1", NULL), SQ_OK);
  assert_true(rig_ns() - begin >= 990000000u);
  float *const outs[1] = {b[0]};
  const float *const ins[1] = {ramp[0]};
  assert_true(hosted_wait_back(&rig, &first, ins, outs) >= 0.0);
  assert_true(sq_hosted_pid(first.instance) != pid && sq_hosted_pid(second.instance) != pid);
  hosted_close(&first);
  hosted_close(&second);
  rig_close(&rig);
}

int main(void) {
  for (uint32_t i = 0; i < N; i++)
    ramp[0][i] = ramp[1][i] = 0.5F;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_bits_as_in_this_process),
      cmocka_unit_test(a_killed_host_is_dry_in_the_same_block_and_comes_back),
      cmocka_unit_test(a_stopped_host_costs_no_more_than_the_deadline),
      cmocka_unit_test(a_state_survives_its_host),
      cmocka_unit_test(strips_are_dealt_to_a_pool),
      cmocka_unit_test(a_host_outlives_the_thread_that_asked_for_it),
      cmocka_unit_test(a_host_that_does_not_answer_is_ended),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
