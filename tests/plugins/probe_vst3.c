// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// VST3 plug-ins that tell what they are told, count breaches of the order of calls, and do wrong when asked to.
//
// "Probe Synth" is two objects that talk: component and controller. Outputs: the voices and the Level of each frame;
// semitones of all voices and their pressure; a mono one with a pulse where a note begins (key / 128) and ends (-1).
// All are late by Latency, which a restart sets. What its sidechain hears is added to the voices.
// "Probe Gain" is one object, an effect of one or two channels; "Probe Mono" one that declines a second.
#include "plugins/probe_vst3.h"

// ---- life -----------------------------------------------------------------------------------------------------------

static SqVst3Result component_initialize(void *self, void *context) {
  return initialize(OF(component), context);
}

static SqVst3Result component_terminate(void *self) {
  return terminate(OF(component));
}

static const SqVst3Id class_ids[N_CLASSES] = {SQ_VST3_ID(0x73717A01, 0x50524F42, 0x45000000, 0x00000001),
                                              SQ_VST3_ID(0x73717A02, 0x50524F42, 0x45000000, 0x00000002),
                                              SQ_VST3_ID(0x73717A03, 0x50524F42, 0x45000000, 0x00000003),
                                              SQ_VST3_ID(0x73717A04, 0x50524F42, 0x45000000, 0x00000004)};

static SqVst3Result controller_class(void *self, SqVst3Id id) {
  if (OF(component)->kind != SYNTH)
    return SQ_VST3_FALSE;
  memcpy(id, class_ids[CONTROLLER], 16);
  return SQ_VST3_OK;
}

static SqVst3Result set_io_mode(void *self, int32_t mode) {
  (void)self, (void)mode;
  return SQ_VST3_NOT_IMPLEMENTED;
}

// ---- buses ----------------------------------------------------------------------------------------------------------

static int32_t n_buses(void *self, int32_t media, int32_t direction) {
  bool synth = OF(component)->kind == SYNTH;
  return media == SQ_VST3_EVENTS ? synth : synth && direction == SQ_VST3_OUTPUT ? 3 : 1;
}

static SqVst3Result bus_info(void *self, int32_t media, int32_t direction, int32_t index, SqVst3BusInfo *info) {
  Probe *p = OF(component);
  if (index < 0 || index >= n_buses(self, media, direction))
    return SQ_VST3_BAD_ARGUMENT;
  *info = (SqVst3BusInfo){.media = media, .direction = direction, .n_channels = p->n_channels};
  static const char *const names[] = {"Voices", "What it hears", "Pulses"};
  put(info->name, names[index]);
  info->flags = index == 0;
  if (p->kind == SYNTH && direction == SQ_VST3_OUTPUT)
    info->n_channels = index == 2 ? 1 : 2;
  if (p->kind == SYNTH && direction == SQ_VST3_INPUT)
    info->n_channels = 1;
  if (p->kind == SYNTH && (index > 0 || direction == SQ_VST3_INPUT))
    info->type = SQ_VST3_BUS_AUX;
  return SQ_VST3_OK;
}

static SqVst3Result routing(void *self, SqVst3RoutingInfo *in, SqVst3RoutingInfo *out) {
  (void)self, (void)in, (void)out;
  return SQ_VST3_NOT_IMPLEMENTED;
}

static SqVst3Result activate_bus(void *self, int32_t media, int32_t direction, int32_t index, uint8_t on) {
  (void)on;
  breach_if(OF(component)->active || index >= n_buses(self, media, direction));
  return SQ_VST3_OK;
}

static SqVst3Result set_arrangements(void *self, uint64_t *in, int32_t n_in, uint64_t *out, int32_t n_out) {
  Probe *p = OF(processor);
  breach_if(p->active);
  if (p->kind == SYNTH)
    return n_in == 1 && n_out == 3 && out[0] == SQ_VST3_STEREO && out[1] == SQ_VST3_STEREO && out[2] == SQ_VST3_MONO
               ? SQ_VST3_OK
               : SQ_VST3_FALSE;
  if (n_in != 1 || n_out != 1 || in[0] != out[0] ||
      (out[0] != SQ_VST3_MONO && (out[0] != SQ_VST3_STEREO || p->kind == MONO)))
    return SQ_VST3_FALSE;
  p->n_channels = out[0] == SQ_VST3_MONO ? 1 : 2;
  return SQ_VST3_OK;
}

