// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The plug-in formats there are, one line each; constants, any thread.
#ifndef SQ_PLUGINS_LIST_H
#define SQ_PLUGINS_LIST_H

#include "plugins/format.h"

#define SQ_FORMAT_LIST(X)                                                                                              \
  X(sq_format_lv2)                                                                                                     \
  X(sq_format_clap)                                                                                                    \
  X(sq_format_ladspa)                                                                                                  \
  X(sq_format_vst2)                                                                                                    \
  X(sq_format_vst3)

#define SQ_FORMAT_DECLARE(name) extern const SqFormat name;
SQ_FORMAT_LIST(SQ_FORMAT_DECLARE)
#undef SQ_FORMAT_DECLARE

#endif
