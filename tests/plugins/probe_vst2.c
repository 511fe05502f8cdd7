// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A VST2 plug-in for tests: tells through its outputs what it was given, and through the callback what hosts must
/// hear.
///
/// Outputs: 0 = gain * input 0, with the velocity / 127 of each note added at its frame; 1 = input 1; 2, 3, 4 = their
/// own numbers. Parameters: gain, mode (three words), act (what it does in each block, see Act), level (which it moves
/// itself; called "Gain" like the first).
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/vst2/abi.h"

enum { GAIN, MODE, ACT, LEVEL, N_PARAMS };

/// What it does in process() when `act` * 10 rounds to this.
typedef enum { NOTHING, ECHO, LATER, TOUCH, TEMPO, TOO_MANY, EARLY_NAN } Act;

typedef struct {
  SqVst2Effect effect;
  SqVst2Callback host;
  float params[N_PARAMS];
  int program, at_birth, mains;
  struct {
    int32_t frame;
    uint8_t bytes[4];
  } notes[64];
  int n_notes;
  char chunk[64];
  SqVst2Rect rect;
} Probe;

static intptr_t ask(Probe *p, SqVst2HostAsk what, int32_t index, intptr_t value, void *ptr, float number) {
  return p->host(&p->effect, (int32_t)what, index, value, ptr, number);
}

static void name_of(int index, char *to) {
  static const char *const names[N_PARAMS] = {"Gain", "Mode", "Act", "Gain"};
  memcpy(to, names[index], strlen(names[index]) + 1);
}

static void display(const Probe *p, int index, char *to) {
  static const char *const modes[3] = {"Soft", "Hard|er", "\xff"};
  if (index == MODE)
    memcpy(to, modes[(int)(p->params[MODE] * 2.99f)], 8);
  else
    snprintf(to, 32, "%.2f", (double)(index == GAIN ? 40 * p->params[index] - 20 : p->params[index]));
}

static void take(Probe *p, const SqVst2Events *events) {
  for (int32_t i = 0; i < events->n && p->n_notes < 64; i++) {
    p->notes[p->n_notes].frame = events->events[i]->frame;
    memcpy(p->notes[p->n_notes++].bytes, events->events[i]->bytes, 4);
  }
}

static intptr_t dispatch(SqVst2Effect *e, int32_t what, int32_t index, intptr_t value, void *ptr, float number) {
  Probe *p = e->object;
  (void)number;
  switch ((SqVst2Ask)what) {
  case SQ_VST2_CLOSE:
    free(p);
    return 1;
  case SQ_VST2_SET_PROGRAM:
    p->program = (int)value;
    p->params[GAIN] = 0.25f * (float)value;
    return 0;
  case SQ_VST2_GET_PROGRAM:
    return p->program;
  case SQ_VST2_THIS_PROGRAM_NAME:
    snprintf(ptr, 24, "Prog %d", p->program);
    return 0;
  case SQ_VST2_PARAM_NAME:
    name_of(index, ptr);
    return 0;
  case SQ_VST2_PARAM_DISPLAY:
    display(p, index, ptr);
    return 0;
  case SQ_VST2_PARAM_LABEL:
    if (index == GAIN)
      memcpy(ptr, "dB", 3);
    return 0;
  case SQ_VST2_MAINS:
    p->mains = (int)value;
    return 0;
  case SQ_VST2_EVENTS:
    take(p, ptr);
    return 1;
  case SQ_VST2_GET_CHUNK:
    snprintf(p->chunk, sizeof p->chunk, "probe %.9g %.9g", (double)p->params[GAIN], (double)p->params[LEVEL]);
    *(void **)ptr = p->chunk;
    return (intptr_t)strlen(p->chunk);
  case SQ_VST2_SET_CHUNK: {
    double gain, level;
    if (sscanf(ptr, "probe %lf %lf", &gain, &level) == 2) {
      p->params[GAIN] = (float)gain;
      p->params[LEVEL] = (float)level;
    }
    return 1;
  }
  case SQ_VST2_EDITOR_RECT:
    *(SqVst2Rect **)ptr = &p->rect;
    return 1;
  case SQ_VST2_EDITOR_OPEN:
    p->rect = (SqVst2Rect){0, 0, 300, 400};
    ask(p, SQ_VST2_HOST_SIZE_WINDOW, 410, 310, NULL, 0);
    return 1;
  case SQ_VST2_EDITOR_IDLE:
    ask(p, SQ_VST2_HOST_BEGIN_EDIT, LEVEL, 0, NULL, 0);
    p->params[LEVEL] = 0.5f;
    ask(p, SQ_VST2_HOST_AUTOMATE, LEVEL, 0, NULL, 0.5f);
    ask(p, SQ_VST2_HOST_END_EDIT, LEVEL, 0, NULL, 0);
    ask(p, SQ_VST2_HOST_AUTOMATE, 1000000, 0, NULL, 0.5f);
    ask(p, SQ_VST2_HOST_AUTOMATE, -1, 0, NULL, 0.5f);
    return 1;
  case SQ_VST2_CATEGORY:
    return 2;
  case SQ_VST2_EFFECT_NAME:
    memcpy(ptr, "Probe\n\xfe", 8);
    return 1;
  case SQ_VST2_CAN_DO:
    return strcmp(ptr, "sendVstMidiEvent") == 0;
  case SQ_VST2_TAIL:
    return 4800;
  default:
    return 0;
  }
}

