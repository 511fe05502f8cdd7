// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/vio.h"

#include <errno.h>
#include <unistd.h>

static sf_count_t vio_size(void *data) {
  return ((SqVio *)data)->size;
}

static sf_count_t vio_seek(sf_count_t offset, int whence, void *data) {
  SqVio *vio = data;
  int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? vio->pos : vio->size;
  if (base + offset < 0)
    return -1;
  vio->pos = base + offset;
  return vio->pos;
}

static sf_count_t vio_tell(void *data) {
  return ((SqVio *)data)->pos;
}

static sf_count_t vio_read(void *to, sf_count_t n, void *data) {
  SqVio *vio = data;
  sf_count_t done = 0;
  while (done < n) {
    ssize_t got = pread(vio->fd, (char *)to + done, (size_t)(n - done), vio->pos);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      break;
    done += got;
    vio->pos += got;
  }
  return done;
}

/// A write may be cut short without an error; the next one then tells why.
static sf_count_t vio_write(const void *from, sf_count_t n, void *data) {
  SqVio *vio = data;
  int64_t begin = vio->pos;
  sf_count_t done = 0;
  if (vio->error && begin + n > vio->size)
    return 0;
  while (done < n) {
    ssize_t put = pwrite(vio->fd, (const char *)from + done, (size_t)(n - done), vio->pos);
    if (put < 0 && errno == EINTR)
      continue;
    if (put <= 0) {
      vio->error = put < 0 ? errno : EIO;
      break;
    }
    done += put;
    vio->pos += put;
  }
  if (vio->pos > vio->size) {
    vio->size = vio->pos;
    if (done == n) {
      vio->last_from = begin;
      vio->last_end = vio->pos;
    }
  }
  return done;
}

SF_VIRTUAL_IO sq_vio_functions(void) {
  return (SF_VIRTUAL_IO){
      .get_filelen = vio_size, .seek = vio_seek, .read = vio_read, .write = vio_write, .tell = vio_tell};
}
