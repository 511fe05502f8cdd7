// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/vst3/message.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// ---- a list of attributes -------------------------------------------------------------------------------------------

typedef enum { SQ_ATTRIBUTE_INT, SQ_ATTRIBUTE_FLOAT, SQ_ATTRIBUTE_STRING, SQ_ATTRIBUTE_BINARY } SqAttributeKind;

typedef struct SqAttribute {
  struct SqAttribute *next;
  char *id;
  SqAttributeKind kind;
  union {
    int64_t i;
    double f;
  } number;
  void *data; ///< of strings (with their end) and of binaries
  uint32_t n_bytes;
} SqAttribute;

typedef struct {
  SqVst3Attributes object;
  _Atomic uint32_t references;
  SqAttribute *first;
} SqAttributeList;

static uint32_t list_retain(void *self) {
  SqAttributeList *list = self;
  return atomic_fetch_add(&list->references, 1) + 1;
}

static uint32_t list_release(void *self) {
  SqAttributeList *list = self;
  uint32_t left = atomic_fetch_sub(&list->references, 1) - 1;
  if (left)
    return left;
  while (list->first) {
    SqAttribute *next = list->first->next;
    free(list->first->id);
    free(list->first->data);
    free(list->first);
    list->first = next;
  }
  free(list);
  return 0;
}

/// Answers for objects that are of one interface beside the unknown.
static SqVst3Result query_one(void *self, const SqVst3Id wanted, const SqVst3Id own, void **object) {
  if (!object)
    return SQ_VST3_BAD_ARGUMENT;
  bool it = wanted && (memcmp(wanted, own, 16) == 0 || memcmp(wanted, sq_vst3_id_unknown, 16) == 0);
  *object = it ? self : NULL;
  if (it)
    (*(SqVst3Unknown *)self).table->retain(self);
  return it ? SQ_VST3_OK : SQ_VST3_NO_INTERFACE;
}

static SqVst3Result list_query(void *self, const SqVst3Id id, void **object) {
  return query_one(self, id, sq_vst3_id_attributes, object);
}

static SqAttribute *find(SqAttributeList *list, const char *id) {
  SqAttribute *a = id ? list->first : NULL;
  while (a && strcmp(a->id, id) != 0)
    a = a->next;
  return a;
}

/// The attribute of that name, made when there is none, without what it held.
static SqAttribute *need(SqAttributeList *list, const char *id, SqAttributeKind kind) {
  SqAttribute *a = find(list, id);
  if (!a && id) {
    a = calloc(1, sizeof *a);
    if (a && !(a->id = strdup(id))) {
      free(a);
      a = NULL;
    }
    if (a) {
      a->next = list->first;
      list->first = a;
    }
  }
  if (a) {
    free(a->data);
    a->data = NULL;
    a->n_bytes = 0;
    a->kind = kind;
  }
  return a;
}

static SqVst3Result set_bytes(void *self, const char *id, SqAttributeKind kind, const void *data, uint32_t n_bytes) {
  void *copy = malloc(n_bytes ? n_bytes : 1);
  SqAttribute *a = copy ? need(self, id, kind) : NULL;
  if (!a || (n_bytes && !data)) {
    free(copy);
    return copy && id ? SQ_VST3_BAD_ARGUMENT : SQ_VST3_NO_MEMORY;
  }
  if (n_bytes)
    memcpy(copy, data, n_bytes);
  a->data = copy;
  a->n_bytes = n_bytes;
  return SQ_VST3_OK;
}

static SqVst3Result set_int(void *self, const char *id, int64_t value) {
  SqAttribute *a = need(self, id, SQ_ATTRIBUTE_INT);
  if (a)
    a->number.i = value;
  return a ? SQ_VST3_OK : SQ_VST3_BAD_ARGUMENT;
}

static SqVst3Result get_int(void *self, const char *id, int64_t *value) {
  SqAttribute *a = find(self, id);
  if (!a || a->kind != SQ_ATTRIBUTE_INT || !value)
    return SQ_VST3_FALSE;
  *value = a->number.i;
  return SQ_VST3_OK;
}

