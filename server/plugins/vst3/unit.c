// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/vst3/unit.h"

#include <stdio.h>
#include <string.h>

#include "plugins/vst3/stream.h"

static void *create(const SqVst3Module *m, const SqVst3Id class_id, const SqVst3Id interface_id) {
  void *object = NULL;
  SqVst3Result result =
      m->factory->table->create(m->factory, (const char *)class_id, (const char *)interface_id, &object);
  return result == SQ_VST3_OK ? object : NULL;
}

/// Finds the controller: another face of the component, or an object of its own. None is no error.
static void open_controller(SqVst3Unit *u, const SqVst3Module *m, SqVst3Home *home) {
  u->controller = sq_vst3_query(u->component, sq_vst3_id_controller);
  if (u->controller)
    return;
  SqVst3Id id = {0};
  if (u->component->table->controller_class(u->component, id) != SQ_VST3_OK)
    return;
  u->controller = create(m, id, sq_vst3_id_controller);
  if (!u->controller)
    return;
  u->separate = true;
  u->controller_up = u->controller->table->initialize(u->controller, &home->application) == SQ_VST3_OK;
  if (u->controller_up)
    return;
  sq_vst3_drop(u->controller);
  u->controller = NULL;
}

static void connect(SqVst3Unit *u) {
  if (!u->separate)
    return;
  u->of_component = sq_vst3_query(u->component, sq_vst3_id_connection);
  u->of_controller = sq_vst3_query(u->controller, sq_vst3_id_connection);
  if (u->of_component && u->of_controller) {
    u->of_component->table->connect(u->of_component, u->of_controller);
    u->of_controller->table->connect(u->of_controller, u->of_component);
    return;
  }
  sq_vst3_drop(u->of_component);
  sq_vst3_drop(u->of_controller);
  u->of_component = u->of_controller = NULL;
}

/// The controller learns what the component begins with.
static void show_state(SqVst3Unit *u) {
  SqVst3Memory state;
  sq_vst3_memory_init(&state);
  if (u->controller && u->component->table->get_state(u->component, &state.object) == SQ_VST3_OK && state.size) {
    state.at = 0;
    u->controller->table->set_component_state(u->controller, &state.object);
  }
  sq_vst3_memory_cleanup(&state);
}

SqStatus sq_vst3_unit_open(SqVst3Unit *unit, const SqVst3Module *module, const SqVst3Class *class_of, SqVst3Home *home,
                           void *handler, char *error, size_t error_size) {
  memset(unit, 0, sizeof *unit);
  const char *why = NULL;
  unit->component = create(module, class_of->id, sq_vst3_id_component);
  if (!unit->component)
    why = "its factory makes no component";
  else if (unit->component->table->initialize(unit->component, &home->application) != SQ_VST3_OK)
    why = "its component refuses to start";
  unit->component_up = unit->component && !why;
  if (!why && !(unit->processor = sq_vst3_query(unit->component, sq_vst3_id_processor)))
    why = "it does not process audio";
  if (!why && unit->processor->table->can_process(unit->processor, SQ_VST3_SAMPLE_32) != SQ_VST3_OK)
    why = "it does not process 32-bit samples";
  if (why) {
    snprintf(error, error_size, "'%s' cannot be hosted: %s", class_of->name, why);
    sq_vst3_unit_close(unit);
    return SQ_PLUGIN;
  }
  open_controller(unit, module, home);
  if (unit->controller && handler)
    unit->controller->table->set_handler(unit->controller, handler);
  connect(unit);
  show_state(unit);
  return SQ_OK;
}

void sq_vst3_unit_close(SqVst3Unit *unit) {
  sq_vst3_unit_stop(unit);
  if (unit->of_component) {
    unit->of_component->table->disconnect(unit->of_component, unit->of_controller);
    unit->of_controller->table->disconnect(unit->of_controller, unit->of_component);
  }
  sq_vst3_drop(unit->of_component);
  sq_vst3_drop(unit->of_controller);
  if (unit->controller)
    unit->controller->table->set_handler(unit->controller, NULL);
  if (unit->controller_up)
    unit->controller->table->terminate(unit->controller);
  if (unit->component_up)
    unit->component->table->terminate(unit->component);
  sq_vst3_drop(unit->controller);
  sq_vst3_drop(unit->processor);
  sq_vst3_drop(unit->component);
  memset(unit, 0, sizeof *unit);
}

SqStatus sq_vst3_unit_start(SqVst3Unit *unit) {
  if (unit->component->table->set_active(unit->component, 1) > SQ_VST3_FALSE)
    return SQ_PLUGIN;
  unit->active = true;
  unit->processor->table->set_processing(unit->processor, 1); // many answer that they do not know it
  unit->processing = true;
  return SQ_OK;
}

void sq_vst3_unit_stop(SqVst3Unit *unit) {
  if (unit->processing)
    unit->processor->table->set_processing(unit->processor, 0);
  if (unit->active)
    unit->component->table->set_active(unit->component, 0);
  unit->processing = unit->active = false;
}
