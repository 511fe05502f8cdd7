// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "dsp/kernels.h"

#include <string.h>

const SqDspKernels *sq_dsp_kernels_named(const char *name) {
#ifdef __x86_64__
  if (!strcmp(name, "avx512"))
    return __builtin_cpu_supports("avx512f") ? &sq_dsp_kernels_avx512 : NULL;
  if (!strcmp(name, "avx2"))
    return __builtin_cpu_supports("avx2") ? &sq_dsp_kernels_avx2 : NULL;
#endif
  return strcmp(name, "base") ? NULL : &sq_dsp_kernels_base;
}

const SqDspKernels *sq_dsp_kernels_best(void) {
  static const char *const names[] = {"avx512", "avx2"};
  for (uint32_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const SqDspKernels *kernels = sq_dsp_kernels_named(names[i]);
    if (kernels)
      return kernels;
  }
  return &sq_dsp_kernels_base;
}
