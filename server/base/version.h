// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The program's version, for --version, /version and session files; a constant, any thread.
#ifndef SQ_BASE_VERSION_H
#define SQ_BASE_VERSION_H

#define SQ_VERSION "0.1.0"
#define SQ_VERSION_MAJOR 0
#define SQ_VERSION_MINOR 1
#define SQ_VERSION_PATCH 0

#endif
