// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The public binary interface of CLAP 1, as far as it is used here: facts of layout and numbers; any thread.
///
/// In brackets the thread on which a function must be called: [main], [audio], or [any]. A table of functions that a
/// plug-in gives may have holes where a plug-in is not well made: sq_clap_guest_open() looks.
#ifndef SQ_PLUGINS_CLAP_ABI_H
#define SQ_PLUGINS_CLAP_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SQ_CLAP_NONE UINT32_MAX ///< no id
#define SQ_CLAP_NAME 256        ///< bytes of a name
#define SQ_CLAP_PATH 1024       ///< bytes of a path of groups

// ---- module ---------------------------------------------------------------------------------------------------------

typedef struct SqClapVersion {
  uint32_t major, minor, revision;
} SqClapVersion;

/// The data symbol "clap_entry" of a module.
typedef struct SqClapEntry {
  SqClapVersion version;
  bool (*init)(const char *path); ///< [any, one at a time]
  void (*deinit)(void);
  const void *(*get_factory)(const char *id); ///< [any]
} SqClapEntry;

typedef struct SqClapDescriptor {
  SqClapVersion clap_version;
  const char *id, *name; ///< these two must be there
  const char *vendor, *url, *manual_url, *support_url, *version, *description;
  const char *const *features; ///< ends with NULL
} SqClapDescriptor;

struct SqClapHost;
struct SqClapPlugin;

#define SQ_CLAP_FACTORY "clap.plugin-factory"
typedef struct SqClapFactory { ///< [any]
  uint32_t (*count)(const struct SqClapFactory *factory);
  const SqClapDescriptor *(*descriptor)(const struct SqClapFactory *factory, uint32_t index);
  const struct SqClapPlugin *(*create)(const struct SqClapFactory *factory, const struct SqClapHost *host,
                                       const char *id);
} SqClapFactory;

// ---- events ---------------------------------------------------------------------------------------------------------

typedef enum {
  SQ_CLAP_EVENT_NOTE_ON,
  SQ_CLAP_EVENT_NOTE_OFF,
  SQ_CLAP_EVENT_NOTE_CHOKE,
  SQ_CLAP_EVENT_NOTE_END, ///< from the plug-in: the voice is no more
  SQ_CLAP_EVENT_EXPRESSION,
  SQ_CLAP_EVENT_PARAM_VALUE,
  SQ_CLAP_EVENT_PARAM_MOD,
  SQ_CLAP_EVENT_GESTURE_BEGIN,
  SQ_CLAP_EVENT_GESTURE_END,
  SQ_CLAP_EVENT_TRANSPORT,
  SQ_CLAP_EVENT_MIDI,
  SQ_CLAP_EVENT_SYSEX,
  SQ_CLAP_EVENT_MIDI2
} SqClapEventType;

typedef struct SqClapEventHeader {
  uint32_t size; ///< of all of it
  uint32_t time; ///< frame within the block
  uint16_t space, type;
  uint32_t flags;
} SqClapEventHeader;

/// A note is named by four numbers, each of which may be -1: any.
typedef struct SqClapEventNote {
  SqClapEventHeader header;
  int32_t note_id;
  int16_t port, channel, key;
  double velocity; ///< 0..1
} SqClapEventNote;

typedef enum {
  SQ_CLAP_EXPRESSION_VOLUME, ///< amplitude, 0..4
  SQ_CLAP_EXPRESSION_PAN,
  SQ_CLAP_EXPRESSION_TUNING, ///< semitones, -120..120
  SQ_CLAP_EXPRESSION_VIBRATO,
  SQ_CLAP_EXPRESSION_EXPRESSION,
  SQ_CLAP_EXPRESSION_BRIGHTNESS, ///< 0..1
  SQ_CLAP_EXPRESSION_PRESSURE    ///< 0..1
} SqClapExpression;

typedef struct SqClapEventExpression {
  SqClapEventHeader header;
  int32_t expression, note_id;
  int16_t port, channel, key;
  double value;
} SqClapEventExpression;

/// PARAM_VALUE, and PARAM_MOD, whose value is an offset to what the parameter is.
typedef struct SqClapEventParam {
  SqClapEventHeader header;
  uint32_t id;
  void *cookie;
  int32_t note_id;
  int16_t port, channel, key;
  double value;
} SqClapEventParam;

typedef struct SqClapEventGesture {
  SqClapEventHeader header;
  uint32_t id;
} SqClapEventGesture;

