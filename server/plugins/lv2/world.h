// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Everything that LV2 plug-ins of one server share: lilv's world behind one lock, URI numbers, descriptions.
///
/// lilv is single-threaded: every call of it happens under `lock`. Many plug-ins' instantiate() and cleanup() are so
/// in effect (shared FFT planners): these happen under `life`, so that an instance can go while a list is read.
/// Order: `life`, then `lock`, then an instance's work_lock.
#ifndef SQ_PLUGINS_LV2_WORLD_H
#define SQ_PLUGINS_LV2_WORLD_H

#include <lilv/lilv.h>
#include <lv2/atom/atom.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/core/lv2.h>
#include <lv2/log/log.h>
#include <lv2/midi/midi.h>
#include <lv2/options/options.h>
#include <lv2/parameters/parameters.h>
#include <lv2/port-groups/port-groups.h>
#include <lv2/port-props/port-props.h>
#include <lv2/resize-port/resize-port.h>
#include <lv2/state/state.h>
#include <lv2/time/time.h>
#include <lv2/units/units.h>
#include <lv2/worker/worker.h>
#include <pthread.h>

#include "plugins/format.h"
#include "plugins/lv2/urid.h"

/// URIs that are asked of lilv: name in SqLv2Nodes, URI.
#define SQ_LV2_NODES(X)                                                                                                \
  X(audio_port, LV2_CORE__AudioPort)                                                                                   \
  X(control_port, LV2_CORE__ControlPort)                                                                               \
  X(cv_port, LV2_CORE__CVPort)                                                                                         \
  X(atom_port, LV2_ATOM__AtomPort)                                                                                     \
  X(input_port, LV2_CORE__InputPort)                                                                                   \
  X(output_port, LV2_CORE__OutputPort)                                                                                 \
  X(optional, LV2_CORE__connectionOptional)                                                                            \
  X(integer, LV2_CORE__integer)                                                                                        \
  X(toggled, LV2_CORE__toggled)                                                                                        \
  X(enumeration, LV2_CORE__enumeration)                                                                                \
  X(sample_rate, LV2_CORE__sampleRate)                                                                                 \
  X(reports_latency, LV2_CORE__reportsLatency)                                                                         \
  X(is_side_chain, LV2_CORE_PREFIX "isSideChain")                                                                      \
  X(designation, LV2_CORE__designation)                                                                                \
  X(logarithmic, LV2_PORT_PROPS__logarithmic)                                                                          \
  X(trigger, LV2_PORT_PROPS__trigger)                                                                                  \
  X(unit, LV2_UNITS__unit)                                                                                             \
  X(unit_symbol, LV2_UNITS__symbol)                                                                                    \
  X(group, LV2_PORT_GROUPS__group)                                                                                     \
  X(side_chain_of, LV2_PORT_GROUPS__sideChainOf)                                                                       \
  X(main_input, LV2_PORT_GROUPS__mainInput)                                                                            \
  X(main_output, LV2_PORT_GROUPS__mainOutput)                                                                          \
  X(minimum_size, LV2_RESIZE_PORT__minimumSize)                                                                        \
  X(midi_event, LV2_MIDI__MidiEvent)                                                                                   \
  X(time_position, LV2_TIME__Position)                                                                                 \
  X(state_interface, LV2_STATE__interface)                                                                             \
  X(worker_interface, LV2_WORKER__interface)                                                                           \
  X(minor_version, LV2_CORE__minorVersion)                                                                             \
  X(micro_version, LV2_CORE__microVersion)                                                                             \
  X(comment, "http://www.w3.org/2000/01/rdf-schema#comment")

/// URIs whose numbers are needed: name in SqLv2Keys, URI.
#define SQ_LV2_KEYS(X)                                                                                                 \
  X(atom_bool, LV2_ATOM__Bool)                                                                                         \
  X(atom_chunk, LV2_ATOM__Chunk)                                                                                       \
  X(atom_double, LV2_ATOM__Double)                                                                                     \
  X(atom_float, LV2_ATOM__Float)                                                                                       \
  X(atom_int, LV2_ATOM__Int)                                                                                           \
  X(atom_long, LV2_ATOM__Long)                                                                                         \
  X(atom_object, LV2_ATOM__Object)                                                                                     \
  X(atom_sequence, LV2_ATOM__Sequence)                                                                                 \
  X(midi_event, LV2_MIDI__MidiEvent)                                                                                   \
  X(time_position, LV2_TIME__Position)                                                                                 \
  X(time_frame, LV2_TIME__frame)                                                                                       \
  X(time_speed, LV2_TIME__speed)                                                                                       \
  X(time_bar, LV2_TIME__bar)                                                                                           \
  X(time_bar_beat, LV2_TIME__barBeat)                                                                                  \
  X(time_beat, LV2_TIME__beat)                                                                                         \
  X(time_beat_unit, LV2_TIME__beatUnit)                                                                                \
  X(time_beats_per_bar, LV2_TIME__beatsPerBar)                                                                         \
  X(time_beats_per_minute, LV2_TIME__beatsPerMinute)                                                                   \
  X(min_block, LV2_BUF_SIZE__minBlockLength)                                                                           \
  X(max_block, LV2_BUF_SIZE__maxBlockLength)                                                                           \
  X(nominal_block, LV2_BUF_SIZE__nominalBlockLength)                                                                   \
  X(sequence_size, LV2_BUF_SIZE__sequenceSize)                                                                         \
  X(sample_rate, LV2_PARAMETERS__sampleRate)                                                                           \
  X(log_error, LV2_LOG__Error)                                                                                         \
  X(log_warning, LV2_LOG__Warning)                                                                                     \
  X(log_trace, LV2_LOG__Trace)

#define SQ_LV2_NODE_MEMBER(name, uri) LilvNode *name;
#define SQ_LV2_KEY_MEMBER(name, uri) LV2_URID name;

typedef struct {
  SQ_LV2_NODES(SQ_LV2_NODE_MEMBER)
} SqLv2Nodes;

typedef struct {
  SQ_LV2_KEYS(SQ_LV2_KEY_MEMBER)
} SqLv2Keys;

struct SqLv2Plugin;

typedef struct SqLv2World {
  pthread_mutex_t lock, life;
  LilvWorld *lilv; ///< NULL until first used
  SqLv2Nodes nodes;
  SqLv2Keys keys; ///< constant after open: read without the lock
  SqLv2Urids *urids;
  double rate_hz;
  bool bare;                   ///< no bundle but those that were named
  struct SqLv2Plugin *plugins; ///< described so far
} SqLv2World;

SqStatus sq_lv2_world_open(const SqFormatConfig *config, void **world);
void sq_lv2_world_close(void *world);

/// Reads the manifests of all bundles once (30 to 80 ms for 589 plug-ins). The lock is held.
SqStatus sq_lv2_world_need(SqLv2World *world);

/// lilv's plug-in of a URI, or NULL. The lock is held.
const LilvPlugin *sq_lv2_world_plugin(SqLv2World *world, const char *uri);

#endif
