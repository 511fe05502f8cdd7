// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "drivers/jack_callbacks.h"

#include <string.h>
#include <time.h>

#include "base/thread.h"
#include "drivers/jack_client.h"
#include "drivers/jack_threads.h"

// ---- the cycle ------------------------------------------------------------------------------------------------------

static int64_t jack_rt_now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC_RAW, &t); // answered by the vDSO, no system call
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/// Tells the host when the cycle began, on CLOCK_MONOTONIC_RAW whatever clock this JACK runs on (JACK2: RAW, PipeWire:
/// MONOTONIC): its own age of the cycle is subtracted from our reading.
static void jack_rt_tell_time(SqJackClient *client, int64_t now_ns) {
  const SqDriverHost *host = &client->shared->host;
  jack_nframes_t frames;
  jack_time_t begin, next;
  float period_usecs;
  if (!host->cycle || atomic_load_explicit(&client->freewheel, memory_order_relaxed) ||
      jack_get_cycle_times(client->jack, &frames, &begin, &next, &period_usecs) != 0)
    return;
  int64_t age = (int64_t)(jack_get_time() - begin);
  host->cycle(host->context, (uint64_t)(now_ns / 1000 - age));
}

/// The cycle in pieces of SQ_MAX_BLOCK, straight in JACK's buffers.
static void jack_rt_run(SqJackClient *client, uint32_t n) {
  const SqDriverHost *host = &client->shared->host;
  while (n) {
    uint32_t piece = n < SQ_MAX_BLOCK ? n : SQ_MAX_BLOCK;
    host->process(host->context, client->in, client->n_in, client->out, client->n_out, piece);
    n -= piece;
    for (uint32_t i = 0; n && i < client->n_in; i++)
      client->in[i] += piece;
    for (uint32_t i = 0; n && i < client->n_out; i++)
      client->out[i] += piece;
  }
}

static int jack_rt_process(jack_nframes_t n, void *argument) {
  SqJackClient *client = argument;
  SqJackShared *shared = client->shared;
  int64_t begin = jack_rt_now_ns();
  for (uint32_t i = 0; i < client->n_in; i++)
    client->in[i] = jack_port_get_buffer(client->in_ports[i], n);
  for (uint32_t i = 0; i < client->n_out; i++)
    client->out[i] = jack_port_get_buffer(client->out_ports[i], n);
  atomic_store(&client->inside, true);
  if (atomic_load(&client->gate)) {
    sq_thread_flush_denormals(); // each cycle: a plug-in may have put the mode back
    jack_rt_tell_time(client, begin);
    jack_rt_run(client, n);
    atomic_fetch_add_explicit(&shared->cycles, 1, memory_order_relaxed);
    float part = (float)(jack_rt_now_ns() - begin) * (float)atomic_load_explicit(&shared->rate, memory_order_relaxed) /
                 ((float)n * 1e9f);
    float load = atomic_load_explicit(&shared->load, memory_order_relaxed);
    atomic_store_explicit(&shared->load, load + 0.05f * (part - load), memory_order_relaxed);
  } else {
    for (uint32_t i = 0; i < client->n_out; i++)
      memset(client->out[i], 0, n * sizeof(float));
  }
  atomic_store(&client->inside, false);
  atomic_fetch_add_explicit(&client->beats, 1, memory_order_relaxed);
  return 0;
}

static void jack_thread_init(void *argument) {
  sq_thread_become(SQ_THREAD_AUDIO);
  sq_thread_flush_denormals();
}

// ---- news -----------------------------------------------------------------------------------------------------------

static void jack_tell(SqJackClient *client, SqDriverNotice notice, int64_t value) {
  const SqDriverHost *host = &client->shared->host;
  sq_jack_threads_busy(true);
  if (host->notify)
    host->notify(host->context, notice, value);
  sq_jack_threads_busy(false);
}

