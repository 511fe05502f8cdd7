// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// How many channels a VST3 plug-in gets, in how many copies, and where its channel pointers point.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/vst3/instance.h"

// ---- agreement ------------------------------------------------------------------------------------------------------

typedef struct {
  uint64_t in[SQ_VST3_BUSES], out[SQ_VST3_BUSES];
  int32_t n_in, n_out;
} SqVst3Layout;

static int32_t count_buses(const SqVst3Unit *u, int32_t direction) {
  int32_t n = u->component->table->n_buses(u->component, SQ_VST3_AUDIO, direction);
  return n < 0 ? 0 : n > SQ_VST3_BUSES ? SQ_VST3_BUSES : n;
}

static uint32_t count_channels(const SqVst3Unit *u, int32_t direction, uint32_t bus) {
  SqVst3BusInfo info = {0};
  if (bus == SQ_VST3_NONE ||
      u->component->table->bus_info(u->component, SQ_VST3_AUDIO, direction, (int32_t)bus, &info) != SQ_VST3_OK)
    return 0;
  return info.n_channels < 0                      ? 0
         : info.n_channels > SQ_VST3_BUS_CHANNELS ? SQ_VST3_BUS_CHANNELS
                                                  : (uint32_t)info.n_channels;
}

/// The arrangement of one or two channels; of others the first speakers, which fits where none is told.
static uint64_t arrangement_of(uint32_t n_channels) {
  return n_channels == 0    ? 0
         : n_channels == 1  ? SQ_VST3_MONO
         : n_channels == 2  ? SQ_VST3_STEREO
         : n_channels >= 64 ? UINT64_MAX
                            : (1ull << n_channels) - 1;
}

static uint64_t ask_arrangement(const SqVst3Unit *u, int32_t direction, int32_t bus) {
  uint64_t arrangement = 0;
  if (u->processor->table->get_arrangement(u->processor, direction, bus, &arrangement) != SQ_VST3_OK)
    arrangement = arrangement_of(count_channels(u, direction, (uint32_t)bus));
  return arrangement;
}

static void ask_layout(const SqVst3Unit *u, SqVst3Layout *layout) {
  layout->n_in = count_buses(u, SQ_VST3_INPUT);
  layout->n_out = count_buses(u, SQ_VST3_OUTPUT);
  for (int32_t i = 0; i < layout->n_in; i++)
    layout->in[i] = ask_arrangement(u, SQ_VST3_INPUT, i);
  for (int32_t i = 0; i < layout->n_out; i++)
    layout->out[i] = ask_arrangement(u, SQ_VST3_OUTPUT, i);
}

static bool set_layout(const SqVst3Unit *u, SqVst3Layout layout) {
  return u->processor->table->set_arrangements(u->processor, layout.in, layout.n_in, layout.out, layout.n_out) ==
         SQ_VST3_OK;
}

/// Asks for the strip's width where that is not the plug-in's own; back to its own when it declines.
static void agree(const SqVst3Instance *self, const SqVst3Unit *u, const SqProcSetup *setup) {
  const SqVst3Plugin *p = self->plugin;
  SqVst3Layout own, asked;
  ask_layout(u, &own);
  asked = own;
  bool has_in = p->main_in != SQ_VST3_NONE && setup->n_in > 0, has_out = p->main_out != SQ_VST3_NONE;
  bool differs = (has_in && p->info.n_in != setup->n_in) || (has_out && p->info.n_out != setup->n_out);
  if (differs && setup->n_out <= 2 && setup->n_in <= 2) {
    if (has_in)
      asked.in[p->main_in] = arrangement_of(setup->n_in);
    if (has_out)
      asked.out[p->main_out] = arrangement_of(setup->n_out);
    if (set_layout(u, asked) && (!has_in || count_channels(u, SQ_VST3_INPUT, p->main_in) == setup->n_in) &&
        (!has_out || count_channels(u, SQ_VST3_OUTPUT, p->main_out) == setup->n_out))
      return;
  }
  set_layout(u, own);
}

