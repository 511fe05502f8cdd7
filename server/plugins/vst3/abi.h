// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The public binary interface of VST3 as this house declares it for C: tables, records, numbers. For host and plug-in
/// alike; what may be called on which thread is said with each table.
///
/// An object is a pointer to a pointer to a table of functions, whose first three are those of every interface. On
/// Linux an interface's id is its four words in big-endian order.
#ifndef SQ_PLUGINS_VST3_ABI_H
#define SQ_PLUGINS_VST3_ABI_H

#include <assert.h>
#include <stdint.h>

typedef int32_t SqVst3Result;
typedef uint8_t SqVst3Id[16];       ///< of an interface or a class
typedef uint16_t SqVst3String[128]; ///< UTF-16, ended unless full

enum {
  SQ_VST3_OK = 0,
  SQ_VST3_FALSE = 1,
  SQ_VST3_NO_INTERFACE = -1,
  SQ_VST3_BAD_ARGUMENT = 2,
  SQ_VST3_NOT_IMPLEMENTED = 3,
  SQ_VST3_INTERNAL = 4,
  SQ_VST3_NOT_INITIALIZED = 5,
  SQ_VST3_NO_MEMORY = 6
};

/// The bytes of an id given as four words.
#define SQ_VST3_WORD(w) (uint8_t)((w) >> 24), (uint8_t)((w) >> 16), (uint8_t)((w) >> 8), (uint8_t)(w)
#define SQ_VST3_ID(a, b, c, d)                                                                                         \
  { SQ_VST3_WORD(a##u), SQ_VST3_WORD(b##u), SQ_VST3_WORD(c##u), SQ_VST3_WORD(d##u) }

/// Every interface spoken here: name, id.
#define SQ_VST3_INTERFACES(X)                                                                                          \
  X(unknown, 0x00000000, 0x00000000, 0xC0000000, 0x00000046)                                                           \
  X(factory, 0x7A4D811C, 0x52114A1F, 0xAED9D2EE, 0x0B43BF9F)                                                           \
  X(factory2, 0x0007B650, 0xF24B4C0B, 0xA464EDB9, 0xF00B2ABB)                                                          \
  X(factory3, 0x4555A2AB, 0xC1234E57, 0x9B122910, 0x36878931)                                                          \
  X(plugin_base, 0x22888DDB, 0x156E45AE, 0x8358B348, 0x08190625)                                                       \
  X(component, 0xE831FF31, 0xF2D54301, 0x928EBBEE, 0x25697802)                                                         \
  X(processor, 0x42043F99, 0xB7DA453C, 0xA569E79D, 0x9AAEC33D)                                                         \
  X(context_requirements, 0x2A654303, 0xEF764E3D, 0x95B5FE83, 0x730EF6D0)                                              \
  X(controller, 0xDCD7BBE3, 0x7742448D, 0xA874AACC, 0x979C759E)                                                        \
  X(connection, 0x70A4156F, 0x6E6E4026, 0x989148BF, 0xAA60D8D1)                                                        \
  X(midi_mapping, 0xDF0FF9F7, 0x49B74669, 0xB63AB732, 0x7ADBF5E5)                                                      \
  X(units, 0x3D4BD6B5, 0x913A4FD2, 0xA886E768, 0xA5EB92C1)                                                             \
  X(view, 0x5BC32507, 0xD06049EA, 0xA6151B52, 0x2B755B29)                                                              \
  X(view_scale, 0x65ED9690, 0x8AC44525, 0x8AADEF7A, 0x72EA703F)                                                        \
  X(host_application, 0x58E595CC, 0xDB2D4969, 0x8B6AAF8C, 0x36A664E5)                                                  \
  X(interface_support, 0x4FB58B9E, 0x9EAA4E0F, 0xAB361C1C, 0xCCB56FEA)                                                 \
  X(component_handler, 0x93A0BEA3, 0x0BD045DB, 0x8E890B0C, 0xC1E46AC6)                                                 \
  X(component_handler2, 0xF040B4B3, 0xA36045EC, 0xABCDC045, 0xB4D5A2CC)                                                \
  X(unit_handler, 0x4B5147F8, 0x4654486B, 0x8DAB30BA, 0x163A3C56)                                                      \
  X(frame, 0x367FAF01, 0xAFA94693, 0x8D4DA2A0, 0xED0882A3)                                                             \
  X(run_loop, 0x18C35366, 0x97764F1A, 0x9C5B8385, 0x7A871389)                                                          \
  X(event_handler, 0x561E65C9, 0x13A0496F, 0x813A2C35, 0x654D7983)                                                     \
  X(timer_handler, 0x10BDD94F, 0x41424774, 0x821FAD8F, 0xECA72CA9)                                                     \
  X(stream, 0xC3BF6EA2, 0x30994752, 0x9B6BF990, 0x1EE33E9B)                                                            \
  X(event_list, 0x3A2C4214, 0x346349FE, 0xB2C4F397, 0xB9695A44)                                                        \
  X(changes, 0xA4779663, 0x0BB64A56, 0xB44384A8, 0x466FEB9D)                                                           \
  X(queue, 0x01263A18, 0xED074F6F, 0x98C9D356, 0x4686F9BA)                                                             \
  X(message, 0x936F033B, 0xC6C047DB, 0xBB0882F8, 0x13C1E613)                                                           \
  X(attributes, 0x1E5F0AEB, 0xCC7F4533, 0xA2544011, 0x38AD5EE4)

#define SQ_VST3_DECLARE_ID(name, a, b, c, d)                                                                           \
  static const SqVst3Id sq_vst3_id_##name __attribute__((unused)) = SQ_VST3_ID(a, b, c, d);
SQ_VST3_INTERFACES(SQ_VST3_DECLARE_ID)
#undef SQ_VST3_DECLARE_ID

// ---- records --------------------------------------------------------------------------------------------------------

typedef struct {
  char vendor[64], url[256], email[128];
  int32_t flags;
} SqVst3FactoryInfo;
static_assert(sizeof(SqVst3FactoryInfo) == 452, "as the interface says");

typedef struct {
  SqVst3Id id;
  int32_t cardinality;
  char category[32], name[64];
} SqVst3ClassInfo;
static_assert(sizeof(SqVst3ClassInfo) == 116, "as the interface says");

typedef struct {
  SqVst3Id id;
  int32_t cardinality;
  char category[32], name[64];
  uint32_t flags;
  char sub_categories[128], vendor[64], version[64], sdk_version[64];
} SqVst3ClassInfo2;
static_assert(sizeof(SqVst3ClassInfo2) == 440, "as the interface says");

typedef struct {
  SqVst3Id id;
  int32_t cardinality;
  char category[32];
  uint16_t name[64];
  uint32_t flags;
  char sub_categories[128];
  uint16_t vendor[64], version[64], sdk_version[64];
} SqVst3ClassInfoW;
static_assert(sizeof(SqVst3ClassInfoW) == 696, "as the interface says");

enum { SQ_VST3_AUDIO = 0, SQ_VST3_EVENTS = 1 };          ///< media
enum { SQ_VST3_INPUT = 0, SQ_VST3_OUTPUT = 1 };          ///< direction
enum { SQ_VST3_BUS_MAIN = 0, SQ_VST3_BUS_AUX = 1 };      ///< type
enum { SQ_VST3_BUS_DEFAULT_ACTIVE = 1 };                 ///< flag
enum { SQ_VST3_MONO = 1 << 19, SQ_VST3_STEREO = 3 };     ///< arrangements: a bit per speaker
enum { SQ_VST3_REALTIME = 0, SQ_VST3_OFFLINE = 2 };      ///< process mode
enum { SQ_VST3_SAMPLE_32 = 0 };                          ///< sample size
enum { SQ_VST3_IO_SIMPLE = 0, SQ_VST3_IO_ADVANCED = 1 }; ///< of setIoMode

typedef struct {
  int32_t media, direction, n_channels;
  SqVst3String name;
  int32_t type;
  uint32_t flags;
} SqVst3BusInfo;
static_assert(sizeof(SqVst3BusInfo) == 276, "as the interface says");

typedef struct {
  int32_t media, bus, channel;
} SqVst3RoutingInfo;

enum {
  SQ_VST3_PARAM_AUTOMATE = 1 << 0,
  SQ_VST3_PARAM_READ_ONLY = 1 << 1,
  SQ_VST3_PARAM_LIST = 1 << 3,
  SQ_VST3_PARAM_HIDDEN = 1 << 4,
  SQ_VST3_PARAM_PROGRAM = 1 << 15,
  SQ_VST3_PARAM_BYPASS = 1 << 16
};

typedef struct {
  uint32_t id;
  SqVst3String title, short_title, units;
  int32_t n_steps;
  double def; ///< normalised
  int32_t unit;
  int32_t flags;
} SqVst3ParamInfo;
static_assert(sizeof(SqVst3ParamInfo) == 792, "as the interface says");

typedef struct {
  int32_t id, parent;
  SqVst3String name;
  int32_t program_list; ///< -1: none
} SqVst3UnitInfo;
static_assert(sizeof(SqVst3UnitInfo) == 268, "as the interface says");

typedef struct {
  int32_t id;
  SqVst3String name;
  int32_t n_programs;
} SqVst3ProgramListInfo;
static_assert(sizeof(SqVst3ProgramListInfo) == 264, "as the interface says");

typedef struct {
  int32_t mode, sample_size, max_frames;
  double rate_hz;
} SqVst3Setup;
static_assert(sizeof(SqVst3Setup) == 24, "as the interface says");

typedef struct {
  int32_t n_channels;
  uint64_t silence; ///< a bit per channel
  float **channels;
} SqVst3Buffers;
static_assert(sizeof(SqVst3Buffers) == 24, "as the interface says");

/// Bits of SqVst3Context.state.
enum {
  SQ_VST3_TIME_PLAYING = 1 << 1,
  SQ_VST3_TIME_QUARTERS = 1 << 9,
  SQ_VST3_TIME_TEMPO = 1 << 10,
  SQ_VST3_TIME_BAR = 1 << 11,
  SQ_VST3_TIME_SIGNATURE = 1 << 13,
  SQ_VST3_TIME_CONTINUOUS = 1 << 17
};

typedef struct {
  uint32_t state;
  double rate_hz;
  int64_t project_frames, system_time_ns, continuous_frames;
  double quarters, bar_quarters, cycle_begin, cycle_end, bpm;
  int32_t beats_per_bar, beat_unit;
  uint8_t chord[4];
  int32_t smpte_offset;
  uint32_t frame_rate[2];
  int32_t frames_to_clock;
} SqVst3Context;
static_assert(sizeof(SqVst3Context) == 112, "as the interface says");

enum {
  SQ_VST3_NOTE_ON = 0,
  SQ_VST3_NOTE_OFF = 1,
  SQ_VST3_DATA = 2,
  SQ_VST3_POLY_PRESSURE = 3,
  SQ_VST3_EXPRESSION = 4,
  SQ_VST3_MIDI_OUT = 65535
};
enum { SQ_VST3_EVENT_LIVE = 1 };                                     ///< flag
enum { SQ_VST3_EXPRESS_TUNING = 2, SQ_VST3_EXPRESS_BRIGHTNESS = 5 }; ///< SqVst3Event.expression.type

typedef struct {
  int32_t bus, offset;
  double quarters;
  uint16_t flags, type;
  union {
    struct {
      int16_t channel, key;
      float cents, velocity;
      int32_t length, id;
    } on;
    struct {
      int16_t channel, key;
      float velocity;
      int32_t id;
      float cents;
    } off;
    struct {
      uint32_t size, type;
      const uint8_t *bytes;
    } data;
    struct {
      int16_t channel, key;
      float pressure;
      int32_t id;
    } pressure;
    struct {
      uint32_t type;
      int32_t id;
      double value;
    } expression;
    struct {
      uint8_t controller;
      int8_t channel, value, value2;
    } midi;
  };
} SqVst3Event;
static_assert(sizeof(SqVst3Event) == 48, "as the interface says");

/// Controller numbers beyond MIDI's own.
enum {
  SQ_VST3_CC_PRESSURE = 128,
  SQ_VST3_CC_BEND = 129,
  SQ_VST3_CC_PROGRAM = 130,
  SQ_VST3_CC_POLY = 131,
  SQ_VST3_N_CC = 130
};

/// Flags of restartComponent().
enum {
  SQ_VST3_RESTART_RELOAD = 1 << 0,
  SQ_VST3_RESTART_IO = 1 << 1,
  SQ_VST3_RESTART_VALUES = 1 << 2,
  SQ_VST3_RESTART_LATENCY = 1 << 3,
  SQ_VST3_RESTART_TITLES = 1 << 4,
  SQ_VST3_RESTART_MIDI = 1 << 5
};

typedef struct {
  int32_t left, top, right, bottom;
} SqVst3Rect;

// ---- tables ---------------------------------------------------------------------------------------------------------

/// What every interface begins with.
#define SQ_VST3_BASE                                                                                                   \
  SqVst3Result (*query)(void *self, const SqVst3Id id, void **object);                                                 \
  uint32_t (*retain)(void *self);                                                                                      \
  uint32_t (*release)(void *self);

typedef struct {
  SQ_VST3_BASE
} SqVst3UnknownTable;

/// [plug-in main]
typedef struct {
  SQ_VST3_BASE
  SqVst3Result (*factory_info)(void *self, SqVst3FactoryInfo *info);
  int32_t (*n_classes)(void *self);
  SqVst3Result (*class_info)(void *self, int32_t index, SqVst3ClassInfo *info);
  SqVst3Result (*create)(void *self, const char *class_id, const char *interface_id, void **object);
  // the second
  SqVst3Result (*class_info2)(void *self, int32_t index, SqVst3ClassInfo2 *info);
  // the third
  SqVst3Result (*class_info_w)(void *self, int32_t index, SqVst3ClassInfoW *info);
  SqVst3Result (*set_context)(void *self, void *context);
} SqVst3FactoryTable;

/// [plug-in main]
typedef struct {
  SQ_VST3_BASE
  SqVst3Result (*initialize)(void *self, void *context);
  SqVst3Result (*terminate)(void *self);
  SqVst3Result (*controller_class)(void *self, SqVst3Id id);
  SqVst3Result (*set_io_mode)(void *self, int32_t mode);
  int32_t (*n_buses)(void *self, int32_t media, int32_t direction);
  SqVst3Result (*bus_info)(void *self, int32_t media, int32_t direction, int32_t index, SqVst3BusInfo *info);
  SqVst3Result (*routing_info)(void *self, SqVst3RoutingInfo *in, SqVst3RoutingInfo *out);
  SqVst3Result (*activate_bus)(void *self, int32_t media, int32_t direction, int32_t index, uint8_t on);
  SqVst3Result (*set_active)(void *self, uint8_t on);
  SqVst3Result (*set_state)(void *self, void *stream);
  SqVst3Result (*get_state)(void *self, void *stream);
} SqVst3ComponentTable;

struct SqVst3ProcessData;

/// [plug-in main] but set_processing and process: [audio]
typedef struct {
  SQ_VST3_BASE
  SqVst3Result (*set_arrangements)(void *self, uint64_t *in, int32_t n_in, uint64_t *out, int32_t n_out);
  SqVst3Result (*get_arrangement)(void *self, int32_t direction, int32_t index, uint64_t *arrangement);
  SqVst3Result (*can_process)(void *self, int32_t sample_size);
  uint32_t (*latency)(void *self);
  SqVst3Result (*setup)(void *self, SqVst3Setup *setup);
  SqVst3Result (*set_processing)(void *self, uint8_t on);
  SqVst3Result (*process)(void *self, struct SqVst3ProcessData *data);
  uint32_t (*tail)(void *self);
} SqVst3ProcessorTable;

/// [plug-in main] A bit per thing of the context that is read.
typedef struct {
  SQ_VST3_BASE
  uint32_t (*requirements)(void *self);
} SqVst3RequirementsTable;

/// [plug-in main]
typedef struct {
  SQ_VST3_BASE
  SqVst3Result (*initialize)(void *self, void *context);
  SqVst3Result (*terminate)(void *self);
  SqVst3Result (*set_component_state)(void *self, void *stream);
  SqVst3Result (*set_state)(void *self, void *stream);
  SqVst3Result (*get_state)(void *self, void *stream);
  int32_t (*n_params)(void *self);
  SqVst3Result (*param_info)(void *self, int32_t index, SqVst3ParamInfo *info);
  SqVst3Result (*text_of)(void *self, uint32_t id, double value, uint16_t *text);
  SqVst3Result (*value_of)(void *self, uint32_t id, uint16_t *text, double *value);
  double (*to_plain)(void *self, uint32_t id, double value);
  double (*to_normal)(void *self, uint32_t id, double plain);
  double (*get)(void *self, uint32_t id);
  SqVst3Result (*set)(void *self, uint32_t id, double value);
  SqVst3Result (*set_handler)(void *self, void *handler);
  void *(*create_view)(void *self, const char *name);
} SqVst3ControllerTable;

/// [plug-in main]
typedef struct {
  SQ_VST3_BASE
  SqVst3Result (*connect)(void *self, void *other);
  SqVst3Result (*disconnect)(void *self, void *other);
  SqVst3Result (*notify)(void *self, void *message);
} SqVst3ConnectionTable;

/// [plug-in main]
typedef struct {
  SQ_VST3_BASE
  SqVst3Result (*assignment)(void *self, int32_t bus, int16_t channel, int16_t controller, uint32_t *id);
} SqVst3MidiMappingTable;

/// [plug-in main]
typedef struct {
  SQ_VST3_BASE
  int32_t (*n_units)(void *self);
  SqVst3Result (*unit_info)(void *self, int32_t index, SqVst3UnitInfo *info);
  int32_t (*n_lists)(void *self);
  SqVst3Result (*list_info)(void *self, int32_t index, SqVst3ProgramListInfo *info);
  SqVst3Result (*program_name)(void *self, int32_t list, int32_t index, uint16_t *name);
  SqVst3Result (*program_info)(void *self, int32_t list, int32_t index, const char *attribute, uint16_t *text);
  SqVst3Result (*has_pitch_names)(void *self, int32_t list, int32_t index);
  SqVst3Result (*pitch_name)(void *self, int32_t list, int32_t index, int16_t key, uint16_t *name);
  int32_t (*selected)(void *self);
  SqVst3Result (*select)(void *self, int32_t unit);
  SqVst3Result (*unit_by_bus)(void *self, int32_t media, int32_t direction, int32_t bus, int32_t channel,
                              int32_t *unit);
  SqVst3Result (*set_program_data)(void *self, int32_t list, int32_t index, void *stream);
} SqVst3UnitsTable;

/// [plug-in main]
typedef struct {
  SQ_VST3_BASE
  SqVst3Result (*supports)(void *self, const char *type);
  SqVst3Result (*attached)(void *self, void *parent, const char *type);
  SqVst3Result (*removed)(void *self);
  SqVst3Result (*on_wheel)(void *self, float distance);
  SqVst3Result (*on_key_down)(void *self, int16_t key, int16_t code, int16_t modifiers);
  SqVst3Result (*on_key_up)(void *self, int16_t key, int16_t code, int16_t modifiers);
  SqVst3Result (*get_size)(void *self, SqVst3Rect *size);
  SqVst3Result (*on_size)(void *self, SqVst3Rect *size);
  SqVst3Result (*on_focus)(void *self, uint8_t on);
  SqVst3Result (*set_frame)(void *self, void *frame);
  SqVst3Result (*can_resize)(void *self);
  SqVst3Result (*check_size)(void *self, SqVst3Rect *size);
} SqVst3ViewTable;

/// [plug-in main]
typedef struct {
  SQ_VST3_BASE
  SqVst3Result (*set_scale)(void *self, float factor);
} SqVst3ViewScaleTable;

// ---- tables of the host ---------------------------------------------------------------------------------------------

typedef struct {
  SQ_VST3_BASE
  SqVst3Result (*get_name)(void *self, uint16_t *name);
  SqVst3Result (*create)(void *self, const SqVst3Id class_id, const SqVst3Id interface_id, void **object);
} SqVst3HostTable;

typedef struct {
  SQ_VST3_BASE
  SqVst3Result (*supported)(void *self, const SqVst3Id id);
} SqVst3SupportTable;

typedef struct {
  SQ_VST3_BASE
  SqVst3Result (*begin)(void *self, uint32_t id);
  SqVst3Result (*perform)(void *self, uint32_t id, double value);
  SqVst3Result (*end)(void *self, uint32_t id);
  SqVst3Result (*restart)(void *self, int32_t flags);
} SqVst3HandlerTable;

typedef struct {
  SQ_VST3_BASE
  SqVst3Result (*set_dirty)(void *self, uint8_t on);
  SqVst3Result (*open_editor)(void *self, const char *name);
  SqVst3Result (*begin_group)(void *self);
  SqVst3Result (*end_group)(void *self);
} SqVst3Handler2Table;

typedef struct {
  SQ_VST3_BASE
  SqVst3Result (*unit_selected)(void *self, int32_t unit);
  SqVst3Result (*programs_changed)(void *self, int32_t list, int32_t index);
} SqVst3UnitHandlerTable;

typedef struct {
  SQ_VST3_BASE
  SqVst3Result (*resize)(void *self, void *view, SqVst3Rect *size);
} SqVst3FrameTable;

typedef struct {
  SQ_VST3_BASE
  SqVst3Result (*add_fd)(void *self, void *handler, int fd);
  SqVst3Result (*remove_fd)(void *self, void *handler);
  SqVst3Result (*add_timer)(void *self, void *handler, uint64_t milliseconds);
  SqVst3Result (*remove_timer)(void *self, void *handler);
} SqVst3RunLoopTable;

/// The plug-in's, called by the host's run loop.
typedef struct {
  SQ_VST3_BASE
  void (*on_fd)(void *self, int fd);
} SqVst3FdTable;

typedef struct {
  SQ_VST3_BASE
  void (*on_timer)(void *self);
} SqVst3TimerTable;

typedef struct {
  SQ_VST3_BASE
  SqVst3Result (*read)(void *self, void *to, int32_t n, int32_t *n_read);
  SqVst3Result (*write)(void *self, void *from, int32_t n, int32_t *n_written);
  SqVst3Result (*seek)(void *self, int64_t to, int32_t from, int64_t *at);
  SqVst3Result (*tell)(void *self, int64_t *at);
} SqVst3StreamTable;

/// [audio], as the two below
typedef struct {
  SQ_VST3_BASE
  int32_t (*count)(void *self);
  SqVst3Result (*get)(void *self, int32_t index, SqVst3Event *event);
  SqVst3Result (*add)(void *self, SqVst3Event *event);
} SqVst3EventListTable;

typedef struct {
  SQ_VST3_BASE
  int32_t (*count)(void *self);
  void *(*get)(void *self, int32_t index);
  void *(*add)(void *self, const uint32_t *id, int32_t *index);
} SqVst3ChangesTable;

typedef struct {
  SQ_VST3_BASE
  uint32_t (*id)(void *self);
  int32_t (*count)(void *self);
  SqVst3Result (*get)(void *self, int32_t index, int32_t *offset, double *value);
  SqVst3Result (*add)(void *self, int32_t offset, double value, int32_t *index);
} SqVst3QueueTable;

typedef struct {
  SQ_VST3_BASE
  const char *(*get_id)(void *self);
  void (*set_id)(void *self, const char *id);
  void *(*attributes)(void *self);
} SqVst3MessageTable;

typedef struct {
  SQ_VST3_BASE
  SqVst3Result (*set_int)(void *self, const char *id, int64_t value);
  SqVst3Result (*get_int)(void *self, const char *id, int64_t *value);
  SqVst3Result (*set_float)(void *self, const char *id, double value);
  SqVst3Result (*get_float)(void *self, const char *id, double *value);
  SqVst3Result (*set_string)(void *self, const char *id, const uint16_t *text);
  SqVst3Result (*get_string)(void *self, const char *id, uint16_t *text, uint32_t n_bytes);
  SqVst3Result (*set_binary)(void *self, const char *id, const void *data, uint32_t n_bytes);
  SqVst3Result (*get_binary)(void *self, const char *id, const void **data, uint32_t *n_bytes);
} SqVst3AttributesTable;

// ---- objects --------------------------------------------------------------------------------------------------------

#define SQ_VST3_OBJECT(name)                                                                                           \
  typedef struct {                                                                                                     \
    const SqVst3##name##Table *table;                                                                                  \
  } SqVst3##name;
SQ_VST3_OBJECT(Unknown)
SQ_VST3_OBJECT(Factory)
SQ_VST3_OBJECT(Component)
SQ_VST3_OBJECT(Processor)
SQ_VST3_OBJECT(Requirements)
SQ_VST3_OBJECT(Controller)
SQ_VST3_OBJECT(Connection)
SQ_VST3_OBJECT(MidiMapping)
SQ_VST3_OBJECT(Units)
SQ_VST3_OBJECT(View)
SQ_VST3_OBJECT(ViewScale)
SQ_VST3_OBJECT(Host)
SQ_VST3_OBJECT(Support)
SQ_VST3_OBJECT(Handler)
SQ_VST3_OBJECT(Handler2)
SQ_VST3_OBJECT(UnitHandler)
SQ_VST3_OBJECT(Frame)
SQ_VST3_OBJECT(RunLoop)
SQ_VST3_OBJECT(Fd)
SQ_VST3_OBJECT(Timer)
SQ_VST3_OBJECT(Stream)
SQ_VST3_OBJECT(EventList)
SQ_VST3_OBJECT(Changes)
SQ_VST3_OBJECT(Queue)
SQ_VST3_OBJECT(Message)
SQ_VST3_OBJECT(Attributes)
#undef SQ_VST3_OBJECT

typedef struct SqVst3ProcessData {
  int32_t mode, sample_size, n_frames, n_in, n_out;
  SqVst3Buffers *in, *out;
  SqVst3Changes *changes_in, *changes_out;
  SqVst3EventList *events_in, *events_out;
  SqVst3Context *context;
} SqVst3ProcessData;
static_assert(sizeof(SqVst3ProcessData) == 80, "as the interface says");

#endif
