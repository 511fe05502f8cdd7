// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The window of a CLAP plug-in, within a window of the host's or of its own; plug-in main thread.
#include <stdlib.h>
#include <string.h>

#include "plugins/clap/instance.h"

static SqClapGuest *guest_of(SqClapInstance *self) {
  return &self->units[0].guest;
}

/// Plug-ins find the X server by this, and many crash where there is none.
static bool has_display(void) {
  const char *display = getenv("DISPLAY");
  return display && *display;
}

/// Makes the window's inside, not yet shown. Errors: SQ_UNSUPPORTED: no editor for X11, or no display.
static SqStatus make(SqClapInstance *self, bool floats) {
  SqClapGuest *guest = guest_of(self);
  const SqClapGui *gui = guest->can.gui;
  if (self->editor_made && self->editor_floats == floats)
    return SQ_OK;
  if (self->editor_made)
    sq_clap_editor_close(self);
  if (!gui || !has_display() || !gui->is_api_supported(guest->plugin, SQ_CLAP_API_X11, floats) ||
      !gui->create(guest->plugin, SQ_CLAP_API_X11, floats))
    return SQ_UNSUPPORTED;
  self->editor_made = true;
  self->editor_floats = floats;
  return SQ_OK;
}

SqStatus sq_clap_editor_size(void *instance, uint32_t *width, uint32_t *height) {
  SqClapInstance *self = instance;
  SqClapGuest *guest = guest_of(self);
  sq_clap_world_enter(self->kind->world);
  SqStatus status = make(self, false);
  if (status == SQ_OK && (!guest->can.gui->get_size(guest->plugin, width, height) || !*width || !*height ||
                          *width > INT16_MAX || *height > INT16_MAX))
    status = SQ_UNSUPPORTED;
  sq_clap_world_leave(self->kind->world);
  return status;
}

static bool show(SqClapGuest *guest, const SqEditorSetup *setup, bool floats) {
  const SqClapGui *gui = guest->can.gui;
  const SqClapPlugin *p = guest->plugin;
  if (floats) {
    if (gui->suggest_title && setup->title)
      gui->suggest_title(p, setup->title);
    return gui->show(p);
  }
  uint32_t width = 0, height = 0;
  if (gui->set_scale && setup->scale > 0)
    gui->set_scale(p, setup->scale); // one that would rather ask X itself says no
  gui->get_size(p, &width, &height); // after the scale, as CLAP orders it
  const SqClapWindow window = {.api = SQ_CLAP_API_X11, .u.x11 = setup->window};
  if (!gui->set_parent(p, &window))
    return false;
  gui->show(p); // some have nothing to do here, and say no
  return true;
}

SqStatus sq_clap_editor_open(void *instance, const SqEditorSetup *setup) {
  SqClapInstance *self = instance;
  SqClapGuest *guest = guest_of(self);
  bool floats = !setup->window;
  sq_clap_world_enter(self->kind->world);
  SqStatus status = make(self, floats);
  if (status != SQ_OK && !floats) {
    floats = true;
    status = make(self, floats);
  }
  if (status == SQ_OK && !show(guest, setup, floats)) {
    sq_clap_editor_close(self);
    status = SQ_PLUGIN;
  }
  atomic_store(&self->editor, status == SQ_OK);
  self->wants_process |= status == SQ_OK; // it may sleep
  sq_clap_world_leave(self->kind->world);
  return status;
}

void sq_clap_editor_close(void *instance) {
  SqClapInstance *self = instance;
  if (!self->editor_made)
    return;
  SqClapGuest *guest = guest_of(self);
  sq_clap_world_enter(self->kind->world);
  if (atomic_exchange(&self->editor, false))
    guest->can.gui->hide(guest->plugin);
  guest->can.gui->destroy(guest->plugin);
  self->editor_made = false;
  sq_clap_world_leave(self->kind->world);
}
