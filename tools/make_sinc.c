// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Writes the sampler's interpolation kernel as C, run by the Makefile: constant data, so that all instances share it
/// and the audio thread never computes it.
///
/// A sinc with a Kaiser window (Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", 1974),
/// cut into cells; in each a cubic with the kernel's values and slopes at both ends (Hermite).
#include <math.h>
#include <stdio.h>

#include "processors/sampler_sinc.h"

#define CUTOFF 0.47       // cycles per frame: flat to 0.40, gone at 0.54
#define ATTENUATION 104.0 // dB of the images
#define HALF (SQ_SAMPLER_TAPS / 2.0)

/// I0(sqrt(squared)); goes on smoothly below 0, where the window has ended, so that slopes exist at its edge.
static double bessel_i0_of_square(double squared) {
  double sum = 1, term = 1;
  for (int k = 1; k < 200; k++) {
    term *= squared / 4 / k / k;
    sum += term;
  }
  return sum;
}

/// The kernel `t` frames from its middle.
static double kernel(double t) {
  double beta = 0.1102 * (ATTENUATION - 8.7), edge = t / HALF, angle = 2 * M_PI * CUTOFF * t;
  double sinc = angle == 0 ? 1 : sin(angle) / angle;
  return 2 * CUTOFF * sinc * bessel_i0_of_square(beta * beta * (1 - edge * edge)) / bessel_i0_of_square(beta * beta);
}

static double slope(double t) {
  const double step = 1e-4;
  return (8 * (kernel(t + step) - kernel(t - step)) - (kernel(t + 2 * step) - kernel(t - 2 * step))) / (12 * step);
}

/// Coefficient `power` of the cubic in cell `cell`, whose variable goes from 0 to 1.
static double coefficient(int cell, int power) {
  const double width = 1.0 / SQ_SAMPLER_PHASES, t = cell * width - HALF;
  double v0 = kernel(t), v1 = kernel(t + width), s0 = slope(t) * width, s1 = slope(t + width) * width;
  switch (power) {
  case 0:
    return v0;
  case 1:
    return s0;
  case 2:
    return 3 * (v1 - v0) - 2 * s0 - s1;
  default:
    return 2 * (v0 - v1) + s0 + s1;
  }
}

static void print(int cell, int power) {
  static int n;
  printf("%af,%c", (double)(float)coefficient(cell, power), ++n % 8 ? ' ' : '\n');
}

int main(void) {
  printf("// Written by tools/make_sinc.c.\n#include \"processors/sampler_sinc.h\"\n\n");
  printf("const float sq_sampler_sinc_cells[SQ_SAMPLER_CELLS * 4] = {\n");
  for (int cell = 0; cell < SQ_SAMPLER_CELLS; cell++)
    for (int power = 0; power < 4; power++)
      print(cell, power);
  printf("};\n\nconst float sq_sampler_sinc_rows[SQ_SAMPLER_CELLS * 4] = {\n");
  for (int row = 0; row < SQ_SAMPLER_PHASES; row++)
    for (int power = 0; power < 4; power++)
      for (int tap = 0; tap < SQ_SAMPLER_TAPS; tap++)
        print(tap * SQ_SAMPLER_PHASES + row, power);
  printf("};\n");
  return ferror(stdout) != 0;
}
