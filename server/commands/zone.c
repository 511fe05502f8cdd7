// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Zones of samplers: which sound file plays for which keys and velocities.
#include "commands/zone.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "commands/list.h"
#include "commands/paths.h"

#define KEY_RANGE .min = 0, .max = 127
#define FRAMES .type = SQ_TYPE_DOUBLE, .unit = "frames", .min = 0, .max = INT32_MAX

static const SqArgSpec arg_path[] = {
    {.name = "path",
     .type = SQ_TYPE_PATH,
     .help =
         "A sound file: an absolute path, or one below the session's folder (without a session the state folder)."}};

static const SqArgSpec spec_path[] = {{.name = "path", .type = SQ_TYPE_STRING, .help = "The file."}};
static const SqArgSpec spec_root[] = {{.name = "root",
                                       .type = SQ_TYPE_FLOAT,
                                       .unit = "semitones",
                                       KEY_RANGE,
                                       .def = 60,
                                       .help = "The key at which it sounds as recorded."}};
static const SqArgSpec spec_lo[] = {
    {.name = "lo", .type = SQ_TYPE_FLOAT, .unit = "semitones", KEY_RANGE, .help = "Lowest key."}};
static const SqArgSpec spec_hi[] = {
    {.name = "hi", .type = SQ_TYPE_FLOAT, .unit = "semitones", KEY_RANGE, .def = 127, .help = "Highest key."}};
static const SqArgSpec spec_vlo[] = {
    {.name = "vlo", .type = SQ_TYPE_FLOAT, .min = 0, .max = 1, .help = "Lowest velocity."}};
static const SqArgSpec spec_vhi[] = {{.name = "vhi",
                                      .type = SQ_TYPE_FLOAT,
                                      .min = 0,
                                      .max = 1,
                                      .def = 1,
                                      .help = "Velocities from here on are not its own, but for 1."}};
static const SqArgSpec spec_tune[] = {
    {.name = "tune", .type = SQ_TYPE_FLOAT, .unit = "cents", .min = -9600, .max = 9600, .help = "Added to the pitch."}};
static const SqArgSpec spec_gain[] = {
    {.name = "gain", .type = SQ_TYPE_FLOAT, .unit = "dB", .min = -144, .max = 24, .help = "Added to the level."}};
static const SqArgSpec spec_mode[] = {{.name = "mode",
                                       .type = SQ_TYPE_ENUM,
                                       .choices = "one_shot|gate|loop",
                                       .help = "To its end; while the key is held; round and round while it is held."}};
static const SqArgSpec spec_start[] = {{.name = "start", FRAMES, .help = "First frame, at the engine's rate."}};
static const SqArgSpec spec_end[] = {{.name = "end", FRAMES, .help = "Frame behind the last one."}};
static const SqArgSpec spec_loop_start[] = {{.name = "loop_start", FRAMES, .help = "First frame of the loop."}};
static const SqArgSpec spec_loop_end[] = {{.name = "loop_end", FRAMES, .help = "Frame behind the loop."}};

/// The values of a zone: key, address, where they are kept.
typedef struct {
  const SqArgSpec *spec;
  size_t offset; ///< of a double; SIZE_MAX: the mode
} Value;

static const Value values[] = {{spec_root, offsetof(SqZone, root)},
                               {spec_lo, offsetof(SqZone, lo)},
                               {spec_hi, offsetof(SqZone, hi)},
                               {spec_vlo, offsetof(SqZone, vlo)},
                               {spec_vhi, offsetof(SqZone, vhi)},
                               {spec_tune, offsetof(SqZone, tune_cents)},
                               {spec_gain, offsetof(SqZone, gain_db)},
                               {spec_mode, SIZE_MAX},
                               {spec_start, offsetof(SqZone, start)},
                               {spec_end, offsetof(SqZone, end)},
                               {spec_loop_start, offsetof(SqZone, loop_start)},
                               {spec_loop_end, offsetof(SqZone, loop_end)}};

