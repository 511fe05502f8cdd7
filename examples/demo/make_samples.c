// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Makes the demo's drum kit: six WAV files out of sines, squares and noise, the same every time.
///
///     make_samples FOLDER
///
/// The recipes are the classic ones of analogue drum machines: a sine that falls in pitch (kick), two tones and noise
/// (snare), six squares that share no harmonic (hats), bursts of noise (clap), a saw through a closing filter (bass).
#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000, MAX_FRAMES = RATE };

#define TAU 6.283185307179586

typedef struct {
  uint32_t seed;
  double low, band; ///< of the filter
} Tools;

typedef double (*Recipe)(Tools *tools, double t);

/// White, -1..1 (Marsaglia, "Xorshift RNGs", 2003).
static double noise(Tools *tools) {
  tools->seed ^= tools->seed << 13;
  tools->seed ^= tools->seed >> 17;
  tools->seed ^= tools->seed << 5;
  return tools->seed / 2147483648.0 - 1.0;
}

typedef enum { LOW, BAND, HIGH } Output;

/// A state-variable filter, one per sound (Chamberlin, "Musical Applications of Microprocessors", 1985).
static double filter(Tools *tools, double x, double hz, double damping, Output output) {
  double f = 2 * sin(TAU / 2 * hz / RATE);
  tools->low += f * tools->band;
  double high = x - tools->low - damping * tools->band;
  tools->band += f * high;
  return output == LOW ? tools->low : output == BAND ? tools->band : high;
}

static double decay(double t, double seconds) {
  return t < 0 ? 0 : exp(-6.9 * t / seconds); // 60 dB
}

static double square(double hz, double t) {
  return fmod(hz * t, 1.0) < 0.5 ? 1 : -1;
}

static double kick(Tools *tools, double t) {
  // the phase is the integral of 48 Hz + 130 Hz falling by 60 dB in a tenth of a second
  double phase = 48 * t + 130 * 0.1 / 6.9 * (1 - decay(t, 0.1));
  double click = filter(tools, noise(tools), 4000, 1, LOW) * decay(t, 0.01);
  return tanh(1.6 * sin(TAU * phase) * decay(t, 0.55) + 0.4 * click);
}

static double snare(Tools *tools, double t) {
  double skin = 0.6 * sin(TAU * 186 * t) + 0.4 * sin(TAU * 332 * t);
  double wires = filter(tools, noise(tools), 1800, 0.9, HIGH);
  return skin * decay(t, 0.16) + 0.55 * wires * decay(t, 0.26);
}

static double metal(Tools *tools, double t) {
  static const double hz[] = {205.3, 304.4, 369.6, 522.7, 540.0, 800.0};
  double sum = 0;
  for (int i = 0; i < 6; i++)
    sum += square(hz[i] * 4.1, t);
  return filter(tools, sum / 6 + 0.15 * noise(tools), 8200, 0.8, HIGH);
}

static double closed_hat(Tools *tools, double t) {
  return metal(tools, t) * decay(t, 0.09);
}

static double open_hat(Tools *tools, double t) {
  return metal(tools, t) * decay(t, 0.55);
}

static double clap(Tools *tools, double t) {
  double hands = 0;
  for (int i = 0; i < 3; i++)
    hands = fmax(hands, decay(t - 0.011 * i, 0.03) * (t >= 0.011 * i));
  double room = 0.6 * decay(t - 0.03, 0.3) * (t >= 0.03);
  return filter(tools, noise(tools), 1250, 0.45, BAND) * fmax(hands, room);
}

/// A1, 55 Hz: key 33.
static double bass(Tools *tools, double t) {
  double saw = 0;
  for (int k = 1; k * 55 < 12000; k++) // a sum of sines: nothing folds back
    saw += sin(TAU * 55 * k * t) / k;
  double bright = 180 + 2600 * decay(t, 0.35);
  return tanh(1.2 * filter(tools, saw, bright, 0.7, LOW)) * decay(t, 1.6) * fmin(1, t / 0.002);
}

static const struct {
  const char *name;
  Recipe recipe;
  double seconds, peak;
  int key; ///< root note; 0: a drum
} kit[] = {
    {"kick", kick, 0.5, 0.9, 0},         {"snare", snare, 0.3, 0.8, 0}, {"hat_closed", closed_hat, 0.1, 0.5, 0},
    {"hat_open", open_hat, 0.5, 0.5, 0}, {"clap", clap, 0.35, 0.7, 0},  {"bass", bass, 0.9, 0.8, 33},
};

/// Fills x with the sound at its peak level, its last 5 ms fading out; returns its frames.
static int render(int index, float *x) {
  int n = (int)(kit[index].seconds * RATE);
  double peak = 0;
  Tools tools = {.seed = 2463534242u};
  for (int i = 0; i < n; i++) {
    double fade = fmin(1, (n - 1 - i) / (0.005 * RATE));
    x[i] = (float)(kit[index].recipe(&tools, i / (double)RATE) * fade);
    peak = fmax(peak, fabs((double)x[i]));
  }
  for (int i = 0; i < n; i++)
    x[i] *= (float)(kit[index].peak / peak);
  return n;
}

static bool write_wav(const char *path, const float *x, int n, int key) {
  SF_INFO info = {.samplerate = RATE, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_24};
  SNDFILE *file = sf_open(path, SFM_WRITE, &info);
  if (!file) {
    fprintf(stderr, "make_samples: cannot write %s: %s\n", path, sf_strerror(NULL));
    return false;
  }
  SF_INSTRUMENT instrument = {.gain = 1, .basenote = (char)key, .velocity_hi = 127, .key_hi = 127};
  if (key)
    sf_command(file, SFC_SET_INSTRUMENT, &instrument, sizeof instrument);
  bool written = sf_writef_float(file, x, n) == n;
  if (!written)
    fprintf(stderr, "make_samples: cannot write %s: %s\n", path, sf_strerror(file));
  return sf_close(file) == 0 && written;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: make_samples FOLDER\n");
    return 2;
  }
  static float x[MAX_FRAMES];
  for (size_t i = 0; i < sizeof kit / sizeof *kit; i++) {
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s.wav", argv[1], kit[i].name) >= (int)sizeof path) {
      fprintf(stderr, "make_samples: the folder's name is too long\n");
      return 1;
    }
    int n = render((int)i, x);
    if (!write_wav(path, x, n, kit[i].key))
      return 1;
    printf("%s\n", path);
  }
  return 0;
}
