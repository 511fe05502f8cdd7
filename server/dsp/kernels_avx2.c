// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The table for x86-64 machines with AVX2; compiled with -mavx2, reached only where the CPU has it. No fused
// multiply-add: its rounding would change the bits.
#include "dsp/kernels.h"

#ifdef __AVX2__
#include <immintrin.h>
#define V __m256
#define V_N 8
#define V_LOAD(p) _mm256_loadu_ps(p)
#define V_STORE(p, v) _mm256_storeu_ps(p, v)
#define V_SET(f) _mm256_set1_ps(f)
#define V_ADD(a, b) _mm256_add_ps(a, b)
#define V_SUB(a, b) _mm256_sub_ps(a, b)
#define V_MUL(a, b) _mm256_mul_ps(a, b)
#define V_MAX(a, b) _mm256_max_ps(a, b)
#define V_ABS(a) _mm256_andnot_ps(_mm256_set1_ps(-0.0F), a)

#include "dsp/kernels_impl.h"

const SqDspKernels sq_dsp_kernels_avx2 = SQ_DSP_KERNELS_TABLE("avx2");
#endif
