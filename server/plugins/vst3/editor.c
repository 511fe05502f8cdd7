// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The window of a VST3 plug-in, put into one of the host's; plug-in main thread.
#include <stdlib.h>

#include "plugins/vst3/instance.h"

#define SQ_VST3_MOST_PIXELS 16384 ///< of either side: X knows no more than 32,767, no screen has half of that

typedef struct SqVst3Editor {
  SqVst3Frame frame;
  SqVst3Instance *instance;
  SqVst3View *view;
  bool attached;
} SqVst3Editor;

// ---- the frame ------------------------------------------------------------------------------------------------------

static SqVst3Result query(void *self, const SqVst3Id id, void **object) {
  SqVst3Editor *editor = self;
  if (sq_vst3_answer(self, id, sq_vst3_id_frame, object) == SQ_VST3_OK)
    return SQ_VST3_OK;
  return sq_vst3_answer(&editor->instance->loop, id, sq_vst3_id_run_loop, object);
}

static bool sane(const SqVst3Rect *r, uint32_t *width, uint32_t *height) {
  int64_t w = (int64_t)r->right - r->left, h = (int64_t)r->bottom - r->top;
  if (w < 1 || h < 1 || w > SQ_VST3_MOST_PIXELS || h > SQ_VST3_MOST_PIXELS)
    return false;
  *width = (uint32_t)w;
  *height = (uint32_t)h;
  return true;
}

static SqVst3Result resize(void *self, void *view, SqVst3Rect *size) {
  SqVst3Editor *editor = self;
  uint32_t width, height;
  if (!size || !sane(size, &width, &height) || view != editor->view)
    return SQ_VST3_BAD_ARGUMENT;
  sq_vst3_instance_news(editor->instance, SQ_NEWS_EDITOR_SIZE, width, height);
  SqVst3Rect given = {0, 0, (int32_t)width, (int32_t)height};
  if (editor->attached)
    editor->view->table->on_size(editor->view, &given);
  return SQ_VST3_OK;
}

static const SqVst3FrameTable frame_table = {query, sq_vst3_retain, sq_vst3_release, resize};

// ---- open and close -------------------------------------------------------------------------------------------------

static SqVst3View *new_view(SqVst3Instance *self) {
  SqVst3Controller *c = self->units[0].controller;
  SqVst3View *view = c ? c->table->create_view(c, "editor") : NULL;
  if (view && view->table->supports(view, SQ_VST3_X11) != SQ_VST3_OK) {
    sq_vst3_drop(view);
    view = NULL;
  }
  return view;
}

SqStatus sq_vst3_editor_size(void *instance, uint32_t *width, uint32_t *height) {
  SqVst3Instance *self = instance;
  pthread_mutex_lock(&self->plugin->world->lock);
  SqVst3View *view = self->editor ? self->editor->view : new_view(self);
  SqVst3Rect size = {0};
  bool well = view && view->table->get_size(view, &size) == SQ_VST3_OK && sane(&size, width, height);
  if (view && !self->editor)
    sq_vst3_drop(view);
  pthread_mutex_unlock(&self->plugin->world->lock);
  return well ? SQ_OK : SQ_UNSUPPORTED;
}

/// The lock is held.
static SqStatus open_view(SqVst3Editor *editor, const SqEditorSetup *setup) {
  SqVst3View *view = editor->view = new_view(editor->instance);
  if (!view)
    return SQ_UNSUPPORTED;
  view->table->set_frame(view, &editor->frame);
  SqVst3ViewScale *scale = setup->scale > 0 ? sq_vst3_query(view, sq_vst3_id_view_scale) : NULL;
  if (scale)
    scale->table->set_scale(scale, (float)setup->scale);
  sq_vst3_drop(scale);
  editor->instance->editor = editor; // what it asks for while it is put in is answered
  editor->attached = view->table->attached(view, (void *)(uintptr_t)setup->window, SQ_VST3_X11) == SQ_VST3_OK;
  return editor->attached ? SQ_OK : SQ_PLUGIN;
}

static void drop_editor(SqVst3Editor *editor) {
  editor->instance->editor = NULL;
  if (editor->attached)
    editor->view->table->removed(editor->view);
  if (editor->view)
    editor->view->table->set_frame(editor->view, NULL);
  sq_vst3_drop(editor->view);
  free(editor);
}

SqStatus sq_vst3_editor_open(void *instance, const SqEditorSetup *setup) {
  SqVst3Instance *self = instance;
  if (self->editor || !setup->window)
    return self->editor ? SQ_EXISTS : SQ_UNSUPPORTED; // a VST3 view lives in a window of the host's
  SqVst3Editor *editor = calloc(1, sizeof *editor);
  if (!editor)
    return SQ_LIMIT;
  editor->frame.table = &frame_table;
  editor->instance = self;
  pthread_mutex_lock(&self->plugin->world->lock);
  SqStatus status = open_view(editor, setup);
  if (status != SQ_OK)
    drop_editor(editor);
  pthread_mutex_unlock(&self->plugin->world->lock);
  return status;
}

void sq_vst3_editor_close(void *instance) {
  SqVst3Instance *self = instance;
  pthread_mutex_lock(&self->plugin->world->lock);
  if (self->editor)
    drop_editor(self->editor);
  pthread_mutex_unlock(&self->plugin->world->lock);
}
