// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/vst3/describe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plugins/vst3/instance.h"
#include "plugins/vst3/unit.h"

void sq_vst3_plugin_free(SqVst3Plugin *plugin) {
  for (uint32_t i = 0; plugin->params && i < plugin->n_params; i++)
    free(plugin->params[i].points);
  free(plugin->params);
  free(plugin->by_id);
  free(plugin->shown);
  free(plugin->signals);
  free(plugin->extra_index);
  free((void *)(uintptr_t)plugin->type.params);
  free((void *)(uintptr_t)plugin->type.extra_buses);
  sq_vst3_texts_cleanup(&plugin->texts);
  free(plugin);
}

// ---- buses ----------------------------------------------------------------------------------------------------------

static SqStatus check_bus(const SqVst3BusInfo *bus, uint32_t index, char *error, size_t error_size) {
  if (bus->n_channels >= 0 && bus->n_channels <= SQ_VST3_BUS_CHANNELS)
    return SQ_OK;
  snprintf(error, error_size, "its bus %u claims to have %d channels", index + 1, bus->n_channels);
  return SQ_UNSUPPORTED;
}

static SqStatus check_count(int32_t n, char *error, size_t error_size) {
  if (n <= SQ_VST3_BUSES)
    return SQ_OK;
  snprintf(error, error_size, "it claims to have %d buses", n);
  return SQ_UNSUPPORTED;
}

/// The main input is the first that says so; the first of the others is the sidechain.
static SqStatus read_inputs(SqVst3Plugin *p, SqVst3Component *c, char *error, size_t error_size) {
  int32_t n = c->table->n_buses(c, SQ_VST3_AUDIO, SQ_VST3_INPUT);
  SqStatus status = check_count(n, error, error_size);
  for (int32_t i = 0; status == SQ_OK && i < n; i++) {
    SqVst3BusInfo bus = {0};
    if (c->table->bus_info(c, SQ_VST3_AUDIO, SQ_VST3_INPUT, i, &bus) != SQ_VST3_OK)
      continue;
    status = check_bus(&bus, (uint32_t)i, error, error_size);
    if (status != SQ_OK)
      return status;
    if (bus.type == SQ_VST3_BUS_MAIN && p->main_in == SQ_VST3_NONE) {
      p->main_in = (uint32_t)i;
      p->info.n_in = (uint32_t)bus.n_channels;
    } else if (p->side == SQ_VST3_NONE) {
      p->side = (uint32_t)i;
      p->info.n_side = (uint32_t)bus.n_channels;
    }
  }
  return status;
}

/// The main output is the first that says so, else the first; each other is a bus of its own, named by its number:
/// the plug-in's own identity of it.
static SqStatus read_outputs(SqVst3Plugin *p, SqVst3Component *c, char *error, size_t error_size) {
  int32_t n = c->table->n_buses(c, SQ_VST3_AUDIO, SQ_VST3_OUTPUT);
  SqStatus status = check_count(n, error, error_size);
  if (status != SQ_OK)
    return status;
  SqProcBus *extra = calloc((size_t)(n > 0 ? n : 0) + 1, sizeof *extra);
  p->type.extra_buses = extra;
  p->extra_index = calloc((size_t)(n > 0 ? n : 0) + 1, sizeof *p->extra_index);
  if (!extra || !p->extra_index)
    return SQ_LIMIT;
  for (int32_t i = 0; i < n && p->main_out == SQ_VST3_NONE; i++) {
    SqVst3BusInfo bus = {0};
    if (c->table->bus_info(c, SQ_VST3_AUDIO, SQ_VST3_OUTPUT, i, &bus) == SQ_VST3_OK && bus.type == SQ_VST3_BUS_MAIN)
      p->main_out = (uint32_t)i;
  }
  if (n > 0 && p->main_out == SQ_VST3_NONE)
    p->main_out = 0;
  for (int32_t i = 0; i < n; i++) {
    SqVst3BusInfo bus = {0};
    if (c->table->bus_info(c, SQ_VST3_AUDIO, SQ_VST3_OUTPUT, i, &bus) != SQ_VST3_OK)
      continue;
    status = check_bus(&bus, (uint32_t)i, error, error_size);
    if (status != SQ_OK)
      return status;
    if ((uint32_t)i == p->main_out) {
      p->info.n_out = bus.n_channels > SQ_MAX_CHANNELS ? SQ_MAX_CHANNELS : (uint32_t)bus.n_channels;
    } else if (bus.n_channels > 0) {
      char id[16], name[SQ_VST3_UTF8];
      snprintf(id, sizeof id, "bus%d", i + 1);
      if (!sq_vst3_text(name, sizeof name, bus.name, 128))
        snprintf(name, sizeof name, "Output %d", i + 1);
      p->extra_index[p->type.n_extra_buses] = (uint32_t)i;
      extra[p->type.n_extra_buses++] =
          (SqProcBus){sq_vst3_texts_keep(&p->texts, id), sq_vst3_texts_keep(&p->texts, name), (uint32_t)bus.n_channels};
      p->info.n_extra_out += (uint32_t)bus.n_channels;
    }
  }
  return SQ_OK;
}

