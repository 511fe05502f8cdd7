// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// One instance of a CLAP plug-in and the host that it sees; made and freed on its main thread, asks from any thread.
///
/// What the plug-in asks for is only noted here, in atomics: the instance looks at it from idle().
#ifndef SQ_PLUGINS_CLAP_HOST_H
#define SQ_PLUGINS_CLAP_HOST_H

#include "plugins/clap/loop.h"
#include "plugins/clap/world.h"

/// What a plug-in asked for since somebody looked.
typedef enum {
  SQ_CLAP_ASKED_RESTART = 1 << 0,
  SQ_CLAP_ASKED_PROCESS = 1 << 1, ///< or flush(): it sleeps and has something to tell
  SQ_CLAP_ASKED_CALLBACK = 1 << 2,
  SQ_CLAP_ASKED_SAVE = 1 << 3,    ///< its state changed
  SQ_CLAP_ASKED_LATENCY = 1 << 4, ///< changed while active, which is not lawful but happens
  SQ_CLAP_ASKED_VALUES = 1 << 5,
  SQ_CLAP_ASKED_SIZE = 1 << 6, ///< of the window: in `size`
  SQ_CLAP_ASKED_CLOSED = 1 << 7,
  SQ_CLAP_ASKED_REMAKE = 1 << 8 ///< its ports or parameters are others now
} SqClapAsked;

/// What the plug-in can do; NULL: it cannot, or its table has holes.
typedef struct SqClapAbilities {
  const SqClapParams *params; ///< texts may be missing
  const SqClapAudioPorts *audio_ports;
  const SqClapNotePorts *note_ports;
  const SqClapLatency *latency;
  const SqClapTail *tail;
  const SqClapState *state;
  const SqClapTimer *timer;
  const SqClapFd *fd;
  const SqClapGui *gui;
  const SqClapPresetLoad *preset_load;
} SqClapAbilities;

typedef struct SqClapGuest {
  SqClapHost host;
  const SqClapPlugin *plugin;
  SqClapAbilities can;
  SqClapWorld *world;
  const SqServices *services; ///< or NULL
  char name[64];              ///< for the log
  _Atomic(void *) audio;      ///< thread pointer of who calls it as the audio thread right now, or NULL
  _Atomic uint32_t asked;     ///< SqClapAsked
  _Atomic uint64_t size;      ///< width << 32 | height
  bool active, activating, processing;
  SqClapLoop loop;
} SqClapGuest;

/// Makes an instance and initialises it. The world is entered. Errors: SQ_PLUGIN with the reason.
SqStatus sq_clap_guest_open(SqClapGuest *guest, SqClapWorld *world, const SqClapModule *module, const char *id,
                            char *error, size_t error_size);

/// Stops, deactivates and destroys what there is of it. The world is entered, process() is over.
void sq_clap_guest_close(SqClapGuest *guest);

/// The calling thread is the guest's audio thread until the other call.
static inline void sq_clap_guest_begin_audio(SqClapGuest *guest) {
  atomic_store_explicit(&guest->audio, __builtin_thread_pointer(), memory_order_relaxed); // one instruction
}

static inline void sq_clap_guest_end_audio(SqClapGuest *guest) {
  atomic_store_explicit(&guest->audio, NULL, memory_order_relaxed);
}

/// The guest of a host that a plug-in gives back.
static inline SqClapGuest *sq_clap_guest_of(const SqClapHost *host) {
  return host->data;
}

#endif