static const Value *value_named(const char *name) {
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
    if (strcmp(values[i].spec->name, name) == 0)
      return &values[i];
  return NULL;
}

static double *number_of(SqZone *zone, const Value *value) {
  return (double *)(void *)((char *)zone + value->offset);
}

static void set_value(SqZone *zone, const Value *value, const SqArg *arg) {
  if (value->offset == SIZE_MAX)
    zone->mode = (int)arg->integer;
  else
    *number_of(zone, value) = arg->number;
}

static SqZone *zone_of(SqProc *proc, SqHandle handle) {
  for (uint32_t i = 0; proc && i < proc->n_zones; i++)
    if (proc->zones[i].handle == handle)
      return &proc->zones[i];
  return NULL;
}

static SqStatus check_ranges(SqCall *call, const SqZone *zone) {
  if (zone->lo > zone->hi || zone->vlo > zone->vhi)
    return sq_call_fail(call, SQ_RANGE, "the zone answers to no note: lo must not exceed hi, nor vlo vhi");
  return SQ_OK;
}

static SqStatus add(SqCall *call) {
  const SqStrip *strip = sq_call_strip(call);
  char path[SQ_PATH_SIZE];
  if (!strip->generator || strcmp(strip->generator->type, "sampler") != 0)
    return sq_call_fail(call, SQ_UNSUPPORTED, "'%s' is no sampler; make one with /source/add NAME sampler",
                        strip->name);
  if (strip->generator->n_zones >= SQ_MAX_ZONES)
    return sq_call_fail(call, SQ_LIMIT, "'%s' has %u zones, more are not possible; add another sampler", strip->name,
                        SQ_MAX_ZONES);
  SqStatus status = sq_path_to_read(call, call->args->args[0].text, path);
  SqZone zone = {.path = path, .root = -1, .hi = 127, .vhi = 1, .end = -1, .loop_start = -1, .loop_end = -1};
  for (uint32_t i = 0; i < call->args->n_rest / 2 && status == SQ_OK; i++) {
    const SqOscArg *given;
    const char *key = sq_args_key(call->args, i, &given);
    const Value *value = value_named(key);
    char text[SQ_ARGS_TEXT];
    SqArg arg;
    if (!value)
      return sq_call_fail(call, SQ_BAD_ARGS,
                          "a zone has no '%.40s'; keys are root lo hi vlo vhi tune gain mode start end loop_start "
                          "loop_end",
                          key);
    status = sq_arg_read(value->spec, SQ_LIMIT_REFUSE, given, &arg, text, call->why);
    if (status == SQ_OK)
      set_value(&zone, value, &arg);
  }
  if (status == SQ_OK)
    status = check_ranges(call, &zone);
  if (status != SQ_OK)
    return status;
  zone.handle = sq_doc_next_handle(call->ctx->doc);
  SqStrip *after = sq_call_copy_strip(call);
  sq_proc_add_zone(after->generator, &zone);
  sq_edits_put(&call->ctx->edits, after);
  sq_items_int(&call->results, zone.handle);
  struct SqToken *token = sq_control_defer(call);
  sq_control_finish_when_ready(call->ctx->control, token, zone.handle, &call->results);
  return SQ_OK;
}

static SqStatus remove_zone(SqCall *call) {
  SqStrip *after = sq_call_copy_strip(call);
  sq_proc_remove_zone(after->generator, call->target.zone);
  sq_edits_put(&call->ctx->edits, after);
  sq_items_int(&call->results, call->target.zone);
  return SQ_OK;
}

void sq_zone_take_back(SqContext *ctx, void *zone_ref) {
  const SqZoneRef *ref = zone_ref;
  const SqStrip *strip;
  if (sq_doc_object(ctx->doc, ref->proc, &strip) != SQ_OBJECT_PROC ||
      !zone_of(sq_strip_proc(strip, ref->proc), ref->zone))
    return;
  SqStrip *after = sq_strip_copy(strip);
  sq_proc_remove_zone(sq_strip_proc(after, ref->proc), ref->zone);
  sq_edits_put(&ctx->edits, after);
}

