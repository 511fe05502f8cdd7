// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The drivers there are, one line each; constants, any thread.
#ifndef SQ_DRIVERS_LIST_H
#define SQ_DRIVERS_LIST_H

#include "drivers/driver.h"

#define SQ_DRIVER_LIST(X)                                                                                              \
  X(sq_driver_jack)                                                                                                    \
  X(sq_driver_null)                                                                                                    \
  X(sq_driver_offline)

#define SQ_DRIVER_DECLARE(name) extern const SqDriverType name;
SQ_DRIVER_LIST(SQ_DRIVER_DECLARE)
#undef SQ_DRIVER_DECLARE

#endif