typedef enum {
  SQ_CLAP_HAS_TEMPO = 1 << 0,
  SQ_CLAP_HAS_BEATS = 1 << 1,
  SQ_CLAP_HAS_SECONDS = 1 << 2,
  SQ_CLAP_HAS_SIGNATURE = 1 << 3,
  SQ_CLAP_IS_PLAYING = 1 << 4
} SqClapTransportFlags;

#define SQ_CLAP_FIXED 2147483648.0 ///< of beats and seconds in fixed point: 1 << 31

typedef struct SqClapEventTransport {
  SqClapEventHeader header;
  uint32_t flags;
  int64_t beats, seconds; ///< fixed point
  double tempo, tempo_step;
  int64_t loop_start_beats, loop_end_beats, loop_start_seconds, loop_end_seconds;
  int64_t bar_start; ///< beats, fixed point
  int32_t bar;
  uint16_t beats_per_bar, beat_unit;
} SqClapEventTransport;

typedef struct SqClapEventMidi {
  SqClapEventHeader header;
  uint16_t port;
  uint8_t data[3];
} SqClapEventMidi;

typedef struct SqClapEventSysex {
  SqClapEventHeader header;
  uint16_t port;
  const uint8_t *data;
  uint32_t n_bytes;
} SqClapEventSysex;

typedef struct SqClapEventMidi2 {
  SqClapEventHeader header;
  uint16_t port;
  uint32_t data[4];
} SqClapEventMidi2;

typedef struct SqClapEventsIn {
  void *context;
  uint32_t (*size)(const struct SqClapEventsIn *list);
  const SqClapEventHeader *(*get)(const struct SqClapEventsIn *list, uint32_t index);
} SqClapEventsIn;

typedef struct SqClapEventsOut {
  void *context;
  bool (*try_push)(const struct SqClapEventsOut *list, const SqClapEventHeader *event);
} SqClapEventsOut;

// ---- plug-in --------------------------------------------------------------------------------------------------------

typedef struct SqClapAudioBuffer {
  float **data32;
  double **data64;
  uint32_t n_channels;
  uint32_t latency;
  uint64_t constant_mask; ///< a bit per channel whose samples are all the same
} SqClapAudioBuffer;

typedef enum {
  SQ_CLAP_ERROR,
  SQ_CLAP_CONTINUE,
  SQ_CLAP_CONTINUE_IF_NOT_QUIET,
  SQ_CLAP_TAIL,
  SQ_CLAP_SLEEP
} SqClapProcessStatus;

typedef struct SqClapProcess {
  int64_t steady_time;
  uint32_t n_frames;
  const SqClapEventTransport *transport;
  const SqClapAudioBuffer *ins;
  SqClapAudioBuffer *outs;
  uint32_t n_ins, n_outs;
  const SqClapEventsIn *in_events;
  const SqClapEventsOut *out_events;
} SqClapProcess;

typedef struct SqClapPlugin {
  const SqClapDescriptor *descriptor;
  void *data;
  bool (*init)(const struct SqClapPlugin *plugin);                                              ///< [main]
  void (*destroy)(const struct SqClapPlugin *plugin);                                           ///< [main, not active]
  bool (*activate)(const struct SqClapPlugin *plugin, double rate, uint32_t min, uint32_t max); ///< [main, not active]
  void (*deactivate)(const struct SqClapPlugin *plugin);                                        ///< [main, active]
  bool (*start_processing)(const struct SqClapPlugin *plugin);                                  ///< [audio, active]
  void (*stop_processing)(const struct SqClapPlugin *plugin);                                   ///< [audio, started]
  void (*reset)(const struct SqClapPlugin *plugin);                                             ///< [audio, active]
  int32_t (*process)(const struct SqClapPlugin *plugin, const SqClapProcess *process);          ///< [audio, started]
  const void *(*get_extension)(const struct SqClapPlugin *plugin, const char *id);              ///< [any, after init]
  void (*on_main_thread)(const struct SqClapPlugin *plugin);                                    ///< [main]
} SqClapPlugin;

typedef struct SqClapHost {
  SqClapVersion version;
  void *data;
  const char *name, *vendor, *url, *host_version;
  const void *(*get_extension)(const struct SqClapHost *host, const char *id); ///< [any]
  void (*request_restart)(const struct SqClapHost *host);                      ///< [any]
  void (*request_process)(const struct SqClapHost *host);                      ///< [any]
  void (*request_callback)(const struct SqClapHost *host);                     ///< [any]
} SqClapHost;

