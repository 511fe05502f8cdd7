// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Makes a FLAC file that is still being written say how long it is, which libsndfile cannot; disk thread.
#ifndef SQ_MEDIA_FLAC_H
#define SQ_MEDIA_FLAC_H

#include <stdint.h>

/// Writes the number of samples up to the end of the frame at bytes [last_from, last_end) into the file's STREAMINFO
/// block, and takes the checksum of the whole out. Returns that number; 0 when there is no frame yet.
/// (RFC 9639, sections 8.2 and 9.1; a stream of fixed block size, as libFLAC writes it.)
uint64_t sq_flac_mend(int fd, int64_t last_from, int64_t last_end);

#endif
