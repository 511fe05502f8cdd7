// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// VST3 effects that are wrong in one way each, named by it.
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/vst3/abi.h"

#define KINDS(X)                                                                                                       \
  X(params)                                                                                                            \
  X(negative)                                                                                                          \
  X(buses)                                                                                                             \
  X(channels)                                                                                                          \
  X(texts)                                                                                                             \
  X(ranges)                                                                                                            \
  X(twins)                                                                                                             \
  X(nothing)                                                                                                           \
  X(starts)                                                                                                            \
  X(sets_up)                                                                                                           \
  X(activates)                                                                                                         \
  X(latency)                                                                                                           \
  X(flood)                                                                                                             \
  X(window)                                                                                                            \
  X(restarts)
#define KIND_ENUM(name) KIND_##name,
#define KIND_NAME(name) #name,
typedef enum { KINDS(KIND_ENUM) N_KINDS } Kind;
static const char *const names[N_KINDS] = {KINDS(KIND_NAME)};

typedef struct {
  SqVst3Component component;
  SqVst3Processor processor;
  SqVst3Controller controller;
  SqVst3View view;
  int references;
  Kind kind;
  double values[4];
  SqVst3Handler *handler;
} Hostile;

#define OF(member) ((Hostile *)(void *)((char *)self - offsetof(Hostile, member)))

static uint32_t retain(Hostile *h) {
  return (uint32_t)++h->references;
}

static uint32_t release(Hostile *h) {
  int left = --h->references;
  if (left == 0)
    free(h);
  return (uint32_t)left;
}

static bool is(const SqVst3Id a, const SqVst3Id b) {
  return memcmp(a, b, 16) == 0;
}

static SqVst3Result query(Hostile *h, const SqVst3Id id, void **object) {
  *object = is(id, sq_vst3_id_component) || is(id, sq_vst3_id_unknown) ? (void *)&h->component
            : is(id, sq_vst3_id_processor)                             ? (void *)&h->processor
            : is(id, sq_vst3_id_controller)                            ? (void *)&h->controller
                                                                       : NULL;
  if (*object)
    retain(h);
  return *object ? SQ_VST3_OK : SQ_VST3_NO_INTERFACE;
}

#define FACE(member)                                                                                                   \
  static SqVst3Result member##_query(void *self, const SqVst3Id id, void **object) {                                   \
    return query(OF(member), id, object);                                                                              \
  }                                                                                                                    \
  static uint32_t member##_retain(void *self) {                                                                        \
    return retain(OF(member));                                                                                         \
  }                                                                                                                    \
  static uint32_t member##_release(void *self) {                                                                       \
    return release(OF(member));                                                                                        \
  }
FACE(component)
FACE(processor)
FACE(controller)
FACE(view)
#define BASE(member) member##_query, member##_retain, member##_release

// ---- component ------------------------------------------------------------------------------------------------------

static SqVst3Result initialize(void *self, void *context) {
  (void)context;
  return OF(component)->kind == KIND_starts ? SQ_VST3_INTERNAL : SQ_VST3_OK;
}

static SqVst3Result well(void *self) {
  (void)self;
  return SQ_VST3_OK;
}

static SqVst3Result controller_class(void *self, SqVst3Id id) {
  (void)self, (void)id;
  return SQ_VST3_FALSE;
}

static SqVst3Result set_io_mode(void *self, int32_t mode) {
  (void)self, (void)mode;
  return SQ_VST3_NOT_IMPLEMENTED;
}

static int32_t n_buses(void *self, int32_t media, int32_t direction) {
  (void)direction;
  Kind kind = OF(component)->kind;
  return kind == KIND_buses ? INT32_MAX : kind == KIND_negative ? -7 : media == SQ_VST3_AUDIO;
}

static SqVst3Result bus_info(void *self, int32_t media, int32_t direction, int32_t index, SqVst3BusInfo *info) {
  (void)index;
  *info = (SqVst3BusInfo){.media = media, .direction = direction, .n_channels = 1};
  if (OF(component)->kind == KIND_channels)
    info->n_channels = direction == SQ_VST3_INPUT ? 1 : -3;
  return SQ_VST3_OK;
}

static SqVst3Result routing(void *self, SqVst3RoutingInfo *in, SqVst3RoutingInfo *out) {
  (void)self, (void)in, (void)out;
  return SQ_VST3_NOT_IMPLEMENTED;
}

static SqVst3Result activate_bus(void *self, int32_t media, int32_t direction, int32_t index, uint8_t on) {
  (void)self, (void)media, (void)direction, (void)index, (void)on;
  return SQ_VST3_INTERNAL;
}

