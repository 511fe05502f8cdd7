// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The words at the start of rows' templates that stand for several prefixes; constants, any thread.
#ifndef SQ_COMMANDS_FAMILIES_H
#define SQ_COMMANDS_FAMILIES_H

#include "protocol/row.h"

#define SQ_ADDRESS_FAMILIES 3
extern const SqAddressFamily sq_address_families[SQ_ADDRESS_FAMILIES];

#endif
