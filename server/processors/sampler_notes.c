// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "processors/sampler_state.h"

#include "dsp/fade.h"
#include "processors/builtin.h"

static uint32_t frames_of_ms(const SqRtSampler *s, double ms) {
  return (uint32_t)(ms * 0.001 * s->rate + 0.5);
}

void sq_sampler_set(SqRtSampler *s, uint32_t param, double value) {
  switch (param) {
  case SQ_SAMPLER_ATTACK:
    s->adsr.attack = frames_of_ms(s, value);
    break;
  case SQ_SAMPLER_DECAY:
    s->adsr.decay = frames_of_ms(s, value);
    break;
  case SQ_SAMPLER_SUSTAIN:
    s->adsr.sustain = (float)value;
    break;
  case SQ_SAMPLER_RELEASE:
    s->adsr.release = frames_of_ms(s, value);
    break;
  case SQ_SAMPLER_POLYPHONY:
    s->polyphony = 1 + sq_builtin_choice(value - 1, SQ_SAMPLER_VOICES);
    break;
  case SQ_SAMPLER_BEND_RANGE:
    s->bend_range = value;
    break;
  default:
    break;
  }
}

// ---- voices ---------------------------------------------------------------------------------------------------------

void sq_rt_sampler_cut_off(SqRtSampler *s, uint32_t index) {
  SqRtVoice *v = &s->voices[index];
  float gain[SQ_SAMPLER_CHUNK];
  for (uint32_t done = 0; done < s->tail_len;) {
    uint32_t at = (s->tail_at + done) % s->tail_len, n = s->tail_len - done;
    n = n < SQ_SAMPLER_CHUNK ? n : SQ_SAMPLER_CHUNK;
    n = n < s->tail_len - at ? n : s->tail_len - at;
    for (uint32_t i = 0; i < n; i++)
      gain[i] = s->last_gain * (1.0f - sq_dsp_smoother((float)(done + i + 1) / (float)s->tail_len));
    SqRtVoiceOut to = {.kernels = s->kernels, .out = s->tail, .n_out = s->n_out, .at = at, .gain = gain};
    if (!sq_rt_voice_render(v, &s->adsr, &to, n))
      break;
    done += n;
  }
  s->tail_left = s->tail_len;
  s->active &= ~((uint64_t)1 << index);
}

/// The voice to be given up: the oldest of those in their release, else the oldest.
static uint32_t victim(const SqRtSampler *s) {
  uint32_t best = SQ_SAMPLER_VOICES;
  for (uint64_t bits = s->active; bits; bits &= bits - 1) {
    uint32_t i = sq_rt_lowest(bits);
    const SqRtVoice *v = &s->voices[i], *b = &s->voices[best % SQ_SAMPLER_VOICES];
    bool released = v->envelope.stage == SQ_ENVELOPE_RELEASE;
    bool best_released = best < SQ_SAMPLER_VOICES && b->envelope.stage == SQ_ENVELOPE_RELEASE;
    if (best == SQ_SAMPLER_VOICES || (released && !best_released) || (released == best_released && v->order < b->order))
      best = i;
  }
  return best;
}

static void limit_voices(SqRtSampler *s, uint32_t most) {
  while ((uint32_t)__builtin_popcountll(s->active) > most)
    sq_rt_sampler_cut_off(s, victim(s));
}

static void note_on(SqRtSampler *s, const SqRtEvent *e) {
  for (uint32_t z = 0; s->zones && z < s->zones->n; z++) {
    const SqSamplerZone *zone = &s->zones->zones[z];
    if (!sq_rt_sampler_zone_matches(zone, e->key, (float)e->value))
      continue;
    limit_voices(s, s->polyphony - 1);
    uint32_t i = sq_rt_lowest(~s->active);
    SqRtVoice *v = &s->voices[i];
    sq_rt_voice_start(v, zone, e, &s->adsr);
    sq_rt_voice_tune(v, s->bend * s->bend_range, s->rate);
    v->order = s->order++;
    s->active |= (uint64_t)1 << i;
  }
}

/// Lets go; a voice whose release takes no time ends before its next frame.
static void let_go(SqRtSampler *s, uint32_t i) {
  SqRtVoice *v = &s->voices[i];
  v->down = v->sustained = false;
  if (v->one_shot)
    return;
  if (!sq_rt_voice_release(v, &s->adsr))
    s->active &= ~((uint64_t)1 << i);
}

static bool is_of_note(const SqRtVoice *v, const SqRtEvent *e) {
  return e->id ? v->id == e->id : v->key == e->key && v->channel == (e->channel & 15);
}

