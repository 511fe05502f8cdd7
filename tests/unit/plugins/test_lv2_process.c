// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Hosted LV2 instruments and event processors: notes at exact frames, MIDI out, time, the worker.
#include "unit/plugins/rig.h"

#include <dlfcn.h>
#include <lv2/atom/forge.h>
#include <lv2/patch/patch.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>

#include "plugins/lv2/instance.h"

#define EPIANO "lv2:http://drobilla.net/plugins/mda/EPiano"
#define EG "lv2:http://lv2plug.in/plugins/eg-"
#define N 24000

/// eg-metro never frees its wave; told to the leak sanitizer.
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
  return "leak:metro.so";
}

static float left[N], right[N], other_left[N], other_right[N];
static float *const outs[2] = {left, right}, *const others[2] = {other_left, other_right};

static SqRtEvent note(bool on, uint32_t offset, float key) {
  return (SqRtEvent){
      .kind = on ? SQ_EVENT_NOTE_ON : SQ_EVENT_NOTE_OFF, .offset = offset, .key = key, .value = 0.8, .id = 7};
}

static uint32_t first_sound(const float *x, uint32_t n) {
  uint32_t i = 0;
  while (i < n && fabsf(x[i]) < 1e-9f)
    i++;
  return i;
}

static void test_note_sounds_at_its_frame(void **state) {
  uint32_t found[3];
  for (uint32_t k = 0; k < 3; k++) {
    Rig rig;
    rig_open(&rig, *state, EPIANO, 0, 2);
    SqRtEvent on = note(true, 1000 + k * 37, 60);
    rig_run(&rig, NULL, outs, 4096, 256, &on, 1);
    found[k] = first_sound(left, 4096);
    rig_close(&rig);
  }
  printf("first sound of a note at 1000: %u\n", found[0]);
  assert_in_range(found[0], 1000, 1016);
  assert_int_equal(found[1], found[0] + 37);
  assert_int_equal(found[2], found[0] + 74);
}

/// A parameter cuts the block before the note, another after it: the note stays where it was.
static void test_note_keeps_its_frame_beside_parameters(void **state) {
  Rig rig;
  rig_open(&rig, *state, EPIANO, 0, 2);
  SqRtEvent events[4] = {{.kind = SQ_EVENT_PARAM, .offset = 100, .index = 2, .value = 0.1},
                         note(true, 150, 60),
                         {.kind = SQ_EVENT_PARAM, .offset = 150, .index = 3, .value = 0.1},
                         {.kind = SQ_EVENT_PARAM, .offset = 170, .index = 2, .value = 0.9}};
  rig_run(&rig, NULL, outs, 512, 256, events, 4);
  assert_in_range(first_sound(left, 512), 150, 152);
  rig_close(&rig);
}

/// The plug-in itself, run by hand with the same notes, is the measure: hosting must not change a bit.
static void run_bare(uint32_t block, float *const *to, const SqRtEvent *events, uint32_t n_events, const char *path) {
  SqLv2Urids *urids = sq_lv2_urids_new();
  LV2_Feature map = {LV2_URID__map, sq_lv2_urids_map_feature(urids)};
  void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  assert_non_null(module);
  LV2_Descriptor_Function get;
  *(void **)&get = dlsym(module, "lv2_descriptor");
  const LV2_Descriptor *d = get(0);
  LV2_Handle handle = d->instantiate(d, RIG_RATE, "/usr/lib/lv2/mda.lv2/", (const LV2_Feature *[]){&map, NULL});
  float controls[12] = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.65f, 0.25f, 0.5f, 1, 0.5f, 0.146f, 0};
  static uint64_t buffer[8192];
  for (uint32_t i = 0; i < 12; i++)
    d->connect_port(handle, i, &controls[i]);
  d->connect_port(handle, 14, buffer);
  LV2_URID midi = sq_lv2_urids_map(urids, LV2_MIDI__MidiEvent), type = sq_lv2_urids_map(urids, LV2_ATOM__Sequence);
  for (uint32_t at = 0; at < N; at += block) {
    uint32_t n = N - at < block ? N - at : block, words = 2;
    for (uint32_t i = 0; i < n_events; i++)
      if (events[i].offset >= at && events[i].offset < at + n) {
        bool on = events[i].kind == SQ_EVENT_NOTE_ON;
        uint8_t bytes[8] = {on ? 0x90 : 0x80, (uint8_t)events[i].key, 102}; // 0.8 * 127
        buffer[words++] = events[i].offset - at;
        buffer[words++] = 3 | (uint64_t)midi << 32;
        memcpy(&buffer[words++], bytes, 8);
      }
    buffer[0] = (8 * (uint64_t)words - 8) | (uint64_t)type << 32;
    buffer[1] = 0;
    d->connect_port(handle, 12, to[0] + at);
    d->connect_port(handle, 13, to[1] + at);
    d->run(handle, n);
  }
  d->cleanup(handle);
  dlclose(module);
  sq_lv2_urids_free(urids);
}

