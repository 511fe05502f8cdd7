// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/clap/host.h"

#include <stdio.h>
#include <string.h>

#include "base/version.h"
#include "plugins/text.h"

static void ask(const SqClapHost *host, uint32_t what) {
  atomic_fetch_or_explicit(&sq_clap_guest_of(host)->asked, what, memory_order_release);
}

// ---- what it may ask for --------------------------------------------------------------------------------------------

static void request_restart(const SqClapHost *host) {
  ask(host, SQ_CLAP_ASKED_RESTART);
}

static void request_process(const SqClapHost *host) {
  ask(host, SQ_CLAP_ASKED_PROCESS);
}

static void request_callback(const SqClapHost *host) {
  ask(host, SQ_CLAP_ASKED_CALLBACK);
}

static bool is_audio_thread(const SqClapHost *host) {
  return atomic_load_explicit(&sq_clap_guest_of(host)->audio, memory_order_relaxed) == __builtin_thread_pointer();
}

/// Where one thread plays both parts, it is the audio thread while it does.
static bool is_main_thread(const SqClapHost *host) {
  return sq_clap_world_is_main(sq_clap_guest_of(host)->world) && !is_audio_thread(host);
}

/// What is said within process() is dropped: formatting and logging are not for the audio thread.
static void log_line(const SqClapHost *host, int32_t severity, const char *text) {
  const SqClapGuest *guest = sq_clap_guest_of(host);
  if (severity == SQ_CLAP_LOG_DEBUG || !guest->services || !guest->services->log || is_audio_thread(host))
    return;
  char line[512];
  int n = snprintf(line, sizeof line, "%s: ", guest->name);
  sq_plugin_text(line + n, sizeof line - (size_t)n, text, SIZE_MAX);
  const int level = severity == SQ_CLAP_LOG_INFO                                     ? 6
                    : severity == SQ_CLAP_LOG_ERROR || severity == SQ_CLAP_LOG_FATAL ? 3
                                                                                     : 4;
  guest->services->log(guest->services->context, level, line);
}

static void params_rescan(const SqClapHost *host, uint32_t flags) {
  if (flags & SQ_CLAP_RESCAN_ALL)
    ask(host, SQ_CLAP_ASKED_REMAKE);
  else if (flags)
    ask(host, SQ_CLAP_ASKED_VALUES);
}

/// Nothing refers to a parameter behind the plug-in's back.
static void params_clear(const SqClapHost *host, uint32_t id, uint32_t flags) {
  (void)host;
  (void)id;
  (void)flags;
}

static void latency_changed(const SqClapHost *host) {
  const SqClapGuest *guest = sq_clap_guest_of(host);
  if (guest->active && !guest->activating)
    ask(host, SQ_CLAP_ASKED_LATENCY);
}

/// It is asked when it is needed.
static void tail_changed(const SqClapHost *host) {
  (void)host;
}

static void state_dirty(const SqClapHost *host) {
  ask(host, SQ_CLAP_ASKED_SAVE);
}

static bool audio_rescan_is_supported(const SqClapHost *host, uint32_t flag) {
  (void)host;
  (void)flag;
  return true;
}

static void audio_rescan(const SqClapHost *host, uint32_t flags) {
  if (flags & ~SQ_CLAP_AUDIO_RESCAN_NAMES)
    ask(host, SQ_CLAP_ASKED_REMAKE);
}

static uint32_t note_dialects(const SqClapHost *host) {
  (void)host;
  return SQ_CLAP_DIALECT_CLAP | SQ_CLAP_DIALECT_MIDI;
}

static void note_rescan(const SqClapHost *host, uint32_t flags) {
  if (flags & SQ_CLAP_NOTE_RESCAN_ALL)
    ask(host, SQ_CLAP_ASKED_REMAKE);
}

static void preset_failed(const SqClapHost *host, uint32_t kind, const char *location, const char *key, int32_t why,
                          const char *text) {
  (void)kind;
  (void)location;
  (void)key;
  (void)why;
  log_line(host, SQ_CLAP_LOG_ERROR, text);
}

/// By the plug-in's own browser.
static void preset_loaded(const SqClapHost *host, uint32_t kind, const char *location, const char *key) {
  (void)kind;
  (void)location;
  (void)key;
  ask(host, SQ_CLAP_ASKED_VALUES);
}

// ---- window ---------------------------------------------------------------------------------------------------------

static void gui_hints_changed(const SqClapHost *host) {
  (void)host;
}

static bool gui_resize(const SqClapHost *host, uint32_t width, uint32_t height) {
  if (!width || !height || width > INT16_MAX || height > INT16_MAX) // X11 has no larger windows
    return false;
  atomic_store_explicit(&sq_clap_guest_of(host)->size, (uint64_t)width << 32 | height, memory_order_relaxed);
  ask(host, SQ_CLAP_ASKED_SIZE);
  return true;
}

/// Who shows and hides is the user, by opening and closing.
static bool gui_show(const SqClapHost *host) {
  (void)host;
  return false;
}

static void gui_closed(const SqClapHost *host, bool was_destroyed) {
  (void)was_destroyed;
  ask(host, SQ_CLAP_ASKED_CLOSED);
}

// ---- extensions -----------------------------------------------------------------------------------------------------

static const SqClapHostThreadCheck thread_check = {is_main_thread, is_audio_thread};
static const SqClapHostLog host_log = {log_line};
static const SqClapHostParams host_params = {params_rescan, params_clear, request_process};
static const SqClapHostLatency host_latency = {latency_changed};
static const SqClapHostTail host_tail = {tail_changed};
static const SqClapHostState host_state = {state_dirty};
static const SqClapHostAudioPorts host_audio_ports = {audio_rescan_is_supported, audio_rescan};
static const SqClapHostNotePorts host_note_ports = {note_dialects, note_rescan};
static const SqClapHostPresetLoad host_preset_load = {preset_failed, preset_loaded};
static const SqClapHostGui host_gui = {gui_hints_changed, gui_resize, gui_show, gui_show, gui_closed};

