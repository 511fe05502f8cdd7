// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands/recorders.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "media/recorder.h"

typedef enum { OPENING, ARMED, STARTED, OVER } Phase;

/// Answers that are due when the take is armed, or when it is over.
typedef struct {
  struct SqToken *token;
  bool over;
} Due;

typedef struct Record {
  struct Record *next;
  SqHandle handle;
  char name[SQ_MAX_NAME + 1];
  SqHandle strip;
  bool post;
  char path[SQ_PATH_SIZE];  ///< of the present take
  char named[SQ_PATH_SIZE]; ///< as asked for: what numbers are added to
  SqWriterConfig writer;
  Phase phase;
  bool numbered;                    ///< a free name is looked for, beside `path`
  SqRecorder *recorder;             ///< NULL: opening, or let go of
  SqRecorderStatus status;          ///< as last seen
  bool start_wanted, stop_wanted;   ///< while opening
  uint64_t start_frame, stop_frame; //
  bool lost_strip;                  ///< the strip was removed: the take ends with it
  bool untapped;                    ///< the tap is on its way out of the plan
  uint64_t untap_plan;              //
  bool warned;                      ///< of the disk getting full
  bool removing;
  bool renewing;   ///< its empty file is of another rate: it is made anew
  bool known;      ///< it had a file once: a failure to open the next one leaves it
  bool arm_wanted; ///< another take, when the last one's tap is out of the plan
  Due *dues;       ///< [n_dues]
  uint32_t n_dues;
} Record;

struct SqRecorders {
  SqContext *ctx;
  SqDisk *disk;
  Record *first;
  uint64_t drained; ///< engine frame at which the disk had kept up
};

/// The making of a file.
typedef struct {
  SqRecorders *recorders;
  SqHandle record;
  char path[SQ_PATH_SIZE];
  SqWriterConfig writer;
  bool numbered;
  SqRecorder *recorder;
  char error[512];
} Opening;

static const char *const state_words[] = {"opening", "armed", "recording", "done", "failed"};

static const char *state_of(const Record *r) {
  if (r->phase == OVER)
    return state_words[r->status.state == SQ_RECORDER_FAILED ? 4 : 3];
  return state_words[r->phase];
}

static Record *find(const SqRecorders *recorders, SqHandle handle) {
  Record *r = recorders->first;
  while (r && r->handle != handle)
    r = r->next;
  return r;
}

// ---- telling --------------------------------------------------------------------------------------------------------

/// "/event/record" s:name s:state s:text
static void tell(const SqRecorders *recorders, const Record *r, const char *state, const char *text) {
  SqItems items = {0};
  sq_items_text(&items, r->name);
  sq_items_text(&items, state);
  sq_items_text(&items, text);
  sq_control_event(recorders->ctx->control, "/event/record", &items);
  sq_items_cleanup(&items);
  char address[SQ_MAX_NAME + 32];
  snprintf(address, sizeof address, "/record/%s/state", r->name);
  sq_items_text(&items, state);
  sq_control_changed(recorders->ctx->control, address, &items);
  sq_items_cleanup(&items);
}

static void owe(Record *r, struct SqToken *token, bool over) {
  if (!token)
    return; // nobody waits
  r->dues = sq_realloc(r->dues, r->n_dues + 1, sizeof *r->dues);
  r->dues[r->n_dues++] = (Due){token, over};
}

/// Ends what is due: s:name i:handle s:path h:frames.
static void pay(SqRecorders *recorders, Record *r, bool over, SqStatus status, const char *why) {
  SqItems items = {0};
  sq_items_text(&items, r->name);
  sq_items_int(&items, r->handle);
  sq_items_text(&items, r->path);
  sq_items_int64(&items, (int64_t)r->status.frames);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < r->n_dues; i++) {
    if (r->dues[i].over == over || (!over && status != SQ_OK))
      sq_control_finish(recorders->ctx->control, r->dues[i].token, status, why, &items);
    else
      r->dues[kept++] = r->dues[i];
  }
  r->n_dues = kept;
  sq_items_cleanup(&items);
}

static void forget(SqRecorders *recorders, Record *r) {
  for (Record **at = &recorders->first; *at; at = &(*at)->next)
    if (*at == r) {
      *at = r->next;
      break;
    }
  free(r->dues);
  free(r);
}

// ---- opening --------------------------------------------------------------------------------------------------------

/// take.wav, take_2.wav, take_3.wav …
static void numbered_path(const char *path, unsigned number, char *out) {
  const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
  if (!dot || dot < slash)
    dot = path + strlen(path);
  const int stem = (int)(dot - path);
  snprintf(out, SQ_PATH_SIZE, "%.*s_%u%.16s", stem < SQ_PATH_SIZE - 32 ? stem : SQ_PATH_SIZE - 32, path, number, dot);
}