static void read_events(SqVst3Plugin *p, const SqVst3Unit *unit) {
  SqVst3Component *c = unit->component;
  SqVst3MidiMapping *mapping = sq_vst3_query(unit->controller, sq_vst3_id_midi_mapping);
  p->info.midi_in = c->table->n_buses(c, SQ_VST3_EVENTS, SQ_VST3_INPUT) > 0 || mapping;
  p->info.midi_out = c->table->n_buses(c, SQ_VST3_EVENTS, SQ_VST3_OUTPUT) > 0;
  sq_vst3_drop(mapping);
  SqVst3Requirements *needs = sq_vst3_query(unit->processor, sq_vst3_id_context_requirements);
  p->info.time_in = !needs || needs->table->requirements(needs) != 0;
  sq_vst3_drop(needs);
}

// ---- programs -------------------------------------------------------------------------------------------------------

/// The list of the unit that the program parameter belongs to; -1: it has none.
static int32_t list_of_unit(SqVst3Units *units, int32_t unit) {
  int32_t n = units->table->n_units(units);
  for (int32_t i = 0; i < n && i < SQ_VST3_PARAMS; i++) {
    SqVst3UnitInfo info = {.program_list = -1};
    if (units->table->unit_info(units, i, &info) == SQ_VST3_OK && info.id == unit)
      return info.program_list;
  }
  return -1;
}

/// Without a list of programs, the steps of the parameter are the programs and its texts their names.
static void read_programs(SqVst3Plugin *p, const SqVst3Unit *unit) {
  p->program_list = -1;
  if (p->program == SQ_VST3_NONE)
    return;
  const SqVst3Param *param = &p->params[p->program];
  SqVst3Units *units = sq_vst3_query(unit->controller, sq_vst3_id_units);
  int32_t wanted = units ? list_of_unit(units, param->unit) : -1, n = units ? units->table->n_lists(units) : 0;
  for (int32_t i = 0; i < n && i < SQ_VST3_PARAMS; i++) {
    SqVst3ProgramListInfo info = {0};
    if (units->table->list_info(units, i, &info) == SQ_VST3_OK && info.id == wanted && info.n_programs > 0) {
      p->program_list = info.id;
      p->n_programs = (uint32_t)info.n_programs;
      break;
    }
  }
  sq_vst3_drop(units);
  if (p->program_list < 0)
    p->n_programs = param->n_steps ? param->n_steps + 1 : 0;
  if (p->n_programs > SQ_VST3_PROGRAMS)
    p->n_programs = SQ_VST3_PROGRAMS;
}

// ---- the whole ------------------------------------------------------------------------------------------------------

static bool has_editor(SqVst3Controller *controller) {
  SqVst3View *view = controller ? controller->table->create_view(controller, "editor") : NULL;
  bool fits = view && view->table->supports(view, SQ_VST3_X11) == SQ_VST3_OK;
  sq_vst3_drop(view);
  return fits;
}

