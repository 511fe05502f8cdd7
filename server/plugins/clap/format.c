// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/format.h"

#include "plugins/clap/instance.h"

const SqFormat sq_format_clap = {.prefix = "clap",
                                 .open = sq_clap_world_open,
                                 .close = sq_clap_world_close,
                                 .list = sq_clap_list,
                                 .describe = sq_clap_describe,
                                 .modules = sq_clap_modules,
                                 .load = sq_clap_load,
                                 .state_values = sq_clap_state_values};
