// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdio.h>
#include <string.h>

#include "plugins/clap/describe.h"

/// Reads one direction. A port that the plug-in does not explain has no channels.
static SqStatus read_audio(const SqClapGuest *guest, bool input, SqClapPort *ports, uint32_t *n_ports, char *error,
                           size_t error_size) {
  const SqClapAudioPorts *table = guest->can.audio_ports;
  uint32_t n = table ? table->count(guest->plugin, input) : 0, total = 0;
  if (n > SQ_CLAP_MAX_PORTS) {
    snprintf(error, error_size, "it says that it has %u audio %s", n, input ? "inputs" : "outputs");
    return SQ_UNSUPPORTED;
  }
  for (uint32_t i = 0; i < n; i++) {
    SqClapAudioPort said;
    memset(&said, 0, sizeof said);
    ports[i] = (SqClapPort){.id = SQ_CLAP_NONE};
    if (!table->get(guest->plugin, i, input, &said))
      continue;
    if (said.n_channels > SQ_MAX_CHANNELS) {
      snprintf(error, error_size, "its audio %s %u has %u channels", input ? "input" : "output", i, said.n_channels);
      return SQ_UNSUPPORTED;
    }
    total += said.n_channels;
    ports[i].id = said.id;
    ports[i].n_channels = said.n_channels;
    ports[i].main = i == 0 && (said.flags & SQ_CLAP_PORT_MAIN);
    sq_plugin_text(ports[i].name, sizeof ports[i].name, said.name, sizeof said.name);
  }
  *n_ports = n;
  if (total <= 4 * SQ_MAX_CHANNELS)
    return SQ_OK;
  snprintf(error, error_size, "its audio %s have %u channels", input ? "inputs" : "outputs", total);
  return SQ_UNSUPPORTED;
}

static void read_notes(const SqClapGuest *guest, SqClapPorts *ports) {
  const SqClapNotePorts *table = guest->can.note_ports;
  SqClapNotePort said;
  memset(&said, 0, sizeof said);
  if (!table)
    return;
  if (table->count(guest->plugin, true) && table->get(guest->plugin, 0, true, &said))
    ports->dialects = said.dialects;
  ports->notes_out = table->count(guest->plugin, false) > 0;
}

SqStatus sq_clap_ports_read(const SqClapGuest *guest, bool instrument, SqClapPorts *ports, char *error,
                            size_t error_size) {
  *ports = (SqClapPorts){.main_in = SQ_CLAP_NONE, .side = SQ_CLAP_NONE, .main_out = SQ_CLAP_NONE};
  SqStatus status = read_audio(guest, true, ports->ins, &ports->n_ins, error, error_size);
  if (status == SQ_OK)
    status = read_audio(guest, false, ports->outs, &ports->n_outs, error, error_size);
  if (status != SQ_OK)
    return status;
  // an effect that calls no input its main one is an older one: its first is
  uint32_t next = 0;
  if (ports->n_ins && ports->ins[0].n_channels && (ports->ins[0].main || !instrument))
    ports->main_in = next++;
  if (next < ports->n_ins && ports->ins[next].n_channels)
    ports->side = next;
  if (ports->n_outs && ports->outs[0].n_channels)
    ports->main_out = 0;
  read_notes(guest, ports);
  return SQ_OK;
}
