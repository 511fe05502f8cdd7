// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Which buffer each channel of each port of a CLAP plug-in is; jobs threads.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/clap/instance.h"

static uint32_t count(const SqClapPort *ports, uint32_t n) {
  uint32_t channels = 0;
  for (uint32_t i = 0; i < n; i++)
    channels += ports[i].n_channels;
  return channels;
}

/// Memory for a unit; each channel hears silence, or plays to where nobody hears.
static SqStatus allocate(SqClapInstance *self, SqClapUnit *unit) {
  const SqClapPorts *ports = &self->ports;
  const uint32_t n_in = count(ports->ins, ports->n_ins), n_out = count(ports->outs, ports->n_outs);
  unit->ins = calloc(ports->n_ins + 1, sizeof *unit->ins);
  unit->outs = calloc(ports->n_outs + 1, sizeof *unit->outs);
  unit->channels = calloc(n_in + n_out + 1, sizeof *unit->channels);
  unit->wires_in = calloc(n_in + 1, sizeof *unit->wires_in);
  unit->wires_out = calloc(n_out + 1, sizeof *unit->wires_out);
  if (!unit->ins || !unit->outs || !unit->channels || !unit->wires_in || !unit->wires_out)
    return SQ_LIMIT;
  float **channel = unit->channels;
  for (uint32_t i = 0; i < ports->n_ins; i++) {
    unit->ins[i] = (SqClapAudioBuffer){.data32 = channel, .n_channels = ports->ins[i].n_channels};
    for (uint32_t c = 0; c < ports->ins[i].n_channels; c++)
      *channel++ = self->width.silence;
  }
  for (uint32_t i = 0; i < ports->n_outs; i++) {
    unit->outs[i] = (SqClapAudioBuffer){.data32 = channel, .n_channels = ports->outs[i].n_channels};
    for (uint32_t c = 0; c < ports->outs[i].n_channels; c++)
      if (!(*channel++ = self->buffers[self->n_buffers++] = sq_width_buffer(self->max_block)))
        return SQ_LIMIT;
  }
  unit->process = (SqClapProcess){.ins = unit->ins,
                                  .outs = unit->outs,
                                  .n_ins = ports->n_ins,
                                  .n_outs = ports->n_outs,
                                  .in_events = &unit->events_in,
                                  .out_events = &unit->events_out};
  return SQ_OK;
}

/// The main ports: the strip's own table of channels where that fits, else wires for those there are.
static void wire_main(SqClapInstance *self, SqClapUnit *unit, const SqProcSetup *setup) {
  const SqClapPorts *ports = &self->ports;
  const uint32_t n_in = self->width.mix ? 1 : setup->n_in;
  SqClapAudioBuffer *in = ports->main_in == SQ_CLAP_NONE ? NULL : &unit->ins[ports->main_in];
  SqClapAudioBuffer *out = ports->main_out == SQ_CLAP_NONE ? NULL : &unit->outs[ports->main_out];
  unit->straight =
      (!in || unit->first + in->n_channels <= n_in) && (!out || unit->first + out->n_channels <= setup->n_out);
  unit->in = in && unit->straight ? &in->data32 : &unit->aside;
  unit->out = out && unit->straight ? &out->data32 : &unit->aside;
  for (uint32_t c = 0; in && c < in->n_channels && unit->first + c < n_in; c++)
    unit->wires_in[unit->n_wires_in++] = (SqClapWire){&in->data32[c], unit->first + c};
  for (uint32_t c = 0; out && c < out->n_channels && unit->first + c < setup->n_out; c++)
    unit->wires_out[unit->n_wires_out++] = (SqClapWire){&out->data32[c], unit->first + c};
}