static void answer(SqItems *items, const SqCall *call, const Value *value) {
  SqZone zone = *zone_of(sq_call_strip(call)->generator, call->target.zone);
  sq_link_zone_effective(call->ctx->link, call->target.proc, &zone);
  char word[32];
  if (value->offset == SIZE_MAX) {
    sq_choice_at(value->spec->choices, (uint32_t)zone.mode, word, sizeof word);
    sq_items_text(items, word);
  } else {
    sq_items_float(items, *number_of(&zone, value));
  }
}

/// All values of zones but the path.
static SqStatus value(SqCall *call) {
  const Value *of = value_named(strrchr(call->row->address, '/') + 1);
  if (sq_call_is_get(call)) {
    answer(&call->results, call, of);
    return SQ_OK;
  }
  SqStrip *after = sq_call_copy_strip(call);
  SqZone *zone = zone_of(after->generator, call->target.zone);
  set_value(zone, of, &call->args->args[0]);
  SqStatus status = check_ranges(call, zone);
  if (status == SQ_OK)
    status = sq_link_check_zone(call->ctx->link, call->target.proc, zone, call->why, sizeof call->why);
  if (status != SQ_OK) {
    sq_strip_unref(after);
    return status;
  }
  sq_edits_put(&call->ctx->edits, after);
  SqItems items = {0};
  answer(&items, call, of);
  sq_control_changed(call->ctx->control, call->address, &items);
  sq_items_cleanup(&items);
  return SQ_OK;
}

static SqStatus path(SqCall *call) {
  if (!sq_call_is_get(call))
    return sq_call_fail(call, SQ_UNSUPPORTED, "the file of a zone is fixed; remove the zone and add another");
  sq_items_text(&call->results, zone_of(sq_call_strip(call)->generator, call->target.zone)->path);
  return SQ_OK;
}

#define VALUE_ROW(name, text)                                                                                          \
  {                                                                                                                    \
    .address = "/source/{source}/zone/{zone}/" #name, .kind = SQ_ROW_VALUE, .access = SQ_ACCESS_CONTROL,               \
    .args = spec_##name, .n_args = 1, .help = text, .handle = value, .property = SQ_NO_PROPERTY, .timed = true         \
  }

const SqRow sq_rows_zone[] = {
    {.address = "/source/{source}/zone/add",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_FILE,
     .args = arg_path,
     .n_args = 1,
     .rest = SQ_REST_PAIRS,
     .rest_help = "root lo hi vlo vhi tune gain mode start end loop_start loop_end",
     .replies = "i:zone",
     .help = "Loads a sound file for some keys and velocities of a sampler; notes sent after it wait for it.",
     .handle = add,
     .timed = true},
    {.address = "/source/{source}/zone/{zone}/remove",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .replies = "i:zone",
     .help = "Takes the zone out; what it plays fades.",
     .handle = remove_zone,
     .timed = true},
    {.address = "/source/{source}/zone/{zone}/path",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_CONTROL,
     .args = spec_path,
     .n_args = 1,
     .help = "The sound file.",
     .handle = path,
     .property = SQ_NO_PROPERTY,
     .read_only = true},
    VALUE_ROW(root, "The key at which the sound is as recorded; the file's own when it has one."),
    VALUE_ROW(lo, "The lowest key that it answers to."),
    VALUE_ROW(hi, "The highest key that it answers to."),
    VALUE_ROW(vlo, "The lowest velocity that it answers to."),
    VALUE_ROW(vhi, "The velocity up to which it answers."),
    VALUE_ROW(tune, "Cents added to the pitch."),
    VALUE_ROW(gain, "Added to the level."),
    VALUE_ROW(mode, "Whether it plays to its end, while the key is held, or round and round."),
    VALUE_ROW(start, "The first frame that is played."),
    VALUE_ROW(end, "The frame before which it ends."),
    VALUE_ROW(loop_start, "The first frame of the loop."),
    VALUE_ROW(loop_end, "The frame before which the loop begins anew."),
};
SQ_ROWS_COUNT(zone)
