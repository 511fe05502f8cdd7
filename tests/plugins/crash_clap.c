// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A module that ends whoever loads it, before a line of its plug-ins could run.
#include <stdlib.h>

__attribute__((constructor)) static void crash(void) {
  abort();
}