static void test_hosted_equals_bare(void **state) {
  SqRtEvent events[4] = {note(true, 777, 60), note(true, 3001, 67), note(false, 9000, 60), note(false, 9500, 67)};
  static float first[N];
  uint32_t blocks[3] = {256, 64, 1024};
  for (uint32_t k = 0; k < 3; k++) {
    Rig rig;
    const SqPluginInfo *info;
    rig_open(&rig, *state, EPIANO, 0, 2);
    rig_run(&rig, NULL, outs, N, blocks[k], events, 4);
    rig_close(&rig);
    assert_int_equal(sq_catalog_info(*state, EPIANO, &info, rig.error, sizeof rig.error), SQ_OK);
    run_bare(blocks[k], others, events, 4, info->path);
    assert_memory_equal(left, other_left, sizeof left);
    assert_memory_equal(right, other_right, sizeof right);
    double worst = 0, peak = 0;
    for (uint32_t i = 0; i < N; i++) {
      worst = fmax(worst, k ? fabs((double)left[i] - (double)first[i]) : 0);
      peak = fmax(peak, fabs((double)left[i]));
    }
    if (k == 0)
      memcpy(first, left, sizeof first);
    assert_true(peak > 0.05);
    assert_true(worst < 1e-4); // the plug-in moves its LFO once per run(): 1e-5 of its own making
    printf("period %u: as the bare plug-in, %g from period 256\n", blocks[k], worst);
  }
}

static void test_all_off_ends_every_note(void **state) {
  Rig rig;
  rig_open(&rig, *state, EPIANO, 0, 2);
  SqRtEvent events[3] = {note(true, 0, 60), note(true, 0, 64), {.kind = SQ_EVENT_ALL_OFF, .offset = 100}};
  rig_run(&rig, NULL, outs, N, 256, events, 3);
  rig_run(&rig, NULL, outs, N, 256, NULL, 0);
  float peak = 0;
  for (uint32_t i = N - 4800; i < N; i++)
    peak = fmaxf(peak, fabsf(left[i]));
  assert_true(peak < 1e-3f);
  rig_close(&rig);
}

/// This one has no activate(): its notes die away within 50 ms of a reset instead of ringing for seconds.
static void test_reset_ends_the_notes(void **state) {
  Rig rig;
  rig_open(&rig, *state, EPIANO, 0, 2);
  SqRtEvent on = note(true, 0, 60);
  rig_run(&rig, NULL, outs, 4800, 256, &on, 1);
  assert_true(first_sound(left, 4800) < 16);
  rig.type->reset(rig.instance);
  rig_run(&rig, NULL, outs, 4800, 256, NULL, 0);
  float peak = 0;
  for (uint32_t i = 2400; i < 4800; i++)
    peak = fmaxf(peak, fabsf(left[i]));
  assert_true(peak < 1e-4f);
  rig_close(&rig);
}

static void test_mono_instrument_sounds_on_all_channels(void **state) {
  Rig rig;
  rig_open(&rig, *state, EG "sampler", 0, 2);
  SqRtEvent on = note(true, 10, 60);
  rig_run(&rig, NULL, outs, 4096, 64, &on, 1);
  assert_in_range(first_sound(left, 4096), 10, 30);
  assert_memory_equal(left, right, 4096 * sizeof *left);
  rig_close(&rig);
}

