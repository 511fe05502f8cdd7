// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/disk.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"

enum { MAX_SYNCS = 256 };

typedef struct {
  int fd;
  SqDiskSync *sync;
} SyncJob;

struct SqDisk {
  pthread_t thread, sync_thread;
  bool runs, sync_runs; ///< threads to be joined
  int wake_fd, tell_fd;

  pthread_mutex_t lock; ///< over all below; never held while a file is touched
  pthread_cond_t done;  ///< a client is not busy any more, a drain is done
  pthread_cond_t work;  ///< for the sync thread
  SqDiskClient *clients;
  uint64_t drain_asked, drain_done;
  SyncJob syncs[MAX_SYNCS];
  uint32_t n_syncs;
  bool quit;
};

static void ring_fd(int fd) {
  uint64_t one = 1;
  while (write(fd, &one, sizeof one) < 0 && errno == EINTR)
    ;
}

static void quiet_fd(int fd) {
  uint64_t count;
  while (read(fd, &count, sizeof count) < 0 && errno == EINTR)
    ;
}

// ---- the disk thread ------------------------------------------------------------------------------------------------

/// Every client once. The lock is let go of around each, so that control never waits for a file.
static void pump_all(SqDisk *disk) {
  for (SqDiskClient *client = disk->clients; client; client = client->next) {
    client->busy = true;
    pthread_mutex_unlock(&disk->lock);
    client->pump(client, sq_clock_now_ms());
    pthread_mutex_lock(&disk->lock);
    client->busy = false;
    pthread_cond_broadcast(&disk->done);
  }
}

static void *run(void *argument) {
  SqDisk *disk = argument;
  sq_thread_become(SQ_THREAD_DISK);
  pthread_mutex_lock(&disk->lock);
  while (!disk->quit) {
    uint64_t asked = disk->drain_asked;
    pump_all(disk);
    disk->drain_done = asked;
    pthread_cond_broadcast(&disk->done);
    int wait_ms = disk->drain_asked != asked ? 0 : disk->clients ? SQ_DISK_WAKE_MS : -1;
    pthread_mutex_unlock(&disk->lock);
    struct pollfd wake = {.fd = disk->wake_fd, .events = POLLIN};
    if (poll(&wake, 1, wait_ms) > 0)
      quiet_fd(disk->wake_fd);
    pthread_mutex_lock(&disk->lock);
  }
  pthread_mutex_unlock(&disk->lock);
  return NULL;
}

static void *run_syncs(void *argument) {
  SqDisk *disk = argument;
  sq_thread_become(SQ_THREAD_DISK);
  pthread_mutex_lock(&disk->lock);
  for (;;) {
    while (disk->n_syncs == 0 && !disk->quit)
      pthread_cond_wait(&disk->work, &disk->lock);
    if (disk->n_syncs == 0)
      break; // what was asked for is done even at the end
    SyncJob job = disk->syncs[--disk->n_syncs];
    pthread_mutex_unlock(&disk->lock);
    if (fdatasync(job.fd) < 0 && job.sync)
      atomic_store(&job.sync->error, errno);
    close(job.fd);
    if (job.sync)
      sq_disk_sync_release(job.sync);
    pthread_mutex_lock(&disk->lock);
  }
  pthread_mutex_unlock(&disk->lock);
  return NULL;
}

// ---- control --------------------------------------------------------------------------------------------------------

SqStatus sq_disk_open(SqDisk **disk) {
  *disk = NULL;
  SqDisk *made = calloc(1, sizeof *made);
  if (!made)
    return SQ_LIMIT;
  pthread_mutex_init(&made->lock, NULL);
  pthread_cond_init(&made->done, NULL);
  pthread_cond_init(&made->work, NULL);
  made->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  made->tell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (made->wake_fd >= 0 && made->tell_fd >= 0) {
    made->runs = sq_thread_start(&made->thread, "sq-disk", run, made) == SQ_OK;
    made->sync_runs = sq_thread_start(&made->sync_thread, "sq-disk-sync", run_syncs, made) == SQ_OK;
  }
  if (!made->runs || !made->sync_runs) {
    sq_disk_close(made);
    return SQ_LIMIT;
  }
  *disk = made;
  return SQ_OK;
}

void sq_disk_close(SqDisk *disk) {
  if (!disk)
    return;
  pthread_mutex_lock(&disk->lock);
  disk->quit = true;
  pthread_cond_broadcast(&disk->work);
  pthread_mutex_unlock(&disk->lock);
  if (disk->wake_fd >= 0)
    ring_fd(disk->wake_fd);
  if (disk->runs)
    pthread_join(disk->thread, NULL);
  if (disk->sync_runs)
    pthread_join(disk->sync_thread, NULL);
  if (disk->wake_fd >= 0)
    close(disk->wake_fd);
  if (disk->tell_fd >= 0)
    close(disk->tell_fd);
  pthread_cond_destroy(&disk->work);
  pthread_cond_destroy(&disk->done);
  pthread_mutex_destroy(&disk->lock);
  free(disk);
}

void sq_disk_add(SqDisk *disk, SqDiskClient *client) {
  pthread_mutex_lock(&disk->lock);
  client->busy = false;
  client->next = disk->clients;
  disk->clients = client;
  pthread_mutex_unlock(&disk->lock);
  ring_fd(disk->wake_fd);
}

void sq_disk_remove(SqDisk *disk, SqDiskClient *client) {
  pthread_mutex_lock(&disk->lock);
  while (client->busy)
    pthread_cond_wait(&disk->done, &disk->lock);
  for (SqDiskClient **at = &disk->clients; *at; at = &(*at)->next)
    if (*at == client) {
      *at = client->next;
      break;
    }
  pthread_mutex_unlock(&disk->lock);
}

void sq_disk_drain(SqDisk *disk) {
  pthread_mutex_lock(&disk->lock);
  uint64_t ticket = ++disk->drain_asked;
  ring_fd(disk->wake_fd);
  while (disk->drain_done < ticket)
    pthread_cond_wait(&disk->done, &disk->lock);
  pthread_mutex_unlock(&disk->lock);
}

int sq_disk_fd(const SqDisk *disk) {
  return disk->tell_fd;
}

void sq_disk_heard(SqDisk *disk) {
  quiet_fd(disk->tell_fd);
}

void sq_disk_tell(SqDisk *disk) {
  ring_fd(disk->tell_fd);
}

void sq_disk_sync(SqDisk *disk, int fd, SqDiskSync *sync) {
  if (fd < 0)
    return;
  if (sync)
    atomic_fetch_add(&sync->refs, 1);
  pthread_mutex_lock(&disk->lock);
  bool taken = disk->n_syncs < MAX_SYNCS;
  if (taken)
    disk->syncs[disk->n_syncs++] = (SyncJob){fd, sync};
  pthread_cond_signal(&disk->work);
  pthread_mutex_unlock(&disk->lock);
  if (taken)
    return;
  close(fd); // so far behind that the kernel's own write-back is sooner
  if (sync)
    sq_disk_sync_release(sync);
}

SqDiskSync *sq_disk_sync_new(void) {
  SqDiskSync *sync = calloc(1, sizeof *sync);
  if (sync)
    atomic_init(&sync->refs, 1);
  return sync;
}

void sq_disk_sync_release(SqDiskSync *sync) {
  if (sync && atomic_fetch_sub(&sync->refs, 1) == 1)
    free(sync);
}