static void fill(SqVst3Plugin *p) {
  SqPluginInfo *info = &p->info;
  uint32_t flags = SQ_PROC_SEPARATE | SQ_PROC_SLOW | SQ_PROC_NEEDS_DSP_GUARD;
  if (info->n_out && (info->n_in == 0 || p->class_of->instrument))
    flags |= SQ_PROC_GENERATOR;
  if (info->n_in || info->n_out == 0)
    flags |= SQ_PROC_EFFECT;
  if (info->n_side)
    flags |= SQ_PROC_SIDECHAIN;
  if (info->midi_in)
    flags |= SQ_PROC_NOTES;
  char id[64];
  snprintf(id, sizeof id, "vst3:%s", p->class_of->hex);
  p->type.id = sq_vst3_texts_keep(&p->texts, id);
  p->type.name = p->class_of->name;
  p->type.help = "";
  p->type.flags = flags;
  p->type.min_channels = 1;
  p->type.data = p;
  info->category = p->class_of->category;
  info->author = p->class_of->author;
  info->path = p->module->path;
  info->has_state = info->reports_latency = true;
  sq_vst3_instance_fill_type(&p->type);
  info->type = &p->type;
}

static SqStatus build(SqVst3Plugin *p, char *error, size_t error_size) {
  SqVst3Unit unit;
  char why[256] = "";
  SqStatus status = sq_vst3_unit_open(&unit, p->module, p->class_of, &p->world->home, NULL, error, error_size);
  if (status != SQ_OK)
    return SQ_UNSUPPORTED;
  p->main_in = p->main_out = p->side = p->program = SQ_VST3_NONE;
  status = read_inputs(p, unit.component, why, sizeof why);
  if (status == SQ_OK)
    status = read_outputs(p, unit.component, why, sizeof why);
  if (status == SQ_OK)
    status = sq_vst3_params_read(p, unit.controller, why, sizeof why);
  if (status == SQ_OK) {
    read_events(p, &unit);
    read_programs(p, &unit);
    p->info.has_editor = has_editor(unit.controller);
    fill(p);
  } else if (status == SQ_UNSUPPORTED) {
    snprintf(error, error_size, "'%s' cannot be hosted: %s", p->class_of->name, why);
  }
  sq_vst3_unit_close(&unit);
  return status == SQ_OK && p->texts.no_memory ? SQ_LIMIT : status;
}

/// Finds or builds. The lock is held.
static SqStatus need_plugin(SqVst3World *w, const char *id, SqVst3Plugin **plugin, char *error, size_t error_size) {
  for (SqVst3Plugin *p = w->plugins; p; p = p->next)
    if (strcasecmp(p->class_of->hex, id) == 0) {
      *plugin = p;
      return SQ_OK;
    }
  SqVst3Module *module = NULL;
  const SqVst3Class *class_of = sq_vst3_world_class(w, id, &module);
  if (!class_of) {
    snprintf(error, error_size, "no VST3 plug-in '%s' is installed", id);
    return SQ_NOT_FOUND;
  }
  snprintf(error, error_size, "no memory to describe '%s'", id);
  SqVst3Plugin *p = calloc(1, sizeof *p);
  if (!p)
    return SQ_LIMIT;
  p->world = w;
  p->module = module;
  p->class_of = class_of;
  SqStatus status = build(p, error, error_size);
  if (status != SQ_OK) {
    sq_vst3_plugin_free(p);
    return status;
  }
  p->next = w->plugins;
  w->plugins = p;
  *plugin = p;
  return SQ_OK;
}

SqStatus sq_vst3_describe(void *world, const char *id, const SqPluginInfo **info, char *error, size_t error_size) {
  SqVst3World *w = world;
  SqVst3Plugin *plugin = NULL;
  pthread_mutex_lock(&w->lock);
  SqStatus status = need_plugin(w, id, &plugin, error, error_size);
  pthread_mutex_unlock(&w->lock);
  if (status == SQ_OK)
    *info = &plugin->info;
  return status;
}
