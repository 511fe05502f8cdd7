// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Work that may block, done beside the control thread, with progress and cancel; control thread but for what a job
/// itself calls.
#ifndef SQ_BASE_JOBS_H
#define SQ_BASE_JOBS_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/status.h"

typedef struct SqJobs SqJobs;
typedef struct SqJob SqJob;

typedef struct SqJobSpec {
  const char *name; ///< constant text, for progress and the log: "load EPiano"
  void *context;
  /// [job thread] Does the work; may block. Looks at sq_job_cancelled() now and then when it is long.
  SqStatus (*run)(SqJob *job, void *context);
  /// [control] Always called once, in sq_jobs_collect(); SQ_CANCELLED when it never ran.
  void (*done)(void *context, int32_t id, SqStatus status);
} SqJobSpec;

/// Tells of progress. [control]
typedef void (*SqJobProgress)(void *context, int32_t id, const char *name, double fraction, const char *text);

SqJobs *sq_jobs_new(unsigned n_threads);
/// Cancels what has not begun, waits for what has; calls every `done`.
void sq_jobs_free(SqJobs *jobs);

/// Queues a job; returns its number (positive, never reused).
int32_t sq_jobs_add(SqJobs *jobs, const SqJobSpec *spec);

/// Asks a job to stop. Errors: SQ_NOT_FOUND it is over or never was.
SqStatus sq_jobs_cancel(SqJobs *jobs, int32_t id);

/// Readable when there is something to collect.
int sq_jobs_fd(const SqJobs *jobs);

/// Calls `progress` (may be NULL) of running jobs and `done` of finished ones; both may call any function of jobs but
/// sq_jobs_free().
void sq_jobs_collect(SqJobs *jobs, SqJobProgress progress, void *context);

/// Jobs that are not over.
uint32_t sq_jobs_pending(const SqJobs *jobs);

/// Waits up to `ms` for something to collect; false: nothing came.
bool sq_jobs_wait(SqJobs *jobs, int ms);

// [job thread]
bool sq_job_cancelled(const SqJob *job);
void sq_job_progress(SqJob *job, double fraction, const char *text);

#endif
