// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Tables by handle: against a plain array, and their memory when only few of many handles are left.
#include "base/sparse.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

typedef struct {
  uint32_t a, b;
} Item;

static void it_holds_what_an_array_would(void **state) {
  enum { N = 5000 };
  static Item plain[N];
  SqSparse sparse, copy;
  uint32_t seed = 1;
  sq_sparse_init(&sparse, sizeof(Item));
  for (uint32_t round = 0; round < 50000; round++) {
    seed = seed * 1664525u + 1013904223u;
    const uint32_t at = (seed >> 8) % N;
    plain[at] = seed >> 30 ? (Item){0, seed} : (Item){0, 0};
    sq_sparse_put(&sparse, at, &plain[at]);
  }
  sq_sparse_copy(&copy, &sparse);
  sq_sparse_put(&sparse, 7, &(Item){1, 1});
  for (uint32_t i = 0; i < N + 1000; i++) {
    const Item *item = sq_sparse_get(&copy, i);
    if (i < N && plain[i].b)
      assert_true(item && item->b == plain[i].b);
    else
      assert_null(item);
  }
  assert_true(sq_sparse_end(&copy) >= N);
  sq_sparse_cleanup(&sparse);
  sq_sparse_cleanup(&copy);
  assert_null(sq_sparse_get(&copy, 0));
}

static void what_is_gone_costs_nothing(void **state) {
  SqSparse sparse;
  sq_sparse_init(&sparse, sizeof(Item));
  const size_t before = mallinfo2().uordblks;
  for (uint32_t i = 0; i < 1000000; i++) {
    sq_sparse_put(&sparse, i, &(Item){i + 1, 1});
    if (i >= 100)
      sq_sparse_put(&sparse, i - 100, &(Item){0, 0});
  }
  assert_non_null(sq_sparse_get(&sparse, 999999));
  assert_null(sq_sparse_get(&sparse, 999800));
  assert_true(mallinfo2().uordblks - before < 64 * 1024);
  sq_sparse_cleanup(&sparse);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(it_holds_what_an_array_would),
                                     cmocka_unit_test(what_is_gone_costs_nothing)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