static void test_midi_out(void **state) {
  const uint32_t blocks[2] = {256, 33};
  for (uint32_t k = 0; k < 2; k++) {
    Rig rig;
    rig_open(&rig, *state, EG "fifths", 0, 0);
    SqRtEvent events[3] = {note(true, 100, 60), note(true, 600, 62), note(false, 700, 60)};
    rig_run(&rig, NULL, NULL, 1024, blocks[k], events, 3);
    assert_int_equal(rig.n_out_events, 6); // each note and its fifth
    const float keys[6] = {60, 67, 62, 69, 60, 67};
    const uint32_t frames[6] = {100, 100, 600, 600, 700, 700};
    for (uint32_t i = 0; i < 6; i++) {
      assert_int_equal(rig.out_events[i].kind, i < 4 ? SQ_EVENT_NOTE_ON : SQ_EVENT_NOTE_OFF);
      assert_int_equal(rig.out_events[i].offset, frames[i]);
      assert_float_equal(rig.out_events[i].key, keys[i], 0);
      assert_float_equal(rig.out_events[i].value, 102 / 127.0f, 1e-6);
    }
    rig_close(&rig);
  }
}

static void test_metronome_follows_the_transport(void **state) {
  Rig rig;
  rig_open(&rig, *state, EG "metro", 0, 1);
  rig_run(&rig, NULL, outs, 4800, 256, NULL, 0);
  rig_close(&rig);
  rig_open(&rig, *state, EG "metro", 0, 1);
  rig.time = (SqRtTime){.rolling = true, .beats = 4.5, .bpm = 120, .beats_per_bar = 4, .beat_unit = 4};
  rig_run(&rig, NULL, outs, N, 256, NULL, 0); // the position is told once: half a beat, so 12,000 frames, to go
  // it clicks from the start of what it takes for a beat under way; the next attack is what counts
  uint32_t attack = 6000;
  while (attack < N && fabsf(left[attack]) < 1e-3f)
    attack++;
  printf("metronome: the next beat at %u\n", attack);
  assert_in_range(attack, 11995, 12010);
  rig_close(&rig);
  rig_open(&rig, *state, EG "metro", 0, 1);
  rig.time = (SqRtTime){.rolling = false, .beats = 4.5, .bpm = 120, .beats_per_bar = 4, .beat_unit = 4};
  rig_run(&rig, NULL, outs, N, 256, NULL, 0);
  for (uint32_t i = 6000; i < N; i++)
    assert_true(fabsf(left[i]) < 1e-3f);
  rig_close(&rig);
}

// ---- the worker -----------------------------------------------------------------------------------------------------

typedef struct {
  void *instance;
  void (*work)(void *instance, uint32_t size, const void *data);
  uint64_t data[512];
  uint32_t size;
} Job;

typedef struct {
  Job jobs[16];
  uint32_t n;
} Jobs;

static bool schedule(void *context, void *instance, void (*work)(void *instance, uint32_t size, const void *data),
                     uint32_t size, const void *data) {
  Jobs *jobs = context;
  if (jobs->n == 16 || size > sizeof jobs->jobs[0].data)
    return false;
  Job *job = &jobs->jobs[jobs->n++];
  *job = (Job){.instance = instance, .work = work, .size = size};
  memcpy(job->data, data, size);
  return true;
}

static void *do_jobs(void *context) {
  Jobs *jobs = context;
  for (uint32_t i = 0; i < jobs->n; i++)
    jobs->jobs[i].work(jobs->jobs[i].instance, jobs->jobs[i].size, jobs->jobs[i].data);
  jobs->n = 0;
  return NULL;
}

static void do_jobs_elsewhere(Jobs *jobs) {
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, do_jobs, jobs), 0);
  pthread_join(thread, NULL);
}

/// Asks eg-sampler for another file, as its editor would.
static void ask_for_file(SqLv2Instance *self, uint64_t *buffer, const char *path) {
  SqLv2Urids *urids = self->plugin->world->urids;
  LV2_Atom_Forge forge;
  LV2_Atom_Forge_Frame sequence, object;
  lv2_atom_forge_init(&forge, sq_lv2_urids_map_feature(urids));
  lv2_atom_forge_set_buffer(&forge, (uint8_t *)buffer, 8192);
  lv2_atom_forge_sequence_head(&forge, &sequence, 0);
  lv2_atom_forge_frame_time(&forge, 0);
  lv2_atom_forge_object(&forge, &object, 0, sq_lv2_urids_map(urids, LV2_PATCH__Set));
  lv2_atom_forge_key(&forge, sq_lv2_urids_map(urids, LV2_PATCH__property));
  lv2_atom_forge_urid(&forge, sq_lv2_urids_map(urids, "http://lv2plug.in/plugins/eg-sampler#sample"));
  lv2_atom_forge_key(&forge, sq_lv2_urids_map(urids, LV2_PATCH__value));
  lv2_atom_forge_path(&forge, path, (uint32_t)strlen(path) + 1);
  lv2_atom_forge_pop(&forge, &object);
  lv2_atom_forge_pop(&forge, &sequence);
  self->units[0].lilv.lv2_descriptor->connect_port(self->units[0].lilv.lv2_handle, 0, buffer);
}

