// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/recorder.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { UPDATE_MS = 1000, SYNC_MS = 5000 };

struct SqRecorder {
  SqDiskClient client; ///< first
  SqDisk *disk;
  SqRtTap tap;
  float *memory; ///< of the tap's ring
  SqDiskSync *sync;

  // [disk]
  SqWriter *writer;
  uint64_t n_ring;  ///< frames taken from the ring
  uint64_t n_zeros; ///< zeros taken from the gaps
  SqRtGap gap;      ///< the next one; frames == 0: none is known
  int64_t updated_ms, synced_ms;
  bool over; ///< DONE or FAILED

  pthread_mutex_t lock; ///< over `status`
  SqRecorderStatus status;
};

// ---- disk thread ----------------------------------------------------------------------------------------------------

/// Zeros that belong behind the frames taken so far.
static SqStatus take_gaps(SqRecorder *r) {
  SqStatus status = SQ_OK;
  while (status == SQ_OK && (r->gap.frames || sq_ring_read(&r->tap.gaps, &r->gap)) && r->gap.after == r->n_ring) {
    status = sq_writer_write(r->writer, NULL, r->gap.frames);
    r->n_zeros += r->gap.frames;
    r->gap.frames = 0;
  }
  return status;
}

/// Frames up to the next gap. The ring's count is read first: every gap before those frames is then there to be seen.
static SqStatus take_frames(SqRecorder *r) {
  SqRtTap *tap = &r->tap;
  uint32_t count = sq_ring_count(&tap->ring);
  for (;;) {
    SqStatus status = take_gaps(r);
    if (status != SQ_OK || count == 0)
      return status;
    uint64_t n = r->gap.frames && r->gap.after - r->n_ring < count ? r->gap.after - r->n_ring : count;
    SqRingSpan span = sq_ring_read_span(&tap->ring, (uint32_t)n);
    status = sq_writer_write(r->writer, span.first, span.n_first);
    if (status == SQ_OK && span.n_second)
      status = sq_writer_write(r->writer, span.second, span.n_second);
    sq_ring_read_done(&tap->ring, (uint32_t)n);
    r->n_ring += n;
    count -= (uint32_t)n;
    if (status != SQ_OK)
      return status;
  }
}

/// Zeros up to the length of the take, and the end of the file.
static void finish(SqRecorder *r, uint64_t length) {
  uint64_t have = r->n_ring + r->n_zeros;
  if (have < length)
    sq_writer_write(r->writer, NULL, length - have);
  int fd = sq_writer_fd(r->writer) >= 0 ? dup(sq_writer_fd(r->writer)) : -1;
  sq_writer_finish(r->writer);
  sq_disk_sync(r->disk, fd, NULL);
  r->over = true;
}

static int64_t seconds_left(const SqWriter *writer) {
  struct statvfs st;
  if (sq_writer_fd(writer) < 0 || fstatvfs(sq_writer_fd(writer), &st) < 0)
    return -1;
  return (int64_t)((uint64_t)st.f_bavail * st.f_frsize / sq_writer_bytes_per_second(writer));
}

static int64_t look_after_file(SqRecorder *r, int64_t now_ms, int64_t left) {
  if (now_ms - r->updated_ms >= UPDATE_MS) {
    r->updated_ms = now_ms;
    sq_writer_update(r->writer);
  }
  if (now_ms - r->synced_ms >= SYNC_MS) {
    r->synced_ms = now_ms;
    left = seconds_left(r->writer);
    if (sq_writer_fd(r->writer) >= 0)
      sq_disk_sync(r->disk, dup(sq_writer_fd(r->writer)), r->sync);
  }
  int error = atomic_exchange(&r->sync->error, 0);
  if (error)
    sq_writer_fail(r->writer, error);
  return left;
}

/// Tells control what has become of it.
static void publish(SqRecorder *r, SqRecorderState state, int64_t left) {
  SqRecorderStatus *s = &r->status;
  pthread_mutex_lock(&r->lock);
  bool news =
      s->state != state || s->parts != sq_writer_parts(r->writer) ||
      (left >= 0 && left < SQ_RECORDER_WARN_S && !(s->seconds_left >= 0 && s->seconds_left < SQ_RECORDER_WARN_S));
  s->state = state;
  s->frames = sq_writer_frames(r->writer);
  s->parts = sq_writer_parts(r->writer);
  s->seconds_left = left;
  s->status = sq_writer_error(r->writer)[0] ? SQ_IO : SQ_OK;
  snprintf(s->error, sizeof s->error, "%s", sq_writer_error(r->writer));
  snprintf(s->path, sizeof s->path, "%s", sq_writer_path(r->writer));
  pthread_mutex_unlock(&r->lock);
  if (news)
    sq_disk_tell(r->disk);
}

