// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// libsndfile's reads and writes on a descriptor of ours, so that we know which one failed and why; disk thread.
#ifndef SQ_MEDIA_VIO_H
#define SQ_MEDIA_VIO_H

#include <sndfile.h>
#include <stdint.h>

typedef struct SqVio {
  int fd;
  int error;         ///< errno of the first write that failed; from then on only what is there is overwritten
  int64_t pos;       //
  int64_t size;      ///< bytes in the file
  int64_t last_from; ///< where the last whole piece that was appended begins …
  int64_t last_end;  ///< … and ends; 0: none yet
} SqVio;

/// The functions to be given to sf_open_virtual() with the SqVio as their data.
SF_VIRTUAL_IO sq_vio_functions(void);

#endif