static SqStatus open_file(SqJob *job, void *context) {
  Opening *o = context;
  char first[SQ_PATH_SIZE];
  memcpy(first, o->path, sizeof first);
  SqStatus status;
  unsigned number = 1;
  do {
    if (number > 1)
      numbered_path(first, number, o->path);
    o->writer.path = o->path;
    status = sq_recorder_open(o->recorders->disk, &o->writer, &o->recorder, o->error, sizeof o->error);
  } while (status == SQ_EXISTS && o->numbered && ++number < 10000 && !sq_job_cancelled(job));
  return status;
}

static void begin_take(SqRecorders *recorders, Record *r);
static void end_take(SqRecorders *recorders, Record *r, uint64_t frame);

static void opened(void *context, int32_t id, SqStatus status) {
  Opening *o = context;
  SqRecorders *recorders = o->recorders;
  Record *r = find(recorders, o->record);
  (void)id;
  if (!r) { // not to be: it is kept while its file is made
    sq_recorder_close(o->recorder);
    free(o);
    return;
  }
  memcpy(r->path, o->path, sizeof r->path);
  r->recorder = o->recorder;
  if (status == SQ_OK) {
    r->phase = ARMED;
    sq_recorder_status(r->recorder, &r->status);
    sq_link_tap(recorders->ctx->link, r->strip, sq_recorder_tap(r->recorder), r->post, true);
    if (r->start_wanted)
      begin_take(recorders, r);
    pay(recorders, r, false, SQ_OK, NULL);
    tell(recorders, r, state_of(r), r->path);
    if (r->stop_wanted || r->removing)
      end_take(recorders, r, r->stop_frame);
    r->known = true;
  } else {
    pay(recorders, r, false, status, o->error); // what waits for the end as well
    r->phase = OVER;
    r->status = (SqRecorderStatus){.state = SQ_RECORDER_FAILED, .status = status};
    snprintf(r->status.error, sizeof r->status.error, "%s", o->error);
    if (!r->known)
      forget(recorders, r);
  }
  free(o);
}

static void open_take(SqRecorders *recorders, Record *r) {
  const SqStrip *strip = sq_doc_strip(recorders->ctx->doc, r->strip);
  Opening *o = sq_alloc(1, sizeof *o);
  *o = (Opening){
      .recorders = recorders, .record = r->handle, .writer = r->writer, .numbered = r->numbered && !r->renewing};
  memcpy(o->path, r->renewing ? r->path : r->named, sizeof o->path);
  o->writer.replace |= r->renewing;
  o->writer.n_channels = strip ? strip->n_channels : 2;
  o->writer.rate = (uint32_t)sq_link_rate(recorders->ctx->link);
  r->phase = OPENING;
  r->status = (SqRecorderStatus){0};
  r->lost_strip = r->untapped = r->warned = false;
  if (!r->renewing)
    r->start_wanted = r->stop_wanted = false;
  sq_jobs_add(recorders->ctx->jobs,
              &(SqJobSpec){.name = "open recording", .context = o, .run = open_file, .done = opened});
}

// ---- one take -------------------------------------------------------------------------------------------------------

static void begin_take(SqRecorders *recorders, Record *r) {
  (void)recorders;
  r->phase = STARTED;
  sq_recorder_start(r->recorder, r->start_frame);
}

static void end_take(SqRecorders *recorders, Record *r, uint64_t frame) {
  SqLink *link = recorders->ctx->link;
  sq_recorder_stop(r->recorder, frame ? frame : sq_link_frame(link));
  sq_link_tap_end(link, sq_recorder_tap(r->recorder), false);
}

static void untap(SqRecorders *recorders, Record *r) {
  if (r->untapped)
    return;
  r->untapped = true;
  r->untap_plan = sq_link_tap(recorders->ctx->link, r->strip, sq_recorder_tap(r->recorder), r->post, false);
}

/// The file is finished: says so, and begins to let go of the tap.
static void take_over(SqRecorders *recorders, Record *r) {
  r->phase = OVER;
  const bool failed = r->status.state == SQ_RECORDER_FAILED;
  char text[640];
  if (failed)
    snprintf(text, sizeof text, "%s", r->status.error);
  else if (r->status.lost_frames)
    snprintf(text, sizeof text, "%s; %" PRIu64 " frames of it are silence, because the disk was too slow", r->path,
             r->status.lost_frames);
  else
    snprintf(text, sizeof text, "%s", r->path);
  if (failed)
    sq_log(recorders->ctx->log, SQ_LOG_LEVEL_ERROR, "recorder %s: %s", r->name, text);
  tell(recorders, r, state_of(r), text);
  untap(recorders, r);
  if (!r->removing) // that one ends when all is gone
    pay(recorders, r, true, failed ? r->status.status : SQ_OK, r->status.error);
}

