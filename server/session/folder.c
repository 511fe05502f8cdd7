// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char *read_all(int fd, size_t size, size_t *n, int *error) {
  char *data = malloc(size + 1);
  *n = 0;
  *error = data ? 0 : ENOMEM;
  while (!*error && *n < size) {
    const ssize_t got = read(fd, data + *n, size - *n);
    if (got > 0)
      *n += (size_t)got;
    else if (got == 0)
      break;
    else if (errno != EINTR)
      *error = errno;
  }
  if (*error) {
    free(data);
    return NULL;
  }
  data[*n] = 0;
  return data;
}

char *sq_folder_read(const char *path, size_t max, size_t *n, int *error) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a pipe must not hold us
  struct stat info;
  char *data = NULL;
  if (fd < 0) {
    *error = errno;
    return NULL;
  }
  if (fstat(fd, &info) != 0)
    *error = errno;
  else if (!S_ISREG(info.st_mode))
    *error = S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
  else if ((uint64_t)info.st_size > max)
    *error = EFBIG;
  else
    data = read_all(fd, (size_t)info.st_size, n, error);
  close(fd);
  return data;
}

static int write_all(int fd, const char *data, size_t n) {
  while (n) {
    const ssize_t wrote = write(fd, data, n);
    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote <= 0)
      return wrote < 0 ? errno : ENOSPC;
    data += wrote;
    n -= (size_t)wrote;
  }
  return 0;
}

int sq_folder_write(const char *path, const char *data, size_t n) {
  char temporary[PATH_MAX];
  if ((size_t)snprintf(temporary, sizeof temporary, "%s" SQ_FOLDER_UNFINISHED, path) >= sizeof temporary)
    return ENAMETOOLONG;
  const int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0)
    return errno;
  int error = write_all(fd, data, n);
  if (!error && fsync(fd) != 0)
    error = errno;
  if (close(fd) != 0 && !error) // some file systems tell only here that there is no room
    error = errno;
  if (!error && rename(temporary, path) != 0)
    error = errno;
  if (error)
    unlink(temporary);
  return error;
}

int sq_folder_sync(const char *path) {
  const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return errno;
  const int error = fsync(fd) == 0 || errno == EINVAL ? 0 : errno; // EINVAL: a file system that cannot
  close(fd);
  return error;
}
