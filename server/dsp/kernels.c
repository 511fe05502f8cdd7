// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "dsp/kernels.h"

const SqDspKernels *sq_dsp_kernels_best(void) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2"))
    return &sq_dsp_kernels_avx2;
#endif
  return &sq_dsp_kernels_base;
}
