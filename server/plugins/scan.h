// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Looks into one module by a child process that may crash, hang or babble; jobs threads only.
#ifndef SQ_PLUGINS_SCAN_H
#define SQ_PLUGINS_SCAN_H

#include <stddef.h>

#include "protocol/status.h"

#define SQ_SCAN_WALL_MS 20000       ///< the slowest module that was met takes 1.4 s
#define SQ_SCAN_CPU_SECONDS 20      ///< one that spins in several threads
#define SQ_SCAN_MEMORY (8ull << 30) ///< bytes of address space: a sampler takes 200 MB, a sanitizer far more
#define SQ_SCAN_OUTPUT (64u << 20)  ///< bytes of JSON: 36,017 parameters take 8 MB

/// Runs `program FORMAT PATH` with limits and without display; *json (the caller's to free) gets what it printed, zero
/// ended. Errors: SQ_PLUGIN with a sentence: it crashed, hung, or said too much; SQ_IO: it cannot be started.
SqStatus sq_scan_module(const char *program, const char *format, const char *path, char **json, size_t *size, char *why,
                        size_t why_size);

#endif
