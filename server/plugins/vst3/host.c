// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/vst3/host.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "plugins/vst3/message.h"
#include "plugins/vst3/text.h"

uint32_t sq_vst3_retain(void *self) {
  (void)self;
  return 1;
}

uint32_t sq_vst3_release(void *self) {
  (void)self;
  return 1;
}

static bool same(const SqVst3Id a, const SqVst3Id b) {
  return a && memcmp(a, b, sizeof(SqVst3Id)) == 0;
}

SqVst3Result sq_vst3_answer(void *self, const SqVst3Id wanted, const SqVst3Id own, void **object) {
  if (!object)
    return SQ_VST3_BAD_ARGUMENT;
  bool it = same(wanted, own) || same(wanted, sq_vst3_id_unknown);
  *object = it ? self : NULL;
  return it ? SQ_VST3_OK : SQ_VST3_NO_INTERFACE;
}

void *sq_vst3_query(void *object, const SqVst3Id id) {
  void *found = NULL;
  SqVst3Unknown *unknown = object;
  return unknown && unknown->table->query(object, id, &found) == SQ_VST3_OK ? found : NULL;
}

void sq_vst3_drop(void *object) {
  if (object)
    ((SqVst3Unknown *)object)->table->release(object);
}

// ---- the application ------------------------------------------------------------------------------------------------

static SqVst3Home *home_of(void *support) {
  return (SqVst3Home *)(void *)((char *)support - offsetof(SqVst3Home, support));
}

static SqVst3Result query(SqVst3Home *home, const SqVst3Id id, void **object) {
  if (!object)
    return SQ_VST3_BAD_ARGUMENT;
  *object = same(id, sq_vst3_id_unknown) || same(id, sq_vst3_id_host_application) ? (void *)&home->application
            : same(id, sq_vst3_id_interface_support)                              ? (void *)&home->support
            : same(id, sq_vst3_id_run_loop)                                       ? (void *)home->loop
                                                                                  : NULL;
  return *object ? SQ_VST3_OK : SQ_VST3_NO_INTERFACE;
}

static SqVst3Result application_query(void *self, const SqVst3Id id, void **object) {
  return query(self, id, object);
}

static SqVst3Result get_name(void *self, uint16_t *name) {
  (void)self;
  if (!name)
    return SQ_VST3_BAD_ARGUMENT;
  sq_vst3_text_to_utf16(name, 128, "squeezed");
  return SQ_VST3_OK;
}

static SqVst3Result create(void *self, const SqVst3Id class_id, const SqVst3Id interface_id, void **object) {
  (void)self;
  if (!object)
    return SQ_VST3_BAD_ARGUMENT;
  bool message = same(class_id, sq_vst3_id_message), list = same(class_id, sq_vst3_id_attributes);
  void *made = message ? sq_vst3_message_new() : list ? sq_vst3_attributes_new() : NULL;
  *object = made ? sq_vst3_query(made, interface_id) : NULL;
  sq_vst3_drop(made);
  return *object ? SQ_VST3_OK : message || list ? SQ_VST3_NO_INTERFACE : SQ_VST3_NOT_IMPLEMENTED;
}

static const SqVst3HostTable application_table = {application_query, sq_vst3_retain, sq_vst3_release, get_name, create};

// ---- what is supported ----------------------------------------------------------------------------------------------

static SqVst3Result support_query(void *self, const SqVst3Id id, void **object) {
  return query(home_of(self), id, object);
}

static SqVst3Result supported(void *self, const SqVst3Id id) {
  (void)self;
#define SQ_VST3_IS(name, a, b, c, d) same(id, sq_vst3_id_##name) ||
  return SQ_VST3_INTERFACES(SQ_VST3_IS) false ? SQ_VST3_OK : SQ_VST3_FALSE;
#undef SQ_VST3_IS
}

static const SqVst3SupportTable support_table = {support_query, sq_vst3_retain, sq_vst3_release, supported};

void sq_vst3_home_init(SqVst3Home *home, SqVst3Loop *loop) {
  *home = (SqVst3Home){{&application_table}, {&support_table}, loop};
}