/// Nobody writes the tap any more.
static void let_go(SqRecorders *recorders, Record *r) {
  const bool empty = r->phase == OVER && r->status.state == SQ_RECORDER_DONE && r->status.frames == 0;
  sq_recorder_close(r->recorder);
  r->recorder = NULL;
  if (empty && r->removing && !r->start_wanted)
    unlink(r->path); // it was made for a take that never was
}

static void warn_of_disk(const SqRecorders *recorders, Record *r) {
  if (r->warned || r->status.seconds_left < 0 || r->status.seconds_left >= SQ_RECORDER_WARN_S)
    return;
  char text[128];
  r->warned = true;
  snprintf(text, sizeof text, "the disk has room for %" PRId64 " more seconds: free some space",
           r->status.seconds_left);
  tell(recorders, r, "warning", text);
}

/// The empty take of the rate before ends unheard; then its file is made anew. What was asked for meanwhile waits.
static void look_at_renewed(SqRecorders *recorders, Record *r) {
  sq_recorder_status(r->recorder, &r->status);
  if (r->status.state < SQ_RECORDER_DONE)
    return;
  untap(recorders, r);
  if (!sq_link_settled(recorders->ctx->link, r->untap_plan))
    return;
  let_go(recorders, r);
  open_take(recorders, r);
  r->renewing = false;
}

static void look_at(SqRecorders *recorders, Record *r) {
  if (r->renewing) {
    look_at_renewed(recorders, r);
    return;
  }
  SqLink *link = recorders->ctx->link;
  if (r->recorder) {
    sq_recorder_status(r->recorder, &r->status);
    warn_of_disk(recorders, r);
    if (r->phase != OVER && r->status.state >= SQ_RECORDER_DONE)
      take_over(recorders, r);
    if (r->phase != OVER && !r->lost_strip && !sq_doc_strip(recorders->ctx->doc, r->strip)) {
      r->lost_strip = true;
      untap(recorders, r);
    }
    if (r->untapped && sq_link_settled(link, r->untap_plan)) {
      if (r->phase == OVER) {
        let_go(recorders, r);
      } else {
        sq_recorder_stop(r->recorder, sq_link_frame(link));
        sq_link_tap_end(link, sq_recorder_tap(r->recorder), true);
      }
    }
  }
  if (r->removing && !r->recorder && r->phase == OVER) {
    pay(recorders, r, true, SQ_OK, NULL);
    pay(recorders, r, false, SQ_CANCELLED, "the recorder was removed");
    forget(recorders, r);
  } else if (r->arm_wanted && !r->recorder) {
    r->arm_wanted = false;
    open_take(recorders, r);
  }
}

void sq_recorders_renew(SqRecorders *recorders) {
  for (Record *r = recorders->first; r; r = r->next) {
    if (r->phase != ARMED && r->phase != STARTED)
      continue;
    end_take(recorders, r, 0);
    if (r->phase == ARMED) {
      r->phase = OPENING;
      r->renewing = true;
      r->start_wanted = r->stop_wanted = false;
    } else {
      sq_log(recorders->ctx->log, SQ_LOG_LEVEL_WARNING, "the recording '%s' ends: its file is of another sample rate",
             r->name);
    }
  }
}

// ---- what handlers ask for ------------------------------------------------------------------------------------------

void sq_recorders_add(SqRecorders *recorders, const SqRecordSpec *spec, SqHandle handle, struct SqToken *token) {
  Record *r = sq_alloc(1, sizeof *r);
  r->handle = handle;
  snprintf(r->name, sizeof r->name, "%s", spec->name);
  r->strip = spec->strip;
  r->post = spec->post;
  memcpy(r->path, spec->path, sizeof r->path);
  memcpy(r->named, spec->path, sizeof r->named);
  r->writer = spec->writer;
  Record **last = &recorders->first;
  while (*last)
    last = &(*last)->next;
  *last = r;
  owe(r, token, false);
  open_take(recorders, r);
}

