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
#define V_UNPACK_LOW(a, b) _mm256_unpacklo_ps(a, b)
#define V_UNPACK_HIGH(a, b) _mm256_unpackhi_ps(a, b)
#define V_MAX_4(a) _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1))
#define V_ADD_4(a) _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1))
#define V_OR(a, b) _mm256_or_ps(a, b)
#define V_ANY_FROM_TWO(a) v_any_from_two(a)
#define V_LARGEST(a) v_largest(a)
#define V_TOTAL(a) v_total(a)

static inline bool v_any_from_two(__m256 a) {
  return _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(a), 1))) != 0;
}

static inline float v_largest(__m256 a) {
  __m128 x = V_MAX_4(a);
  x = _mm_max_ps(x, _mm_movehl_ps(x, x));
  return _mm_cvtss_f32(_mm_max_ss(x, _mm_movehdup_ps(x)));
}

static inline float v_total(__m256 a) {
  __m128 x = V_ADD_4(a);
  x = _mm_add_ps(x, _mm_movehl_ps(x, x));
  return _mm_cvtss_f32(_mm_add_ss(x, _mm_movehdup_ps(x)));
}

#include "dsp/kernels_impl.h"

const SqDspKernels sq_dsp_kernels_avx2 = SQ_DSP_KERNELS_TABLE("avx2");
#endif
