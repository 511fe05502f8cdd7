// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Recorders: a strip's sound into a file, from one exact frame to another.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/list.h"
#include "commands/recorders.h"
#include "protocol/name.h"

static const SqArgSpec args_add[] = {
    {.name = "name", .type = SQ_TYPE_NAME, .help = "A new name, unique among recorders."},
    {.name = "strip", .type = SQ_TYPE_REF, .help = "The source, bus or master to record."},
    {.name = "path",
     .type = SQ_TYPE_PATH,
     .help = "An absolute path, or a name in the folder `recordings` of the state folder."}};
static const SqArgSpec arg_path[] = {
    {.name = "path",
     .type = SQ_TYPE_PATH,
     .optional = true,
     .help = "Of the next take; else the last one's with a number, or the same where it may be overwritten."}};
static const SqArgSpec spec_state[] = {{.name = "state", .type = SQ_TYPE_STRING, .help = "How it stands."}};
static const SqArgSpec spec_frames[] = {
    {.name = "frames", .type = SQ_TYPE_DOUBLE, .unit = "frames", .help = "Length so far."}};
static const SqArgSpec spec_path[] = {{.name = "path", .type = SQ_TYPE_STRING, .help = "The file."}};
static const SqArgSpec spec_strip[] = {{.name = "strip", .type = SQ_TYPE_STRING, .help = "What it records."}};
static const SqArgSpec spec_lost[] = {
    {.name = "lost", .type = SQ_TYPE_DOUBLE, .unit = "frames", .help = "Frames of silence in the file."}};
static const SqArgSpec spec_error[] = {{.name = "error", .type = SQ_TYPE_STRING, .help = "Why it failed, or empty."}};

static const SqArgSpec key_tap = {.name = "tap", .type = SQ_TYPE_ENUM, .choices = "pre|post"};
static const SqArgSpec key_format = {.name = "format", .type = SQ_TYPE_ENUM, .choices = SQ_FORMATS};
static const SqArgSpec key_bits = {.name = "bits", .type = SQ_TYPE_INT, .min = 16, .max = 32};
static const SqArgSpec key_overwrite = {.name = "overwrite", .type = SQ_TYPE_BOOL};

typedef enum { ADD, ARM, START, STOP, REMOVE } What;

/// What is to be done when the message has succeeded.
typedef struct {
  What what;
  SqHandle record;
  uint64_t frame;
  struct SqToken *token;
  SqRecordSpec spec; ///< ADD; its path: ARM
  char name[SQ_MAX_NAME + 1];
} Deed;

static void do_it(SqContext *ctx, void *context, bool committed) {
  Deed *deed = context;
  SqRecordView view;
  SqRecorders *recorders = ctx->recorders;
  if (!committed) {
    sq_control_drop(ctx->control, deed->token);
  } else if (deed->what == ADD) {
    sq_recorders_add(recorders, &deed->spec, deed->record, deed->token);
  } else if (!sq_recorders_view(recorders, deed->record, &view)) { // removed by the same bundle
    sq_control_finish(ctx->control, deed->token, SQ_NOT_FOUND, "the recorder was removed by the same bundle", NULL);
  } else if (deed->what == ARM) {
    sq_recorders_arm(recorders, deed->record, deed->spec.path, deed->token);
  } else if (deed->what == START) {
    sq_recorders_start(recorders, deed->record, deed->frame, deed->token);
  } else if (deed->what == STOP) {
    sq_recorders_stop(recorders, deed->record, deed->frame, deed->token);
  } else {
    sq_recorders_remove(recorders, deed->record, deed->token);
  }
  free(deed);
}

static SqStatus promise(SqCall *call, Deed *deed) {
  deed->token = sq_control_defer(call);
  deed->frame = call->frame;
  sq_call_after(call, do_it, deed);
  return SQ_OK;
}

static SqStatus promise_of(SqCall *call, What what) {
  Deed *deed = sq_alloc(1, sizeof *deed);
  deed->what = what;
  deed->record = call->target.number;
  return promise(call, deed);
}

// ---- adding ---------------------------------------------------------------------------------------------------------