static SqVst3Result get_arrangement(void *self, int32_t direction, int32_t index, uint64_t *arrangement) {
  SqVst3BusInfo info;
  if (bus_info(&OF(processor)->component, SQ_VST3_AUDIO, direction, index, &info) != SQ_VST3_OK)
    return SQ_VST3_BAD_ARGUMENT;
  *arrangement = info.n_channels == 1 ? SQ_VST3_MONO : SQ_VST3_STEREO;
  return SQ_VST3_OK;
}

// ---- states ---------------------------------------------------------------------------------------------------------

static SqVst3Result component_get_state(void *self, void *stream) {
  Probe *p = OF(component);
  SqVst3Stream *s = stream;
  char mark[] = "PRB1";
  double values[N_PARAMS];
  memcpy(values, p->values, sizeof values);
  values[METER] = values[HEARD] = 0;
  s->table->write(s, mark, 4, NULL);
  return s->table->write(s, values, sizeof values, NULL);
}

// ---- sound ----------------------------------------------------------------------------------------------------------

/// Tells the controller by a message that the host makes.
static void speak(Probe *p, int64_t what) {
  SqVst3Message *message = NULL;
  if (!p->other ||
      p->host->table->create(p->host, sq_vst3_id_message, sq_vst3_id_message, (void **)&message) != SQ_VST3_OK)
    return;
  message->table->set_id(message, "active");
  SqVst3Attributes *list = message->table->attributes(message);
  list->table->set_int(list, "frames", what);
  p->other->table->notify(p->other, message);
  message->table->release(message);
}

static SqVst3Result set_active(void *self, uint8_t on) {
  Probe *p = OF(component);
  breach_if(p->active == (on != 0) || p->processing || !p->set_up);
  p->active = on;
  if (!on)
    return SQ_VST3_OK;
  p->latency = (uint32_t)plain_of(LATENCY, p->values[LATENCY]);
  memset(p->voices, 0, sizeof p->voices);
  for (int c = 0; c < N_CHANNELS; c++) {
    free(p->delay[c]);
    p->delay[c] = calloc(MAX_LATENCY, sizeof(float));
  }
  speak(p, p->latency);
  return SQ_VST3_OK;
}

static SqVst3Result can_process(void *self, int32_t size) {
  (void)self;
  return size == SQ_VST3_SAMPLE_32 ? SQ_VST3_OK : SQ_VST3_FALSE;
}

static uint32_t latency(void *self) {
  return (uint32_t)plain_of(LATENCY, OF(processor)->values[LATENCY]);
}

static SqVst3Result setup(void *self, SqVst3Setup *how) {
  Probe *p = OF(processor);
  breach_if(p->active || how->max_frames < 1);
  p->rate = how->rate_hz;
  p->set_up = true;
  return SQ_VST3_OK;
}

static SqVst3Result set_processing(void *self, uint8_t on) {
  Probe *p = OF(processor);
  breach_if(!p->active || p->processing == (on != 0));
  p->processing = on;
  return SQ_VST3_OK;
}

static Voice *voice_of(Probe *p, int32_t id, int16_t channel, int16_t key) {
  for (int i = 0; i < N_VOICES; i++) {
    Voice *v = &p->voices[i];
    if (v->on && (id >= 0 ? v->id == id : v->channel == channel && v->key == key))
      return v;
  }
  return NULL;
}

