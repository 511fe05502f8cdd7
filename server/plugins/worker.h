// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What the house does for processors: a thread that works off what they schedule from the audio thread.
#ifndef SQ_PLUGINS_WORKER_H
#define SQ_PLUGINS_WORKER_H

#include <stdbool.h>

#include "engine/processor.h"

typedef struct SqWorker SqWorker;

/// [control] `log` as in SqServices.
SqWorker *sq_worker_new(bool offline, uint32_t n_hardware_in, void (*log)(void *, int, const char *),
                        void *log_context);
/// [control] Works off what is left and ends the thread; no audio thread may run.
void sq_worker_stop(SqWorker *worker);
void sq_worker_free(SqWorker *worker);

const SqServices *sq_worker_services(SqWorker *worker);

#endif
