// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// A CLAP synthesizer that counts every breach of CLAP's rules of threads and order, and does wrong when told to.
//
// Three outputs: the voices (stereo), what it is told (left: Level, right: semitones of all voices), and a mono one
// with a pulse where a note begins (key / 128) and ends (-1). All are late by Latency, which a restart sets.
#include <math.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugins/clap/abi.h"

#define N_VOICES 16
#define MAX_LATENCY 4096
#define N_CHANNELS 5

enum { LEVEL, CUTOFF, WAVE, LATENCY, MODE, BREACHES, TICKS, HIDDEN, BYPASS, TUNE_1, TUNE_2, N_PARAMS };
enum { NONE, CRASH, HANG, MALLOC, NOT_A_NUMBER, ERROR, FLOOD, TAIL, TURN, CALL, N_MODES };

#define STEPS (SQ_CLAP_PARAM_STEPPED | SQ_CLAP_PARAM_AUTOMATABLE)
static const struct {
  uint32_t id, flags;
  const char *name, *module;
  double min, max, def;
} infos[N_PARAMS] = {
    [LEVEL] = {10, SQ_CLAP_PARAM_AUTOMATABLE, "Level", "", 0, 1, 0.5},
    [CUTOFF] = {20, SQ_CLAP_PARAM_AUTOMATABLE, "Cutoff", "Filter", 20, 20000, 1000},
    [WAVE] = {30, STEPS | SQ_CLAP_PARAM_ENUM, "Wave", "", 3, 5, 3},
    [LATENCY] = {40, SQ_CLAP_PARAM_STEPPED, "Latency", "", 0, MAX_LATENCY, 0},
    [MODE] = {50, SQ_CLAP_PARAM_STEPPED | SQ_CLAP_PARAM_ENUM, "Mode", "", 0, N_MODES - 1, NONE},
    [BREACHES] = {60, SQ_CLAP_PARAM_STEPPED | SQ_CLAP_PARAM_READONLY, "Breaches", "", 0, 1e6, 0},
    [TICKS] = {5, SQ_CLAP_PARAM_STEPPED | SQ_CLAP_PARAM_READONLY, "Ticks", "", 0, 1e6, 0},
    [HIDDEN] = {70, SQ_CLAP_PARAM_HIDDEN, "Hidden", "", 0, 1, 0},
    [BYPASS] = {80, SQ_CLAP_PARAM_STEPPED | SQ_CLAP_PARAM_BYPASS, "Bypass", "", 0, 1, 0},
    [TUNE_1] = {91, SQ_CLAP_PARAM_AUTOMATABLE, "Tune", "Voice/Osc 1", -12, 12, 0},
    [TUNE_2] = {92, SQ_CLAP_PARAM_AUTOMATABLE, "Tune", "Voice/Osc 2", -12, 12, 0},
};
static const char *const waves[] = {"Sine", "Sq|uare", "Ramp"};
static const char *const modes[N_MODES] = {"None",  "Crash", "Hang", "Malloc", "Not a number",
                                           "Error", "Flood", "Tail", "Turn",   "Call"};

/// Of all instances of the process, also when they are gone: asked for by name.
static atomic_int all_breaches;

int probe_breaches(void);
int probe_breaches(void) {
  return atomic_load(&all_breaches);
}

typedef struct {
  bool on;
  int32_t id;
  int16_t channel, key;
  double velocity, tuning, pressure, phase;
} Voice;

typedef struct {
  SqClapPlugin plugin;
  const SqClapHost *host;
  const SqClapHostThreadCheck *threads;
  const SqClapHostTimer *timers;
  const SqClapHostFd *fds;
  bool is_init, active, processing, activating;
  atomic_flag inside; ///< process() or flush()
  double rate;
  uint32_t max_frames, latency, timer;
  int pipe[2];
  _Atomic double values[N_PARAMS];
  Voice voices[N_VOICES];
  float late[N_CHANNELS][MAX_LATENCY];
  uint32_t late_at;
  int64_t steady;
  void *leak;
} Probe;