static SqStatus open_unit(SqVst3Instance *self, SqVst3Unit *u, const SqProcSetup *setup) {
  const SqVst3Plugin *p = self->plugin;
  SqStatus status =
      sq_vst3_unit_open(u, p->module, p->class_of, &self->home, &self->ear.handler, setup->error, setup->error_size);
  if (status == SQ_OK)
    agree(self, u, setup);
  return status;
}

SqStatus sq_vst3_buses_open(SqVst3Instance *self, const SqProcSetup *setup) {
  SqVst3Unit first;
  SqStatus status = open_unit(self, &first, setup);
  if (status != SQ_OK)
    return status;
  uint32_t in = count_channels(&first, SQ_VST3_INPUT, self->plugin->main_in);
  self->n_out = count_channels(&first, SQ_VST3_OUTPUT, self->plugin->main_out);
  status = sq_width_init(&self->width, in, self->n_out, setup);
  self->units = sq_vst3_instance_alloc(self, self->width.n_units, sizeof *self->units);
  if (!self->units || status != SQ_OK) {
    sq_vst3_unit_close(&first);
    return SQ_LIMIT;
  }
  self->units[0] = first;
  for (self->n_units = 1; self->n_units < self->width.n_units; self->n_units++) {
    status = open_unit(self, &self->units[self->n_units], setup);
    if (status != SQ_OK)
      return status;
  }
  return SQ_OK;
}

// ---- buffers and wires ----------------------------------------------------------------------------------------------

/// Buffers of one bus, all channels pointing to silence (inputs) or to a buffer nobody hears (outputs).
static SqStatus lay_bus(SqVst3Instance *self, SqVst3Buffers *bus, uint32_t n, bool input) {
  bus->n_channels = (int32_t)n;
  bus->channels = sq_vst3_instance_alloc(self, n + 1, sizeof *bus->channels);
  for (uint32_t c = 0; bus->channels && c < n; c++)
    if (!(bus->channels[c] = input ? self->width.silence : sq_vst3_instance_buffer(self)))
      return SQ_LIMIT;
  if (input)
    bus->silence = n >= 64 ? UINT64_MAX : (1ull << n) - 1;
  return bus->channels ? SQ_OK : SQ_LIMIT;
}

static void wire(SqVst3Wire **end, SqVst3Buffers *bus, uint32_t c, uint32_t channel) {
  *(*end)++ = (SqVst3Wire){&bus->channels[c], bus->channels[c], channel};
}

static void wire_inputs(SqVst3Instance *self, SqVst3Buffers *in, uint32_t u, uint32_t i, const SqProcSetup *setup) {
  uint32_t n = (uint32_t)in[i].n_channels;
  for (uint32_t c = 0; c < n; c++)
    if (i == self->plugin->main_in && u * n + c < setup->n_in)
      wire(&self->ins_end, &in[i], c, u * n + c);
    else if (i == self->plugin->side && c < setup->n_side)
      wire(&self->sides_end, &in[i], c, c);
  if (i == self->plugin->main_in)
    in[i].silence = 0;
}

static void wire_outputs(SqVst3Instance *self, SqVst3Buffers *out, uint32_t u, uint32_t i, const SqProcSetup *setup) {
  const SqVst3Plugin *p = self->plugin;
  uint32_t n = (uint32_t)out[i].n_channels;
  for (uint32_t c = 0; i == p->main_out && c < n; c++)
    if (u * n + c < setup->n_out)
      wire(&self->outs_end, &out[i], c, u * n + c);
  for (uint32_t k = 0, first = 0; u == 0 && k < p->type.n_extra_buses; first += p->type.extra_buses[k++].channels)
    for (uint32_t c = 0; p->extra_index[k] == i && c < n && c < p->type.extra_buses[k].channels; c++)
      wire(&self->extras_end, &out[i], c, first + c);
}

