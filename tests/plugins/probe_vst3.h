// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What both halves of the probe share: its parameters, its one object with many faces.
#ifndef SQ_TESTS_PLUGINS_PROBE_VST3_H
#define SQ_TESTS_PLUGINS_PROBE_VST3_H

#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugins/vst3/abi.h"

#define N_VOICES 16
#define MAX_LATENCY 4096
#define N_CHANNELS 5
#define PI 3.14159265358979323846

enum {
  LEVEL,
  CUTOFF,
  CURVE,
  WAVE,
  COUNT,
  LATENCY,
  MODE,
  METER,
  HEARD,
  HIDDEN,
  BYPASS,
  PROGRAM,
  BEND,
  PRESSURE,
  N_PARAMS
};
enum { NONE, CRASH, HANG, MALLOC, NOT_A_NUMBER, ERROR, UNWRITTEN, SELF, N_MODES };
enum { SYNTH, GAIN, MONO, CONTROLLER, N_CLASSES };

#define AUTO SQ_VST3_PARAM_AUTOMATE
static const struct {
  uint32_t id;
  int32_t flags, n_steps;
  const char *name, *unit;
  double def;
} infos[N_PARAMS] = {
    [LEVEL] = {10, AUTO, 0, "Level", "x", 0.25},
    [CUTOFF] = {20, AUTO, 0, "Cut-off", "Hz", 0.5},
    [CURVE] = {5, AUTO, 0, "Curve", "%", 0.5},
    [WAVE] = {40, AUTO | SQ_VST3_PARAM_LIST, 2, "Wave", "", 0},
    [COUNT] = {50, AUTO, 15, "Count", "", 1},
    [LATENCY] = {60, AUTO, MAX_LATENCY, "Latency", "", 0},
    [MODE] = {70, AUTO | SQ_VST3_PARAM_LIST, N_MODES - 1, "Mode", "", 0},
    [METER] = {80, SQ_VST3_PARAM_READ_ONLY, 0, "Meter", "", 0},
    [HEARD] = {85, SQ_VST3_PARAM_READ_ONLY, 0, "Heard", "", 0},
    [HIDDEN] = {90, SQ_VST3_PARAM_HIDDEN | AUTO, 0, "Hidden", "", 0},
    [BYPASS] = {95, SQ_VST3_PARAM_BYPASS | AUTO, 1, "Bypass", "", 0},
    [PROGRAM] = {99, SQ_VST3_PARAM_PROGRAM | SQ_VST3_PARAM_LIST | AUTO, 2, "Program", "", 0},
    [BEND] = {1000, 0, 0, "MIDI CC 0|129", "", 0.5},
    [PRESSURE] = {1001, 0, 0, "MIDI CC 0|128", "", 0},
};
static const char *const waves[] = {"Sine", "Sq|uare", "Ramp"};
static const char *const modes[N_MODES] = {"None",         "Crash", "Hang",      "Malloc",
                                           "Not a number", "Error", "Unwritten", "Self"};
static const char *const programs[] = {"Soft", "Loud", "Odd"};
static const double program_levels[] = {0.1, 1, 0.625};

/// Of all instances of the process, also when they are gone: asked for by name.
static atomic_int breaches, alive;

int probe_breaches(void);
int probe_alive(void);
int probe_breaches(void) {
  return atomic_load(&breaches);
}
int probe_alive(void) {
  return atomic_load(&alive);
}

static inline void breach_if(bool wrong) {
  if (wrong)
    atomic_fetch_add(&breaches, 1);
}

typedef struct {
  bool on;
  int32_t id;
  int16_t channel, key;
  double velocity, tuning, pressure, phase;
} Voice;

/// One object for all classes; a face is a member, found back by its offset.
typedef struct {
  SqVst3Component component;
  SqVst3Processor processor;
  SqVst3Controller controller;
  SqVst3Connection connection;
  SqVst3MidiMapping mapping;
  SqVst3Units units;
  SqVst3View view;
  SqVst3Timer timer;
  SqVst3Fd fd;
  atomic_int references;
  int kind;
  bool up, active, processing, set_up, connected, has_view, attached;
  double rate, values[N_PARAMS];
  int32_t n_channels;
  uint32_t latency;
  Voice voices[N_VOICES];
  float *delay[N_CHANNELS];
  uint32_t delay_at;
  SqVst3Host *host;
  SqVst3Handler *handler;
  SqVst3Connection *other;
  SqVst3Frame *frame;
  SqVst3RunLoop *loop;
  int pipe[2];
} Probe;

#define OF(member) ((Probe *)(void *)((char *)self - offsetof(Probe, member)))

// ---- texts ----------------------------------------------------------------------------------------------------------

static inline void put(uint16_t *to, const char *text) {
  size_t i = 0;
  for (; text[i] && i < 127; i++)
    to[i] = (uint16_t)(unsigned char)text[i];
  to[i] = 0;
}

static inline void put_number(uint16_t *to, double value) {
  char text[64];
  size_t n = sizeof text;
  long hundredths = lround(fabs(value) * 100);
  text[--n] = '\0';
  for (int digit = 0; digit < 3 || hundredths; digit++, hundredths /= 10) {
    if (digit == 2)
      text[--n] = '.';
    text[--n] = (char)('0' + hundredths % 10);
  }
  if (value < 0)
    text[--n] = '-';
  put(to, text + n);
}