static void open_sampler(Rig *rig, SqCatalog *catalog, const SqServices *services) {
  memset(rig, 0, sizeof *rig);
  rig->n_out = 1;
  assert_int_equal(sq_catalog_find(catalog, EG "sampler", &rig->type, rig->error, sizeof rig->error), SQ_OK);
  SqProcSetup setup = rig_setup(rig);
  setup.services = services;
  assert_int_equal(rig->type->create(rig->type, &setup, &rig->instance), SQ_OK);
}

static void test_work_is_done_elsewhere_and_answered(void **state) {
  static uint64_t buffer[1024];
  Jobs jobs = {.n = 0};
  SqServices services = {.context = &jobs, .schedule = schedule};
  Rig rig;
  open_sampler(&rig, *state, &services);
  assert_int_equal(jobs.n, 0); // the default state's work was done in create()
  ask_for_file(rig.instance, buffer, "/usr/lib/lv2/eg-sampler.lv2/click.wav");
  rig_run(&rig, NULL, outs, 64, 64, NULL, 0);
  assert_int_equal(jobs.n, 1);                  // asked, not done in run()
  buffer[0] = (buffer[0] & ~0xffffffffull) | 8; // the sequence is empty again
  do_jobs_elsewhere(&jobs);
  assert_int_equal(jobs.n, 0);
  rig_run(&rig, NULL, outs, 64, 64, NULL, 0);
  assert_int_equal(jobs.n, 1); // the answer came: the plug-in wants the old sample freed
  do_jobs_elsewhere(&jobs);
  rig_close(&rig);
}

static void test_work_may_come_after_free(void **state) {
  static uint64_t buffer[1024];
  Jobs jobs = {.n = 0};
  SqServices services = {.context = &jobs, .schedule = schedule};
  Rig rig;
  open_sampler(&rig, *state, &services);
  ask_for_file(rig.instance, buffer, "/usr/lib/lv2/eg-sampler.lv2/click.wav");
  rig_run(&rig, NULL, outs, 64, 64, NULL, 0);
  assert_int_equal(jobs.n, 1);
  rig_close(&rig);
  do_jobs_elsewhere(&jobs); // finds it dead; the address sanitizer would see more
}

static bool yes(void *context) {
  (void)context;
  return true;
}

static bool never(void *context, void *instance, void (*work)(void *instance, uint32_t size, const void *data),
                  uint32_t size, const void *data) {
  (void)context, (void)instance, (void)work, (void)size, (void)data;
  fail_msg("offline work must not go to another thread");
  return false;
}

/// Offline the new file is there in the block after the request, whatever the machine is busy with.
static void test_offline_work_is_done_at_once(void **state) {
  static uint64_t buffer[1024];
  SqServices services = {.schedule = never, .offline = yes};
  Rig rig;
  open_sampler(&rig, *state, &services);
  SqLv2Instance *self = rig.instance;
  ask_for_file(self, buffer, "/nowhere/at/all.wav");
  rig_run(&rig, NULL, outs, 64, 64, NULL, 0);
  ask_for_file(self, buffer, "/usr/lib/lv2/eg-sampler.lv2/click.wav");
  rig_run(&rig, NULL, outs, 64, 64, NULL, 0);
  assert_false(sq_ring_count(&self->units[0].worker.ring));
  SqRtEvent on = note(true, 10, 60);
  self->units[0].lilv.lv2_descriptor->connect_port(self->units[0].lilv.lv2_handle, 0, self->sequences[0].atom);
  rig_run(&rig, NULL, outs, 4096, 64, &on, 1);
  assert_true(first_sound(left, 4096) < 100);
  rig_close(&rig);
}

/// Jobs for a real worker thread, as the server has.
typedef struct {
  pthread_mutex_t lock;
  Jobs jobs;
  bool end;
  Rig *rig;
} Live;

static bool schedule_live(void *context, void *instance, void (*work)(void *instance, uint32_t size, const void *data),
                          uint32_t size, const void *data) {
  Live *live = context;
  pthread_mutex_lock(&live->lock);
  bool taken = schedule(&live->jobs, instance, work, size, data);
  pthread_mutex_unlock(&live->lock);
  return taken;
}

