// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The half of the probe that people see: values, texts, programs, a window.
#ifndef SQ_TESTS_PLUGINS_PROBE_VST3_CONTROLLER_H
#define SQ_TESTS_PLUGINS_PROBE_VST3_CONTROLLER_H

#include "plugins/probe_vst3.h"

// ---- the controller -------------------------------------------------------------------------------------------------

static SqVst3Result controller_initialize(void *self, void *context) {
  return initialize(OF(controller), context);
}

static SqVst3Result controller_terminate(void *self) {
  return terminate(OF(controller));
}

static SqVst3Result set_component_state(void *self, void *stream) {
  return OF(controller)->kind == CONTROLLER ? component_set_state(&OF(controller)->component, stream) : SQ_VST3_OK;
}

static SqVst3Result controller_set_state(void *self, void *stream) {
  (void)self;
  SqVst3Stream *s = stream;
  char mark[4];
  int32_t n;
  return s->table->read(s, mark, 4, &n) == SQ_VST3_OK && n == 4 && memcmp(mark, "PRBC", 4) == 0 ? SQ_VST3_OK
                                                                                                : SQ_VST3_FALSE;
}

static SqVst3Result controller_get_state(void *self, void *stream) {
  (void)self;
  SqVst3Stream *s = stream;
  char mark[] = "PRBC";
  return s->table->write(s, mark, 4, NULL);
}

static int32_t n_params(void *self) {
  return OF(controller)->kind == CONTROLLER ? N_PARAMS : 1;
}

static SqVst3Result param_info(void *self, int32_t index, SqVst3ParamInfo *info) {
  if (index < 0 || index >= n_params(self))
    return SQ_VST3_BAD_ARGUMENT;
  *info = (SqVst3ParamInfo){
      .id = infos[index].id, .n_steps = infos[index].n_steps, .def = infos[index].def, .flags = infos[index].flags};
  put(info->title, infos[index].name);
  put(info->units, infos[index].unit);
  return SQ_VST3_OK;
}

static SqVst3Result text_of(void *self, uint32_t id, double value, uint16_t *text) {
  (void)self;
  int i = find_param(id);
  if (i < 0)
    return SQ_VST3_BAD_ARGUMENT;
  double plain = plain_of(i, value);
  if (i == WAVE || i == MODE || i == PROGRAM)
    put(text, (i == WAVE ? waves : i == MODE ? modes : programs)[(int)plain]);
  else
    put_number(text, plain);
  return SQ_VST3_OK;
}

static SqVst3Result value_of(void *self, uint32_t id, uint16_t *text, double *value) {
  (void)self;
  char narrow[128];
  int i = find_param(id), n = 0;
  for (; text[n] && n < 127; n++)
    narrow[n] = (char)text[n];
  narrow[n] = '\0';
  char *end;
  double plain = strtod(narrow, &end);
  if (i < 0 || *end || end == narrow)
    return SQ_VST3_FALSE;
  *value = normal_of(i, plain);
  return SQ_VST3_OK;
}

static double to_plain(void *self, uint32_t id, double value) {
  (void)self;
  return plain_of(find_param(id), value);
}

static double to_normal(void *self, uint32_t id, double plain) {
  (void)self;
  return normal_of(find_param(id), plain);
}

static double get_value(void *self, uint32_t id) {
  int i = find_param(id);
  return i < 0 ? 0 : OF(controller)->values[i];
}

static SqVst3Result set_value(void *self, uint32_t id, double value) {
  Probe *p = OF(controller);
  int i = find_param(id);
  if (i < 0)
    return SQ_VST3_BAD_ARGUMENT;
  bool changed = p->values[i] != value;
  p->values[i] = value;
  if (p->kind == CONTROLLER && changed && i == LATENCY && p->handler)
    p->handler->table->restart(p->handler, SQ_VST3_RESTART_LATENCY);
  if (p->kind == CONTROLLER && i == PROGRAM) {
    take_program(p);
    if (p->handler)
      p->handler->table->restart(p->handler, SQ_VST3_RESTART_VALUES);
  }
  return SQ_VST3_OK;
}