static SqStatus read_key(SqCall *call, SqRecordSpec *spec, const char *key, const SqOscArg *given) {
  const SqArgSpec *const keys[] = {&key_tap, &key_format, &key_bits, &key_overwrite};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    if (strcmp(keys[i]->name, key) != 0)
      continue;
    char text[SQ_ARGS_TEXT];
    SqArg arg;
    const SqStatus status = sq_arg_read(keys[i], SQ_LIMIT_REFUSE, given, &arg, text, call->why);
    if (status != SQ_OK)
      return status;
    if (keys[i] == &key_tap)
      spec->post = arg.integer != SQ_TAP_PRE;
    else if (keys[i] == &key_format)
      spec->writer.format = (SqFileFormat)arg.integer;
    else if (keys[i] == &key_overwrite)
      spec->writer.replace = arg.integer != 0;
    else if (arg.integer != 16 && arg.integer != 24 && arg.integer != 32)
      return sq_call_fail(call, SQ_BAD_ARGS, "bits are 16, 24 (integers) or 32 (float)");
    else
      spec->writer.bits = (uint32_t)arg.integer;
    return SQ_OK;
  }
  return sq_call_fail(call, SQ_BAD_ARGS, "a recorder has no '%.40s'; keys are tap format bits overwrite", key);
}

/// Two recorders in one file would tear it apart.
static SqStatus check_free(SqCall *call, const char *path) {
  SqRecordView view;
  for (uint32_t i = 0; sq_recorders_at(call->ctx->recorders, i, &view); i++)
    if (view.handle != call->target.number && strcmp(view.path, path) == 0 && strcmp(view.state, "done") != 0 &&
        strcmp(view.state, "failed") != 0)
      return sq_call_fail(call, SQ_BUSY, "the recorder '%s' writes %.200s now; name another file", view.name, path);
  return SQ_OK;
}

static SqStatus check_name(SqCall *call, const char *name) {
  const char *why = "";
  SqRecordView view;
  if (sq_name_check(name, &why) != SQ_OK)
    return sq_call_fail(call, SQ_BAD_ARGS, "the name '%.64s' %s", name, why);
  for (uint32_t i = 0; sq_recorders_at(call->ctx->recorders, i, &view); i++)
    if (strcmp(view.name, name) == 0)
      return sq_call_fail(call, SQ_EXISTS, "there is a recorder '%s' already; take another name, or /record/%s/arm",
                          name, name);
  return SQ_OK;
}

static SqStatus add(SqCall *call) {
  const SqArg *args = call->args->args;
  SqRecordSpec spec = {.post = true};
  SqStatus status = check_name(call, args[0].text);
  if (status != SQ_OK)
    return status;
  const SqStrip *strip = sq_call_find_strip(call, &args[1]);
  if (!strip)
    return SQ_NOT_FOUND;
  status = sq_path_to_write(call, args[2].text, "recordings", spec.path);
  if (status != SQ_OK)
    return status;
  spec.writer.format = sq_format_of_path(spec.path);
  for (uint32_t i = 0; i < call->args->n_rest / 2 && status == SQ_OK; i++) {
    const SqOscArg *given;
    const char *key = sq_args_key(call->args, i, &given);
    status = read_key(call, &spec, key, given);
  }
  if (status == SQ_OK)
    status = check_free(call, spec.path);
  if (status != SQ_OK)
    return status;
  Deed *deed = sq_alloc(1, sizeof *deed);
  deed->what = ADD;
  deed->record = sq_doc_next_handle(call->ctx->doc);
  deed->spec = spec;
  deed->spec.strip = strip->handle;
  snprintf(deed->name, sizeof deed->name, "%s", args[0].text);
  deed->spec.name = deed->name;
  return promise(call, deed);
}

// ---- takes ----------------------------------------------------------------------------------------------------------

static SqRecordView view_of(const SqCall *call) {
  SqRecordView view;
  sq_recorders_view(call->ctx->recorders, call->target.number, &view);
  return view;
}

static bool is(const SqRecordView *view, const char *state) {
  return strcmp(view->state, state) == 0;
}

static SqStatus arm(SqCall *call) {
  const SqRecordView view = view_of(call);
  char path[SQ_PATH_SIZE] = "";
  if (is(&view, "recording"))
    return sq_call_fail(call, SQ_NOT_NOW, "'%s' is recording; /record/%s/stop ends the take", view.name, view.name);
  if (!view.strip[0])
    return sq_call_fail(call, SQ_NOT_FOUND, "the strip of '%s' was removed; add another recorder", view.name);
  if (call->args->args[0].present) {
    SqStatus status = sq_path_to_write(call, call->args->args[0].text, "recordings", path);
    if (status == SQ_OK)
      status = check_free(call, path);
    if (status != SQ_OK)
      return status;
    if (!is(&view, "done") && !is(&view, "failed"))
      return sq_call_fail(call, SQ_NOT_NOW, "'%s' is armed for %.200s; remove it and add another", view.name,
                          view.path);
  }
  Deed *deed = sq_alloc(1, sizeof *deed);
  deed->what = ARM;
  deed->record = view.handle;
  memcpy(deed->spec.path, path, sizeof path);
  return promise(call, deed);
}