static void *work_live(void *context) {
  Live *live = context;
  for (bool end = false; !end;) {
    Jobs now;
    pthread_mutex_lock(&live->lock);
    now = live->jobs;
    live->jobs.n = 0;
    end = live->end && now.n == 0;
    pthread_mutex_unlock(&live->lock);
    do_jobs(&now);
    sched_yield();
  }
  return NULL;
}

static void *save_live(void *context) {
  Live *live = context;
  for (int i = 0; i < 20; i++) {
    SqBlob blob = {.size = 0};
    if (live->rig->type->save(live->rig->instance, &blob) != SQ_OK)
      return context;
    free(blob.data);
  }
  return NULL;
}

/// run(), work() and save() at the same time; the thread sanitizer watches.
static void test_running_working_and_saving_overlap(void **state) {
  static uint64_t buffer[1024];
  static Live live = {.lock = PTHREAD_MUTEX_INITIALIZER};
  static Rig rig;
  SqServices services = {.context = &live, .schedule = schedule_live};
  pthread_t worker, saver;
  void *failed;
  open_sampler(&rig, *state, &services);
  live.rig = &rig;
  assert_int_equal(pthread_create(&worker, NULL, work_live, &live), 0);
  assert_int_equal(pthread_create(&saver, NULL, save_live, &live), 0);
  for (uint32_t i = 0; i < 400; i++) {
    ask_for_file(rig.instance, buffer, "/usr/lib/lv2/eg-sampler.lv2/click.wav");
    if (i % 40)
      buffer[0] = (buffer[0] & ~0xffffffffull) | 8;
    rig_run(&rig, NULL, outs, 64, 64, NULL, 0);
    sched_yield();
  }
  pthread_join(saver, &failed);
  assert_null(failed);
  pthread_mutex_lock(&live.lock);
  live.end = true;
  pthread_mutex_unlock(&live.lock);
  pthread_join(worker, NULL);
  rig_close(&rig);
}

static void test_sampler_state_keeps_its_file(void **state) {
  Rig rig, again;
  SqBlob blob = {.size = 0};
  SqRtEvent on = note(true, 10, 60);
  rig_open(&rig, *state, EG "sampler", 0, 1);
  assert_int_equal(rig.type->save(rig.instance, &blob), SQ_OK);
  assert_non_null(strstr(blob.data, "click.wav"));
  assert_string_equal(blob.format, "lv2");
  rig_run(&rig, NULL, outs, 4096, 64, &on, 1);
  rig_close(&rig);
  memset(&again, 0, sizeof again);
  again.n_out = 1;
  again.type = rig.type;
  SqProcSetup setup = rig_setup(&again);
  setup.state = &blob;
  assert_int_equal(again.type->create(again.type, &setup, &again.instance), SQ_OK);
  rig_run(&again, NULL, others, 4096, 64, &on, 1);
  assert_true(first_sound(left, 4096) < 100);
  assert_memory_equal(left, other_left, 4096 * sizeof *left);
  rig_close(&again);
  free(blob.data);
}

int main(void) {
  SqCatalog *catalog = rig_catalog();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_prestate(test_note_sounds_at_its_frame, catalog),
      cmocka_unit_test_prestate(test_note_keeps_its_frame_beside_parameters, catalog),
      cmocka_unit_test_prestate(test_hosted_equals_bare, catalog),
      cmocka_unit_test_prestate(test_all_off_ends_every_note, catalog),
      cmocka_unit_test_prestate(test_reset_ends_the_notes, catalog),
      cmocka_unit_test_prestate(test_mono_instrument_sounds_on_all_channels, catalog),
      cmocka_unit_test_prestate(test_midi_out, catalog),
      cmocka_unit_test_prestate(test_metronome_follows_the_transport, catalog),
      cmocka_unit_test_prestate(test_work_is_done_elsewhere_and_answered, catalog),
      cmocka_unit_test_prestate(test_work_may_come_after_free, catalog),
      cmocka_unit_test_prestate(test_offline_work_is_done_at_once, catalog),
      cmocka_unit_test_prestate(test_running_working_and_saving_overlap, catalog),
      cmocka_unit_test_prestate(test_sampler_state_keeps_its_file, catalog),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  sq_catalog_free(catalog);
  return failed;
}