// ---- extensions: sound ----------------------------------------------------------------------------------------------

#define SQ_CLAP_EXT_THREAD_CHECK "clap.thread-check"
typedef struct SqClapHostThreadCheck { ///< [any]
  bool (*is_main_thread)(const SqClapHost *host);
  bool (*is_audio_thread)(const SqClapHost *host);
} SqClapHostThreadCheck;

#define SQ_CLAP_EXT_LOG "clap.log"
typedef enum {
  SQ_CLAP_LOG_DEBUG,
  SQ_CLAP_LOG_INFO,
  SQ_CLAP_LOG_WARNING,
  SQ_CLAP_LOG_ERROR,
  SQ_CLAP_LOG_FATAL,
  SQ_CLAP_LOG_HOST_WRONG,
  SQ_CLAP_LOG_PLUGIN_WRONG
} SqClapLogSeverity;
typedef struct SqClapHostLog {
  void (*log)(const SqClapHost *host, int32_t severity, const char *text); ///< [any]
} SqClapHostLog;

typedef enum {
  SQ_CLAP_PARAM_STEPPED = 1 << 0,
  SQ_CLAP_PARAM_HIDDEN = 1 << 2,
  SQ_CLAP_PARAM_READONLY = 1 << 3,
  SQ_CLAP_PARAM_BYPASS = 1 << 4,
  SQ_CLAP_PARAM_AUTOMATABLE = 1 << 5,
  SQ_CLAP_PARAM_MODULATABLE = 1 << 10,
  SQ_CLAP_PARAM_ENUM = 1 << 16
} SqClapParamFlags;

typedef struct SqClapParamInfo {
  uint32_t id, flags;
  void *cookie;
  char name[SQ_CLAP_NAME], module[SQ_CLAP_PATH];
  double min, max, def;
} SqClapParamInfo;

#define SQ_CLAP_EXT_PARAMS "clap.params"
typedef struct SqClapParams { ///< [main]
  uint32_t (*count)(const SqClapPlugin *plugin);
  bool (*get_info)(const SqClapPlugin *plugin, uint32_t index, SqClapParamInfo *info);
  bool (*get_value)(const SqClapPlugin *plugin, uint32_t id, double *value);
  bool (*value_to_text)(const SqClapPlugin *plugin, uint32_t id, double value, char *text, uint32_t size);
  bool (*text_to_value)(const SqClapPlugin *plugin, uint32_t id, const char *text, double *value);
  /// [active: audio, else main; never beside process()]
  void (*flush)(const SqClapPlugin *plugin, const SqClapEventsIn *in, const SqClapEventsOut *out);
} SqClapParams;

typedef enum {
  SQ_CLAP_RESCAN_VALUES = 1 << 0,
  SQ_CLAP_RESCAN_TEXT = 1 << 1,
  SQ_CLAP_RESCAN_INFO = 1 << 2,
  SQ_CLAP_RESCAN_ALL = 1 << 3
} SqClapParamRescan;

typedef struct SqClapHostParams {
  void (*rescan)(const SqClapHost *host, uint32_t flags);             ///< [main]
  void (*clear)(const SqClapHost *host, uint32_t id, uint32_t flags); ///< [main]
  void (*request_flush)(const SqClapHost *host);                      ///< [any but audio]
} SqClapHostParams;

#define SQ_CLAP_EXT_LATENCY "clap.latency"
typedef struct SqClapLatency {
  uint32_t (*get)(const SqClapPlugin *plugin); ///< [main, active or within activate]
} SqClapLatency;
typedef struct SqClapHostLatency {
  void (*changed)(const SqClapHost *host); ///< [main, within activate]
} SqClapHostLatency;

#define SQ_CLAP_EXT_TAIL "clap.tail"
typedef struct SqClapTail {
  uint32_t (*get)(const SqClapPlugin *plugin); ///< [main, audio]; from INT32_MAX on: endless
} SqClapTail;
typedef struct SqClapHostTail {
  void (*changed)(const SqClapHost *host); ///< [audio]
} SqClapHostTail;