void sq_recorders_arm(SqRecorders *recorders, SqHandle handle, const char *path, struct SqToken *token) {
  Record *r = find(recorders, handle);
  if (r->phase == STARTED) { // by the same bundle
    sq_control_finish(recorders->ctx->control, token, SQ_NOT_NOW, "it is recording; stop ends the take", NULL);
    return;
  }
  owe(r, token, false);
  if (r->phase == OVER) {
    if (path[0])
      snprintf(r->named, sizeof r->named, "%s", path);
    r->numbered = !path[0] && !r->writer.replace;
    r->arm_wanted = r->recorder != NULL;
    if (!r->arm_wanted)
      open_take(recorders, r);
  } else if (r->phase == ARMED) {
    pay(recorders, r, false, SQ_OK, NULL);
  }
}

void sq_recorders_start(SqRecorders *recorders, SqHandle handle, uint64_t frame, struct SqToken *token) {
  Record *r = find(recorders, handle);
  if (r->phase == STARTED || r->phase == OVER) { // by the same bundle, or meanwhile
    sq_control_finish(recorders->ctx->control, token, SQ_NOT_NOW, "it records already; stop ends the take", NULL);
    return;
  }
  owe(r, token, false);
  r->start_wanted = true;
  r->start_frame = frame;
  if (r->phase != ARMED)
    return;
  begin_take(recorders, r);
  pay(recorders, r, false, SQ_OK, NULL);
  tell(recorders, r, state_of(r), r->path);
}

void sq_recorders_stop(SqRecorders *recorders, SqHandle handle, uint64_t frame, struct SqToken *token) {
  Record *r = find(recorders, handle);
  owe(r, token, true);
  r->stop_wanted = true;
  r->stop_frame = frame;
  if (r->phase == STARTED)
    end_take(recorders, r, frame);
  else if (r->phase == OVER)
    pay(recorders, r, true, r->status.state == SQ_RECORDER_FAILED ? r->status.status : SQ_OK, r->status.error);
}

void sq_recorders_remove(SqRecorders *recorders, SqHandle handle, struct SqToken *token) {
  Record *r = find(recorders, handle);
  owe(r, token, true);
  r->removing = true;
  if (r->recorder && r->phase != OVER)
    end_take(recorders, r, 0);
  look_at(recorders, r);
}

// ---- the whole ------------------------------------------------------------------------------------------------------

SqRecorders *sq_recorders_new(SqContext *ctx) {
  SqDisk *disk;
  if (sq_disk_open(&disk) != SQ_OK)
    return NULL;
  SqRecorders *recorders = sq_alloc(1, sizeof *recorders);
  *recorders = (SqRecorders){.ctx = ctx, .disk = disk};
  return recorders;
}

void sq_recorders_free(SqRecorders *recorders) {
  if (!recorders)
    return;
  while (recorders->first) {
    Record *r = recorders->first;
    sq_recorder_close(r->recorder);
    forget(recorders, r);
  }
  sq_disk_close(recorders->disk);
  free(recorders);
}

int sq_recorders_fd(const SqRecorders *recorders) {
  return sq_disk_fd(recorders->disk);
}

void sq_recorders_poll(SqRecorders *recorders) {
  sq_disk_heard(recorders->disk);
  for (Record *r = recorders->first, *next; r; r = next) {
    next = r->next;
    look_at(recorders, r);
  }
}

void sq_recorders_ran(SqContext *ctx) {
  SqRecorders *recorders = ctx->recorders;
  const uint64_t now = sq_link_frame(ctx->link);
  if ((double)(now - recorders->drained) < sq_link_rate(ctx->link) / 2.0) // the rings hold more than two seconds
    return;
  recorders->drained = now;
  if (recorders->first)
    sq_disk_drain(recorders->disk);
}

static void view_of(const SqRecorders *recorders, const Record *r, SqRecordView *view) {
  const SqStrip *strip = sq_doc_strip(recorders->ctx->doc, r->strip);
  SqRecorderStatus status = r->status;
  if (r->recorder)
    sq_recorder_status(r->recorder, &status);
  *view = (SqRecordView){.handle = r->handle,
                         .name = r->name,
                         .state = state_of(r),
                         .path = r->path,
                         .error = r->status.error,
                         .strip = strip ? strip->name : "",
                         .tap = r->post ? "post" : "pre",
                         .frames = status.frames,
                         .lost = status.lost_frames};
}

bool sq_recorders_at(const SqRecorders *recorders, uint32_t i, SqRecordView *view) {
  const Record *r = recorders ? recorders->first : NULL;
  for (; r && i; i--)
    r = r->next;
  if (r)
    view_of(recorders, r, view);
  return r != NULL;
}

bool sq_recorders_view(const SqRecorders *recorders, SqHandle handle, SqRecordView *view) {
  const Record *r = find(recorders, handle);
  if (r)
    view_of(recorders, r, view);
  return r != NULL;
}