// ---- rules ----------------------------------------------------------------------------------------------------------

static Probe *probe_of(const SqClapPlugin *plugin) {
  return plugin->data;
}

static void rule(Probe *p, bool kept, const char *what) {
  if (kept)
    return;
  if (atomic_fetch_add(&all_breaches, 1) < 20)
    fprintf(stderr, "probe: breach: %s\n", what);
  p->values[BREACHES] = p->values[BREACHES] + 1;
}

static void on_main(Probe *p, const char *what) {
  rule(p, p->threads && p->threads->is_main_thread(p->host) && !p->threads->is_audio_thread(p->host), what);
}

static void on_audio(Probe *p, const char *what) {
  rule(p, p->threads && p->threads->is_audio_thread(p->host) && !p->threads->is_main_thread(p->host), what);
}

// ---- events ---------------------------------------------------------------------------------------------------------

static int index_of(uint32_t id) {
  for (int i = 0; i < N_PARAMS; i++)
    if (infos[i].id == id)
      return i;
  return -1;
}

static bool matches(const Voice *v, int32_t id, int16_t channel, int16_t key) {
  return v->on && (id < 0 || v->id < 0 || v->id == id) && (channel < 0 || v->channel == channel) &&
         (key < 0 || v->key == key);
}

static void push_value(const SqClapEventsOut *out, uint32_t time, int param, double value) {
  const SqClapEventParam e = {.header = {sizeof e, time, 0, SQ_CLAP_EVENT_PARAM_VALUE, 0},
                              .id = infos[param].id,
                              .note_id = -1,
                              .port = -1,
                              .channel = -1,
                              .key = -1,
                              .value = value};
  out->try_push(out, &e.header);
}

static void take_value(Probe *p, const SqClapEventParam *e) {
  const int i = index_of(e->id);
  rule(p, i >= 0 && !(infos[i].flags & SQ_CLAP_PARAM_READONLY), "a value of a parameter that cannot be set");
  if (i < 0)
    return;
  rule(p, e->value >= infos[i].min && e->value <= infos[i].max, "a value out of its range");
  rule(p, !(infos[i].flags & SQ_CLAP_PARAM_STEPPED) || e->value == trunc(e->value), "a value between steps");
  p->values[i] = e->value;
  if (i == LATENCY && p->active && (uint32_t)e->value != p->latency)
    p->host->request_restart(p->host);
}

static void take_note(Probe *p, const SqClapEventNote *e, float *pulse) {
  if (e->header.type == SQ_CLAP_EVENT_NOTE_ON) {
    rule(p, e->key >= 0 && e->key < 128 && e->channel >= 0 && e->port == 0, "a note without a place");
    for (int i = 0; i < N_VOICES; i++)
      if (!p->voices[i].on) {
        p->voices[i] = (Voice){true, e->note_id, e->channel, e->key, e->velocity, 0, 1, 0};
        break;
      }
    *pulse += (float)e->key / 128.0F;
    return;
  }
  for (int i = 0; i < N_VOICES; i++)
    if (matches(&p->voices[i], e->note_id, e->channel, e->key)) {
      p->voices[i].on = false;
      *pulse -= 1;
    }
}

static void take_expression(Probe *p, const SqClapEventExpression *e) {
  for (int i = 0; i < N_VOICES; i++) {
    Voice *v = &p->voices[i];
    if (!matches(v, e->note_id, e->channel, e->key))
      continue;
    if (e->expression == SQ_CLAP_EXPRESSION_TUNING)
      v->tuning = e->value;
    else if (e->expression == SQ_CLAP_EXPRESSION_PRESSURE)
      v->pressure = e->value;
    else if (e->expression == SQ_CLAP_EXPRESSION_BRIGHTNESS)
      p->values[CUTOFF] = 20 + 19980 * e->value;
  }
}