static const struct {
  const char *id;
  const void *table;
} offered[] = {{SQ_CLAP_EXT_THREAD_CHECK, &thread_check},
               {SQ_CLAP_EXT_LOG, &host_log},
               {SQ_CLAP_EXT_PARAMS, &host_params},
               {SQ_CLAP_EXT_LATENCY, &host_latency},
               {SQ_CLAP_EXT_TAIL, &host_tail},
               {SQ_CLAP_EXT_STATE, &host_state},
               {SQ_CLAP_EXT_AUDIO_PORTS, &host_audio_ports},
               {SQ_CLAP_EXT_NOTE_PORTS, &host_note_ports},
               {SQ_CLAP_EXT_GUI, &host_gui},
               {SQ_CLAP_EXT_PRESET_LOAD, &host_preset_load},
               {SQ_CLAP_EXT_PRESET_LOAD_DRAFT, &host_preset_load},
               {SQ_CLAP_EXT_TIMER, &sq_clap_host_timer},
               {SQ_CLAP_EXT_FD, &sq_clap_host_fd}};

static const void *get_extension(const SqClapHost *host, const char *id) {
  (void)host;
  for (size_t i = 0; id && i < sizeof offered / sizeof offered[0]; i++)
    if (strcmp(offered[i].id, id) == 0)
      return offered[i].table;
  return NULL;
}

// ---- life -----------------------------------------------------------------------------------------------------------

/// Takes the tables that are whole.
static void find_abilities(SqClapGuest *guest) {
  const SqClapPlugin *p = guest->plugin;
  SqClapAbilities *can = &guest->can;
#define SQ_CLAP_FIND(member, name, ...)                                                                                \
  can->member = p->get_extension(p, name);                                                                             \
  if (can->member && !(__VA_ARGS__))                                                                                   \
  can->member = NULL
  SQ_CLAP_FIND(params, SQ_CLAP_EXT_PARAMS,
               can->params->count && can->params->get_info && can->params->get_value && can->params->flush);
  SQ_CLAP_FIND(audio_ports, SQ_CLAP_EXT_AUDIO_PORTS, can->audio_ports->count && can->audio_ports->get);
  SQ_CLAP_FIND(note_ports, SQ_CLAP_EXT_NOTE_PORTS, can->note_ports->count && can->note_ports->get);
  SQ_CLAP_FIND(latency, SQ_CLAP_EXT_LATENCY, can->latency->get);
  SQ_CLAP_FIND(tail, SQ_CLAP_EXT_TAIL, can->tail->get);
  SQ_CLAP_FIND(state, SQ_CLAP_EXT_STATE, can->state->save && can->state->load);
  SQ_CLAP_FIND(timer, SQ_CLAP_EXT_TIMER, can->timer->on_timer);
  SQ_CLAP_FIND(fd, SQ_CLAP_EXT_FD, can->fd->on_fd);
  SQ_CLAP_FIND(preset_load, SQ_CLAP_EXT_PRESET_LOAD, can->preset_load->from_location);
  if (!can->preset_load) {
    SQ_CLAP_FIND(preset_load, SQ_CLAP_EXT_PRESET_LOAD_DRAFT, can->preset_load->from_location);
  }
  SQ_CLAP_FIND(gui, SQ_CLAP_EXT_GUI,
               can->gui->is_api_supported && can->gui->create && can->gui->destroy && can->gui->get_size &&
                   can->gui->set_parent && can->gui->show && can->gui->hide);
#undef SQ_CLAP_FIND
}

static bool is_whole(const SqClapPlugin *p) {
  return p->init && p->destroy && p->activate && p->deactivate && p->process && p->get_extension;
}

SqStatus sq_clap_guest_open(SqClapGuest *guest, SqClapWorld *world, const SqClapModule *module, const char *id,
                            char *error, size_t error_size) {
  guest->world = world;
  guest->host = (SqClapHost){.version = {1, 2, 2},
                             .data = guest,
                             .name = "squeezed",
                             .vendor = "squeezed",
                             .url = "",
                             .host_version = SQ_VERSION,
                             .get_extension = get_extension,
                             .request_restart = request_restart,
                             .request_process = request_process,
                             .request_callback = request_callback};
  sq_clap_loop_init(&guest->loop);
  const SqClapPlugin *p = module->factory->create(module->factory, &guest->host, id);
  if (!p || !is_whole(p)) {
    if (p && p->destroy)
      p->destroy(p);
    snprintf(error, error_size, "'%s' cannot be made: %s gives %s", id, module->path,
             p ? "a plug-in without its functions" : "no such plug-in");
    return SQ_PLUGIN;
  }
  if (!p->init(p)) {
    p->destroy(p);
    snprintf(error, error_size, "'%s' refuses to start; its own messages may say why", id);
    return SQ_PLUGIN;
  }
  guest->plugin = p;
  find_abilities(guest);
  return SQ_OK;
}

void sq_clap_guest_close(SqClapGuest *guest) {
  const SqClapPlugin *p = guest->plugin;
  if (!p)
    return;
  if (guest->processing && p->stop_processing) {
    sq_clap_guest_begin_audio(guest); // nobody else is it now
    p->stop_processing(p);
    sq_clap_guest_end_audio(guest);
  }
  guest->processing = false;
  if (guest->active)
    p->deactivate(p);
  guest->active = false;
  p->destroy(p);
  guest->plugin = NULL;
}