/// Tells what it heard, and lies about the count.
static void echo(Probe *p, int32_t n_claimed) {
  SqVst2Midi midi[64];
  char room[sizeof(SqVst2Events) + 64 * sizeof(void *)] __attribute__((aligned(16)));
  SqVst2Events *events = (SqVst2Events *)(void *)room;
  memset(midi, 0, sizeof midi);
  events->n = n_claimed ? n_claimed : p->n_notes;
  for (int i = 0; i < p->n_notes; i++) {
    midi[i] = (SqVst2Midi){.kind = SQ_VST2_MIDI, .size = sizeof midi[i], .frame = p->notes[i].frame};
    memcpy(midi[i].bytes, p->notes[i].bytes, 4);
    midi[i].bytes[1] = (uint8_t)(midi[i].bytes[1] + 12);
    events->events[i] = &midi[i];
  }
  ask(p, SQ_VST2_HOST_EVENTS, 0, 0, events, 0);
}

static float tempo(Probe *p) {
  const SqVst2Time *time = (const SqVst2Time *)ask(p, SQ_VST2_HOST_TIME, 0, 0, NULL, 0);
  return time ? (float)(time->bpm + time->beats / 1000 + time->bar_beats * 1e-6) : -1;
}

static void act(Probe *p, float **out, int32_t n) {
  switch ((Act)lrintf(p->params[ACT] * 10)) {
  case ECHO:
    echo(p, 0);
    break;
  case LATER:
    p->effect.latency = 77;
    ask(p, SQ_VST2_HOST_IO_CHANGED, 0, 0, NULL, 0);
    break;
  case TOUCH:
    p->params[LEVEL] = 0.75f;
    ask(p, SQ_VST2_HOST_AUTOMATE, LEVEL, 0, NULL, 0.75f);
    break;
  case TEMPO:
    out[0][0] = tempo(p);
    out[0][1] = (float)ask(p, SQ_VST2_HOST_LEVEL, 0, 0, NULL, 0);
    break;
  case TOO_MANY:
    echo(p, -1);
    echo(p, 1 << 30);
    break;
  case EARLY_NAN:
    out[0][n / 2] = NAN;
    break;
  case NOTHING:
    break;
  }
}

static void run(SqVst2Effect *e, float **in, float **out, int32_t n) {
  Probe *p = e->object;
  for (int32_t i = 0; i < n; i++) {
    out[0][i] = in[0][i] * p->params[GAIN];
    out[1][i] = in[1][i];
    for (int c = 2; c < 5; c++)
      out[c][i] = (float)c;
  }
  for (int i = 0; i < p->n_notes; i++)
    if (p->notes[i].frame < n && (p->notes[i].bytes[0] & 0xf0) == 0x90)
      out[0][p->notes[i].frame] += (float)p->notes[i].bytes[2] / 127;
  act(p, out, n);
  p->n_notes = 0;
}

static void set_param(SqVst2Effect *e, int32_t index, float value) {
  Probe *p = e->object;
  p->params[index] = value;
  ask(p, SQ_VST2_HOST_AUTOMATE, index, 0, NULL, value); // many tell what they were told: it is no news
}

static float get_param(SqVst2Effect *e, int32_t index) {
  const Probe *p = e->object;
  return index == GAIN && p->at_birth != 4 ? -1 : p->params[index];
}

__attribute__((visibility("default"))) SqVst2Effect *VSTPluginMain(SqVst2Callback host);
SqVst2Effect *VSTPluginMain(SqVst2Callback host) {
  Probe *p = calloc(1, sizeof *p);
  char text[64] = "";
  if (!p)
    return NULL;
  p->host = host;
  p->params[GAIN] = 0.5f;
  p->effect = (SqVst2Effect){.magic = SQ_VST2_MAGIC,
                             .dispatcher = dispatch,
                             .set_param = set_param,
                             .get_param = get_param,
                             .n_programs = 4,
                             .n_params = N_PARAMS,
                             .n_ins = 2,
                             .n_outs = 5,
                             .flags = SQ_VST2_CAN_REPLACE | SQ_VST2_HAS_CHUNKS | SQ_VST2_HAS_EDITOR | SQ_VST2_IS_SYNTH,
                             .latency = 5,
                             .object = p,
                             .user = (void *)16, // hosts must not read it before they wrote it
                             .id = 0x50726f62,
                             .version = 3,
                             .replace = run};
  // before there is an effect, a host answers too: with one that knows nothing yet, and with none
  p->at_birth += host(NULL, SQ_VST2_HOST_VERSION, 0, 0, NULL, 0) == 2400;
  p->at_birth += host(&p->effect, SQ_VST2_HOST_RATE, 0, 0, NULL, 0) >= 44100;
  p->at_birth += host(NULL, SQ_VST2_HOST_BLOCK, 0, 0, NULL, 0) > 0;
  p->at_birth += host(NULL, SQ_VST2_HOST_PRODUCT, 0, 0, text, 0) == 1 && *text;
  host(NULL, SQ_VST2_HOST_AUTOMATE, 0, 0, NULL, 0.5f);
  host(NULL, SQ_VST2_HOST_EVENTS, 0, 0, NULL, 0);
  host(NULL, 123456, -7, -1, NULL, 0);
  return &p->effect;
}