#define SQ_CLAP_EXT_STATE "clap.state"
typedef struct SqClapIn {
  void *context;
  int64_t (*read)(const struct SqClapIn *stream, void *buffer, uint64_t size); ///< bytes read; 0: the end; -1: error
} SqClapIn;
typedef struct SqClapOut {
  void *context;
  int64_t (*write)(const struct SqClapOut *stream, const void *buffer, uint64_t size); ///< bytes written; -1: error
} SqClapOut;
typedef struct SqClapState { ///< [main]
  bool (*save)(const SqClapPlugin *plugin, const SqClapOut *stream);
  bool (*load)(const SqClapPlugin *plugin, const SqClapIn *stream);
} SqClapState;
typedef struct SqClapHostState {
  void (*mark_dirty)(const SqClapHost *host); ///< [main]
} SqClapHostState;

#define SQ_CLAP_PORT_MAIN 1u ///< flag; only ever at index 0
typedef struct SqClapAudioPort {
  uint32_t id;
  char name[SQ_CLAP_NAME];
  uint32_t flags, n_channels;
  const char *type;       ///< "mono", "stereo", … or NULL
  uint32_t in_place_pair; ///< id, or none
} SqClapAudioPort;

#define SQ_CLAP_EXT_AUDIO_PORTS "clap.audio-ports"
typedef struct SqClapAudioPorts { ///< [main, not active]
  uint32_t (*count)(const SqClapPlugin *plugin, bool is_input);
  bool (*get)(const SqClapPlugin *plugin, uint32_t index, bool is_input, SqClapAudioPort *port);
} SqClapAudioPorts;
#define SQ_CLAP_AUDIO_RESCAN_NAMES 1u
typedef struct SqClapHostAudioPorts { ///< [main]
  bool (*is_rescan_flag_supported)(const SqClapHost *host, uint32_t flag);
  void (*rescan)(const SqClapHost *host, uint32_t flags);
} SqClapHostAudioPorts;

typedef enum {
  SQ_CLAP_DIALECT_CLAP = 1 << 0,
  SQ_CLAP_DIALECT_MIDI = 1 << 1,
  SQ_CLAP_DIALECT_MPE = 1 << 2,
  SQ_CLAP_DIALECT_MIDI2 = 1 << 3
} SqClapDialects;

typedef struct SqClapNotePort {
  uint32_t id, dialects, preferred;
  char name[SQ_CLAP_NAME];
} SqClapNotePort;

#define SQ_CLAP_EXT_NOTE_PORTS "clap.note-ports"
typedef struct SqClapNotePorts { ///< [main, not active]
  uint32_t (*count)(const SqClapPlugin *plugin, bool is_input);
  bool (*get)(const SqClapPlugin *plugin, uint32_t index, bool is_input, SqClapNotePort *port);
} SqClapNotePorts;
#define SQ_CLAP_NOTE_RESCAN_ALL 1u
typedef struct SqClapHostNotePorts { ///< [main]
  uint32_t (*supported_dialects)(const SqClapHost *host);
  void (*rescan)(const SqClapHost *host, uint32_t flags);
} SqClapHostNotePorts;

// ---- extensions: window and main thread -----------------------------------------------------------------------------

#define SQ_CLAP_EXT_TIMER "clap.timer-support"
typedef struct SqClapTimer {
  void (*on_timer)(const SqClapPlugin *plugin, uint32_t id); ///< [main]
} SqClapTimer;
typedef struct SqClapHostTimer { ///< [main]
  bool (*register_timer)(const SqClapHost *host, uint32_t period_ms, uint32_t *id);
  bool (*unregister_timer)(const SqClapHost *host, uint32_t id);
} SqClapHostTimer;

typedef enum { SQ_CLAP_FD_READ = 1 << 0, SQ_CLAP_FD_WRITE = 1 << 1, SQ_CLAP_FD_ERROR = 1 << 2 } SqClapFdFlags;
#define SQ_CLAP_EXT_FD "clap.posix-fd-support"
typedef struct SqClapFd {
  void (*on_fd)(const SqClapPlugin *plugin, int fd, uint32_t flags); ///< [main]
} SqClapFd;
typedef struct SqClapHostFd { ///< [main]
  bool (*register_fd)(const SqClapHost *host, int fd, uint32_t flags);
  bool (*modify_fd)(const SqClapHost *host, int fd, uint32_t flags);
  bool (*unregister_fd)(const SqClapHost *host, int fd);
} SqClapHostFd;

typedef struct SqClapWindow {
  const char *api;
  union {
    unsigned long x11;
    void *pointer;
  } u;
} SqClapWindow;

