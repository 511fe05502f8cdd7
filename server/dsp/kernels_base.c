// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The table for any machine: SSE2 on x86-64 (part of its baseline), else one float at a time.
#ifdef __SSE2__
#include <emmintrin.h>
#define V __m128
#define V_N 4
#define V_LOAD(p) _mm_loadu_ps(p)
#define V_STORE(p, v) _mm_storeu_ps(p, v)
#define V_SET(f) _mm_set1_ps(f)
#define V_ADD(a, b) _mm_add_ps(a, b)
#define V_SUB(a, b) _mm_sub_ps(a, b)
#define V_MUL(a, b) _mm_mul_ps(a, b)
#define V_MAX(a, b) _mm_max_ps(a, b)
#define V_UNPACK_LOW(a, b) _mm_unpacklo_ps(a, b)
#define V_UNPACK_HIGH(a, b) _mm_unpackhi_ps(a, b)
#define V_MAX_4(a) (a)
#define V_ADD_4(a) (a)
#define V_OR(a, b) _mm_or_ps(a, b)
#define V_ANY_FROM_TWO(a) (_mm_movemask_ps(_mm_castsi128_ps(_mm_slli_epi32(_mm_castps_si128(a), 1))) != 0)
#define V_LARGEST(a) v_largest(a)
#define V_TOTAL(a) v_total(a)

static inline float v_largest(__m128 x) {
  x = _mm_max_ps(x, _mm_movehl_ps(x, x));
  return _mm_cvtss_f32(_mm_max_ss(x, _mm_shuffle_ps(x, x, 1)));
}

static inline float v_total(__m128 x) {
  x = _mm_add_ps(x, _mm_movehl_ps(x, x));
  return _mm_cvtss_f32(_mm_add_ss(x, _mm_shuffle_ps(x, x, 1)));
}
#endif

#include "dsp/kernels_impl.h"

const SqDspKernels sq_dsp_kernels_base = SQ_DSP_KERNELS_TABLE("base");