/// The sidechain's channels are dealt to the copies as the strip's are.
static SqStatus wire_side(SqClapInstance *self) {
  const uint32_t side = self->ports.side, n = side == SQ_CLAP_NONE ? 0 : self->ports.ins[side].n_channels;
  self->wires_side = calloc((size_t)n * self->n_units + 1, sizeof *self->wires_side);
  if (!self->wires_side)
    return SQ_LIMIT;
  for (uint32_t u = 0; u < self->n_units; u++)
    for (uint32_t c = 0; c < n; c++)
      self->wires_side[self->n_wires_side++] = (SqClapWire){&self->units[u].ins[side].data32[c], u * n + c};
  return SQ_OK;
}

/// The further outputs of the first copy, found by the numbers that the type names them by. One that this instance
/// lacks stays without a slot: it is silent.
static SqStatus wire_extra(SqClapInstance *self) {
  const SqProcessorType *type = &self->kind->type;
  uint32_t n = self->kind->info.n_extra_out;
  self->wires_extra = calloc(n + 1, sizeof *self->wires_extra);
  self->spares = calloc(n + 1, sizeof *self->spares);
  if (!self->wires_extra || !self->spares)
    return SQ_LIMIT;
  for (uint32_t b = 0; b < type->n_extra_buses; b++) {
    const SqClapAudioBuffer *buffer = NULL;
    for (uint32_t i = 0; i < self->ports.n_outs && !buffer; i++) {
      char id[16];
      snprintf(id, sizeof id, "%u", self->ports.outs[i].id);
      if (i != self->ports.main_out && strcmp(id, type->extra_buses[b].id) == 0)
        buffer = &self->units[0].outs[i];
    }
    for (uint32_t c = 0; c < type->extra_buses[b].channels; c++) {
      uint32_t at = self->n_wires_extra++;
      float **slot = buffer && c < buffer->n_channels ? &buffer->data32[c] : NULL;
      self->wires_extra[at] = (SqClapWire){slot, at};
      self->spares[at] = slot ? *slot : NULL;
    }
  }
  if (n)
    self->unusual |= SQ_CLAP_COMPLEX;
  return SQ_OK;
}

SqStatus sq_clap_instance_wire(SqClapInstance *self, const SqProcSetup *setup) {
  const SqClapKind *k = self->kind;
  char reason[256] = "";
  SqStatus status = sq_clap_ports_read(&self->units[0].guest, k->instrument, &self->ports, reason, sizeof reason);
  if (status != SQ_OK) {
    snprintf(setup->error, setup->error_size, "'%s' cannot be hosted: %s", k->type.name, reason);
    return status;
  }
  const uint32_t n_out = self->ports.main_out == SQ_CLAP_NONE ? 0 : self->ports.outs[self->ports.main_out].n_channels;
  const uint32_t n_in = self->ports.main_in == SQ_CLAP_NONE ? 0 : self->ports.ins[self->ports.main_in].n_channels;
  if (n_out != k->info.n_out || n_in != k->info.n_in) {
    snprintf(setup->error, setup->error_size, "'%s' has %u inputs and %u outputs now; when it was looked at, %u and %u",
             k->type.name, n_in, n_out, k->info.n_in, k->info.n_out);
    return SQ_PLUGIN;
  }
  self->buffers =
      calloc((size_t)count(self->ports.outs, self->ports.n_outs) * self->n_units + 1, sizeof *self->buffers);
  status = self->buffers ? SQ_OK : SQ_LIMIT;
  for (uint32_t u = 0; u < self->n_units && status == SQ_OK; u++) {
    SqClapUnit *unit = &self->units[u];
    unit->first = u * n_out;
    status = allocate(self, unit);
    if (status == SQ_OK)
      wire_main(self, unit, setup);
  }
  bool complex = self->n_units > 1 || self->width.mix || self->width.n_written < setup->n_out;
  for (uint32_t u = 0; u < self->n_units && status == SQ_OK; u++)
    complex |= !self->units[u].straight;
  if (complex)
    self->unusual |= SQ_CLAP_COMPLEX;
  if (status == SQ_OK)
    status = wire_side(self);
  return status == SQ_OK ? wire_extra(self) : status;
}