#define SQ_CLAP_API_X11 "x11"
#define SQ_CLAP_EXT_GUI "clap.gui"
typedef struct SqClapGui { ///< [main]
  bool (*is_api_supported)(const SqClapPlugin *plugin, const char *api, bool floating);
  bool (*get_preferred_api)(const SqClapPlugin *plugin, const char **api, bool *floating);
  bool (*create)(const SqClapPlugin *plugin, const char *api, bool floating);
  void (*destroy)(const SqClapPlugin *plugin);
  bool (*set_scale)(const SqClapPlugin *plugin, double scale);
  bool (*get_size)(const SqClapPlugin *plugin, uint32_t *width, uint32_t *height);
  bool (*can_resize)(const SqClapPlugin *plugin);
  bool (*get_resize_hints)(const SqClapPlugin *plugin, void *hints);
  bool (*adjust_size)(const SqClapPlugin *plugin, uint32_t *width, uint32_t *height);
  bool (*set_size)(const SqClapPlugin *plugin, uint32_t width, uint32_t height);
  bool (*set_parent)(const SqClapPlugin *plugin, const SqClapWindow *window);
  bool (*set_transient)(const SqClapPlugin *plugin, const SqClapWindow *window);
  void (*suggest_title)(const SqClapPlugin *plugin, const char *title);
  bool (*show)(const SqClapPlugin *plugin);
  bool (*hide)(const SqClapPlugin *plugin);
} SqClapGui;
typedef struct SqClapHostGui { ///< [any]
  void (*resize_hints_changed)(const SqClapHost *host);
  bool (*request_resize)(const SqClapHost *host, uint32_t width, uint32_t height);
  bool (*request_show)(const SqClapHost *host);
  bool (*request_hide)(const SqClapHost *host);
  void (*closed)(const SqClapHost *host, bool was_destroyed);
} SqClapHostGui;

// ---- presets --------------------------------------------------------------------------------------------------------

typedef enum { SQ_CLAP_LOCATION_FILE, SQ_CLAP_LOCATION_PLUGIN } SqClapLocationKind;

#define SQ_CLAP_EXT_PRESET_LOAD "clap.preset-load/2"
#define SQ_CLAP_EXT_PRESET_LOAD_DRAFT "clap.preset-load.draft/2"
typedef struct SqClapPresetLoad {
  bool (*from_location)(const SqClapPlugin *plugin, uint32_t kind, const char *location, const char *key); ///< [main]
} SqClapPresetLoad;
typedef struct SqClapHostPresetLoad { ///< [main]
  void (*on_error)(const SqClapHost *host, uint32_t kind, const char *location, const char *key, int32_t why,
                   const char *text);
  void (*loaded)(const SqClapHost *host, uint32_t kind, const char *location, const char *key);
} SqClapHostPresetLoad;

typedef struct SqClapUniversalId {
  const char *abi, *id; ///< "clap" and the plug-in's
} SqClapUniversalId;

/// What presets of a file are told to.
typedef struct SqClapPresetReceiver {
  void *data;
  void (*on_error)(const struct SqClapPresetReceiver *receiver, int32_t why, const char *text);
  bool (*begin_preset)(const struct SqClapPresetReceiver *receiver, const char *name, const char *key);
  void (*add_plugin_id)(const struct SqClapPresetReceiver *receiver, const SqClapUniversalId *id);
  void (*set_soundpack_id)(const struct SqClapPresetReceiver *receiver, const char *id);
  void (*set_flags)(const struct SqClapPresetReceiver *receiver, uint32_t flags);
  void (*add_creator)(const struct SqClapPresetReceiver *receiver, const char *creator);
  void (*set_description)(const struct SqClapPresetReceiver *receiver, const char *description);
  void (*set_timestamps)(const struct SqClapPresetReceiver *receiver, uint64_t made, uint64_t changed);
  void (*add_feature)(const struct SqClapPresetReceiver *receiver, const char *feature);
  void (*add_extra_info)(const struct SqClapPresetReceiver *receiver, const char *key, const char *value);
} SqClapPresetReceiver;

typedef struct SqClapPresetFileType {
  const char *name, *description, *extension; ///< extension without its dot; NULL or "": any file
} SqClapPresetFileType;

typedef struct SqClapPresetLocation {
  uint32_t flags;
  const char *name;
  uint32_t kind;
  const char *location; ///< FILE: a folder or a file
} SqClapPresetLocation;

typedef struct SqClapPresetIndexer {
  SqClapVersion version;
  const char *name, *vendor, *url, *host_version;
  void *data;
  bool (*declare_filetype)(const struct SqClapPresetIndexer *indexer, const SqClapPresetFileType *type);
  bool (*declare_location)(const struct SqClapPresetIndexer *indexer, const SqClapPresetLocation *location);
  bool (*declare_soundpack)(const struct SqClapPresetIndexer *indexer, const void *pack);
  const void *(*get_extension)(const struct SqClapPresetIndexer *indexer, const char *id);
} SqClapPresetIndexer;