/// One event; returns the pulse that it makes.
static float hear(Probe *p, const SqVst3Event *e) {
  Voice *v = NULL;
  switch (e->type) {
  case SQ_VST3_NOTE_ON:
    for (int i = 0; i < N_VOICES && !v; i++)
      v = p->voices[i].on ? NULL : &p->voices[i];
    if (v)
      *v = (Voice){true, e->on.id, e->on.channel, e->on.key, (double)e->on.velocity, (double)e->on.cents / 100, 0, 0};
    return (float)e->on.key / 128;
  case SQ_VST3_NOTE_OFF:
    v = voice_of(p, e->off.id, e->off.channel, e->off.key);
    if (v)
      v->on = false;
    return v ? -1 : 0;
  case SQ_VST3_POLY_PRESSURE:
    v = voice_of(p, e->pressure.id, e->pressure.channel, e->pressure.key);
    if (v)
      v->pressure = (double)e->pressure.pressure;
    return 0;
  case SQ_VST3_EXPRESSION:
    v = voice_of(p, e->expression.id, -1, -1);
    if (v && e->expression.type == SQ_VST3_EXPRESS_TUNING)
      v->tuning = (e->expression.value - 0.5) * 240;
    return 0;
  default:
    return 0;
  }
}

static void misbehave(Probe *p, SqVst3ProcessData *data) {
  switch (step_of(p, MODE)) {
  case CRASH:
    raise(SIGSEGV);
    break;
  case HANG:
    for (volatile int i = 0;; i++)
      continue;
  case MALLOC:
    for (int i = 0; i < 10; i++) {
      char *volatile memory = malloc((size_t)data->n_frames * 100);
      free(memory);
    }
    break;
  default:
    break;
  }
}

/// Values of one frame, in the order of the outputs' channels.
static void synthesize(Probe *p, float pulse, float side, float x[N_CHANNELS]) {
  double sum = 0, semitones = 0, pressure = p->values[PRESSURE];
  for (int i = 0; i < N_VOICES; i++) {
    Voice *v = &p->voices[i];
    if (!v->on)
      continue;
    double pitch = v->key + v->tuning + (p->values[BEND] - 0.5) * 4;
    sum += sin(v->phase * 2 * PI) * v->velocity;
    v->phase += 440 * exp2((pitch - 69) / 12) / p->rate;
    v->phase -= floor(v->phase);
    semitones += pitch;
    pressure += v->pressure;
  }
  float all[N_CHANNELS] = {(float)(sum * p->values[LEVEL]) + side, (float)p->values[LEVEL], (float)semitones,
                           (float)pressure, pulse};
  for (int c = 0; c < N_CHANNELS; c++) {
    float *late = &p->delay[c][p->delay_at];
    x[c] = p->latency ? *late : all[c];
    *late = all[c];
  }
  p->delay_at = p->latency ? (p->delay_at + 1) % p->latency : 0;
}

/// The points of this frame become values.
static void take_points(Probe *p, SqVst3Changes *changes, int32_t frame) {
  for (int32_t q = 0; changes && q < changes->table->count(changes); q++) {
    SqVst3Queue *queue = changes->table->get(changes, q);
    int i = find_param(queue->table->id(queue));
    int32_t offset, n = queue->table->count(queue), before = -1;
    double value;
    for (int32_t k = 0; k < n; k++) {
      breach_if(queue->table->get(queue, k, &offset, &value) != SQ_VST3_OK || offset < before || i < 0);
      before = offset;
      if (i < 0 || offset != frame)
        continue;
      p->values[i] = value;
      if (i == PROGRAM)
        take_program(p);
    }
  }
}

static void tell(SqVst3Changes *changes, int i, double value) {
  int32_t index;
  SqVst3Queue *queue = changes ? changes->table->add(changes, &infos[i].id, &index) : NULL;
  if (queue)
    queue->table->add(queue, 0, value, &index);
}

static void echo(SqVst3EventList *to, SqVst3Event e) {
  if (e.type == SQ_VST3_NOTE_ON)
    e.on.key = (int16_t)(e.on.key + 12);
  if (e.type == SQ_VST3_NOTE_OFF)
    e.off.key = (int16_t)(e.off.key + 12);
  if (to)
    to->table->add(to, &e);
}

