// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/families.h"
#include "commands/list.h"
#include "control/objects.h"
#include "protocol/match.h"
#include "protocol/nearest.h"

#define MAX_PARTS 16
#define MAX_ADDRESS 512

typedef struct Node {
  char *literal; ///< or NULL
  SqPart part;   ///< of a variable part
  const SqRow *row;
  struct Node **children; ///< [n] literals
  uint32_t *hashes;       ///< [n] of them
  uint32_t n;
  struct Node *variable; ///< the child that stands for objects
} Node;

struct SqTree {
  Node root;
  const char *properties[4][SQ_STRIP_NUMBERS + 64]; ///< leaf name by object kind and property
};

static const char *const leaves[] = {
    [SQ_LEAF_TOGGLE] = "toggle",   [SQ_LEAF_ADJUST] = "adjust",       [SQ_LEAF_NORM] = "norm", [SQ_LEAF_STR] = "str",
    [SQ_LEAF_DEFAULT] = "default", [SQ_LEAF_EFFECTIVE] = "effective", [SQ_LEAF_RAMP] = "ramp"};

// ---- building -------------------------------------------------------------------------------------------------------

static const SqRow *const groups_of[] = {
#define ROWS(noun) sq_rows_##noun,
    SQ_COMMANDS_LIST(ROWS)
#undef ROWS
};

static const uint32_t *const counts_of[] = {
#define COUNT(noun) &sq_rows_##noun##_count,
    SQ_COMMANDS_LIST(COUNT)
#undef COUNT
};

#define N_GROUPS (sizeof groups_of / sizeof groups_of[0])

/// FNV-1a: one comparison of numbers in place of one of texts for each word that might stand there.
static uint32_t hash_of(const char *text) {
  uint32_t h = 2166136261U;
  for (; *text; text++)
    h = (h ^ (uint8_t)*text) * 16777619U;
  return h;
}

static Node *child(Node *node, const char *text, size_t length) {
  char part[64];
  snprintf(part, sizeof part, "%.*s", (int)length, text);
  if (part[0] == '{') {
    part[strlen(part) - 1] = 0;
    if (!node->variable) {
      node->variable = sq_alloc(1, sizeof *node->variable);
      node->variable->part = sq_part_of(part + 1);
    }
    return node->variable;
  }
  for (uint32_t i = 0; i < node->n; i++)
    if (strcmp(node->children[i]->literal, part) == 0)
      return node->children[i];
  node->children = sq_realloc(node->children, node->n + 1, sizeof(Node *));
  Node *made = sq_alloc(1, sizeof *made);
  const size_t size = strlen(part) + 1;
  made->literal = sq_alloc(size, 1);
  memcpy(made->literal, part, size);
  node->hashes = sq_realloc(node->hashes, node->n + 1, sizeof *node->hashes);
  node->hashes[node->n] = hash_of(part);
  node->children[node->n++] = made;
  return made;
}

/// A template may begin with a family's word: it stands for several prefixes.
static void add(SqTree *tree, const char *address, const SqRow *row) {
  for (size_t f = 0; f < SQ_ADDRESS_FAMILIES; f++) {
    const SqAddressFamily *family = &sq_address_families[f];
    const size_t n = strlen(family->word);
    if (strncmp(address, family->word, n) != 0)
      continue;
    for (const char *const *prefix = family->prefixes; *prefix; prefix++) {
      char full[MAX_ADDRESS];
      snprintf(full, sizeof full, "%s%s", *prefix, address + n);
      add(tree, full, row);
    }
    return;
  }
  Node *node = &tree->root;
  for (const char *at = address; *at;) {
    at++;
    const size_t length = strcspn(at, "/");
    node = child(node, at, length);
    at += length;
  }
  node->row = row;
}

static SqObjectKind kind_of_row(const SqRow *row) {
  if (strncmp(row->address, "{any}/send/", 11) == 0)
    return SQ_OBJECT_SEND;
  if (strncmp(row->address, "{device}", 8) == 0 || strncmp(row->address, "{any}/chain/{proc}/", 19) == 0)
    return SQ_OBJECT_PROC;
  return strncmp(row->address, "{any}", 5) == 0 ? SQ_OBJECT_STRIP : SQ_OBJECT_NONE;
}