static inline int find_param(uint32_t id) {
  for (int i = 0; i < N_PARAMS; i++)
    if (infos[i].id == id)
      return i;
  return -1;
}

// ---- faces ----------------------------------------------------------------------------------------------------------

static uint32_t retain(Probe *p) {
  return (uint32_t)atomic_fetch_add(&p->references, 1) + 1;
}

static uint32_t release(Probe *p) {
  int left = atomic_fetch_sub(&p->references, 1) - 1;
  if (left > 0)
    return (uint32_t)left;
  breach_if(left < 0 || p->up || p->active || p->connected || p->attached);
  for (int c = 0; c < N_CHANNELS; c++)
    free(p->delay[c]);
  free(p);
  atomic_fetch_sub(&alive, 1);
  return 0;
}

static bool is(const SqVst3Id a, const SqVst3Id b) {
  return memcmp(a, b, 16) == 0;
}

static SqVst3Result query(Probe *p, const SqVst3Id id, void **object) {
  bool sounds = p->kind != CONTROLLER, controls = p->kind != SYNTH;
  *object = sounds && (is(id, sq_vst3_id_component) || is(id, sq_vst3_id_unknown))      ? (void *)&p->component
            : sounds && is(id, sq_vst3_id_processor)                                    ? (void *)&p->processor
            : controls && (is(id, sq_vst3_id_controller) || is(id, sq_vst3_id_unknown)) ? (void *)&p->controller
            : sounds != controls && is(id, sq_vst3_id_connection)                       ? (void *)&p->connection
            : p->kind == CONTROLLER && is(id, sq_vst3_id_midi_mapping)                  ? (void *)&p->mapping
            : p->kind == CONTROLLER && is(id, sq_vst3_id_units)                         ? (void *)&p->units
                                                                                        : NULL;
  if (*object)
    retain(p);
  return *object ? SQ_VST3_OK : SQ_VST3_NO_INTERFACE;
}

#define FACE(member)                                                                                                   \
  static inline SqVst3Result member##_query(void *self, const SqVst3Id id, void **object) {                            \
    return query(OF(member), id, object);                                                                              \
  }                                                                                                                    \
  static inline uint32_t member##_retain(void *self) {                                                                 \
    return retain(OF(member));                                                                                         \
  }                                                                                                                    \
  static inline uint32_t member##_release(void *self) {                                                                \
    return release(OF(member));                                                                                        \
  }
FACE(component)
FACE(processor)
FACE(controller)
FACE(connection)
FACE(mapping)
FACE(units)
FACE(view)
FACE(timer)
FACE(fd)
#define BASE(member) member##_query, member##_retain, member##_release

// ---- values ---------------------------------------------------------------------------------------------------------

static inline double clip(double value, double most) {
  return value < 0 ? 0 : value > most ? most : value;
}

static inline double plain_of(int i, double value) {
  switch (i) {
  case LEVEL:
    return value * 2;
  case CUTOFF:
    return 20 * pow(1000, value);
  case CURVE:
    return 100 * value * value * value;
  case COUNT:
    return 1 + floor(clip(value * 16, 15));
  default:
    return infos[i].n_steps ? floor(clip(value * (infos[i].n_steps + 1), infos[i].n_steps)) : value;
  }
}

static inline double normal_of(int i, double plain) {
  switch (i) {
  case LEVEL:
    return plain / 2;
  case CUTOFF:
    return log(plain / 20) / log(1000);
  case CURVE:
    return cbrt(plain / 100);
  case COUNT:
    return (plain - 1) / 15;
  default:
    return infos[i].n_steps ? plain / infos[i].n_steps : plain;
  }
}

static inline int step_of(const Probe *p, int i) {
  return (int)plain_of(i, p->values[i]);
}

/// What a program makes of the values.
static inline void take_program(Probe *p) {
  p->values[LEVEL] = program_levels[step_of(p, PROGRAM)];
}

// ---- life and state of either half
// -----------------------------------------------------------------------------------

static inline SqVst3Result initialize(Probe *p, void *context) {
  breach_if(p->up || !context);
  p->up = true;
  SqVst3Unknown *unknown = context;
  unknown->table->query(unknown, sq_vst3_id_host_application, (void **)&p->host);
  breach_if(!p->host);
  return SQ_VST3_OK;
}

static inline SqVst3Result terminate(Probe *p) {
  breach_if(!p->up || p->active || p->connected || (p->kind != SYNTH && p->handler));
  p->up = false;
  if (p->host)
    p->host->table->release(p->host);
  p->host = NULL;
  return SQ_VST3_OK;
}

static inline SqVst3Result component_set_state(void *self, void *stream) {
  Probe *p = OF(component);
  SqVst3Stream *s = stream;
  char mark[4];
  double values[N_PARAMS];
  int32_t n = 0;
  if (s->table->read(s, mark, 4, &n) != SQ_VST3_OK || n != 4 || memcmp(mark, "PRB1", 4) != 0 ||
      s->table->read(s, values, sizeof values, &n) != SQ_VST3_OK || n != sizeof values)
    return SQ_VST3_FALSE;
  memcpy(p->values, values, sizeof values);
  return SQ_VST3_OK;
}

#endif