static SqStatus start(SqCall *call) {
  const SqRecordView view = view_of(call);
  if (is(&view, "recording"))
    return sq_call_fail(call, SQ_NOT_NOW, "'%s' is recording; /record/%s/stop ends the take", view.name, view.name);
  if (is(&view, "done") || is(&view, "failed"))
    return sq_call_fail(call, SQ_NOT_NOW, "the take of '%s' is over; /record/%s/arm makes ready for another", view.name,
                        view.name);
  return promise_of(call, START);
}

static SqStatus stop(SqCall *call) {
  const SqRecordView view = view_of(call);
  if (is(&view, "armed"))
    return sq_call_fail(call, SQ_NOT_NOW, "'%s' does not record; /record/%s/start begins the take", view.name,
                        view.name);
  return promise_of(call, STOP);
}

static SqStatus remove_record(SqCall *call) {
  return promise_of(call, REMOVE);
}

// ---- values ---------------------------------------------------------------------------------------------------------

static SqStatus value(SqCall *call) {
  if (!sq_call_is_get(call))
    return sq_call_fail(call, SQ_UNSUPPORTED, "it only answers; start, stop and arm change it");
  const SqRecordView view = view_of(call);
  const char *name = strrchr(call->row->address, '/') + 1;
  if (strcmp(name, "state") == 0)
    sq_items_text(&call->results, view.state);
  else if (strcmp(name, "frames") == 0)
    sq_items_int64(&call->results, (int64_t)view.frames);
  else if (strcmp(name, "lost") == 0)
    sq_items_int64(&call->results, (int64_t)view.lost);
  else if (strcmp(name, "path") == 0)
    sq_items_text(&call->results, view.path);
  else if (strcmp(name, "strip") == 0)
    sq_items_text(&call->results, view.strip);
  else
    sq_items_text(&call->results, view.error);
  return SQ_OK;
}

#define VALUE_ROW(leaf, text)                                                                                          \
  {                                                                                                                    \
    .address = "/record/{record}/" #leaf, .kind = SQ_ROW_VALUE, .access = SQ_ACCESS_METER, .args = spec_##leaf,        \
    .n_args = 1, .help = text, .handle = value, .property = SQ_NO_PROPERTY, .read_only = true                          \
  }

const SqRow sq_rows_record[] = {
    {.address = "/record/add",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_FILE,
     .args = args_add,
     .n_args = 3,
     .rest = SQ_REST_PAIRS,
     .rest_help = "tap (pre or post the fader), format (" SQ_FORMATS "; else by the path's end), bits (16 24 32), "
                  "overwrite (replaces a file that is there)",
     .replies = "s:name i:handle s:path h:frames",
     .help = "Makes a file for a strip's sound; /record/NAME/start begins the take.",
     .handle = add},
    {.address = "/record/{record}/arm",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_FILE,
     .args = arg_path,
     .n_args = 1,
     .replies = "s:name i:handle s:path h:frames",
     .help = "Makes ready for another take, in a file of its own.",
     .handle = arm},
    {.address = "/record/{record}/start",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .replies = "s:name i:handle s:path h:frames",
     .help = "Begins the take, in a timed bundle at its exact frame.",
     .handle = start,
     .timed = true},
    {.address = "/record/{record}/stop",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .replies = "s:name i:handle s:path h:frames",
     .help = "Ends the take, in a timed bundle before its exact frame; answers when the file is finished.",
     .handle = stop,
     .timed = true},
    {.address = "/record/{record}/remove",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .replies = "s:name i:handle s:path h:frames",
     .help = "Ends the take where one is under way, and forgets the recorder; the file stays.",
     .handle = remove_record},
    VALUE_ROW(state, "opening, armed, recording, done or failed."),
    VALUE_ROW(frames, "Frames in the file."),
    VALUE_ROW(lost, "Frames of silence in the file, where the disk was too slow."),
    VALUE_ROW(path, "The file of this take, or of the last one."),
    VALUE_ROW(strip, "The strip that it records."),
    VALUE_ROW(error, "Why the last take failed."),
};
SQ_ROWS_COUNT(record)
