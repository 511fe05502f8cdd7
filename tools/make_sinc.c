// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Writes the sampler's interpolation table as C, run by the Makefile: constant data, so that all instances share it
/// and the audio thread never computes it.
///
/// A sinc with a Kaiser window (Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", 1974),
/// cut into rows of one fraction each (Crochiere and Rabiner, "Multirate Digital Signal Processing", 1983, ch. 4).
#include <math.h>
#include <stdio.h>

#include "processors/sampler_sinc.h"

#define CUTOFF 0.47       // cycles per frame: flat to 0.40, gone at 0.54
#define ATTENUATION 104.0 // dB of the images
#define HALF (SQ_SAMPLER_TAPS / 2.0)

static double bessel_i0(double x) {
  double sum = 1, term = 1;
  for (int k = 1; k < 200 && term > 1e-20 * sum; k++) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

/// The kernel `t` frames from its middle.
static double kernel(double t) {
  double beta = 0.1102 * (ATTENUATION - 8.7), edge = t / HALF, angle = 2 * M_PI * CUTOFF * t;
  if (edge <= -1 || edge >= 1)
    return 0;
  double sinc = angle == 0 ? 1 : sin(angle) / angle;
  return 2 * CUTOFF * sinc * bessel_i0(beta * sqrt(1 - edge * edge)) / bessel_i0(beta);
}

int main(void) {
  printf("// Written by tools/make_sinc.c.\n#include \"processors/sampler_sinc.h\"\n\n");
  printf("const float sq_sampler_sinc_table[(SQ_SAMPLER_PHASES + 1) * SQ_SAMPLER_TAPS] = {\n");
  for (int row = 0; row <= SQ_SAMPLER_PHASES; row++) {
    double taps[SQ_SAMPLER_TAPS], sum = 0;
    for (int k = 0; k < SQ_SAMPLER_TAPS; k++)
      sum += taps[k] = kernel(k + (double)row / SQ_SAMPLER_PHASES - HALF);
    for (int k = 0; k < SQ_SAMPLER_TAPS; k++) // each row passes a constant unchanged
      printf("%af,%c", (double)(float)(taps[k] / sum), k % 8 == 7 ? '\n' : ' ');
  }
  printf("};\n");
  return ferror(stdout) != 0;
}