static void take(Probe *p, const SqClapEventHeader *e, float *pulse) {
  rule(p, e && e->space == 0, "an event of another vocabulary");
  if (e->type == SQ_CLAP_EVENT_PARAM_VALUE)
    take_value(p, (const SqClapEventParam *)(const void *)e);
  else if (e->type <= SQ_CLAP_EVENT_NOTE_CHOKE)
    take_note(p, (const SqClapEventNote *)(const void *)e, pulse);
  else if (e->type == SQ_CLAP_EVENT_EXPRESSION)
    take_expression(p, (const SqClapEventExpression *)(const void *)e);
  else
    rule(p, false, "an event that was not asked for");
}

// ---- sound ----------------------------------------------------------------------------------------------------------

static double wave(const Probe *p, double phase) {
  const double x = phase - floor(phase);
  return p->values[WAVE] == 3 ? sin(2 * 3.14159265358979 * x) : p->values[WAVE] == 4 ? (x < 0.5 ? 1 : -1) : 2 * x - 1;
}

/// One frame of all channels, before they are late.
static void frame(Probe *p, float pulse, float x[N_CHANNELS]) {
  double sum = 0, semitones = 0;
  for (int i = 0; i < N_VOICES; i++) {
    Voice *v = &p->voices[i];
    if (!v->on)
      continue;
    sum += wave(p, v->phase) * v->velocity * v->pressure;
    semitones += v->key + v->tuning;
    v->phase += 440 * pow(2, (v->key + v->tuning + p->values[TUNE_1] - 69) / 12) / p->rate;
  }
  x[0] = x[1] = (float)(sum * p->values[LEVEL]);
  x[2] = (float)p->values[LEVEL];
  x[3] = (float)semitones;
  x[4] = pulse;
}

static void write_frame(Probe *p, const SqClapProcess *process, uint32_t at, float x[N_CHANNELS]) {
  for (int c = 0; c < N_CHANNELS; c++) {
    float *to = process->outs[c < 2 ? 0 : c < 4 ? 1 : 2].data32[c < 4 ? c & 1 : 0];
    float y = x[c];
    if (p->latency) {
      y = p->late[c][p->late_at];
      p->late[c][p->late_at] = x[c];
    }
    to[at] = p->values[MODE] == NOT_A_NUMBER && c < 2 ? NAN : y;
  }
  if (p->latency)
    p->late_at = (p->late_at + 1) % p->latency;
}

/// What it does wrong on demand.
static void misbehave(Probe *p, const SqClapProcess *process) {
  switch ((int)p->values[MODE]) {
  case CRASH:
    *(volatile int *)NULL = 1;
    break;
  case HANG:
    for (volatile int forever = 1; forever;)
      ;
    break;
  case MALLOC:
    free(p->leak);
    p->leak = malloc(100);
    break;
  case FLOOD:
    for (uint32_t i = 0; i < 100000; i++)
      push_value(process->out_events, i % process->n_frames, CUTOFF, 20 + i % 1000);
    break;
  case TURN:
    for (int type = SQ_CLAP_EVENT_GESTURE_BEGIN; type <= SQ_CLAP_EVENT_GESTURE_END; type++) {
      const SqClapEventGesture e = {{sizeof e, 0, 0, (uint16_t)type, 0}, infos[LEVEL].id};
      process->out_events->try_push(process->out_events, &e.header);
      if (type == SQ_CLAP_EVENT_GESTURE_BEGIN) {
        p->values[LEVEL] = 0.25;
        push_value(process->out_events, 0, LEVEL, p->values[LEVEL]);
      }
    }
    p->values[MODE] = NONE;
    break;
  case CALL:
    p->host->request_callback(p->host);
    break;
  default:
    break;
  }
}

static void check_block(Probe *p, const SqClapProcess *process) {
  on_audio(p, "process() on another thread than the audio thread");
  rule(p, p->processing, "process() without start_processing()");
  rule(p, process->n_frames >= 1 && process->n_frames <= p->max_frames, "a block of another size than was agreed");
  rule(p, process->n_ins == 0 && process->n_outs == 3, "another number of ports than there are");
  rule(p, process->outs[0].n_channels == 2 && process->outs[1].n_channels == 2 && process->outs[2].n_channels == 1,
       "another number of channels than there are");
  rule(p, process->steady_time >= p->steady, "steady time went back");
  p->steady = process->steady_time + process->n_frames;
}

