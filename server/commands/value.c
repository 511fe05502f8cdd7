// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands/value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "link/text.h"
#include "protocol/scale.h"

static const SqArgSpec arg_adjust[] = {
    {.name = "delta", .type = SQ_TYPE_FLOAT, .help = "How much to add, in the value's own unit."}};
static const SqArgSpec arg_norm[] = {
    {.name = "norm", .type = SQ_TYPE_FLOAT, .min = 0, .max = 1, .help = "Place within the range, 0 to 1."}};
static const SqArgSpec arg_str[] = {{.name = "text", .type = SQ_TYPE_STRING, .help = "The value in words."}};
static const SqArgSpec arg_ramp[] = {
    {.name = "target", .type = SQ_TYPE_FLOAT, .help = "The value to go to."},
    {.name = "seconds", .type = SQ_TYPE_FLOAT, .min = 0, .max = 86400, .help = "How long the way takes."},
    {.name = "curve",
     .type = SQ_TYPE_ENUM,
     .choices = "auto|linear|smooth|db",
     .optional = true,
     .help = "Its shape."}};

const SqArgSpec *sq_value_spec(const SqCall *call, SqArgSpec *room) {
  if (call->row->property != SQ_PROPERTY_PARAM)
    return &call->row->args[0];
  const SqParamInfo *p = &sq_call_type(call)->params[call->target.param];
  *room = (SqArgSpec){.name = p->symbol,
                      .type = p->toggled   ? SQ_TYPE_BOOL
                              : p->choices ? SQ_TYPE_ENUM
                              : p->integer ? SQ_TYPE_INT
                                           : SQ_TYPE_FLOAT,
                      .unit = p->unit,
                      .min = p->min,
                      .max = p->max,
                      .def = p->def,
                      .choices = p->toggled ? NULL : p->choices,
                      .scale = p->scale,
                      .value_class = p->value_class,
                      .help = p->help};
  return room;
}

SqArgsWant sq_value_want(const SqCall *call, SqArgSpec *room) {
  switch (call->leaf) {
  case SQ_LEAF_ADJUST:
    return (SqArgsWant){arg_adjust, 1, SQ_REST_NONE, SQ_LIMIT_CLAMP};
  case SQ_LEAF_NORM:
    return (SqArgsWant){arg_norm, 1, SQ_REST_NONE, SQ_LIMIT_CLAMP};
  case SQ_LEAF_STR:
    return (SqArgsWant){arg_str, 1, SQ_REST_NONE, SQ_LIMIT_CLAMP};
  case SQ_LEAF_RAMP:
    return (SqArgsWant){arg_ramp, 3, SQ_REST_NONE, SQ_LIMIT_CLAMP};
  case SQ_LEAF_TOGGLE:
  case SQ_LEAF_DEFAULT:
  case SQ_LEAF_EFFECTIVE:
    return (SqArgsWant){NULL, 0, SQ_REST_NONE, SQ_LIMIT_CLAMP};
  case SQ_LEAF_NONE:
    break;
  }
  return (SqArgsWant){sq_value_spec(call, room), 1, SQ_REST_NONE, SQ_LIMIT_CLAMP};
}

SqValueRef sq_value_ref(const SqCall *call) {
  if (call->row->property == SQ_PROPERTY_PARAM)
    return (SqValueRef){call->target.proc, SQ_PROC_PARAM + call->target.param};
  const SqHandle object = call->target.proc   ? call->target.proc
                          : call->target.send ? call->target.send
                                              : call->target.strip;
  return (SqValueRef){object, call->row->property};
}

void sq_value_item(const SqArgSpec *spec, double value, SqItems *items) {
  char text[SQ_ARGS_TEXT];
  switch (spec->type) {
  case SQ_TYPE_INT:
  case SQ_TYPE_BOOL:
    sq_items_int(items, (int32_t)value);
    break;
  case SQ_TYPE_ENUM:
    if (sq_choice_at(spec->choices, (uint32_t)value, text, sizeof text))
      sq_items_text(items, text);
    else
      sq_items_int(items, (int32_t)value);
    break;
  case SQ_TYPE_DOUBLE:
    sq_items_double(items, value);
    break;
  default:
    sq_items_float(items, value);
  }
}

/// Words of a value: of a parameter as its processor says it, else number and unit.
static void text_of(const SqArgSpec *spec, double value, char *text, size_t size) {
  const SqParamInfo info = {.unit = spec->unit,
                            .choices = spec->choices,
                            .integer = spec->type == SQ_TYPE_INT,
                            .toggled = spec->type == SQ_TYPE_BOOL};
  if (spec->scale == SQ_SCALE_FADER && value <= -144.0)
    snprintf(text, size, "-inf dB");
  else
    sq_link_param_text(&info, value, text, size);
}

