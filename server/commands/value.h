// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Every number of the document behind one handler: get, set, and the generic leaves (toggle, adjust, norm, str,
/// default, effective, ramp); control thread.
#ifndef SQ_COMMANDS_VALUE_H
#define SQ_COMMANDS_VALUE_H

#include "commands/call.h"

/// `property` of the row that stands for all parameters of a processor.
#define SQ_PROPERTY_PARAM (UINT32_MAX - 1)

/// What the value is: the row's own argument, or (in room) what the processor says of its parameter.
const SqArgSpec *sq_value_spec(const SqCall *call, SqArgSpec *room);

/// What a call with arguments must bring, by its leaf.
SqArgsWant sq_value_want(const SqCall *call, SqArgSpec *room);

/// The number it names.
SqValueRef sq_value_ref(const SqCall *call);

/// Carries out a value row without a handler of its own.
SqStatus sq_value_handle(SqCall *call);

/// Adds `value` as this spec's type is answered: i, f, or the choice's name.
void sq_value_item(const SqArgSpec *spec, double value, SqItems *items);

#endif