static void run_synth(Probe *p, SqVst3ProcessData *data) {
  int32_t next = 0, n = data->events_in ? data->events_in->table->count(data->events_in) : 0;
  float peak = 0;
  for (int32_t i = 0; i < data->n_frames; i++) {
    float pulse = 0, x[N_CHANNELS];
    SqVst3Event e;
    take_points(p, data->changes_in, i);
    for (; next < n && data->events_in->table->get(data->events_in, next, &e) == SQ_VST3_OK && e.offset <= i; next++) {
      pulse += hear(p, &e);
      echo(data->events_out, e);
    }
    synthesize(p, pulse, data->in[0].channels[0][i], x);
    for (int c = 0; c < N_CHANNELS; c++)
      data->out[c / 2].channels[c % 2][i] = x[c];
    peak = fmaxf(peak, fabsf(x[0]));
  }
  breach_if(next != n);
  tell(data->changes_out, METER, (double)fminf(peak, 1));
}

static void run_gain(Probe *p, SqVst3ProcessData *data) {
  for (int32_t i = 0; i < data->n_frames; i++) {
    take_points(p, data->changes_in, i);
    for (int32_t c = 0; c < p->n_channels; c++)
      data->out[0].channels[c][i] = data->in[0].channels[c][i] * (float)(p->values[LEVEL] * 2);
  }
}

static SqVst3Result process(void *self, SqVst3ProcessData *data) {
  Probe *p = OF(processor);
  breach_if(!p->active || !p->processing || data->n_frames < 1 || data->out[0].silence != 0 || !data->context ||
            (p->kind != SYNTH && data->out[0].n_channels != p->n_channels));
  if (p->kind == SYNTH)
    run_synth(p, data);
  else
    run_gain(p, data);
  misbehave(p, data);
  float *left = data->out[0].channels[0];
  switch (step_of(p, MODE)) {
  case NOT_A_NUMBER:
    left[0] = NAN;
    break;
  case ERROR:
    left[0] = 1e30f;
    return SQ_VST3_INTERNAL;
  case UNWRITTEN: // silence is promised, garbage is left
    left[0] = 1e30f;
    data->out[0].silence = 1;
    break;
  case SELF: // it turns its own knob
    p->values[LEVEL] = 0.75;
    tell(data->changes_out, LEVEL, 0.75);
    break;
  default:
    break;
  }
  return SQ_VST3_OK;
}

static uint32_t tail(void *self) {
  return OF(processor)->kind == SYNTH ? 4800 : 0;
}

#include "plugins/probe_vst3_controller.h"

// ---- tables ---------------------------------------------------------------------------------------------------------

static const SqVst3ComponentTable component_table = {BASE(component),
                                                     component_initialize,
                                                     component_terminate,
                                                     controller_class,
                                                     set_io_mode,
                                                     n_buses,
                                                     bus_info,
                                                     routing,
                                                     activate_bus,
                                                     set_active,
                                                     component_set_state,
                                                     component_get_state};
static const SqVst3ProcessorTable processor_table = {
    BASE(processor), set_arrangements, get_arrangement, can_process, latency, setup, set_processing, process, tail};
static const SqVst3ControllerTable controller_table = {BASE(controller),
                                                       controller_initialize,
                                                       controller_terminate,
                                                       set_component_state,
                                                       controller_set_state,
                                                       controller_get_state,
                                                       n_params,
                                                       param_info,
                                                       text_of,
                                                       value_of,
                                                       to_plain,
                                                       to_normal,
                                                       get_value,
                                                       set_value,
                                                       set_handler,
                                                       create_view};
static const SqVst3ConnectionTable connection_table = {BASE(connection), connect, disconnect, notify};
static const SqVst3MidiMappingTable mapping_table = {BASE(mapping), assignment};
static const SqVst3UnitsTable units_table = {BASE(units),  one,          unit_info,       one,        list_info,
                                             program_name, program_info, has_pitch_names, pitch_name, selected,
                                             select_unit,  unit_by_bus,  set_program_data};
static const SqVst3ViewTable view_table = {BASE(view), supports, attached, removed,   on_wheel,   on_key, on_key,
                                           get_size,   on_size,  on_focus, set_frame, can_resize, on_size};
