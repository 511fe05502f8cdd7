// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/limits.h"
#include "media/flac.h"
#include "media/vio.h"

enum { ERROR_SIZE = 512 };

struct SqWriter {
  SqWriterConfig config;
  char *path;      ///< as asked for
  char *part_path; ///< of the present part
  SqVio vio;
  SNDFILE *file;        ///< NULL: finished or failed
  int64_t data_from;    ///< byte of the present part's first frame; 0: not known yet
  uint64_t part_frames; ///< in the present part
  uint64_t done_frames; ///< in the parts before it
  uint32_t n_parts;
  uint32_t frame_bytes;
  float *zeros; ///< [ZEROS][n_channels]
  SqStatus status;
  char error[ERROR_SIZE];
};

enum { ZEROS = 1024, MAX_WRITE = 1 << 16 };

static const struct {
  const char *word;
  int major;
  uint64_t max_bytes; ///< 0: enough for ever
} formats[] = {
    [SQ_FORMAT_RF64] = {"rf64", SF_FORMAT_RF64, 0},
    [SQ_FORMAT_WAV] = {"wav", SF_FORMAT_WAV, 4187593113u}, // 3.9 GiB
    [SQ_FORMAT_W64] = {"w64", SF_FORMAT_W64, 0},
    [SQ_FORMAT_FLAC] = {"flac", SF_FORMAT_FLAC, 0},
    [SQ_FORMAT_AIFF] = {"aiff", SF_FORMAT_AIFF, 4187593113u},
};

enum { N_FORMATS = sizeof formats / sizeof *formats };

bool sq_format_of(const char *word, SqFileFormat *format) {
  for (int f = 0; f < N_FORMATS; f++)
    if (strcmp(word, formats[f].word) == 0) {
      *format = (SqFileFormat)f;
      return true;
    }
  return false;
}

SqFileFormat sq_format_of_path(const char *path) {
  const char *dot = strrchr(path, '.');
  if (dot && strcasecmp(dot, ".aif") == 0)
    return SQ_FORMAT_AIFF;
  for (int f = 0; f < N_FORMATS && dot; f++)
    if (strcasecmp(dot + 1, formats[f].word) == 0)
      return (SqFileFormat)f;
  return SQ_FORMAT_RF64;
}

// ---- words ----------------------------------------------------------------------------------------------------------

static const char *reason_of(int number) {
  switch (number) {
  case ENOSPC:
    return "the disk is full: free some space, then record anew";
  case EDQUOT:
    return "the disk quota is used up: free some space, then record anew";
  case EFBIG:
    return "the system allows no longer file here: choose another folder, or raise the limit (ulimit -f)";
  case EIO:
    return "the disk reports a fault: check it, and record to another one";
  case EINVAL:
  case EISDIR:
  case ENXIO:
    return "it is not a regular file: name another";
  case EROFS:
    return "the disk can only be read: choose another folder";
  default:
    return strerror(number);
  }
}

static SqStatus fail_open(const SqWriter *w, char *error, size_t error_size) {
  int number = errno;
  const char *path = w->part_path;
  SqStatus status = number == ENOENT || number == ENOTDIR                    ? SQ_NOT_FOUND
                    : number == EACCES || number == EPERM || number == EROFS ? SQ_DENIED
                    : number == EEXIST                                       ? SQ_EXISTS
                                                                             : SQ_IO;
  if (status == SQ_NOT_FOUND)
    snprintf(error, error_size, "there is no folder for %s: create it, or name another", path);
  else if (status == SQ_EXISTS)
    snprintf(error, error_size, "%s is there already: name another file, or ask for it to be replaced", path);
  else if (number == EACCES || number == EPERM)
    snprintf(error, error_size, "the daemon may not write %s: choose another folder or change its permissions", path);
  else
    snprintf(error, error_size, "cannot create %s: %s", path, reason_of(number));
  return status;
}

// ---- one file -------------------------------------------------------------------------------------------------------

static int subtype_of(uint32_t bits) {
  return bits == 16 ? SF_FORMAT_PCM_16 : bits == 24 ? SF_FORMAT_PCM_24 : SF_FORMAT_FLOAT;
}

/// A new regular file. One that is there is only overwritten when asked, and never a FIFO, a device or a folder: those
/// cannot be cut to a length.
static int create_file(const SqWriter *w) {
  int how = O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (w->config.replace ? 0 : O_EXCL);
  int fd = open(w->part_path, how, 0666);
  if (fd >= 0 && ftruncate(fd, 0) < 0) {
    int number = errno;
    close(fd);
    errno = number;
    return -1;
  }
  return fd;
}