typedef struct SqClapPresetProviderInfo {
  SqClapVersion version;
  const char *id, *name, *vendor;
} SqClapPresetProviderInfo;

typedef struct SqClapPresetProvider {
  const SqClapPresetProviderInfo *info;
  void *data;
  bool (*init)(const struct SqClapPresetProvider *provider);
  void (*destroy)(const struct SqClapPresetProvider *provider);
  bool (*get_metadata)(const struct SqClapPresetProvider *provider, uint32_t kind, const char *location,
                       const SqClapPresetReceiver *receiver);
  const void *(*get_extension)(const struct SqClapPresetProvider *provider, const char *id);
} SqClapPresetProvider;

#define SQ_CLAP_PRESET_FACTORY "clap.preset-discovery-factory/2"
#define SQ_CLAP_PRESET_FACTORY_DRAFT "clap.preset-discovery-factory/draft-2"
typedef struct SqClapPresetFactory {
  uint32_t (*count)(const struct SqClapPresetFactory *factory);
  const SqClapPresetProviderInfo *(*info)(const struct SqClapPresetFactory *factory, uint32_t index);
  const SqClapPresetProvider *(*create)(const struct SqClapPresetFactory *factory, const SqClapPresetIndexer *indexer,
                                        const char *id);
} SqClapPresetFactory;

// ---- sizes ----------------------------------------------------------------------------------------------------------

#define SQ_CLAP_SIZES(X)                                                                                               \
  X(SqClapVersion, 12)                                                                                                 \
  X(SqClapEntry, 40)                                                                                                   \
  X(SqClapDescriptor, 88)                                                                                              \
  X(SqClapFactory, 24)                                                                                                 \
  X(SqClapEventHeader, 16)                                                                                             \
  X(SqClapEventNote, 40)                                                                                               \
  X(SqClapEventExpression, 40)                                                                                         \
  X(SqClapEventParam, 56)                                                                                              \
  X(SqClapEventGesture, 20)                                                                                            \
  X(SqClapEventTransport, 104)                                                                                         \
  X(SqClapEventMidi, 24)                                                                                               \
  X(SqClapEventSysex, 40)                                                                                              \
  X(SqClapEventMidi2, 36)                                                                                              \
  X(SqClapEventsIn, 24)                                                                                                \
  X(SqClapEventsOut, 16)                                                                                               \
  X(SqClapAudioBuffer, 32)                                                                                             \
  X(SqClapProcess, 64)                                                                                                 \
  X(SqClapPlugin, 96)                                                                                                  \
  X(SqClapHost, 88)                                                                                                    \
  X(SqClapParamInfo, 1320)                                                                                             \
  X(SqClapParams, 48)                                                                                                  \
  X(SqClapHostParams, 24)                                                                                              \
  X(SqClapIn, 16)                                                                                                      \
  X(SqClapState, 16)                                                                                                   \
  X(SqClapAudioPort, 288)                                                                                              \
  X(SqClapNotePort, 268)                                                                                               \
  X(SqClapWindow, 16)                                                                                                  \
  X(SqClapGui, 120)                                                                                                    \
  X(SqClapHostGui, 40)                                                                                                 \
  X(SqClapPresetReceiver, 88)                                                                                          \
  X(SqClapPresetLocation, 32)                                                                                          \
  X(SqClapPresetIndexer, 88)                                                                                           \
  X(SqClapPresetProvider, 48)

#define SQ_CLAP_SIZE(type, bytes)                                                                                      \
  _Static_assert(sizeof(void *) != 8 || sizeof(type) == (bytes), #type " is not laid out as CLAP says");
SQ_CLAP_SIZES(SQ_CLAP_SIZE)
#undef SQ_CLAP_SIZE

_Static_assert(offsetof(SqClapEventNote, velocity) == 32, "velocity of a note");
_Static_assert(offsetof(SqClapEventExpression, value) == 32, "value of an expression");
_Static_assert(offsetof(SqClapEventParam, value) == 48, "value of a parameter");
_Static_assert(offsetof(SqClapEventTransport, bar_start) == 88, "bar of the transport");
_Static_assert(offsetof(SqClapAudioPort, type) == 272, "type of a port");

#endif