static int32_t process(const SqClapPlugin *plugin, const SqClapProcess *process) {
  Probe *p = probe_of(plugin);
  rule(p, !atomic_flag_test_and_set(&p->inside), "process() at the same time as another call of its kind");
  check_block(p, process);
  const uint32_t n = process->in_events->size(process->in_events);
  uint32_t next = 0, last = 0;
  bool sounds = false;
  for (uint32_t at = 0; at < process->n_frames; at++) {
    float x[N_CHANNELS], pulse = 0;
    for (; next < n; next++) {
      const SqClapEventHeader *e = process->in_events->get(process->in_events, next);
      rule(p, e->time >= last && e->time < process->n_frames, "events out of order");
      last = e->time;
      if (e->time > at)
        break;
      take(p, e, &pulse);
    }
    frame(p, pulse, x);
    write_frame(p, process, at, x);
  }
  for (int i = 0; i < N_VOICES; i++)
    sounds |= p->voices[i].on;
  misbehave(p, process);
  push_value(process->out_events, 0, BREACHES, p->values[BREACHES]);
  push_value(process->out_events, 0, TICKS, p->values[TICKS]);
  atomic_flag_clear(&p->inside);
  return p->values[MODE] == ERROR  ? SQ_CLAP_ERROR
         : p->values[MODE] == TAIL ? SQ_CLAP_TAIL
         : sounds || p->latency    ? SQ_CLAP_CONTINUE
                                   : SQ_CLAP_SLEEP;
}

static void flush(const SqClapPlugin *plugin, const SqClapEventsIn *in, const SqClapEventsOut *out) {
  Probe *p = probe_of(plugin);
  (void)out;
  rule(p, !atomic_flag_test_and_set(&p->inside), "flush() at the same time as process()");
  if (p->active)
    on_audio(p, "flush() of an active plug-in on another thread than the audio thread");
  else
    on_main(p, "flush() of a plug-in that is not active on another thread than the main thread");
  float pulse;
  for (uint32_t i = 0; i < in->size(in); i++)
    take(p, in->get(in, i), &pulse);
  atomic_flag_clear(&p->inside);
}

// ---- parameters -----------------------------------------------------------------------------------------------------

static uint32_t param_count(const SqClapPlugin *plugin) {
  on_main(probe_of(plugin), "params.count()");
  return N_PARAMS;
}

static bool param_info(const SqClapPlugin *plugin, uint32_t index, SqClapParamInfo *info) {
  on_main(probe_of(plugin), "params.get_info()");
  if (index >= N_PARAMS)
    return false;
  *info = (SqClapParamInfo){.id = infos[index].id,
                            .flags = infos[index].flags,
                            .min = infos[index].min,
                            .max = infos[index].max,
                            .def = infos[index].def};
  snprintf(info->name, sizeof info->name, "%s", infos[index].name);
  snprintf(info->module, sizeof info->module, "%s", infos[index].module);
  return true;
}

static bool param_value(const SqClapPlugin *plugin, uint32_t id, double *value) {
  Probe *p = probe_of(plugin);
  on_main(p, "params.get_value()");
  const int i = index_of(id);
  if (i >= 0)
    *value = p->values[i];
  return i >= 0;
}

static bool value_to_text(const SqClapPlugin *plugin, uint32_t id, double value, char *text, uint32_t size) {
  on_main(probe_of(plugin), "params.value_to_text()");
  switch (index_of(id)) {
  case CUTOFF:
    snprintf(text, size, value < 1000 ? "%.1f Hz" : "%.3f kHz", value < 1000 ? value : value / 1000);
    return true;
  case WAVE:
    snprintf(text, size, "%s", waves[(int)value - 3]);
    return true;
  case MODE:
    snprintf(text, size, "%s", modes[(int)value]);
    return true;
  case LATENCY:
    snprintf(text, size, "%d frames", (int)value);
    return true;
  default:
    snprintf(text, size, "%.3f", value);
    return true;
  }
}

