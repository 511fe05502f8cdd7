// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The table for x86-64 machines with AVX-512; compiled with -mavx512f, reached only where the CPU has it. No fused
// multiply-add: its rounding would change the bits.
#include "dsp/kernels.h"

#ifdef __AVX512F__
#include <immintrin.h>
#define V __m512
#define V_N 16
#define V_LOAD(p) _mm512_loadu_ps(p)
#define V_STORE(p, v) _mm512_storeu_ps(p, v)
#define V_SET(f) _mm512_set1_ps(f)
#define V_ADD(a, b) _mm512_add_ps(a, b)
#define V_SUB(a, b) _mm512_sub_ps(a, b)
#define V_MUL(a, b) _mm512_mul_ps(a, b)
#define V_MAX(a, b) _mm512_max_ps(a, b)
#define V_UNPACK_LOW(a, b) _mm512_unpacklo_ps(a, b)
#define V_UNPACK_HIGH(a, b) _mm512_unpackhi_ps(a, b)
#define V_MAX_4(a) v_max_4(a)
#define V_ADD_4(a) v_add_4(a)
#define V_OR(a, b) v_or(a, b) // or_ps itself wants AVX512DQ
#define V_ANY_FROM_TWO(a) (_mm512_test_epi32_mask(_mm512_castps_si512(a), _mm512_set1_epi32(0x40000000)) != 0)
#define V_LARGEST(a) _mm512_reduce_max_ps(a)
#define V_TOTAL(a) _mm512_reduce_add_ps(a)

static inline __m512 v_or(__m512 a, __m512 b) {
  return _mm512_castsi512_ps(_mm512_or_si512(_mm512_castps_si512(a), _mm512_castps_si512(b)));
}

static inline __m128 v_max_4(__m512 a) {
  const __m512 b = _mm512_max_ps(a, _mm512_shuffle_f32x4(a, a, _MM_SHUFFLE(1, 0, 3, 2)));
  return _mm512_castps512_ps128(_mm512_max_ps(b, _mm512_shuffle_f32x4(b, b, _MM_SHUFFLE(2, 3, 0, 1))));
}

static inline __m128 v_add_4(__m512 a) {
  const __m512 b = _mm512_add_ps(a, _mm512_shuffle_f32x4(a, a, _MM_SHUFFLE(1, 0, 3, 2)));
  return _mm512_castps512_ps128(_mm512_add_ps(b, _mm512_shuffle_f32x4(b, b, _MM_SHUFFLE(2, 3, 0, 1))));
}

#include "dsp/kernels_impl.h"

const SqDspKernels sq_dsp_kernels_avx512 = SQ_DSP_KERNELS_TABLE("avx512");
#endif