static SqVst3Result set_handler(void *self, void *handler) {
  OF(controller)->handler = handler;
  return SQ_VST3_OK;
}

// ---- talking --------------------------------------------------------------------------------------------------------

static SqVst3Result connect(void *self, void *other) {
  Probe *p = OF(connection);
  breach_if(p->connected);
  p->connected = true;
  p->other = other;
  return SQ_VST3_OK;
}

static SqVst3Result disconnect(void *self, void *other) {
  Probe *p = OF(connection);
  breach_if(!p->connected || p->other != other);
  p->connected = false;
  p->other = NULL;
  return SQ_VST3_OK;
}

static SqVst3Result notify(void *self, void *object) {
  Probe *p = OF(connection);
  SqVst3Message *message = object;
  SqVst3Attributes *list = message->table->attributes(message);
  int64_t frames = 0;
  if (strcmp(message->table->get_id(message), "active") != 0 ||
      list->table->get_int(list, "frames", &frames) != SQ_VST3_OK)
    return SQ_VST3_FALSE;
  p->values[HEARD] = ((double)frames + 1) / (MAX_LATENCY + 1);
  return SQ_VST3_OK;
}

static SqVst3Result assignment(void *self, int32_t bus, int16_t channel, int16_t controller, uint32_t *id) {
  (void)self;
  if (bus != 0 || channel != 0 ||
      (controller != SQ_VST3_CC_BEND && controller != SQ_VST3_CC_PRESSURE && controller != 7))
    return SQ_VST3_FALSE;
  *id = infos[controller == 7 ? LEVEL : controller == SQ_VST3_CC_BEND ? BEND : PRESSURE].id;
  return SQ_VST3_OK;
}

// ---- units ----------------------------------------------------------------------------------------------------------

static int32_t one(void *self) {
  (void)self;
  return 1;
}

static SqVst3Result unit_info(void *self, int32_t index, SqVst3UnitInfo *info) {
  (void)self;
  *info = (SqVst3UnitInfo){.id = 0, .parent = -1, .program_list = 77};
  return index == 0 ? SQ_VST3_OK : SQ_VST3_BAD_ARGUMENT;
}

static SqVst3Result list_info(void *self, int32_t index, SqVst3ProgramListInfo *info) {
  (void)self;
  *info = (SqVst3ProgramListInfo){.id = 77, .n_programs = 3};
  return index == 0 ? SQ_VST3_OK : SQ_VST3_BAD_ARGUMENT;
}

static SqVst3Result program_name(void *self, int32_t list, int32_t index, uint16_t *name) {
  (void)self;
  if (list != 77 || index < 0 || index > 2)
    return SQ_VST3_BAD_ARGUMENT;
  put(name, programs[index]);
  return SQ_VST3_OK;
}

static SqVst3Result program_info(void *self, int32_t list, int32_t index, const char *attribute, uint16_t *text) {
  (void)self, (void)list, (void)index, (void)attribute, (void)text;
  return SQ_VST3_FALSE;
}

static SqVst3Result has_pitch_names(void *self, int32_t list, int32_t index) {
  (void)self, (void)list, (void)index;
  return SQ_VST3_FALSE;
}

static SqVst3Result pitch_name(void *self, int32_t list, int32_t index, int16_t key, uint16_t *name) {
  (void)self, (void)list, (void)index, (void)key, (void)name;
  return SQ_VST3_FALSE;
}

static int32_t selected(void *self) {
  (void)self;
  return 0;
}

static SqVst3Result select_unit(void *self, int32_t unit) {
  (void)self, (void)unit;
  return SQ_VST3_OK;
}