static SqVst3Result set_active(void *self, uint8_t on) {
  return on && OF(component)->kind == KIND_activates ? SQ_VST3_INTERNAL : SQ_VST3_OK;
}

static SqVst3Result no_state(void *self, void *stream) {
  (void)self, (void)stream;
  return SQ_VST3_NOT_IMPLEMENTED;
}

static const SqVst3ComponentTable component_table = {BASE(component), initialize, well,     controller_class,
                                                     set_io_mode,     n_buses,    bus_info, routing,
                                                     activate_bus,    set_active, no_state, no_state};

// ---- processor ------------------------------------------------------------------------------------------------------

static SqVst3Result set_arrangements(void *self, uint64_t *in, int32_t n_in, uint64_t *out, int32_t n_out) {
  (void)self, (void)in, (void)n_in, (void)out, (void)n_out;
  return SQ_VST3_OK; // whatever it is asked, it says yes and does nothing
}

static SqVst3Result get_arrangement(void *self, int32_t direction, int32_t index, uint64_t *arrangement) {
  (void)self, (void)direction, (void)index, (void)arrangement;
  return SQ_VST3_NOT_IMPLEMENTED;
}

static SqVst3Result can_process(void *self, int32_t size) {
  (void)self;
  return size;
}

static uint32_t latency(void *self) {
  return OF(processor)->kind == KIND_latency ? (uint32_t)-480 : 0;
}

static SqVst3Result setup(void *self, SqVst3Setup *how) {
  (void)how;
  return OF(processor)->kind == KIND_sets_up ? SQ_VST3_FALSE : SQ_VST3_OK;
}

static SqVst3Result set_processing(void *self, uint8_t on) {
  (void)self, (void)on;
  return SQ_VST3_NOT_IMPLEMENTED;
}

/// Values and events without end, with ids and frames that are none.
static void flood(SqVst3ProcessData *data) {
  for (uint32_t i = 0; i < 10000; i++) {
    int32_t index;
    uint32_t id = i % 5;
    SqVst3Queue *queue = data->changes_out->table->add(data->changes_out, &id, &index);
    if (queue)
      queue->table->add(queue, i % 3 ? -5 : INT32_MAX, i % 2 ? NAN : 1e30, &index);
    SqVst3Event e = {.offset = (int32_t)i - 5000, .type = (uint16_t)(i % 7), .on = {.key = (int16_t)i, .cents = NAN}};
    data->events_out->table->add(data->events_out, &e);
  }
}

static SqVst3Result process(void *self, SqVst3ProcessData *data) {
  Hostile *h = OF(processor);
  if (data->n_out > 0)
    memcpy(data->out[0].channels[0], data->in[0].channels[0], (size_t)data->n_frames * sizeof(float));
  if (h->kind == KIND_flood)
    flood(data);
  if (h->kind == KIND_flood && h->handler)
    h->handler->table->restart(h->handler, -1);
  if (h->kind == KIND_restarts && h->handler) {
    h->handler->table->restart(h->handler, SQ_VST3_RESTART_LATENCY);
    h->handler->table->perform(h->handler, 12345, 0.5);
    h->handler->table->perform(h->handler, 0, NAN);
  }
  return SQ_VST3_OK;
}

static uint32_t tail(void *self) {
  (void)self;
  return 0;
}

static const SqVst3ProcessorTable processor_table = {
    BASE(processor), set_arrangements, get_arrangement, can_process, latency, setup, set_processing, process, tail};

// ---- controller -----------------------------------------------------------------------------------------------------

static int32_t n_params(void *self) {
  Kind kind = OF(controller)->kind;
  return kind == KIND_params ? 1000000 : kind == KIND_negative ? INT32_MIN : 4;
}

static SqVst3Result param_info(void *self, int32_t index, SqVst3ParamInfo *info) {
  Kind kind = OF(controller)->kind;
  *info = (SqVst3ParamInfo){.id = (uint32_t)index, .flags = SQ_VST3_PARAM_AUTOMATE, .def = 0.5};
  info->title[0] = 'a';
  if (kind == KIND_texts) { // not ended, and half a pair throughout
    memset(info->title, index == 0 ? 0xd8 : 0, sizeof info->title);
    memset(info->units, 0xdc, sizeof info->units);
  }
  if (kind == KIND_ranges) {
    info->def = index == 0 ? NAN : index == 1 ? -5 : 7;
    info->n_steps = index == 3 ? INT32_MIN : index == 2 ? INT32_MAX : 0;
  }
  if (kind == KIND_twins)
    info->id = (uint32_t)(index / 2);
  return index == 3 && kind == KIND_texts ? SQ_VST3_FALSE : SQ_VST3_OK;
}