SqTree *sq_tree_new(void) {
  SqTree *tree = sq_alloc(1, sizeof *tree);
  for (size_t g = 0; g < N_GROUPS; g++)
    for (uint32_t i = 0; i < *counts_of[g]; i++) {
      const SqRow *row = &groups_of[g][i];
      add(tree, row->address, row);
      const SqObjectKind kind = kind_of_row(row);
      if (row->kind == SQ_ROW_VALUE && kind != SQ_OBJECT_NONE && row->property != SQ_NO_PROPERTY &&
          row->property < SQ_STRIP_NUMBERS + 64 &&
          !tree->properties[kind][row->property]) // gain before its view, fader
        tree->properties[kind][row->property] = strrchr(row->address, '/') + 1;
    }
  return tree;
}

static void node_cleanup(Node *node) {
  for (uint32_t i = 0; i < node->n; i++) {
    node_cleanup(node->children[i]);
    free(node->children[i]);
  }
  if (node->variable)
    node_cleanup(node->variable);
  free(node->variable);
  free(node->children);
  free(node->hashes);
  free(node->literal);
}

void sq_tree_free(SqTree *tree) {
  if (!tree)
    return;
  node_cleanup(&tree->root);
  free(tree);
}

const SqRow *sq_tree_row_at(uint32_t i) {
  for (size_t g = 0; g < N_GROUPS; g++) {
    if (i < *counts_of[g])
      return &groups_of[g][i];
    i -= *counts_of[g];
  }
  return NULL;
}

// ---- finding --------------------------------------------------------------------------------------------------------

static const Node *literal(const Node *node, const char *text) {
  const uint32_t hash = hash_of(text);
  for (uint32_t i = 0; i < node->n; i++)
    if (node->hashes[i] == hash && strcmp(node->children[i]->literal, text) == 0)
      return node->children[i];
  return NULL;
}

/// Cuts a copy of the address into its parts; returns how many, or 0 when there are too many.
static uint32_t cut(char *address, char **parts) {
  uint32_t n = 0;
  for (char *at = address; *at == '/';) {
    if (n == MAX_PARTS)
      return 0;
    *at++ = 0;
    parts[n++] = at;
    at += strcspn(at, "/");
  }
  return n;
}

static SqLeaf leaf_of(const char *text) {
  for (size_t i = 1; i < sizeof leaves / sizeof leaves[0]; i++)
    if (strcmp(leaves[i], text) == 0)
      return (SqLeaf)i;
  return SQ_LEAF_NONE;
}

static void start_target(SqMatch *match, const char *first) {
  *match = (SqMatch){0};
  if (strcmp(first, "master") == 0)
    match->target.strip = SQ_HANDLE_MASTER;
}

/// A device below a source or strip whose part is "generator".
static bool enter(const Node *node, const SqContext *ctx, SqTarget *target) {
  if (!node->literal || strcmp(node->literal, "generator") != 0 || !target->strip)
    return true;
  const SqStrip *strip = sq_doc_strip(ctx->doc, target->strip);
  if (!strip || !strip->generator)
    return false;
  target->proc = strip->generator->handle;
  return true;
}

/// The literal child nearest to a word, or NULL.
static const Node *nearest_child(const Node *node, const char *word) {
  SqNearest nearest;
  sq_nearest_begin(&nearest, word);
  for (uint32_t i = 0; i < node->n; i++)
    sq_nearest_try(&nearest, node->children[i]->literal);
  return nearest.best ? literal(node, nearest.best) : NULL;
}

/// The whole address that was probably meant: from the part that is wrong on, each part as near as it gets.
static void say_nearest(const Node *node, char **parts, uint32_t from, uint32_t n, char *why, size_t size) {
  char meant[MAX_ADDRESS] = "", start[MAX_ADDRESS] = "";
  size_t used = 0;
  for (uint32_t i = 0; i < from; i++)
    used += (size_t)snprintf(start + used, sizeof start - used, "/%s", parts[i]);
  memcpy(meant, start, used + 1);
  const Node *at = node;
  uint32_t i = from;
  for (; i < n; i++) {
    const Node *next = literal(at, parts[i]);
    const char *word = parts[i];
    if (!next && i > from && at->variable)
      next = at->variable; // a name: as it was given
    if (!next && (next = nearest_child(at, parts[i])))
      word = next->literal;
    if (!next || used + strlen(word) + 2 >= sizeof meant)
      break;
    used += (size_t)snprintf(meant + used, sizeof meant - used, "/%s", word);
    at = next;
  }
  if (i > from)
    snprintf(why, size, "no such address; the nearest is %.250s", meant);
  else
    snprintf(why, size, "no such address; send %.250s/ to see what there is", start);
}