static SqVst3Result unit_by_bus(void *self, int32_t media, int32_t direction, int32_t bus, int32_t channel,
                                int32_t *unit) {
  (void)self, (void)media, (void)direction, (void)bus, (void)channel, (void)unit;
  return SQ_VST3_FALSE;
}

static SqVst3Result set_program_data(void *self, int32_t list, int32_t index, void *stream) {
  (void)self, (void)list, (void)index, (void)stream;
  return SQ_VST3_NOT_IMPLEMENTED;
}

// ---- the window: it draws nothing, but its timer and its pipe turn knobs
// ---------------------------------------------

static SqVst3Result supports(void *self, const char *type) {
  (void)self;
  return strcmp(type, "X11EmbedWindowID") == 0 ? SQ_VST3_OK : SQ_VST3_FALSE;
}

static void edit(Probe *p, int i, double value) {
  p->values[i] = value;
  p->handler->table->begin(p->handler, infos[i].id);
  p->handler->table->perform(p->handler, infos[i].id, value);
  p->handler->table->end(p->handler, infos[i].id);
}

static void on_timer(void *self) {
  edit(OF(timer), LEVEL, 0.375);
}

static void on_fd(void *self, int fd) {
  char byte;
  if (read(fd, &byte, 1) == 1)
    edit(OF(fd), CUTOFF, 1);
}

static SqVst3Result attached(void *self, void *parent, const char *type) {
  Probe *p = OF(view);
  breach_if(p->attached || !p->frame || supports(self, type) != SQ_VST3_OK);
  if (!parent || p->frame->table->query(p->frame, sq_vst3_id_run_loop, (void **)&p->loop) != SQ_VST3_OK)
    return SQ_VST3_FALSE;
  if (pipe(p->pipe) != 0 || write(p->pipe[1], "x", 1) != 1)
    return SQ_VST3_INTERNAL;
  p->loop->table->add_timer(p->loop, &p->timer, 1);
  p->loop->table->add_fd(p->loop, &p->fd, p->pipe[0]);
  SqVst3Rect bigger = {0, 0, 500, 300};
  p->frame->table->resize(p->frame, &p->view, &bigger);
  p->attached = true;
  return SQ_VST3_OK;
}

static SqVst3Result removed(void *self) {
  Probe *p = OF(view);
  breach_if(!p->attached);
  p->loop->table->remove_timer(p->loop, &p->timer);
  p->loop->table->remove_fd(p->loop, &p->fd);
  p->loop->table->release(p->loop);
  close(p->pipe[0]);
  close(p->pipe[1]);
  p->attached = false;
  return SQ_VST3_OK;
}

static SqVst3Result on_wheel(void *self, float distance) {
  (void)self, (void)distance;
  return SQ_VST3_FALSE;
}

static SqVst3Result on_key(void *self, int16_t key, int16_t code, int16_t modifiers) {
  (void)self, (void)key, (void)code, (void)modifiers;
  return SQ_VST3_FALSE;
}

static SqVst3Result get_size(void *self, SqVst3Rect *size) {
  (void)self;
  *size = (SqVst3Rect){0, 0, 400, 200};
  return SQ_VST3_OK;
}

static SqVst3Result on_size(void *self, SqVst3Rect *size) {
  (void)self, (void)size;
  return SQ_VST3_OK;
}

static SqVst3Result on_focus(void *self, uint8_t on) {
  (void)self, (void)on;
  return SQ_VST3_OK;
}

static SqVst3Result set_frame(void *self, void *frame) {
  OF(view)->frame = frame;
  return SQ_VST3_OK;
}

static SqVst3Result can_resize(void *self) {
  (void)self;
  return SQ_VST3_FALSE;
}

static void *create_view(void *self, const char *name) {
  Probe *p = OF(controller);
  if (p->kind != CONTROLLER || strcmp(name, "editor") != 0)
    return NULL;
  retain(p);
  return &p->view;
}

#endif