static bool text_to_value(const SqClapPlugin *plugin, uint32_t id, const char *text, double *value) {
  on_main(probe_of(plugin), "params.text_to_value()");
  char *end;
  *value = strtod(text, &end) * (strstr(text, "kHz") ? 1000 : 1);
  return index_of(id) >= 0 && end != text;
}

static const SqClapParams params = {param_count, param_info, param_value, value_to_text, text_to_value, flush};

// ---- ports, latency, tail, state ------------------------------------------------------------------------------------

static uint32_t audio_count(const SqClapPlugin *plugin, bool is_input) {
  on_main(probe_of(plugin), "audio_ports.count()");
  return is_input ? 0 : 3;
}

static bool audio_get(const SqClapPlugin *plugin, uint32_t index, bool is_input, SqClapAudioPort *port) {
  static const uint32_t ids[3] = {100, 7, 42};
  static const char *const names[3] = {"Main", "What it is told", "Pulses"};
  Probe *p = probe_of(plugin);
  on_main(p, "audio_ports.get()");
  rule(p, !p->active, "audio_ports.get() while active");
  if (is_input || index > 2)
    return false;
  *port = (SqClapAudioPort){.id = ids[index],
                            .flags = index == 0 ? SQ_CLAP_PORT_MAIN : 0,
                            .n_channels = index == 2 ? 1 : 2,
                            .type = index == 2 ? "mono" : NULL,
                            .in_place_pair = SQ_CLAP_NONE};
  snprintf(port->name, sizeof port->name, "%s", names[index]);
  return true;
}

static const SqClapAudioPorts audio_ports = {audio_count, audio_get};

static uint32_t note_count(const SqClapPlugin *plugin, bool is_input) {
  on_main(probe_of(plugin), "note_ports.count()");
  return is_input;
}

static bool note_get(const SqClapPlugin *plugin, uint32_t index, bool is_input, SqClapNotePort *port) {
  on_main(probe_of(plugin), "note_ports.get()");
  *port = (SqClapNotePort){.id = 1, .dialects = SQ_CLAP_DIALECT_CLAP, .preferred = SQ_CLAP_DIALECT_CLAP};
  return is_input && index == 0;
}

static const SqClapNotePorts note_ports = {note_count, note_get};

static uint32_t latency_get(const SqClapPlugin *plugin) {
  Probe *p = probe_of(plugin);
  on_main(p, "latency.get()");
  rule(p, p->active || p->activating, "latency.get() of a plug-in that is not active");
  return p->latency;
}

static const SqClapLatency latency = {latency_get};

static uint32_t tail_get(const SqClapPlugin *plugin) {
  (void)plugin;
  return 1000;
}

static const SqClapTail tail = {tail_get};

#define STATE_MARK "probe state\n"

static bool state_save(const SqClapPlugin *plugin, const SqClapOut *stream) {
  Probe *p = probe_of(plugin);
  on_main(p, "state.save()");
  char bytes[sizeof STATE_MARK - 1 + N_PARAMS * sizeof(double)];
  memcpy(bytes, STATE_MARK, sizeof STATE_MARK - 1);
  for (int i = 0; i < N_PARAMS; i++) {
    const double value = infos[i].flags & SQ_CLAP_PARAM_READONLY ? 0 : p->values[i];
    memcpy(bytes + sizeof STATE_MARK - 1 + (size_t)i * sizeof value, &value, sizeof value);
  }
  for (size_t at = 0; at < sizeof bytes;) { // in pieces: a stream may be written so
    const size_t n = sizeof bytes - at < 7 ? sizeof bytes - at : 7;
    const int64_t wrote = stream->write(stream, bytes + at, n);
    if (wrote <= 0)
      return false;
    at += (size_t)wrote;
  }
  return true;
}

