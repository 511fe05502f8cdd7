// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "media/resample.h"
#include "media/sample.h"

enum { STEP_FRAMES = 1 << 14 };

typedef struct {
  const char *path;
  const SqFileLoad *how;
  uint64_t max_bytes;
  char *error;
  size_t error_size;
  int fd; ///< -1: not open; `file` reads from it but does not own it
  SNDFILE *file;
  SF_INFO info;
  SqFrames frames;
} Load;

__attribute__((format(printf, 3, 4))) static SqStatus fail(const Load *load, SqStatus status, const char *text, ...) {
  if (load->error_size) {
    va_list args;
    va_start(args, text);
    vsnprintf(load->error, load->error_size, text, args);
    va_end(args);
  }
  return status;
}

static SqStatus fail_errno(const Load *load, int number) {
  const char *path = load->path;
  switch (number) {
  case ENOENT:
  case ENOTDIR:
    return fail(load, SQ_NOT_FOUND, "there is no file %s: check the path (relative ones start at the daemon's folder)",
                path);
  case EACCES:
  case EPERM:
    return fail(load, SQ_DENIED, "the daemon may not read %s: change its permissions or copy it elsewhere", path);
  case ENXIO: // a socket, or a device without a driver
    return fail(load, SQ_UNSUPPORTED, "%s is not a regular file: name a sound file", path);
  default:
    return fail(load, SQ_IO, "cannot open %s: %s", path, strerror(number));
  }
}

