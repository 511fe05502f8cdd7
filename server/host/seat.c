// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "host/seat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

// ---- making ---------------------------------------------------------------------------------------------------------

static SqStatus fail(SqWire *answer, SqStatus status, const char *text) {
  sq_wire_put_text(answer, text);
  return status;
}

/// Maps the memory; what lies between two channels can be touched by nobody: who writes past one is ended there.
static bool map(SqSeat *seat, int fd) {
  struct stat st;
  if (fd < 0 || fstat(fd, &st) != 0 || (size_t)st.st_size != seat->layout.size)
    return false;
  seat->memory = mmap(NULL, seat->layout.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (seat->memory == MAP_FAILED) {
    seat->memory = NULL;
    return false;
  }
  seat->in = seat->memory;
  seat->out = (SqSeatOut *)(void *)((char *)seat->memory + seat->layout.out);
  for (uint32_t c = 0; c < seat->layout.n_channels; c++) {
    seat->channels[c] = sq_seat_channel(seat->memory, &seat->layout, c);
    mprotect((char *)seat->channels[c] + SQ_SEAT_PAGE, SQ_SEAT_PAGE, PROT_NONE);
  }
  return true;
}

static void read_shape(SqWire *open, SqSeatShape *shape) {
  shape->n_in = sq_wire_u32(open);
  shape->n_side = sq_wire_u32(open);
  shape->n_out = sq_wire_u32(open);
  shape->n_extra = sq_wire_u32(open);
  shape->n_signals = sq_wire_u32(open);
  shape->n_params = sq_wire_u32(open);
}

/// What the daemon knows of the plug-in comes from a scan: it may have been replaced since.
static bool still_fits(const SqSeat *seat) {
  const SqProcessorType *type = seat->info->type;
  uint32_t n_extra = 0;
  for (uint32_t i = 0; i < type->n_extra_buses; i++)
    n_extra += type->extra_buses[i].channels;
  return type->n_params == seat->shape.n_params && sq_proc_count_signals(type) == seat->shape.n_signals &&
         n_extra == seat->shape.n_extra;
}

/// The rest of an OPEN message, into create(). `starts` gets the parameters that it starts with.
static SqStatus create(const SqSeatWorld *world, SqSeat *seat, SqWire *open, SqWire *starts, char *error,
                       size_t error_size) {
  const SqProcessorType *type = seat->info->type;
  double *params = sq_alloc(type->n_params, sizeof *params);
  for (uint32_t i = 0; i < type->n_params; i++)
    params[i] = sq_wire_f64(open);
  const char *keys[16] = {0}, *values[16] = {0};
  const uint32_t n_keys = sq_wire_u32(open);
  for (uint32_t i = 0; i < n_keys && i < 16; i++) {
    keys[i] = sq_wire_text(open);
    values[i] = sq_wire_text(open);
  }
  SqBlob state = {.version = 0};
  const bool state_wins = sq_wire_u32(open), has_state = sq_wire_u32(open);
  if (has_state) {
    snprintf(state.format, sizeof state.format, "%s", sq_wire_text(open));
    snprintf(state.id, sizeof state.id, "%s", sq_wire_text(open));
    state.version = sq_wire_u32(open);
    state.data = (void *)(uintptr_t)sq_wire_bytes(open, &state.size);
  }
  if (state_wins && has_state && !open->bad)
    sq_formats_state_values(world->formats, type, &state, params);
  const SqProcSetup setup = {.rate = world->rate,
                             .max_block = SQ_MAX_BLOCK,
                             .n_in = seat->shape.n_in,
                             .n_out = seat->shape.n_out,
                             .n_side = seat->shape.n_side,
                             .params = params,
                             .state = has_state ? &state : NULL,
                             .keys = keys,
                             .values = values,
                             .n_keys = n_keys < 16 ? n_keys : 16,
                             .services = world->services,
                             .error = error,
                             .error_size = error_size};
  const SqStatus status = open->bad || n_keys > 16 ? SQ_INTERNAL : type->create(type, &setup, &seat->instance);
  for (uint32_t i = 0; status == SQ_OK && i < type->n_params; i++)
    sq_wire_put_f64(starts, params[i]);
  for (uint32_t i = 0, k = 0; i < type->n_params; i++)
    if (type->params[i].value_class == SQ_CLASS_SIGNAL && !type->params[i].output)
      seat->signals[k++] = (SqSignal){.shape = SQ_SIGNAL_CONSTANT, .value = (float)params[i]};
  free(params);
  return status;
}

SqStatus sq_seat_open(const SqSeatWorld *world, SqWire *open, int fd, SqSeat **made, SqWire *answer) {
  char error[512] = "";
  const char *id = sq_wire_text(open), *path = sq_wire_text(open);
  SqSeat *seat = sq_alloc(1, sizeof *seat);
  SqWire values = {.head = {.size = 0}};
  seat->number = open->head.seat;
  read_shape(open, &seat->shape);
  const SqSeatShape *shape = &seat->shape;
  SqStatus status = shape->n_in > SQ_MAX_CHANNELS || shape->n_side > SQ_MAX_CHANNELS ||
                            shape->n_out > SQ_MAX_CHANNELS || shape->n_extra > 256 || shape->n_signals > SQ_MAX_SIGNALS
                        ? SQ_INTERNAL
                        : SQ_OK;
  seat->layout = sq_seat_layout(shape);
  if (status == SQ_OK && !map(seat, fd))
    status = SQ_INTERNAL;
  if (fd >= 0)
    close(fd);
  if (status == SQ_OK)
    status = sq_formats_describe(world->formats, id, path, &seat->info, error, sizeof error);
  if (status == SQ_OK && !still_fits(seat)) {
    snprintf(error, sizeof error, "%s is not what it was when it was scanned; scan it again with /plugin/scan", id);
    status = SQ_PLUGIN;
  }
  seat->signals = sq_alloc(shape->n_signals, sizeof *seat->signals);
  seat->events = sq_alloc(SQ_SEAT_EVENTS, sizeof *seat->events);
  seat->sent = sq_alloc(SQ_EVENTS_OUT, sizeof *seat->sent);
  if (status == SQ_OK)
    status = create(world, seat, open, &values, error, sizeof error);
  if (status != SQ_OK) {
    sq_wire_cleanup(&values);
    sq_seat_close(seat);
    return fail(answer, status, error);
  }
  const SqProcessorType *type = seat->info->type;
  seat->out->latency = type->latency ? type->latency(seat->instance) : 0;
  seat->out->tail = type->tail ? type->tail(seat->instance) : 0;
  sq_wire_put_u32(answer, seat->out->latency);
  sq_wire_put_u32(answer, seat->out->tail);
  for (uint32_t i = 0; i < type->n_params; i++) // as it starts with them
    sq_wire_put_f64(answer, sq_wire_f64(&values));
  sq_wire_cleanup(&values);
  *made = seat;
  return SQ_OK;
}

void sq_seat_close(SqSeat *seat) {
  if (seat->instance)
    seat->info->type->free(seat->instance);
  if (seat->memory)
    munmap(seat->memory, seat->layout.size);
  free(seat->signals);
  free(seat->events);
  free(seat->sent);
  free(seat);
}

// ---- running --------------------------------------------------------------------------------------------------------

static void take_signals(SqSeat *seat) {
  const SqSeatIn *in = seat->in;
  for (uint32_t i = 0; i < in->n_signals; i++) {
    const SqSeatSignal *s = &in->signals[i];
    const float *frames = (float *)(void *)((char *)seat->memory + seat->layout.signals + s->index * SQ_SEAT_PAGE);
    seat->signals[s->index] = (SqSignal){.shape = (SqSignalShape)s->shape,
                                         .value = s->value,
                                         .step = s->step,
                                         .offset = s->offset,
                                         .frames = s->shape == SQ_SIGNAL_FRAMES ? frames : NULL};
  }
}

static const SqRtEvent *take_events(SqSeat *seat) {
  const SqSeatIn *in = seat->in;
  for (uint32_t i = 0; i < in->n_events; i++) {
    const SqSeatEvent *e = &in->events[i];
    seat->events[i] = (SqRtEvent){.next = i + 1 < in->n_events ? &seat->events[i + 1] : NULL,
                                  .offset = e->offset,
                                  .kind = e->kind,
                                  .channel = e->channel,
                                  .index = e->index,
                                  .id = e->id,
                                  .key = e->key,
                                  .value = e->value};
    memcpy(seat->events[i].midi, e->midi, sizeof e->midi);
  }
  return in->n_events ? seat->events : NULL;
}

static void give_events(SqSeat *seat, const SqRtEventsOut *sent) {
  for (uint32_t i = 0; i < sent->n; i++) {
    const SqRtEvent *e = &sent->events[i];
    seat->out->events[i] = (SqSeatEvent){.offset = e->offset,
                                         .kind = e->kind,
                                         .channel = e->channel,
                                         .index = e->index,
                                         .id = e->id,
                                         .key = e->key,
                                         .value = e->value};
    memcpy(seat->out->events[i].midi, e->midi, sizeof e->midi);
  }
  seat->out->n_events = sent->n;
  seat->out->lost = sent->lost;
}

void sq_rt_seat_run(SqSeat *seat, const SqSeat *before) {
  const SqSeatIn *in = seat->in;
  const SqSeatShape *shape = &seat->shape;
  const SqProcessorType *type = seat->info->type;
  if (in->resets != seat->resets && type->reset)
    type->reset(seat->instance);
  seat->resets = in->resets;
  take_signals(seat);
  float *const *out = seat->channels + shape->n_in + shape->n_side;
  float *const *from = before ? before->channels + before->shape.n_in + before->shape.n_side : seat->channels;
  SqRtEventsOut sent = {.events = seat->sent, .cap = SQ_EVENTS_OUT};
  const SqRtBlock block = {.frame = in->frame,
                           .n_frames = in->n_frames,
                           .n_in = shape->n_in,
                           .n_out = shape->n_out,
                           .n_side = shape->n_side,
                           .in = (const float *const *)from,
                           .out = (float **)(uintptr_t)out,
                           .side = in->side ? (const float *const *)(seat->channels + shape->n_in) : NULL,
                           .signals = seat->signals,
                           .events = take_events(seat),
                           .events_out = &sent,
                           .extra = in->wanted ? out + shape->n_out : NULL,
                           .n_extra = in->wanted ? shape->n_extra : 0,
                           .time = &in->time};
  seat->out->result = (uint32_t)type->process(seat->instance, &block);
  give_events(seat, &sent);
  seat->out->latency = type->latency ? type->latency(seat->instance) : 0;
  seat->out->tail = type->tail ? type->tail(seat->instance) : 0;
  for (uint32_t i = 0; type->output_value && i < type->n_params; i++)
    if (type->params[i].output)
      seat->out->outputs[i] = type->output_value(seat->instance, i);
  for (uint32_t i = 0; i < in->n_signals; i++) { // what moved rests where it ended, until something else is said
    SqSignal *s = &seat->signals[in->signals[i].index];
    *s = (SqSignal){.shape = SQ_SIGNAL_CONSTANT, .value = sq_signal_at(s, in->n_frames - 1)};
  }
}
