// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands/families.h"

#include <stddef.h>

static const char *const any[] = {"/source/{source}", "/bus/{bus}", "/master", "/strip/{strip}", NULL};
static const char *const made[] = {"/source/{source}", "/bus/{bus}", NULL};
static const char *const device[] = {"{any}/chain/{proc}", "/source/{source}/generator", "/strip/{strip}/generator",
                                     NULL};

const SqAddressFamily sq_address_families[SQ_ADDRESS_FAMILIES] = {
    {"{any}", any, "Any channel strip; sources, buses and the master share one."},
    {"{made}", made, "A strip that a client made."},
    {"{device}", device, "A processor in a chain, or the generator of a source."},
};