static bool parse_text(const SqArgSpec *spec, const char *text, double *value) {
  char word[SQ_ARGS_TEXT];
  if (spec->choices) {
    snprintf(word, sizeof word, "%s", text);
  } else { // "-6 dB": the number before the unit
    snprintf(word, sizeof word, "%.*s", (int)strcspn(text, " "), text);
    if (strncmp(word, "-inf", 4) == 0 && spec->min < 0.0) {
      *value = spec->min;
      return true;
    }
  }
  const SqParamInfo info = {.min = spec->min,
                            .max = spec->max,
                            .choices = spec->choices,
                            .integer = spec->type == SQ_TYPE_INT,
                            .toggled = spec->type == SQ_TYPE_BOOL};
  return sq_link_param_parse(&info, word, value);
}

static double held(const SqArgSpec *spec, double value) {
  if (spec->min < spec->max)
    value = value < spec->min ? spec->min : value > spec->max ? spec->max : value;
  if (spec->type == SQ_TYPE_INT || spec->type == SQ_TYPE_ENUM)
    value = round(value);
  return value;
}

static bool is_output(const SqCall *call) {
  return call->row->property == SQ_PROPERTY_PARAM && sq_call_type(call)->params[call->target.param].output;
}

static double current(const SqCall *call, SqValueRef ref) {
  double value = 0.0;
  if (is_output(call))
    return (double)sq_link_output_value(call->ctx->link, call->target.proc, call->target.param);
  sq_doc_number(call->ctx->doc, ref, &value);
  return value;
}

static SqStatus get(SqCall *call, const SqArgSpec *spec, double value) {
  char text[SQ_ARGS_TEXT];
  if (call->leaf == SQ_LEAF_NORM) {
    sq_items_float(&call->results, sq_scale_to_norm(spec->scale, spec->min, spec->max, value));
  } else if (call->leaf == SQ_LEAF_STR) {
    text_of(spec, value, text, sizeof text);
    sq_items_text(&call->results, text);
  } else {
    sq_value_item(spec, value, &call->results);
  }
  return SQ_OK;
}

static SqStatus ramp(SqCall *call, const SqArgSpec *spec, SqValueRef ref) {
  if (spec->value_class != SQ_CLASS_SIGNAL)
    return sq_call_fail(call, SQ_UNSUPPORTED, "this value moves in steps only; set it without /ramp");
  static const SqCurve curves[] = {SQ_CURVE_SMOOTH, SQ_CURVE_LINEAR, SQ_CURVE_SMOOTH, SQ_CURVE_DB};
  const SqArg *args = call->args->args;
  const bool gain = spec->scale == SQ_SCALE_FADER; // amplitudes: auto is straight in decibels
  SqCurve curve = args[2].present ? curves[args[2].integer] : SQ_CURVE_LINEAR;
  if (!args[2].present || args[2].integer == 0)
    curve = gain ? SQ_CURVE_DB : SQ_CURVE_LINEAR;
  if (curve == SQ_CURVE_DB && !gain)
    return sq_call_fail(call, SQ_BAD_ARGS, "the curve 'db' is for gains; take 'linear' or 'smooth'");
  return sq_edits_ramp(&call->ctx->edits, ref, held(spec, args[0].number), args[1].number, (int)curve);
}

SqStatus sq_value_handle(SqCall *call) {
  SqArgSpec room;
  const SqArgSpec *spec = sq_value_spec(call, &room);
  const SqValueRef ref = sq_value_ref(call);
  const double now = current(call, ref);
  const bool asks = sq_call_is_get(call) && call->leaf != SQ_LEAF_TOGGLE && call->leaf != SQ_LEAF_DEFAULT;
  if (asks && call->leaf != SQ_LEAF_ADJUST && call->leaf != SQ_LEAF_RAMP)
    return get(call, spec, now);
  if (call->row->read_only || is_output(call))
    return sq_call_fail(call, SQ_UNSUPPORTED, "this value is made by the sound; it can be read, not set");
  double value = now;
  const SqArg *arg = &call->args->args[0];
  switch (call->leaf) {
  case SQ_LEAF_NONE:
    value = spec->type == SQ_TYPE_ENUM || spec->type == SQ_TYPE_INT || spec->type == SQ_TYPE_BOOL ? (double)arg->integer
                                                                                                  : arg->number;
    break;
  case SQ_LEAF_TOGGLE:
    if (spec->type != SQ_TYPE_BOOL)
      return sq_call_fail(call, SQ_UNSUPPORTED, "only on/off values can be toggled");
    value = now == 0.0;
    break;
  case SQ_LEAF_ADJUST:
    value = now + arg->number;
    break;
  case SQ_LEAF_NORM:
    value = sq_scale_from_norm(spec->scale, spec->min, spec->max, arg->number);
    break;
  case SQ_LEAF_STR:
    if (!parse_text(spec, arg->text, &value))
      return sq_call_fail(call, SQ_BAD_ARGS, "'%s' is no value of this; without argument it says how values look",
                          arg->text);
    break;
  case SQ_LEAF_DEFAULT:
    value = spec->def;
    break;
  case SQ_LEAF_RAMP:
    return ramp(call, spec, ref);
  case SQ_LEAF_EFFECTIVE:
    return get(call, spec, now);
  }
  return sq_edits_number(&call->ctx->edits, ref, held(spec, value));
}