static SqStatus open_part(SqWriter *w, char *error, size_t error_size) {
  SF_INFO info = {.samplerate = (int)w->config.rate,
                  .channels = (int)w->config.n_channels,
                  .format = formats[w->config.format].major | subtype_of(w->config.bits)};
  if (!sf_format_check(&info)) {
    snprintf(error, error_size, "%s files cannot hold %u channels of %u bits at %u Hz: choose rf64 or w64",
             formats[w->config.format].word, w->config.n_channels, w->config.bits, w->config.rate);
    return SQ_UNSUPPORTED;
  }
  w->vio = (SqVio){.fd = create_file(w)};
  if (w->vio.fd < 0)
    return fail_open(w, error, error_size);
  SF_VIRTUAL_IO functions = sq_vio_functions();
  w->file = sf_open_virtual(&functions, SFM_WRITE, &info, &w->vio);
  if (!w->file || w->vio.error) {
    snprintf(error, error_size, "cannot begin %s: %s", w->part_path,
             w->vio.error ? reason_of(w->vio.error) : sf_strerror(NULL));
    if (w->file)
      sf_close(w->file);
    w->file = NULL;
    close(w->vio.fd);
    unlink(w->part_path);
    return SQ_IO;
  }
  sf_command(w->file, SFC_SET_CLIPPING, NULL, SF_TRUE);
  if (w->config.format == SQ_FORMAT_RF64)
    sf_command(w->file, SFC_RF64_AUTO_DOWNGRADE, NULL, SF_FALSE);
  w->data_from = 0;
  w->part_frames = 0;
  w->n_parts++;
  return SQ_OK;
}

static void cut(SqWriter *w, int64_t size) {
  if (size < w->vio.size && ftruncate(w->vio.fd, size) == 0)
    w->vio.size = size;
  if (w->vio.pos > w->vio.size)
    w->vio.pos = w->vio.size;
}

/// Ends the present file; after a failure its header is made to name exactly the whole frames that are there.
static void close_part(SqWriter *w) {
  bool flac = w->config.format == SQ_FORMAT_FLAC;
  if (w->vio.error && !flac && w->data_from) {
    int64_t whole = (w->vio.size - w->data_from) / w->frame_bytes;
    w->part_frames = whole > 0 ? (uint64_t)whole : 0;
    cut(w, w->data_from + (int64_t)w->part_frames * w->frame_bytes);
  }
  sf_close(w->file); // writes the header; an encoder also its last frames, and may fail only now
  w->file = NULL;
  if (w->vio.error && flac) {
    w->part_frames = sq_flac_mend(w->vio.fd, w->vio.last_from, w->vio.last_end);
    cut(w, w->vio.last_end);
  }
  close(w->vio.fd);
  w->vio.fd = -1;
}

void sq_writer_fail(SqWriter *w, int number) {
  if (w->status != SQ_OK)
    return;
  w->status = SQ_IO;
  w->vio.error = number ? number : EIO;
  if (w->file)
    close_part(w);
  snprintf(w->error, sizeof w->error, "recording to %s ended after %.1f s: %s", w->part_path,
           (double)sq_writer_frames(w) / w->config.rate, reason_of(w->vio.error));
}

// ---- the whole ------------------------------------------------------------------------------------------------------

/// "take.wav" -> "take-2.wav"
static char *name_part(const char *path, uint32_t part) {
  const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
  size_t stem = dot && dot > (slash ? slash + 1 : path) ? (size_t)(dot - path) : strlen(path);
  size_t size = strlen(path) + 16;
  char *name = malloc(size);
  if (name && part == 1)
    snprintf(name, size, "%s", path);
  else if (name)
    snprintf(name, size, "%.*s-%u%s", (int)stem, path, part, path + stem);
  return name;
}

static void free_writer(SqWriter *w) {
  free(w->zeros);
  free(w->path);
  free(w->part_path);
  free(w);
}

static SqStatus check(const SqWriterConfig *c, char *error, size_t error_size) {
  if (c->bits != 16 && c->bits != 24 && c->bits != 32) {
    snprintf(error, error_size, "%u bits cannot be written: choose 16, 24 or 32 (float)", c->bits);
    return SQ_UNSUPPORTED;
  }
  if (c->format == SQ_FORMAT_FLAC && c->bits == 32) {
    snprintf(error, error_size, "flac files hold 16 or 24 bits: choose one of them, or rf64 for 32");
    return SQ_UNSUPPORTED;
  }
  if (c->n_channels == 0 || c->n_channels > SQ_MAX_CHANNELS || c->rate == 0) {
    snprintf(error, error_size, "%u channels cannot be written: 1 to %d are possible", c->n_channels, SQ_MAX_CHANNELS);
    return SQ_UNSUPPORTED;
  }
  return SQ_OK;
}