static void pump(SqDiskClient *client, int64_t now_ms) {
  SqRecorder *r = (SqRecorder *)client;
  if (r->over) { // nothing is to be kept, and nothing is to pile up
    sq_ring_read_done(&r->tap.ring, sq_ring_count(&r->tap.ring));
    return;
  }
  int64_t left = r->status.seconds_left; // written by this thread alone
  // The state before the rings: whoever sees the end sees all that was before it.
  uint32_t state = atomic_load_explicit(&r->tap.state, memory_order_acquire);
  if (state == SQ_TAP_WAITING)
    return;
  SqStatus status = take_frames(r);
  if (status == SQ_OK && state == SQ_TAP_ENDED)
    finish(r, atomic_load(&r->tap.ended) - atomic_load(&r->tap.began));
  else if (status == SQ_OK)
    left = look_after_file(r, now_ms, left);
  if (sq_writer_error(r->writer)[0]) {
    r->over = true;
    publish(r, SQ_RECORDER_FAILED, left);
  } else {
    publish(r, r->over ? SQ_RECORDER_DONE : SQ_RECORDER_RUNNING, left);
  }
}

// ---- control --------------------------------------------------------------------------------------------------------

static void free_recorder(SqRecorder *r) {
  sq_writer_close(r->writer);
  sq_disk_sync_release(r->sync);
  pthread_mutex_destroy(&r->lock);
  free(r->memory);
  free(r);
}

static uint32_t ring_frames(uint32_t rate) {
  uint32_t n = 4096;
  while (n < SQ_RECORDER_SECONDS * rate)
    n *= 2;
  return n;
}

SqStatus sq_recorder_open(SqDisk *disk, const SqWriterConfig *config, SqRecorder **recorder, char *error,
                          size_t error_size) {
  *recorder = NULL;
  SqRecorder *r = calloc(1, sizeof *r);
  if (!r) {
    snprintf(error, error_size, "there is no memory left for a recorder: free some buffers");
    return SQ_LIMIT;
  }
  r->disk = disk;
  r->client.pump = pump;
  pthread_mutex_init(&r->lock, NULL);
  SqStatus status = sq_writer_open(config, &r->writer, error, error_size);
  if (status == SQ_OK) {
    uint32_t n = ring_frames(config->rate);
    size_t bytes = sq_ring_bytes(config->n_channels * (uint32_t)sizeof(float), n);
    r->memory = malloc(bytes);
    r->sync = sq_disk_sync_new();
    if (!r->memory || !r->sync || !sq_rt_tap_init(&r->tap, r->memory, config->n_channels, n)) {
      snprintf(error, error_size, "there is no memory left for a recorder: free some buffers");
      status = SQ_LIMIT;
      unlink(config->path);
    } else {
      memset(r->memory, 1, bytes); // every page is there before the audio thread comes
    }
  }
  if (status != SQ_OK) {
    free_recorder(r);
    return status;
  }
  r->status = (SqRecorderStatus){.parts = 1, .seconds_left = seconds_left(r->writer)};
  snprintf(r->status.path, sizeof r->status.path, "%s", config->path);
  *recorder = r;
  sq_disk_add(disk, &r->client);
  return SQ_OK;
}

SqRtTap *sq_recorder_tap(SqRecorder *recorder) {
  return &recorder->tap;
}

void sq_recorder_start(SqRecorder *recorder, uint64_t frame) {
  sq_rt_tap_start(&recorder->tap, frame);
}

void sq_recorder_stop(SqRecorder *recorder, uint64_t frame) {
  sq_rt_tap_stop(&recorder->tap, frame);
}

void sq_recorder_status(SqRecorder *recorder, SqRecorderStatus *status) {
  SqRtTap *tap = &recorder->tap;
  pthread_mutex_lock(&recorder->lock);
  *status = recorder->status;
  pthread_mutex_unlock(&recorder->lock);
  status->lost_frames = atomic_load_explicit(&tap->lost, memory_order_relaxed);
  status->began = atomic_load_explicit(&tap->began, memory_order_relaxed);
  uint32_t used = atomic_load_explicit(&tap->ring.head, memory_order_relaxed) -
                  atomic_load_explicit(&tap->ring.tail, memory_order_relaxed);
  status->ring_full = (float)used / (float)tap->ring.n_items;
}

void sq_recorder_close(SqRecorder *recorder) {
  if (!recorder)
    return;
  sq_disk_remove(recorder->disk, &recorder->client);
  // The disk thread has let go of it: what is left is ours to do.
  if (!recorder->over && take_frames(recorder) == SQ_OK &&
      recorder->tap.position >= atomic_load(&recorder->tap.began) &&
      atomic_load(&recorder->tap.state) != SQ_TAP_WAITING)
    finish(recorder, recorder->tap.position - atomic_load(&recorder->tap.began));
  free_recorder(recorder);
}