static bool state_load(const SqClapPlugin *plugin, const SqClapIn *stream) {
  Probe *p = probe_of(plugin);
  on_main(p, "state.load()");
  char bytes[sizeof STATE_MARK - 1 + N_PARAMS * sizeof(double) + 1];
  size_t at = 0;
  for (int64_t n = 1; n > 0 && at<sizeof bytes; at += n> 0 ? (size_t)n : 0)
    n = stream->read(stream, bytes + at, sizeof bytes - at < 5 ? sizeof bytes - at : 5);
  if (at != sizeof bytes - 1 || memcmp(bytes, STATE_MARK, sizeof STATE_MARK - 1) != 0)
    return false;
  for (int i = 0; i < N_PARAMS; i++) {
    double value;
    memcpy(&value, bytes + sizeof STATE_MARK - 1 + (size_t)i * sizeof value, sizeof value);
    if (!(infos[i].flags & SQ_CLAP_PARAM_READONLY))
      p->values[i] = value;
  }
  if (p->active && (uint32_t)p->values[LATENCY] != p->latency)
    p->host->request_restart(p->host);
  return true;
}

static const SqClapState state = {state_save, state_load};

static void on_timer(const SqClapPlugin *plugin, uint32_t id) {
  Probe *p = probe_of(plugin);
  on_main(p, "timer.on_timer()");
  rule(p, id == p->timer, "a timer that is another's");
  p->values[TICKS] = p->values[TICKS] + 1;
}

static const SqClapTimer timer = {on_timer};

static void on_fd(const SqClapPlugin *plugin, int fd, uint32_t flags) {
  Probe *p = probe_of(plugin);
  char byte;
  on_main(p, "fd.on_fd()");
  rule(p, fd == p->pipe[0] && flags == SQ_CLAP_FD_READ && read(fd, &byte, 1) == 1, "a descriptor that is not ready");
  p->values[TICKS] = p->values[TICKS] + 1000;
}

static const SqClapFd fd = {on_fd};

// ---- life -----------------------------------------------------------------------------------------------------------

static bool init(const SqClapPlugin *plugin) {
  Probe *p = probe_of(plugin);
  p->threads = p->host->get_extension(p->host, SQ_CLAP_EXT_THREAD_CHECK);
  p->timers = p->host->get_extension(p->host, SQ_CLAP_EXT_TIMER);
  p->fds = p->host->get_extension(p->host, SQ_CLAP_EXT_FD);
  on_main(p, "init()");
  rule(p, !p->is_init, "init() twice");
  p->is_init = true;
  for (int i = 0; i < N_PARAMS; i++)
    p->values[i] = infos[i].def;
  if (pipe(p->pipe) != 0 || !p->timers || !p->fds || !p->timers->register_timer(p->host, 10, &p->timer) ||
      !p->fds->register_fd(p->host, p->pipe[0], SQ_CLAP_FD_READ))
    rule(p, false, "no timer or no descriptor");
  return true;
}

static void destroy(const SqClapPlugin *plugin) {
  Probe *p = probe_of(plugin);
  on_main(p, "destroy()");
  rule(p, !p->active, "destroy() while active");
  p->timers->unregister_timer(p->host, p->timer);
  p->fds->unregister_fd(p->host, p->pipe[0]);
  close(p->pipe[0]);
  close(p->pipe[1]);
  free(p->leak);
  free(p);
}

static bool activate(const SqClapPlugin *plugin, double rate, uint32_t min, uint32_t max) {
  Probe *p = probe_of(plugin);
  on_main(p, "activate()");
  rule(p, p->is_init && !p->active, "activate() twice, or without init()");
  rule(p, rate > 0 && min >= 1 && min <= max && max <= INT32_MAX, "activate() with sizes that cannot be");
  p->rate = rate;
  p->max_frames = max;
  p->latency = (uint32_t)p->values[LATENCY];
  memset(p->late, 0, sizeof p->late);
  p->late_at = 0;
  return p->active = true;
}