SqStatus sq_tree_find(const SqTree *tree, const SqContext *ctx, const char *address, SqMatch *match, char *why,
                      size_t why_size) {
  char text[MAX_ADDRESS], *parts[MAX_PARTS];
  if (strlen(address) >= sizeof text) {
    snprintf(why, why_size, "the address is longer than %d bytes", MAX_ADDRESS - 1);
    return SQ_BAD_ADDRESS;
  }
  memcpy(text, address, strlen(address) + 1);
  const uint32_t n = cut(text, parts);
  if (n == 0) {
    snprintf(why, why_size, "the address has more than %d parts or is empty", MAX_PARTS);
    return SQ_BAD_ADDRESS;
  }
  start_target(match, parts[0]);
  const Node *node = &tree->root;
  for (uint32_t i = 0; i < n; i++) {
    const Node *next = literal(node, parts[i]);
    if (next && !enter(next, ctx, &match->target)) {
      snprintf(why, why_size, "this strip has no generator; make it with /source/add NAME GENERATOR");
      return SQ_NOT_FOUND;
    }
    const char *nearest = NULL;
    if (!next && node->variable) {
      if (sq_part_find(node->variable->part, ctx, parts[i], &match->target, &nearest)) {
        next = node->variable;
      } else {
        const char *word = sq_part_word(node->variable->part);
        if (!nearest && i + 1 == n && nearest_child(node, parts[i])) { // a verb of the kind, misspelt
          say_nearest(node, parts, i, n, why, why_size);
          return SQ_BAD_ADDRESS;
        }
        if (nearest)
          snprintf(why, why_size, "there is no %s '%s'; did you mean '%s'?", word, parts[i], nearest);
        else
          snprintf(why, why_size, "there is no %s '%s'; the address with a '/' at its end lists what there is", word,
                   parts[i]);
        return SQ_NOT_FOUND;
      }
    }
    if (!next && i + 1 == n && node->row && node->row->kind == SQ_ROW_VALUE &&
        (match->leaf = leaf_of(parts[i])) != SQ_LEAF_NONE) {
      match->row = node->row;
      return SQ_OK;
    }
    if (!next) {
      say_nearest(node, parts, i, n, why, why_size);
      return SQ_BAD_ADDRESS;
    }
    node = next;
  }
  if (!node->row) {
    snprintf(why, why_size, "the address is not complete; send %s/ to see how it goes on", address);
    return SQ_BAD_ADDRESS;
  }
  match->row = node->row;
  return SQ_OK;
}

// ---- walking --------------------------------------------------------------------------------------------------------

typedef struct {
  const SqTree *tree;
  const SqContext *ctx;
  char **parts; ///< NULL: everything
  uint32_t n;
  SqTreeVisit visit;
  void *context;
  uint32_t count;
} Walk;

typedef struct {
  Walk *walk;
  const Node *node;
  uint32_t at;
  const char *address;
} Step;

static void walk(Walk *w, const Node *node, uint32_t at, const SqTarget *target, const char *address);

static bool part_matches(const Walk *w, uint32_t at, const char *name) {
  return !w->parts || sq_match_part(w->parts[at], strlen(w->parts[at]), name, strlen(name));
}

static void walk_into(Walk *w, const Node *node, uint32_t at, const char *name, const SqTarget *target,
                      const char *address) {
  char longer[MAX_ADDRESS];
  if (!part_matches(w, at, name) || snprintf(longer, sizeof longer, "%s/%s", address, name) >= (int)sizeof longer)
    return;
  SqTarget below = *target;
  if (at == 0 && strcmp(name, "master") == 0)
    below.strip = SQ_HANDLE_MASTER;
  if (enter(node, w->ctx, &below))
    walk(w, node, at + 1, &below, longer);
}

static void walk_object(void *context, const char *name, const SqTarget *target) {
  const Step *step = context;
  walk_into(step->walk, step->node->variable, step->at, name, target, step->address);
}

static void walk(Walk *w, const Node *node, uint32_t at, const SqTarget *target, const char *address) {
  if (node->row && (!w->parts || at == w->n)) {
    w->visit(w->context, address, &(SqMatch){.row = node->row, .target = *target});
    w->count++;
  }
  if (w->parts && at + 1 == w->n && node->row && node->row->kind == SQ_ROW_VALUE) {
    const SqLeaf leaf = leaf_of(w->parts[at]);
    if (leaf != SQ_LEAF_NONE) {
      w->visit(w->context, address, &(SqMatch){.row = node->row, .target = *target, .leaf = leaf});
      w->count++;
    }
  }
  if (w->parts && at >= w->n)
    return;
  for (uint32_t i = 0; i < node->n; i++)
    if (at != 0 || strcmp(node->children[i]->literal, "strip") != 0 ||
        (w->parts && strcmp(w->parts[0], "strip") == 0)) // an alias: not met twice
      walk_into(w, node->children[i], at, node->children[i]->literal, target, address);
  if (node->variable) {
    Step step = {w, node, at, address};
    sq_part_list(node->variable->part, w->ctx, target, walk_object, &step);
  }
}

