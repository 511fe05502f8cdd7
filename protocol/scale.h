// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Values as a knob sees them, 0..1; any thread.
#ifndef SQ_PROTOCOL_SCALE_H
#define SQ_PROTOCOL_SCALE_H

#include "protocol/row.h"

/// Where `value` stands between min and max, 0..1. LOG needs min > 0 (else it is linear). FADER: `value` is dB on the
/// law of the Behringer X32's faders: four straight segments, 0.75 = 0 dB, 1 = +10 dB, 0 = silence (-144).
double sq_scale_to_norm(SqScale scale, double min, double max, double value);
double sq_scale_from_norm(SqScale scale, double min, double max, double norm);

#endif