static void deactivate(const SqClapPlugin *plugin) {
  Probe *p = probe_of(plugin);
  on_main(p, "deactivate()");
  rule(p, p->active && !p->processing, "deactivate() without activate(), or while processing");
  p->active = false;
}

static bool start_processing(const SqClapPlugin *plugin) {
  Probe *p = probe_of(plugin);
  on_audio(p, "start_processing()");
  rule(p, p->active && !p->processing, "start_processing() twice, or without activate()");
  return p->processing = true;
}

static void stop_processing(const SqClapPlugin *plugin) {
  Probe *p = probe_of(plugin);
  on_audio(p, "stop_processing()");
  rule(p, p->processing, "stop_processing() without start_processing()");
  p->processing = false;
}

static void reset(const SqClapPlugin *plugin) {
  Probe *p = probe_of(plugin);
  on_audio(p, "reset()");
  rule(p, p->active, "reset() without activate()");
  memset(p->late, 0, sizeof p->late);
  memset(p->voices, 0, sizeof p->voices);
  p->steady = 0;
}

static void on_main_thread(const SqClapPlugin *plugin) {
  Probe *p = probe_of(plugin);
  on_main(p, "on_main_thread()");
  rule(p, write(p->pipe[1], "x", 1) == 1, "the pipe is full");
  p->values[MODE] = NONE;
}

static const void *get_extension(const SqClapPlugin *plugin, const char *id) {
  static const struct {
    const char *id;
    const void *table;
  } all[] = {{SQ_CLAP_EXT_PARAMS, &params},
             {SQ_CLAP_EXT_AUDIO_PORTS, &audio_ports},
             {SQ_CLAP_EXT_NOTE_PORTS, &note_ports},
             {SQ_CLAP_EXT_LATENCY, &latency},
             {SQ_CLAP_EXT_TAIL, &tail},
             {SQ_CLAP_EXT_STATE, &state},
             {SQ_CLAP_EXT_TIMER, &timer},
             {SQ_CLAP_EXT_FD, &fd}};
  rule(probe_of(plugin), probe_of(plugin)->is_init, "get_extension() before init()");
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
    if (strcmp(all[i].id, id) == 0)
      return all[i].table;
  return NULL;
}

// ---- module ---------------------------------------------------------------------------------------------------------

static const char *const features[] = {"instrument", "synthesizer", "stereo", NULL};
static const SqClapDescriptor descriptor = {.clap_version = {1, 2, 2},
                                            .id = "squeezed.probe",
                                            .name = "Probe",
                                            .vendor = "squeezed",
                                            .version = "1.2.3",
                                            .description = "Counts what a host does wrong",
                                            .features = features};

static uint32_t plugin_count(const SqClapFactory *factory) {
  (void)factory;
  return 1;
}

static const SqClapDescriptor *plugin_descriptor(const SqClapFactory *factory, uint32_t index) {
  (void)factory;
  return index == 0 ? &descriptor : NULL;
}

static const SqClapPlugin *create(const SqClapFactory *factory, const SqClapHost *host, const char *id) {
  (void)factory;
  Probe *p = strcmp(id, descriptor.id) == 0 ? calloc(1, sizeof *p) : NULL;
  if (!p)
    return NULL;
  p->host = host;
  p->plugin =
      (SqClapPlugin){&descriptor,     p,     init,    destroy,       activate,      deactivate, start_processing,
                     stop_processing, reset, process, get_extension, on_main_thread};
  return &p->plugin;
}

static const SqClapFactory factory = {plugin_count, plugin_descriptor, create};

static bool entry_init(const char *path) {
  return path[0] == '/';
}

static void entry_deinit(void) {}

static const void *get_factory(const char *id) {
  return strcmp(id, SQ_CLAP_FACTORY) == 0 ? &factory : NULL;
}

extern const SqClapEntry clap_entry;
const SqClapEntry clap_entry = {{1, 2, 2}, entry_init, entry_deinit, get_factory};