SqStatus sq_writer_open(const SqWriterConfig *config, SqWriter **writer, char *error, size_t error_size) {
  SqWriterConfig c = *config;
  *writer = NULL;
  if (c.bits == 0)
    c.bits = c.format == SQ_FORMAT_FLAC ? 24 : 32;
  if (c.max_bytes == 0)
    c.max_bytes = formats[c.format].max_bytes;
  SqStatus status = check(&c, error, error_size);
  if (status != SQ_OK)
    return status;
  SqWriter *w = calloc(1, sizeof *w);
  if (w) {
    w->config = c;
    w->frame_bytes = c.n_channels * c.bits / 8;
    w->path = strdup(c.path);
    w->part_path = name_part(c.path, 1);
    w->zeros = calloc((size_t)ZEROS * c.n_channels, sizeof(float));
  }
  if (!w || !w->path || !w->part_path || !w->zeros) {
    snprintf(error, error_size, "there is no memory left to write %s: free some buffers", c.path);
    status = SQ_LIMIT;
  } else {
    w->config.path = w->path;
    status = open_part(w, error, error_size);
  }
  if (status == SQ_OK)
    *writer = w;
  else if (w)
    free_writer(w);
  return status;
}

static SqStatus next_part(SqWriter *w) {
  if (sq_writer_finish(w) != SQ_OK)
    return w->status;
  char *name = name_part(w->path, w->n_parts + 1);
  if (!name) {
    sq_writer_fail(w, ENOMEM);
    return w->status;
  }
  free(w->part_path);
  w->part_path = name;
  char error[ERROR_SIZE];
  SqStatus status = open_part(w, error, sizeof error);
  if (status != SQ_OK) {
    w->status = status;
    snprintf(w->error, sizeof w->error, "%s", error);
  }
  return status;
}

/// Frames that the present part still takes.
static uint64_t room(const SqWriter *w) {
  if (w->config.max_bytes == 0)
    return UINT64_MAX;
  uint64_t header = w->data_from ? (uint64_t)w->data_from : 4096,
           most = (w->config.max_bytes - header) / w->frame_bytes;
  return most > w->part_frames ? most - w->part_frames : 0;
}

static SqStatus write_some(SqWriter *w, const float *x, uint64_t n) {
  sf_count_t put = sf_writef_float(w->file, x, (sf_count_t)n);
  if (w->vio.error || put != (sf_count_t)n) {
    sq_writer_fail(w, w->vio.error);
    return w->status;
  }
  w->part_frames += n;
  if (!w->data_from && w->config.format != SQ_FORMAT_FLAC)
    w->data_from = w->vio.size - (int64_t)w->part_frames * w->frame_bytes;
  return SQ_OK;
}

SqStatus sq_writer_write(SqWriter *w, const float *x, uint64_t n) {
  for (uint64_t done = 0; done < n && w->status == SQ_OK && w->file;) {
    uint64_t most = x ? MAX_WRITE : ZEROS, left = room(w);
    if (left == 0) {
      if (next_part(w) != SQ_OK)
        break;
      left = room(w);
    }
    uint64_t now = n - done < most ? n - done : most;
    now = now < left ? now : left;
    write_some(w, x ? x + done * w->config.n_channels : w->zeros, now);
    done += now;
  }
  return w->status;
}

SqStatus sq_writer_update(SqWriter *w) {
  if (w->status != SQ_OK || !w->file)
    return w->status;
  if (w->config.format == SQ_FORMAT_FLAC)
    sq_flac_mend(w->vio.fd, w->vio.last_from, w->vio.last_end);
  else
    sf_command(w->file, SFC_UPDATE_HEADER_NOW, NULL, 0);
  if (w->vio.error)
    sq_writer_fail(w, w->vio.error);
  return w->status;
}

SqStatus sq_writer_finish(SqWriter *w) {
  if (w->status != SQ_OK || !w->file)
    return w->status;
  close_part(w);
  if (w->vio.error)
    sq_writer_fail(w, w->vio.error);
  w->done_frames += w->part_frames;
  w->part_frames = 0;
  return w->status;
}

void sq_writer_close(SqWriter *w) {
  if (!w)
    return;
  sq_writer_finish(w);
  free_writer(w);
}

uint64_t sq_writer_frames(const SqWriter *w) {
  return w->done_frames + w->part_frames;
}

uint32_t sq_writer_parts(const SqWriter *w) {
  return w->n_parts;
}

const char *sq_writer_path(const SqWriter *w) {
  return w->part_path;
}

int sq_writer_fd(const SqWriter *w) {
  return w->file ? w->vio.fd : -1;
}

uint64_t sq_writer_bytes_per_second(const SqWriter *w) {
  return (uint64_t)w->frame_bytes * w->config.rate;
}

const char *sq_writer_error(const SqWriter *w) {
  return w->error;
}