static SqVst3Result text_of(void *self, uint32_t id, double value, uint16_t *text) {
  (void)self, (void)id, (void)value;
  memset(text, 0xdb, 256);
  return SQ_VST3_OK;
}

static SqVst3Result value_of(void *self, uint32_t id, uint16_t *text, double *value) {
  (void)self, (void)id, (void)text;
  *value = NAN;
  return SQ_VST3_OK;
}

static double to_plain(void *self, uint32_t id, double value) {
  if (OF(controller)->kind != KIND_ranges)
    return value;
  return id == 0 ? NAN : id == 1 ? 10 - 20 * value : id == 2 ? sin(value * 100) : INFINITY;
}

static double get_value(void *self, uint32_t id) {
  return OF(controller)->kind == KIND_ranges ? NAN : id < 4 ? OF(controller)->values[id] : 0;
}

static SqVst3Result set_value(void *self, uint32_t id, double value) {
  if (id < 4)
    OF(controller)->values[id] = value;
  return SQ_VST3_OK;
}

static SqVst3Result set_handler(void *self, void *handler) {
  OF(controller)->handler = handler;
  return SQ_VST3_OK;
}

static SqVst3Result supports(void *self, const char *type) {
  (void)self, (void)type;
  return SQ_VST3_OK;
}

static SqVst3Result attached(void *self, void *parent, const char *type) {
  (void)self, (void)parent, (void)type;
  return SQ_VST3_INTERNAL;
}

static SqVst3Result get_size(void *self, SqVst3Rect *size) {
  (void)self;
  *size = (SqVst3Rect){INT32_MIN, 5, INT32_MAX, -5};
  return SQ_VST3_OK;
}

static SqVst3Result set_frame(void *self, void *frame) {
  (void)self, (void)frame;
  return SQ_VST3_OK;
}

static const SqVst3ViewTable view_table = {.query = view_query,
                                           .retain = view_retain,
                                           .release = view_release,
                                           .supports = supports,
                                           .attached = attached,
                                           .get_size = get_size,
                                           .set_frame = set_frame};

static void *create_view(void *self, const char *name) {
  (void)name;
  Hostile *h = OF(controller);
  if (h->kind != KIND_window)
    return NULL;
  retain(h);
  return &h->view;
}

static const SqVst3ControllerTable controller_table = {
    BASE(controller), no_state, well,     no_state, no_state,  no_state,  n_params,    param_info,
    text_of,          value_of, to_plain, to_plain, get_value, set_value, set_handler, create_view};

// ---- factory --------------------------------------------------------------------------------------------------------

static uint32_t ignore(void *self) {
  (void)self;
  return 1;
}

static SqVst3Result factory_query(void *self, const SqVst3Id id, void **object) {
  bool known = is(id, sq_vst3_id_factory) || is(id, sq_vst3_id_unknown);
  *object = known ? self : NULL;
  return known ? SQ_VST3_OK : SQ_VST3_NO_INTERFACE;
}

static SqVst3Result factory_info(void *self, SqVst3FactoryInfo *info) {
  (void)self;
  memset(info, 0xff, sizeof *info);
  return SQ_VST3_OK;
}

static int32_t n_classes(void *self) {
  (void)self;
  return INT32_MAX;
}

static SqVst3Result class_info(void *self, int32_t index, SqVst3ClassInfo *info) {
  (void)self;
  memset(info, 0xff, sizeof *info); // no text is ended
  memset(info->id, 0, sizeof info->id);
  info->id[0] = 0x73;
  info->id[15] = (uint8_t)(index % N_KINDS); // and again, and again
  memcpy(info->category, "Audio Module Class", 19);
  memcpy(info->name, names[index % N_KINDS], strlen(names[index % N_KINDS]));
  return SQ_VST3_OK;
}

static SqVst3Result create(void *self, const char *class_id, const char *interface_id, void **object) {
  (void)self, (void)interface_id;
  Kind kind = (Kind)class_id[15];
  if (kind == KIND_nothing) {
    *object = NULL;
    return SQ_VST3_OK;
  }
  Hostile *h = calloc(1, sizeof *h);
  if (!h)
    return SQ_VST3_NO_MEMORY;
  h->component.table = &component_table;
  h->processor.table = &processor_table;
  h->controller.table = &controller_table;
  h->view.table = &view_table;
  h->references = 1;
  h->kind = kind;
  *object = &h->component;
  return SQ_VST3_OK;
}

static const SqVst3FactoryTable factory_table = {factory_query, ignore, ignore, factory_info, n_classes,
                                                 class_info,    create, NULL,   NULL,         NULL};
static const SqVst3Factory factory = {&factory_table};

const SqVst3Factory *GetPluginFactory(void);
const SqVst3Factory *GetPluginFactory(void) {
  return &factory;
}