static const SqVst3TimerTable timer_table = {BASE(timer), on_timer};
static const SqVst3FdTable fd_table = {BASE(fd), on_fd};

// ---- the factory ----------------------------------------------------------------------------------------------------

static uint32_t ignore(void *self) {
  (void)self;
  return 1;
}

static SqVst3Result factory_query(void *self, const SqVst3Id id, void **object) {
  bool known = is(id, sq_vst3_id_factory) || is(id, sq_vst3_id_factory2) || is(id, sq_vst3_id_unknown);
  *object = known ? self : NULL;
  return known ? SQ_VST3_OK : SQ_VST3_NO_INTERFACE;
}

static SqVst3Result factory_info(void *self, SqVst3FactoryInfo *info) {
  (void)self;
  *info = (SqVst3FactoryInfo){.vendor = "squeezed tests"};
  return SQ_VST3_OK;
}

static int32_t n_classes(void *self) {
  (void)self;
  return N_CLASSES;
}

static const char *const class_names[N_CLASSES] = {"Probe Synth", "Probe Gain", "Probe Mono", "Probe Controller"};

static SqVst3Result class_info2(void *self, int32_t index, SqVst3ClassInfo2 *info) {
  (void)self;
  if (index < 0 || index >= N_CLASSES)
    return SQ_VST3_BAD_ARGUMENT;
  *info = (SqVst3ClassInfo2){.cardinality = INT32_MAX, .vendor = "squeezed tests", .version = "1.2.3"};
  memcpy(info->id, class_ids[index], 16);
  strncpy(info->category, index == CONTROLLER ? "Component Controller Class" : "Audio Module Class",
          sizeof info->category - 1);
  strncpy(info->name, class_names[index], sizeof info->name - 1);
  strncpy(info->sub_categories, index == SYNTH ? "Instrument|Synth" : "Fx|Tools", sizeof info->sub_categories - 1);
  return SQ_VST3_OK;
}

static SqVst3Result class_info(void *self, int32_t index, SqVst3ClassInfo *info) {
  SqVst3ClassInfo2 all;
  SqVst3Result result = class_info2(self, index, &all);
  if (result == SQ_VST3_OK)
    memcpy(info, &all, sizeof *info);
  return result;
}

static SqVst3Result create(void *self, const char *class_id, const char *interface_id, void **object) {
  (void)self;
  int kind = 0;
  while (kind < N_CLASSES && memcmp(class_ids[kind], class_id, 16) != 0)
    kind++;
  Probe *p = kind < N_CLASSES ? calloc(1, sizeof *p) : NULL;
  *object = NULL;
  if (!p)
    return SQ_VST3_BAD_ARGUMENT;
  atomic_fetch_add(&alive, 1);
  p->component.table = &component_table;
  p->processor.table = &processor_table;
  p->controller.table = &controller_table;
  p->connection.table = &connection_table;
  p->mapping.table = &mapping_table;
  p->units.table = &units_table;
  p->view.table = &view_table;
  p->timer.table = &timer_table;
  p->fd.table = &fd_table;
  p->kind = kind;
  p->n_channels = kind == MONO ? 1 : 2;
  for (int i = 0; i < N_PARAMS; i++)
    p->values[i] = infos[i].def;
  atomic_init(&p->references, 1);
  SqVst3Id wanted;
  memcpy(wanted, interface_id, 16);
  SqVst3Result result = query(p, wanted, object);
  release(p);
  return result;
}

static const SqVst3FactoryTable factory_table = {factory_query, ignore, ignore,      factory_info, n_classes,
                                                 class_info,    create, class_info2, NULL,         NULL};
static const SqVst3Factory factory = {&factory_table};

bool ModuleEntry(void *handle);
bool ModuleExit(void);
const SqVst3Factory *GetPluginFactory(void);

bool ModuleEntry(void *handle) {
  return handle != NULL;
}

bool ModuleExit(void) {
  return true;
}

const SqVst3Factory *GetPluginFactory(void) {
  return &factory;
}
