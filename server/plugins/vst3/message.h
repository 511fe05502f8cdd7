// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Messages between the two halves of a VST3 plug-in, made by the host for them; plug-in main thread.
#ifndef SQ_PLUGINS_VST3_MESSAGE_H
#define SQ_PLUGINS_VST3_MESSAGE_H

#include "plugins/vst3/abi.h"

/// A new IMessage (with its list) or a new IAttributeList, with one reference for the caller. NULL: no memory.
void *sq_vst3_message_new(void);
void *sq_vst3_attributes_new(void);

#endif