static SqVst3Result set_float(void *self, const char *id, double value) {
  SqAttribute *a = need(self, id, SQ_ATTRIBUTE_FLOAT);
  if (a)
    a->number.f = value;
  return a ? SQ_VST3_OK : SQ_VST3_BAD_ARGUMENT;
}

static SqVst3Result get_float(void *self, const char *id, double *value) {
  SqAttribute *a = find(self, id);
  if (!a || a->kind != SQ_ATTRIBUTE_FLOAT || !value)
    return SQ_VST3_FALSE;
  *value = a->number.f;
  return SQ_VST3_OK;
}

static SqVst3Result set_string(void *self, const char *id, const uint16_t *text) {
  uint32_t n = 0;
  while (text && text[n])
    n++;
  return text ? set_bytes(self, id, SQ_ATTRIBUTE_STRING, text, 2 * (n + 1)) : SQ_VST3_BAD_ARGUMENT;
}

static SqVst3Result get_string(void *self, const char *id, uint16_t *text, uint32_t n_bytes) {
  SqAttribute *a = find(self, id);
  if (!a || a->kind != SQ_ATTRIBUTE_STRING || !text || n_bytes < 2)
    return SQ_VST3_FALSE;
  uint32_t n = (a->n_bytes < n_bytes ? a->n_bytes : n_bytes) / 2;
  memcpy(text, a->data, 2 * n);
  text[n - 1] = 0;
  return SQ_VST3_OK;
}

static SqVst3Result set_binary(void *self, const char *id, const void *data, uint32_t n_bytes) {
  return set_bytes(self, id, SQ_ATTRIBUTE_BINARY, data, n_bytes);
}

static SqVst3Result get_binary(void *self, const char *id, const void **data, uint32_t *n_bytes) {
  SqAttribute *a = find(self, id);
  if (!a || a->kind != SQ_ATTRIBUTE_BINARY || !data || !n_bytes)
    return SQ_VST3_FALSE;
  *data = a->data;
  *n_bytes = a->n_bytes;
  return SQ_VST3_OK;
}

static const SqVst3AttributesTable list_table = {list_query, list_retain, list_release, set_int,
                                                 get_int,    set_float,   get_float,    set_string,
                                                 get_string, set_binary,  get_binary};

void *sq_vst3_attributes_new(void) {
  SqAttributeList *list = calloc(1, sizeof *list);
  if (!list)
    return NULL;
  list->object.table = &list_table;
  atomic_init(&list->references, 1);
  return list;
}

// ---- a message ------------------------------------------------------------------------------------------------------

typedef struct {
  SqVst3Message object;
  _Atomic uint32_t references;
  char *id;
  void *list;
} SqMessage;

static uint32_t message_retain(void *self) {
  SqMessage *message = self;
  return atomic_fetch_add(&message->references, 1) + 1;
}

static uint32_t message_release(void *self) {
  SqMessage *message = self;
  uint32_t left = atomic_fetch_sub(&message->references, 1) - 1;
  if (left)
    return left;
  list_release(message->list);
  free(message->id);
  free(message);
  return 0;
}

static SqVst3Result message_query(void *self, const SqVst3Id id, void **object) {
  return query_one(self, id, sq_vst3_id_message, object);
}

static const char *message_get_id(void *self) {
  SqMessage *message = self;
  return message->id ? message->id : "";
}

static void message_set_id(void *self, const char *id) {
  SqMessage *message = self;
  char *copy = id ? strdup(id) : NULL;
  free(message->id);
  message->id = copy;
}

static void *message_attributes(void *self) {
  SqMessage *message = self;
  return message->list;
}

static const SqVst3MessageTable message_table = {message_query,  message_retain, message_release,
                                                 message_get_id, message_set_id, message_attributes};

void *sq_vst3_message_new(void) {
  SqMessage *message = calloc(1, sizeof *message);
  void *list = message ? sq_vst3_attributes_new() : NULL;
  if (!list) {
    free(message);
    return NULL;
  }
  message->object.table = &message_table;
  message->list = list;
  atomic_init(&message->references, 1);
  return message;
}
