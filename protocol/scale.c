// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/scale.h"

#include <math.h>

static double hold(double x) {
  return x < 0.0 ? 0.0 : x > 1.0 ? 1.0 : x;
}

static double fader_from_db(double db) {
  if (db <= -90.0)
    return 0.0;
  if (db < -60.0)
    return (db + 90.0) / 480.0;
  if (db < -30.0)
    return (db + 70.0) / 160.0;
  if (db < -10.0)
    return (db + 50.0) / 80.0;
  return hold((db + 30.0) / 40.0);
}

static double db_from_fader(double fader) {
  if (fader <= 0.0)
    return -144.0;
  if (fader < 0.0625)
    return fader * 480.0 - 90.0;
  if (fader < 0.25)
    return fader * 160.0 - 70.0;
  if (fader < 0.5)
    return fader * 80.0 - 50.0;
  return fader * 40.0 - 30.0;
}

double sq_scale_to_norm(SqScale scale, double min, double max, double value) {
  if (scale == SQ_SCALE_FADER)
    return fader_from_db(value);
  if (scale == SQ_SCALE_LOG && min > 0.0 && value > 0.0)
    return hold(log(value / min) / log(max / min));
  return max > min ? hold((value - min) / (max - min)) : 0.0;
}

double sq_scale_from_norm(SqScale scale, double min, double max, double norm) {
  norm = hold(norm);
  if (scale == SQ_SCALE_FADER)
    return db_from_fader(norm);
  if (scale == SQ_SCALE_LOG && min > 0.0)
    return min * pow(max / min, norm);
  return min + (max - min) * norm;
}