/// A regular file and nothing else: opening a FIFO would wait for ever, a device may do anything. O_NONBLOCK makes the
/// open itself safe before the kind is known.
static SqStatus open_regular(Load *load) {
  load->fd = open(load->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (load->fd < 0)
    return fail_errno(load, errno);
  struct stat st;
  if (fstat(load->fd, &st) == 0 && S_ISREG(st.st_mode))
    return SQ_OK;
  bool folder = S_ISDIR(st.st_mode);
  return fail(load, SQ_UNSUPPORTED, "%s is %s: name a sound file", load->path,
              folder ? "a folder" : "not a regular file");
}

/// Block-compressed with state that libsndfile cannot restore after a seek; its decoders have a history of faults.
static bool is_adpcm(int format) {
  switch (format & SF_FORMAT_SUBMASK) {
  case SF_FORMAT_IMA_ADPCM:
  case SF_FORMAT_MS_ADPCM:
  case SF_FORMAT_VOX_ADPCM:
  case SF_FORMAT_NMS_ADPCM_16:
  case SF_FORMAT_NMS_ADPCM_24:
  case SF_FORMAT_NMS_ADPCM_32:
  case SF_FORMAT_G721_32:
  case SF_FORMAT_G723_24:
  case SF_FORMAT_G723_40:
    return true;
  default:
    return false;
  }
}

static SqStatus open_sound(Load *load) {
  SqStatus status = open_regular(load);
  if (status != SQ_OK)
    return status;
  load->file = sf_open_fd(load->fd, SFM_READ, &load->info, SF_FALSE);
  if (!load->file)
    return fail(load, SQ_UNSUPPORTED, "%s is no sound file that libsndfile can read (%s): convert it to WAV or FLAC",
                load->path, sf_strerror(NULL));
  if (is_adpcm(load->info.format))
    status = fail(load, SQ_UNSUPPORTED, "%s is ADPCM-compressed, which is not supported: convert it to WAV or FLAC",
                  load->path);
  else if (load->info.channels < 1 || load->info.channels > SQ_MAX_CHANNELS)
    status = fail(load, SQ_UNSUPPORTED, "%s has %d channels, at most %d are possible: split it", load->path,
                  load->info.channels, SQ_MAX_CHANNELS);
  else if (load->info.samplerate < 1)
    status = fail(load, SQ_IO, "%s states no sample rate: it is damaged, write it anew", load->path);
  return status;
}

static SqStatus fail_too_large(const Load *load) {
  return fail(load, SQ_LIMIT, "%s needs more than %llu MiB in memory: cut it, or play it from disk with a player",
              load->path, (unsigned long long)(load->max_bytes >> 20));
}

/// Frames that fit the bound once they are at the engine's rate, and are small enough to be counted in 31 bits.
static uint64_t max_frames(const Load *load) {
  double ratio = load->how->rate > 0 ? load->how->rate / load->info.samplerate : 1.0;
  double wider = ratio > 1 ? ratio : 1.0;
  uint64_t most = load->max_bytes / sizeof(float) / (uint64_t)load->info.channels;
  if (most > INT32_MAX)
    most = INT32_MAX;
  return (uint64_t)((double)most / wider);
}

/// Reads until the decoder ends: headers lie, and some formats do not know their length.
static SqStatus read_all(Load *load) {
  SqFrames *frames = &load->frames;
  uint64_t most = max_frames(load);
  bool known = load->info.frames > 0 && load->info.frames < SF_COUNT_MAX;
  if (known && (uint64_t)load->info.frames > most)
    return fail_too_large(load);
  frames->n_channels = (uint32_t)load->info.channels;
  uint64_t first = known && load->info.frames < (1 << 24) ? (uint64_t)load->info.frames : 1 << 20;
  uint64_t cap = first + STEP_FRAMES;
  for (;;) {
    if (!sq_frames_reserve(frames, cap))
      return fail_too_large(load);
    sf_count_t got = sf_readf_float(load->file, frames->data + frames->n * frames->n_channels, STEP_FRAMES);
    if (got <= 0)
      break;
    frames->n += (uint64_t)got;
    if (frames->n > most)
      return fail_too_large(load);
    if (frames->n + STEP_FRAMES > cap)
      cap = frames->n + frames->n / 2 + STEP_FRAMES;
    float ratio = known ? (float)frames->n / (float)load->info.frames : 0.5f;
    if (load->how->progress && !load->how->progress(load->how->context, 0.5f * (ratio < 1 ? ratio : 1)))
      return fail(load, SQ_CANCELLED, "loading of %s was cancelled", load->path);
  }
  if (sf_error(load->file) != SF_ERR_NO_ERROR)
    return fail(load, SQ_IO, "%s is damaged after %llu frames (%s): restore it or convert what is left", load->path,
                (unsigned long long)frames->n, sf_strerror(load->file));
  if (frames->n == 0)
    return fail(load, SQ_IO, "%s holds no sound: it is empty or damaged, name another", load->path);
  return SQ_OK;
}

/// Root note and first forward loop, when the file states them and they make sense.
static void take_instrument(const Load *load, SqSample *sample, double ratio, uint64_t file_frames) {
  SF_INSTRUMENT instrument = {0};
  if (sf_command(load->file, SFC_GET_INSTRUMENT, &instrument, sizeof instrument) != SF_TRUE)
    return;
  if (instrument.basenote > 0) {
    sample->has_root = true;
    sample->root = (float)instrument.basenote;
  }
  for (int i = 0; i < instrument.loop_count && i < 16; i++) {
    uint64_t start = instrument.loops[i].start, end = instrument.loops[i].end;
    if (instrument.loops[i].mode != SF_LOOP_FORWARD || start >= end || end > file_frames)
      continue;
    double most = (double)sample->n_frames;
    double scaled_start = rint((double)start * ratio), scaled_end = rint((double)end * ratio);
    sample->loop_start = (uint32_t)scaled_start;
    sample->loop_end = (uint32_t)(scaled_end < most ? scaled_end : most);
    sample->has_loop = sample->loop_end > sample->loop_start;
    return;
  }
}

static SqStatus make_sample(Load *load, SqSample **sample) {
  double rate = load->info.samplerate;
  uint64_t file_frames = load->frames.n;
  SqStatus status = SQ_OK;
  if (load->how->rate > 0 && load->how->rate != rate) {
    status = sq_resample(&load->frames, rate, load->how->rate, load->how);
    rate = load->how->rate;
  }
  if (status == SQ_OK)
    status = sq_sample_new(load->frames.data, load->frames.n_channels, load->frames.n, rate, sample);
  if (status == SQ_OK)
    status = sq_sample_set_name(*sample, load->path);
  if (status == SQ_CANCELLED)
    return fail(load, status, "loading of %s was cancelled", load->path);
  if (status == SQ_LIMIT)
    return fail(load, status, "there is no memory left for %s: free some buffers or load a shorter file", load->path);
  if (status != SQ_OK)
    return fail(load, status, "cannot bring %s from %d Hz to %.0f Hz: convert it beforehand", load->path,
                load->info.samplerate, load->how->rate);
  (*sample)->file_rate = load->info.samplerate;
  take_instrument(load, *sample, rate / load->info.samplerate, file_frames);
  return SQ_OK;
}

SqStatus sq_file_load(const char *path, const SqFileLoad *how, SqSample **sample, char *error, size_t error_size) {
  Load load = {.path = path,
               .how = how,
               .fd = -1,
               .max_bytes = how->max_bytes ? how->max_bytes : SQ_MAX_SAMPLE_BYTES,
               .error = error,
               .error_size = error_size};
  *sample = NULL;
  SqStatus status = open_sound(&load);
  if (status == SQ_OK)
    status = read_all(&load);
  if (status == SQ_OK)
    status = make_sample(&load, sample);
  if (status != SQ_OK) {
    sq_sample_release(*sample);
    *sample = NULL;
  }
  if (load.file)
    sf_close(load.file);
  if (load.fd >= 0)
    close(load.fd);
  free(load.frames.data);
  return status;
}
