// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/format.h"

#include "plugins/list.h"
#include "plugins/vst3/instance.h"

const SqFormat sq_format_vst3 = {.prefix = "vst3",
                                 .open = sq_vst3_world_open,
                                 .close = sq_vst3_world_close,
                                 .list = sq_vst3_world_list,
                                 .describe = sq_vst3_describe,
                                 .modules = sq_vst3_world_modules,
                                 .load = sq_vst3_world_load,
                                 .state_values = sq_vst3_state_values};
