// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/flac.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { INFO_AT = 8, INFO_SIZE = 34, HEADER = 16 }; // bytes: "fLaC", block header, STREAMINFO

/// The coded number of a frame, in the form of UTF-8 with up to 7 bytes; *used gets its length, 0: none.
static uint64_t coded_number(const uint8_t *p, uint32_t *used) {
  uint32_t n = 0;
  for (uint8_t lead = p[0]; lead & 0x80; lead = (uint8_t)(lead << 1))
    n++;
  *used = n == 0 ? 1 : n;
  if (n == 0)
    return p[0];
  if (n == 1 || n > 7) {
    *used = 0;
    return 0;
  }
  uint64_t number = p[0] & (0x7Fu >> n);
  for (uint32_t i = 1; i < n; i++)
    number = number << 6 | (p[i] & 0x3Fu);
  return number;
}

/// Samples in the frame whose header is `p`, its coded number `used` bytes long.
static uint32_t block_size(const uint8_t *p, uint32_t used) {
  uint32_t code = p[2] >> 4;
  const uint8_t *more = p + 4 + used;
  if (code == 1)
    return 192;
  if (code >= 2 && code <= 5)
    return 576u << (code - 2);
  if (code == 6)
    return more[0] + 1u;
  if (code == 7)
    return (uint32_t)(more[0] << 8 | more[1]) + 1u;
  return code >= 8 ? 256u << (code - 8) : 0;
}

static uint64_t samples_until(const uint8_t *info, const uint8_t *header) {
  uint32_t used, whole = (uint32_t)(info[0] << 8 | info[1]);
  if (header[0] != 0xFF || header[1] != 0xF8)
    return 0;
  uint64_t number = coded_number(header + 4, &used);
  return used ? number * whole + block_size(header, used) : 0;
}

uint64_t sq_flac_mend(int fd, int64_t last_from, int64_t last_end) {
  uint8_t info[INFO_SIZE], header[HEADER] = {0};
  int64_t n = last_end - last_from < HEADER ? last_end - last_from : HEADER;
  if (n < 8 || pread(fd, info, sizeof info, INFO_AT) != (ssize_t)sizeof info ||
      pread(fd, header, (size_t)n, last_from) != (ssize_t)n)
    return 0;
  uint64_t samples = samples_until(info, header);
  info[13] = (uint8_t)((info[13] & 0xF0u) | (samples >> 32 & 0x0Fu));
  for (uint32_t i = 0; i < 4; i++)
    info[14 + i] = (uint8_t)(samples >> (24 - 8 * i));
  memset(info + 18, 0, 16);
  bool written = pwrite(fd, info, sizeof info, INFO_AT) == (ssize_t)sizeof info;
  return written ? samples : 0;
}
