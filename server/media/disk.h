// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The disk thread: one for all recorders and players, the only one that waits for files while audio plays.
///
/// It looks after its clients every 20 ms. A second thread does nothing but fdatasync(), which can take seconds: so
/// the rings are emptied meanwhile.
#ifndef SQ_MEDIA_DISK_H
#define SQ_MEDIA_DISK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "protocol/status.h"

#define SQ_DISK_WAKE_MS 20

typedef struct SqDisk SqDisk;

/// Somebody whom the disk thread looks after; a member of the client's own struct.
typedef struct SqDiskClient {
  void (*pump)(struct SqDiskClient *self, int64_t now_ms); ///< [disk] moves all there is to move
  struct SqDiskClient *next;                               ///< [disk.c]
  bool busy;                                               ///< [disk.c]
} SqDiskClient;

/// What became of a background fdatasync(): kept by both sides, so that either may end first.
typedef struct SqDiskSync {
  _Atomic uint32_t refs;
  _Atomic int error; ///< errno of the last one that failed
} SqDiskSync;

/// Starts the threads. [control] Errors: SQ_LIMIT.
SqStatus sq_disk_open(SqDisk **disk);

/// Ends them. [control] All clients are gone by then. NULL is allowed.
void sq_disk_close(SqDisk *disk);

/// From now on `client` is pumped. [control] Returns at once.
void sq_disk_add(SqDisk *disk, SqDiskClient *client);

/// From now on it is not. [jobs] Waits for a pump of it that is under way.
void sq_disk_remove(SqDisk *disk, SqDiskClient *client);

/// Returns when all that was in the rings at the time of the call is on file. [control] For the offline driver, which
/// is faster than any disk thread's clock: to be called every second of frames at the latest.
void sq_disk_drain(SqDisk *disk);

/// A descriptor that becomes readable when a client has something to tell; read by sq_disk_heard(). [control]
int sq_disk_fd(const SqDisk *disk);

/// Makes sq_disk_fd() quiet again; to be called before the clients are asked. [control]
void sq_disk_heard(SqDisk *disk);

/// Makes sq_disk_fd() readable. [disk]
void sq_disk_tell(SqDisk *disk);

/// Has `fd` (a duplicate; closed afterwards) synced in the background. [disk] `sync` may be NULL.
void sq_disk_sync(SqDisk *disk, int fd, SqDiskSync *sync);

/// A new one with one reference; NULL: no memory. [setup]
SqDiskSync *sq_disk_sync_new(void);

/// Gives a reference back. [any thread but audio]
void sq_disk_sync_release(SqDiskSync *sync);

#endif
