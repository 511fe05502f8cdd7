// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/module.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/// Why the loader should not see the file, or NULL. Layout: the System V ABI, chapters 4 and 5.
static const char *fault_of(int file, uint64_t size) {
  ElfW(Ehdr) head;
  if (pread(file, &head, sizeof head, 0) != (ssize_t)sizeof head || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
    return "it is no library";
  if (head.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) || head.e_type != ET_DYN)
    return "it is no library for this machine";
  for (uint32_t i = 0; i < head.e_phnum; i++) {
    ElfW(Phdr) part;
    off_t at = (off_t)(head.e_phoff + (uint64_t)i * head.e_phentsize);
    if (head.e_phentsize != sizeof part || at < 0 || pread(file, &part, sizeof part, at) != (ssize_t)sizeof part)
      return "it is cut off";
    if (part.p_type == PT_LOAD && (part.p_filesz > size || part.p_offset > size - part.p_filesz))
      return "it is cut off";
  }
  return NULL;
}

SqStatus sq_module_open(const char *path, void **handle, char *error, size_t error_size) {
  struct stat what;
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    snprintf(error, error_size, "'%s' cannot be loaded: %s", path, strerror(errno));
    return errno == ENOENT || errno == ENOTDIR ? SQ_NOT_FOUND : SQ_UNSUPPORTED;
  }
  const char *fault =
      fstat(file, &what) == 0 && S_ISREG(what.st_mode) ? fault_of(file, (uint64_t)what.st_size) : "it is no file";
  close(file);
  *handle = fault ? NULL : dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (*handle)
    return SQ_OK;
  const char *why = fault ? fault : dlerror();
  snprintf(error, error_size, "'%s' cannot be loaded: %s", path, why ? why : "unknown reason");
  return SQ_UNSUPPORTED;
}