static void jack_on_shutdown_info(jack_status_t code, const char *reason, void *argument) {
  SqJackClient *client = argument;
  sq_jack_threads_over();
  atomic_store(&client->lost, true); // the rest is for the driver's thread: libjack must not be called from here
  sq_jack_shared_wake(client->shared);
}

static int jack_on_xrun(void *argument) {
  SqJackClient *client = argument;
  if (atomic_load(&client->current))
    jack_tell(client, SQ_DRIVER_XRUN, (int64_t)atomic_fetch_add(&client->shared->xruns, 1) + 1);
  return 0;
}

static int jack_on_buffer_size(jack_nframes_t frames, void *argument) {
  SqJackClient *client = argument;
  if (atomic_exchange(&client->period, frames) == frames || !atomic_load(&client->current))
    return 0;
  atomic_store(&client->shared->period, frames);
  jack_tell(client, SQ_DRIVER_PERIOD, frames);
  return 0;
}

static int jack_on_sample_rate(jack_nframes_t rate, void *argument) {
  SqJackClient *client = argument;
  if (atomic_exchange(&client->rate, rate) == rate || !atomic_load(&client->current))
    return 0;
  atomic_store(&client->shared->rate, rate);
  atomic_store(&client->gate, false); // the engine is not prepared for this rate: start() opens it again
  jack_tell(client, SQ_DRIVER_RATE, rate);
  return 0;
}

static void jack_on_freewheel(int starting, void *argument) {
  atomic_store(&((SqJackClient *)argument)->freewheel, starting != 0);
}

static void jack_on_change(SqJackClient *client) {
  if (!atomic_exchange(&client->dirty, true) && atomic_load(&client->current))
    sq_jack_shared_wake(client->shared);
}

static void jack_on_connect(jack_port_id_t a, jack_port_id_t b, int connect, void *argument) {
  jack_on_change(argument);
}

static void jack_on_registration(jack_port_id_t port, int registered, void *argument) {
  jack_on_change(argument);
}

/// Each of our outputs hears all inputs, through the engine's latency: the JACK documentation's rule for clients.
static void jack_on_latency(jack_latency_callback_mode_t mode, void *argument) {
  SqJackClient *client = argument;
  bool capture = mode == JackCaptureLatency;
  jack_port_t **from = capture ? client->in_ports : client->out_ports;
  jack_port_t **to = capture ? client->out_ports : client->in_ports;
  uint32_t n_from = capture ? client->n_in : client->n_out, n_to = capture ? client->n_out : client->n_in;
  jack_latency_range_t range = {0, 0};
  for (uint32_t i = 0; i < n_from; i++) {
    jack_latency_range_t one;
    jack_port_get_latency_range(from[i], mode, &one);
    range.min = i == 0 || one.min < range.min ? one.min : range.min;
    range.max = one.max > range.max ? one.max : range.max;
  }
  uint32_t own = atomic_load(&client->shared->latency);
  range.min += own;
  range.max += own;
  for (uint32_t i = 0; i < n_to; i++)
    jack_port_set_latency_range(to[i], mode, &range);
}

bool sq_jack_callbacks_set(SqJackClient *client) {
  jack_client_t *jack = client->jack;
  jack_on_info_shutdown(jack, jack_on_shutdown_info, client);
  jack_set_thread_init_callback(jack, jack_thread_init, client);
  jack_set_xrun_callback(jack, jack_on_xrun, client);
  jack_set_freewheel_callback(jack, jack_on_freewheel, client);
  jack_set_latency_callback(jack, jack_on_latency, client);
  jack_set_port_connect_callback(jack, jack_on_connect, client);
  jack_set_port_registration_callback(jack, jack_on_registration, client);
  jack_set_sample_rate_callback(jack, jack_on_sample_rate, client);
  return jack_set_buffer_size_callback(jack, jack_on_buffer_size, client) == 0 &&
         jack_set_process_callback(jack, jack_rt_process, client) == 0;
}
