// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The tree of addresses that the rows make, and what an address means in it; control thread.
#ifndef SQ_CONTROL_TREE_H
#define SQ_CONTROL_TREE_H

#include "commands/call.h"

typedef struct SqTree SqTree;

/// Builds the tree from every row of commands/list.h.
SqTree *sq_tree_new(void);
void sq_tree_free(SqTree *tree);

/// The i-th row in the order of commands/list.h, or NULL past the last.
const SqRow *sq_tree_row_at(uint32_t i);

/// What an address was found to mean.
typedef struct SqMatch {
  const SqRow *row;
  SqTarget target;
  SqLeaf leaf;
} SqMatch;

/// Finds the one meaning of an address without patterns. Errors: SQ_BAD_ADDRESS (why names the nearest), SQ_NOT_FOUND
/// (an object that is not there).
SqStatus sq_tree_find(const SqTree *tree, const SqContext *ctx, const char *address, SqMatch *match, char *why,
                      size_t why_size);

/// Calls visit for every meaning of an address with patterns, with the concrete address; returns how many.
typedef void (*SqTreeVisit)(void *context, const char *address, const SqMatch *match);
uint32_t sq_tree_expand(const SqTree *tree, const SqContext *ctx, const char *pattern, SqTreeVisit visit,
                        void *context);

/// Visits the children of an address that ends in '/': the next parts of addresses below it. False: no such address.
bool sq_tree_children(const SqTree *tree, const SqContext *ctx, const char *address,
                      void (*visit)(void *context, const char *name), void *context_of_visit);

/// Visits every value of the document below `prefix` ("" for all), each on its first address.
void sq_tree_values(const SqTree *tree, const SqContext *ctx, const char *prefix, SqTreeVisit visit, void *context);

/// The address of a number of the document ("/source/bass/gain"). False: it has none.
bool sq_tree_address(const SqTree *tree, const SqContext *ctx, SqValueRef ref, char *address, size_t size);

#endif