static SqStatus wire_unit(SqVst3Instance *self, uint32_t u, const SqProcSetup *setup) {
  const SqVst3Unit *unit = &self->units[u];
  SqVst3Component *component = unit->component;
  uint32_t n_in = (uint32_t)count_buses(unit, SQ_VST3_INPUT), n_out = (uint32_t)count_buses(unit, SQ_VST3_OUTPUT);
  SqVst3Buffers *in = sq_vst3_instance_alloc(self, n_in + 1, sizeof *in);
  SqVst3Buffers *out = sq_vst3_instance_alloc(self, n_out + 1, sizeof *out);
  SqStatus status = in && out ? SQ_OK : SQ_LIMIT;
  for (uint32_t i = 0; status == SQ_OK && i < n_in; i++) {
    bool used = i == self->plugin->main_in || i == self->plugin->side;
    component->table->activate_bus(component, SQ_VST3_AUDIO, SQ_VST3_INPUT, (int32_t)i, used);
    status = lay_bus(self, &in[i], count_channels(unit, SQ_VST3_INPUT, i), true);
    if (status == SQ_OK)
      wire_inputs(self, in, u, i, setup);
  }
  for (uint32_t i = 0; status == SQ_OK && i < n_out; i++) {
    component->table->activate_bus(component, SQ_VST3_AUDIO, SQ_VST3_OUTPUT, (int32_t)i, 1);
    status = lay_bus(self, &out[i], count_channels(unit, SQ_VST3_OUTPUT, i), false);
    if (status == SQ_OK)
      wire_outputs(self, out, u, i, setup);
  }
  for (int32_t direction = SQ_VST3_INPUT; direction <= SQ_VST3_OUTPUT; direction++)
    if (component->table->n_buses(component, SQ_VST3_EVENTS, direction) > 0)
      component->table->activate_bus(component, SQ_VST3_EVENTS, direction, 0, 1);
  if (status != SQ_OK)
    return status;
  uint32_t main_out = self->plugin->main_out;
  *self->runs_end++ =
      (SqVst3Run){.processor = unit->processor,
                  .process = unit->processor->table->process,
                  .main_out = main_out < n_out ? &out[main_out] : NULL,
                  .data = {.mode = self->offline ? SQ_VST3_OFFLINE : SQ_VST3_REALTIME,
                           .sample_size = SQ_VST3_SAMPLE_32,
                           .n_in = (int32_t)n_in,
                           .n_out = (int32_t)n_out,
                           .in = in,
                           .out = out,
                           .changes_in = &self->changes_in.object,
                           .changes_out = u == 0 ? &self->changes_out.object : &self->ignored_changes.object,
                           .events_in = &self->events_in.object,
                           .events_out = u == 0 ? &self->events_out.object : &self->ignored_events.object,
                           .context = &self->context}};
  return SQ_OK;
}

static SqVst3Wire *new_wires(SqVst3Instance *self, size_t n) {
  return sq_vst3_instance_alloc(self, n + 1, sizeof(SqVst3Wire));
}

SqStatus sq_vst3_buses_wire(SqVst3Instance *self, const SqProcSetup *setup) {
  const SqVst3Plugin *p = self->plugin;
  self->ins = self->ins_end = new_wires(self, setup->n_in);
  self->outs = self->outs_end = new_wires(self, setup->n_out);
  self->sides = self->sides_end = new_wires(self, (size_t)self->n_units * setup->n_side);
  self->extras = self->extras_end = new_wires(self, p->info.n_extra_out);
  self->runs = self->runs_end = sq_vst3_instance_alloc(self, self->n_units, sizeof *self->runs);

  SqStatus status = self->ins && self->outs && self->sides && self->extras && self->runs ? SQ_OK : SQ_LIMIT;
  for (uint32_t u = 0; status == SQ_OK && u < self->n_units; u++)
    status = wire_unit(self, u, setup);
  uint32_t n_in = (uint32_t)(self->ins_end - self->ins), n_out = (uint32_t)(self->outs_end - self->outs);
  self->direct = status == SQ_OK && self->n_units == 1 && !self->width.mix && n_in == n_out && n_in >= 1 && n_in <= 2 &&
                 self->sides == self->sides_end && self->extras == self->extras_end;
  if (self->direct) { // the pointers of a bus stand side by side
    self->direct_in = self->ins->place;
    self->direct_out = self->outs->place;
    self->direct_mono = n_in == 1;
  }

  return status;
}
