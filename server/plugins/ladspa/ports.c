// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Control ports of LADSPA: what their hints mean.
#include <math.h>

#include "plugins/ladspa/world.h"

#define SQ_LADSPA_SPAN 1000.0 ///< the range that is made up beside the one bound given

/// A point between two bounds, `part` of the way; geometric where the scale is.
static double between(const SqLadspaPort *port, double part) {
  if (port->logarithmic && port->min > 0 && port->max > 0)
    return exp(log(port->min) * (1 - part) + log(port->max) * part);
  return port->min * (1 - part) + port->max * part;
}

/// The default that a hint gives, or zero when it gives none. Bounds may be fractions of the rate, these numbers never.
static double default_of(LADSPA_PortRangeHintDescriptor bits, const SqLadspaPort *port, double rate_hz) {
  double scale = port->sample_rate ? 1 / rate_hz : 1;
  switch (bits & LADSPA_HINT_DEFAULT_MASK) {
  case LADSPA_HINT_DEFAULT_MINIMUM:
    return port->min;
  case LADSPA_HINT_DEFAULT_LOW:
    return between(port, 0.25);
  case LADSPA_HINT_DEFAULT_MIDDLE:
    return between(port, 0.5);
  case LADSPA_HINT_DEFAULT_HIGH:
    return between(port, 0.75);
  case LADSPA_HINT_DEFAULT_MAXIMUM:
    return port->max;
  case LADSPA_HINT_DEFAULT_1:
    return scale;
  case LADSPA_HINT_DEFAULT_100:
    return 100 * scale;
  case LADSPA_HINT_DEFAULT_440:
    return 440 * scale;
  default:
    return 0;
  }
}

/// Makes both bounds finite and ordered: without any 0 to 1, beside a single one a wide range.
static void complete(SqLadspaPort *port) {
  bool low = isfinite(port->min), high = isfinite(port->max);
  if (!low && !high) {
    port->min = 0;
    port->max = 1;
  } else if (!low) {
    port->min = port->max > 0 ? 0 : port->max - SQ_LADSPA_SPAN;
  } else if (!high) {
    port->max = port->min + SQ_LADSPA_SPAN;
  } else if (port->max < port->min) {
    double swap = port->max;
    port->max = port->min;
    port->min = swap;
  }
}

void sq_ladspa_range(const LADSPA_PortRangeHint *hint, double rate_hz, SqLadspaPort *port) {
  LADSPA_PortRangeHintDescriptor bits = hint->HintDescriptor;
  port->integer = LADSPA_IS_HINT_INTEGER(bits);
  port->toggled = LADSPA_IS_HINT_TOGGLED(bits);
  port->logarithmic = LADSPA_IS_HINT_LOGARITHMIC(bits);
  port->sample_rate = LADSPA_IS_HINT_SAMPLE_RATE(bits);
  port->min = LADSPA_IS_HINT_BOUNDED_BELOW(bits) ? (double)hint->LowerBound : NAN;
  port->max = LADSPA_IS_HINT_BOUNDED_ABOVE(bits) ? (double)hint->UpperBound : NAN;
  if (port->toggled) {
    port->min = 0;
    port->max = 1;
    port->sample_rate = false;
  }
  complete(port);
  port->def = fmin(fmax(default_of(bits, port, rate_hz), port->min), port->max);
  if (port->toggled)
    port->def = port->def > 0 ? 1 : 0;
  else if (port->integer && !port->sample_rate)
    port->def = fmin(fmax(round(port->def), ceil(port->min)), floor(port->max));
}

float sq_ladspa_to_port(const SqLadspaPort *port, double value, double rate_hz) {
  double scale = port->sample_rate ? rate_hz : 1;
  if (!(value == value)) // not a number: the plug-in's own choice
    value = port->def * scale;
  value = fmin(fmax(value, port->min * scale), port->max * scale);
  if (port->toggled)
    return value > 0 ? 1 : 0;
  return (float)(port->integer ? round(value) : value);
}