static void note_off(SqRtSampler *s, const SqRtEvent *e) {
  for (uint64_t bits = s->active; bits; bits &= bits - 1) {
    SqRtVoice *v = &s->voices[sq_rt_lowest(bits)];
    if (!v->down || !is_of_note(v, e))
      continue;
    v->down = false;
    if (s->pedals >> v->channel & 1)
      v->sustained = true;
    else
      let_go(s, sq_rt_lowest(bits));
  }
}

static void all_off(SqRtSampler *s) {
  for (uint64_t bits = s->active; bits; bits &= bits - 1)
    let_go(s, sq_rt_lowest(bits));
}

static void bend_note(SqRtSampler *s, const SqRtEvent *e) {
  for (uint64_t bits = s->active; bits; bits &= bits - 1) {
    SqRtVoice *v = &s->voices[sq_rt_lowest(bits)];
    if (!is_of_note(v, e))
      continue;
    v->bend = e->value;
    sq_rt_voice_tune(v, s->bend * s->bend_range, s->rate);
  }
}

static void bend_all(SqRtSampler *s) {
  for (uint64_t bits = s->active; bits; bits &= bits - 1)
    sq_rt_voice_tune(&s->voices[sq_rt_lowest(bits)], s->bend * s->bend_range, s->rate);
}

// ---- events ---------------------------------------------------------------------------------------------------------

static void set_pedal(SqRtSampler *s, uint32_t channel, bool down) {
  if (down) {
    s->pedals = (uint16_t)(s->pedals | 1u << channel);
    return;
  }
  s->pedals = (uint16_t)(s->pedals & ~(1u << channel));
  for (uint64_t bits = s->active; bits; bits &= bits - 1)
    if (s->voices[sq_rt_lowest(bits)].sustained && s->voices[sq_rt_lowest(bits)].channel == channel)
      let_go(s, sq_rt_lowest(bits));
}

static void control_change(SqRtSampler *s, uint32_t channel, uint32_t controller, double value) {
  if (controller == 64)
    set_pedal(s, channel, value >= 0.5);
  else if (controller == 120 || controller == 123) // all sound off, all notes off
    all_off(s);
}

static void take_param(SqRtSampler *s, const SqRtEvent *e) {
  sq_sampler_set(s, e->index, e->value);
  if (e->index == SQ_SAMPLER_POLYPHONY)
    limit_voices(s, s->polyphony);
  if (e->index == SQ_SAMPLER_BEND_RANGE)
    bend_all(s);
  if (e->index == SQ_SAMPLER_SUSTAIN) { // never a step: at least as long as any fade
    uint32_t frames = s->adsr.decay > s->tail_len ? s->adsr.decay : s->tail_len;
    for (uint64_t bits = s->active; bits; bits &= bits - 1)
      sq_rt_voice_sustain(&s->voices[sq_rt_lowest(bits)], s->adsr.sustain, frames);
  }
}

static void take_midi(SqRtSampler *s, const SqRtEvent *e) {
  uint32_t channel = e->midi[0] & 15u;
  SqRtEvent note = {.key = (float)e->midi[1], .value = e->midi[2] / 127.0, .channel = (uint16_t)channel};
  switch (e->midi[0] & 0xF0) {
  case 0x90:
    if (e->midi[2]) {
      note_on(s, &note);
      break;
    } // a note-on without velocity is a note-off
    // fall through
  case 0x80:
    note_off(s, &note);
    break;
  case 0xB0:
    control_change(s, channel, e->midi[1], e->midi[2] / 127.0);
    break;
  case 0xE0:
    s->bend = (e->midi[1] + 128 * e->midi[2] - 8192) / 8192.0;
    bend_all(s);
    break;
  default:
    break;
  }
}

void sq_rt_sampler_take(SqRtSampler *s, const SqRtEvent *e) {
  switch (e->kind) {
  case SQ_EVENT_NOTE_ON:
    note_on(s, e);
    break;
  case SQ_EVENT_NOTE_OFF:
    note_off(s, e);
    break;
  case SQ_EVENT_NOTE_BEND:
    bend_note(s, e);
    break;
  case SQ_EVENT_BEND:
    s->bend = e->value;
    bend_all(s);
    break;
  case SQ_EVENT_PARAM:
    take_param(s, e);
    break;
  case SQ_EVENT_CC:
    control_change(s, e->channel & 15u, e->index, e->value);
    break;
  case SQ_EVENT_MIDI:
    take_midi(s, e);
    break;
  case SQ_EVENT_ALL_OFF:
    all_off(s);
    break;
  default: // pressure, timbre and program mean nothing here
    break;
  }
}