uint32_t sq_tree_expand(const SqTree *tree, const SqContext *ctx, const char *pattern, SqTreeVisit visit,
                        void *context) {
  char text[MAX_ADDRESS], *parts[MAX_PARTS];
  if (strlen(pattern) >= sizeof text)
    return 0;
  memcpy(text, pattern, strlen(pattern) + 1);
  Walk w = {.tree = tree, .ctx = ctx, .parts = parts, .visit = visit, .context = context};
  w.n = cut(text, parts);
  if (w.n)
    walk(&w, &tree->root, 0, &(SqTarget){0}, "");
  return w.count;
}

typedef struct {
  const char *prefix;
  size_t length;
  SqTreeVisit visit;
  void *context;
} Filter;

static void filter(void *context, const char *address, const SqMatch *match) {
  const Filter *f = context;
  if (match->row->kind != SQ_ROW_VALUE || strncmp(address, f->prefix, f->length) != 0)
    return;
  if (f->length && address[f->length] && address[f->length] != '/' && f->prefix[f->length - 1] != '/')
    return;
  f->visit(f->context, address, match);
}

void sq_tree_values(const SqTree *tree, const SqContext *ctx, const char *prefix, SqTreeVisit visit, void *context) {
  Filter f = {prefix, strlen(prefix), visit, context};
  Walk w = {.tree = tree, .ctx = ctx, .visit = filter, .context = &f};
  walk(&w, &tree->root, 0, &(SqTarget){0}, "");
}

// ---- children -------------------------------------------------------------------------------------------------------

typedef struct {
  void (*visit)(void *context, const char *name);
  void *context;
} Children;

static void child_object(void *context, const char *name, const SqTarget *target) {
  const Children *c = context;
  (void)target;
  c->visit(c->context, name);
}

bool sq_tree_children(const SqTree *tree, const SqContext *ctx, const char *address,
                      void (*visit)(void *context, const char *name), void *context_of_visit) {
  char text[MAX_ADDRESS], *parts[MAX_PARTS];
  if (strlen(address) >= sizeof text)
    return false;
  memcpy(text, address, strlen(address) + 1);
  uint32_t n = cut(text, parts);
  if (n && !*parts[n - 1])
    n--; // the '/' at the end
  SqMatch match;
  start_target(&match, n ? parts[0] : "");
  const Node *node = &tree->root;
  for (uint32_t i = 0; i < n; i++) {
    const Node *next = literal(node, parts[i]);
    if (next && !enter(next, ctx, &match.target))
      return false;
    if (!next && node->variable && sq_part_find(node->variable->part, ctx, parts[i], &match.target, NULL))
      next = node->variable;
    if (!next)
      return false;
    node = next;
  }
  if (node->variable) {
    Children c = {visit, context_of_visit};
    sq_part_list(node->variable->part, ctx, &match.target, child_object, &c);
  }
  for (uint32_t i = 0; i < node->n; i++)
    visit(context_of_visit, node->children[i]->literal);
  return true;
}

bool sq_tree_address(const SqTree *tree, const SqContext *ctx, SqValueRef ref, char *address, size_t size) {
  const SqStrip *owner;
  const SqObjectKind kind = sq_doc_object(ctx->doc, ref.object, &owner);
  char path[MAX_ADDRESS];
  sq_control_path(ctx, ref.object, path, sizeof path);
  if (kind == SQ_OBJECT_GLOBAL) {
    snprintf(address, size, "%s", ref.property == SQ_GLOBAL_TEMPO ? "/tempo" : "/signature");
    return true;
  }
  if (kind == SQ_OBJECT_PROC && ref.property >= SQ_PROC_PARAM) {
    SqLinkState state;
    const SqProcessorType *type = NULL;
    sq_link_proc(ctx->link, ref.object, &state, &type, NULL);
    if (!type || ref.property - SQ_PROC_PARAM >= type->n_params)
      return false;
    snprintf(address, size, "%s/param/%s", path, type->params[ref.property - SQ_PROC_PARAM].symbol);
    return true;
  }
  if (kind == SQ_OBJECT_NONE || !tree->properties[kind][ref.property])
    return false;
  snprintf(address, size, "%s/%s", path, tree->properties[kind][ref.property]);
  return true;
}
