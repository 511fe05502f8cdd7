// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Reading sessions: load(save(x)) is x, keys of later versions stay, and each of a hundred broken files says what is
// wrong with it and where.
#include "session/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unit/session/rig.h"

/// As a later version may write it: known keys in their order, one unknown key at every object that keeps them.
static const char *const whole =
    "{\n"
    "  \"format\": \"squeezed session\",\n"
    "  \"version\": {\n    \"major\": 1,\n    \"minor\": 0\n  },\n"
    "  \"tempo\": 98.7,\n"
    "  \"signature\": {\n    \"beats\": 3,\n    \"unit\": 8\n  },\n"
    "  \"strips\": [\n"
    "    {\n"
    "      \"name\": \"master\",\n      \"kind\": \"master\",\n      \"sequence\": 0,\n      \"channels\": 2,\n"
    "      \"gain\": -1.5,\n      \"pan\": 0,\n      \"pan_law\": \"balance\",\n"
    "      \"mute\": false,\n      \"solo\": false,\n      \"solo_safe\": false,\n"
    "      \"chain\": [\n"
    "        {\n          \"name\": \"lim\",\n          \"type\": \"limiter\",\n          \"bypass\": true,\n"
    "          \"params\": {\n            \"ceiling\": -1,\n            \"release\": 80,\n            \"gain\": 0,\n"
    "            \"lookahead\": 1.5,\n            \"later_param\": 0.25\n          },\n"
    "          \"later_proc\": [1, 2.50]\n        }\n"
    "      ],\n"
    "      \"later_master\": null\n    },\n"
    "    {\n"
    "      \"name\": \"drums\",\n      \"kind\": \"source\",\n      \"sequence\": 7,\n      \"channels\": 1,\n"
    "      \"label\": \"Tr\xc3\xb6mmeln \\\"1\\\"\",\n      \"color\": \"#ff8800\",\n      \"output\": \"hall\",\n"
    "      \"gain\": -6.000000000000001,\n      \"pan\": -0.3333333333333333,\n      \"pan_law\": \"equal_power\",\n"
    "      \"mute\": true,\n      \"solo\": true,\n      \"solo_safe\": true,\n"
    "      \"generator\": {\n        \"type\": \"lv2:urn:nobody:has:this\",\n        \"bypass\": false,\n"
    "        \"settings\": {\n          \"port\": \"system:capture_1\"\n        },\n"
    "        \"params\": {\n          \"cutoff\": 0.1,\n          \"mode\": \"soft\"\n        },\n"
    "        \"zones\": [\n"
    "          {\n            \"path\": \"kick.wav\",\n            \"root\": 36,\n            \"lo\": 35,\n"
    "            \"hi\": 36,\n            \"vlo\": 0.1,\n            \"vhi\": 1,\n            \"tune\": -12.5,\n"
    "            \"gain\": -3,\n            \"mode\": \"loop\",\n            \"start\": 10,\n            \"end\": -1,\n"
    "            \"loop_start\": 100,\n            \"loop_end\": 4800,\n            \"later_zone\": {}\n          }\n"
    "        ]\n"
    "      },\n"
    "      \"sends\": [\n"
    "        {\n          \"bus\": \"room\",\n          \"gain\": -12,\n          \"pan\": 0.5,\n          \"mute\": "
    "false,\n"
    "          \"tap\": \"pre\",\n          \"later_send\": 12345678901234567890\n        }\n"
    "      ],\n"
    "      \"later_strip\": \"x\"\n    },\n"
    "    {\n"
    "      \"name\": \"hall\",\n      \"kind\": \"bus\",\n      \"sequence\": 9,\n      \"channels\": 2,\n"
    "      \"output\": \"master\",\n      \"gain\": 0,\n      \"pan\": 0,\n      \"pan_law\": \"balance\",\n"
    "      \"mute\": false,\n      \"solo\": false,\n      \"solo_safe\": false,\n"
    "      \"chain\": [\n"
    "        {\n          \"name\": \"duck\",\n          \"type\": \"compressor\",\n          \"bypass\": false,\n"
    "          \"sidechain\": {\n            \"strip\": \"drums\",\n            \"tap\": \"pre\"\n          },\n"
    "          \"params\": {\n            \"threshold\": -20,\n            \"ratio\": 4,\n            \"knee\": 6,\n"
    "            \"attack\": 10,\n            \"release\": 100,\n            \"makeup\": 0,\n            \"mix\": 1,\n"
    "            \"detector\": 0\n          }\n        }\n"
    "      ]\n    },\n"
    "    {\n"
    "      \"name\": \"room\",\n      \"kind\": \"bus\",\n      \"sequence\": 40,\n      \"channels\": 64,\n"
    "      \"output\": null,\n      \"gain\": 0,\n      \"pan\": 0,\n      \"pan_law\": \"balance\",\n"
    "      \"mute\": false,\n      \"solo\": false,\n      \"solo_safe\": false\n    }\n"
    "  ],\n"
    "  \"later_whole\": {\"a\": [true, {\"b\": null}]}\n"
    "}\n";

static SqSession *read_text(const char *text, SqStatus *status, char *why) {
  why[0] = 0;
  return sq_session_read(text, strlen(text), "/sessions/one", &rig_host, status, why, 320);
}

static char *written(const SqDoc *doc) {
  SqSessionText text;
  sq_session_write(&text, doc, &rig_host, "/sessions/one");
  char *copy = sq_text_copy(text.text);
  sq_session_text_cleanup(&text);
  return copy;
}

static SqDoc *load(const char *text, SqHandle first) {
  char why[320];
  SqStatus status;
  SqSession *session = read_text(text, &status, why);
  if (!session)
    fail_msg("%s", why);
  return sq_session_place(session, first);
}

static void test_comes_out_as_it_went_in(void **state) {
  SqDoc *doc = load(whole, 1000);
  char *text = written(doc);
  assert_string_equal(text, whole);
  free(text);
  sq_doc_free(doc);
}

static void test_what_is_in_the_document(void **state) {
  SqDoc *doc = load(whole, 1000);
  assert_int_equal(sq_doc_count(doc), 4);
  const SqStrip *drums = sq_doc_named(doc, "drums"), *hall = sq_doc_named(doc, "hall");
  const SqStrip *room = sq_doc_named(doc, "room"), *master = sq_doc_strip(doc, SQ_HANDLE_MASTER);
  assert_true(drums->handle >= 1000 && hall->handle > drums->handle);
  assert_int_equal(drums->sequence, 7);
  assert_int_equal(drums->output, hall->handle);
  assert_int_equal(hall->output, SQ_HANDLE_MASTER);
  assert_int_equal(room->output, 0);
  assert_int_equal(room->n_channels, 64);
  assert_string_equal(drums->label, "Tr\xc3\xb6mmeln \"1\"");
  assert_true(drums->numbers[SQ_STRIP_GAIN_DB] == -6.000000000000001);
  assert_int_equal(drums->sends[0].bus, room->handle);
  assert_int_equal((int)drums->sends[0].numbers[SQ_SEND_TAP], SQ_TAP_PRE);
  assert_int_equal(drums->generator->n_params, 0);
  assert_int_equal(drums->generator->n_wishes, 2);
  assert_string_equal(drums->generator->wishes[0].value, "0.1");
  assert_string_equal(drums->generator->zones[0].path, "/sessions/one/kick.wav");
  assert_int_equal(hall->chain[0]->sidechain, drums->handle);
  assert_int_equal(hall->chain[0]->sidechain_tap, SQ_TAP_PRE);
  assert_true(master->chain[0]->bypass);
  double tempo = 0;
  sq_doc_number(doc, (SqValueRef){SQ_HANDLE_GLOBAL, SQ_GLOBAL_TEMPO}, &tempo);
  assert_true(tempo == 98.7);
  assert_true(sq_doc_next_handle(doc) > drums->sends[0].handle);
  assert_true(sq_doc_next_sequence(doc) == 41);
  sq_doc_free(doc);
}

static void test_little_is_needed(void **state) {
  SqDoc *doc = load("{\"format\": \"squeezed session\", \"version\": {\"major\": 1}, \"strips\": ["
                    "{\"name\": \"master\", \"kind\": \"master\"},"
                    "{\"name\": \"a\", \"kind\": \"source\", \"generator\": {\"type\": \"tone\"}}]}",
                    2);
  const SqStrip *a = sq_doc_named(doc, "a");
  assert_int_equal(a->sequence, 1);
  assert_int_equal(a->n_channels, 2);
  assert_int_equal(a->output, SQ_HANDLE_MASTER);
  assert_true(a->generator->params[0] == 440.0);
  sq_doc_free(doc);
}

/// A copied strip is its own: what is kept of later versions is freed once.
static void test_kept_keys_live_with_copies(void **state) {
  SqDoc *doc = load(whole, 2), *snapshot = sq_doc_snapshot(doc);
  sq_strip_unref(sq_doc_put(doc, sq_strip_copy(sq_doc_named(doc, "drums"))));
  sq_doc_free(doc);
  char *text = written(snapshot);
  assert_string_equal(text, whole);
  free(text);
  sq_doc_free(snapshot);
}

// ---- one defect each ------------------------------------------------------------------------------------------------

typedef struct {
  const char *from, *to; ///< the first `from` of the good file becomes `to`
  SqStatus status;
  const char *why; ///< part of the sentence
} Defect;

static const Defect defects[] = {
    {"squeezed session", "other", SQ_BAD_ARGS, "line 1: this is no session"},
    {"\"major\": 1", "\"major\": 2", SQ_UNSUPPORTED, "line 3: the session is of version 2, this program reads up to 1"},
    {"\"major\": 1", "\"major\": 0.5", SQ_BAD_ARGS, "line 4: \"major\" is 0.5, it must be within 1"},
    {"\"major\": 1", "\"major\": \"1\"", SQ_BAD_ARGS, "\"major\" is a text in quotes, it must be a number"},
    {"\"major\": 1,", "", SQ_BAD_ARGS, "line 3: the version has no \"major\""},
    {"\"version\"", "\"verzion\"", SQ_BAD_ARGS, "there is no \"version\""},
    {"98.7", "0.5", SQ_BAD_ARGS, "line 7: \"tempo\" is 0.5, it must be within 1 and 1000"},
    {"98.7", "\"98.7\"", SQ_BAD_ARGS, "line 7: \"tempo\" is a text in quotes"},
    {"98.7", "1e400", SQ_BAD_ARGS, "line 7: the number is too large"},
    {"98.7", "nan", SQ_BAD_ARGS, "line 7: 'n' stands where a value"},
    {"98.7,", "98.7", SQ_BAD_ARGS, "line 8: '\"' stands where ',' or '}'"},
    {"\"beats\": 3", "\"beats\": 3.5", SQ_BAD_ARGS, "line 9: \"beats\" is 3.5, it must be whole"},
    {"\"strips\": [", "\"stripes\": [", SQ_BAD_ARGS, "there are no \"strips\""},
    {"\"name\": \"master\"", "\"name\": \"main\"", SQ_BAD_ARGS, "called \"master\", and no other"},
    {"\"kind\": \"master\"", "\"kind\": \"bus\"", SQ_BAD_ARGS, "called \"master\", and no other"},
    {"\"kind\": \"source\"", "\"kind\": \"vca\"", SQ_BAD_ARGS,
     "\"kind\" is \"vca\", it must be one of source|bus|master"},
    {"\"kind\": \"source\",", "", SQ_BAD_ARGS, "the strip has no \"kind\""},
    {"\"name\": \"drums\"", "\"name\": \"drum kit\"", SQ_BAD_ARGS, "the name \"drum kit\" "},
    {"\"name\": \"drums\"", "\"name\": \"add\"", SQ_BAD_ARGS, "the name \"add\" is a reserved verb"},
    {"\"name\": \"drums\"", "\"name\": \"room\"", SQ_BAD_ARGS, "there are two strips \"room\""},
    {"\"sequence\": 7", "\"sequence\": 9", SQ_BAD_ARGS, "\"sequence\" of \"hall\" is not above"},
    {"\"sequence\": 7", "\"sequence\": -7", SQ_BAD_ARGS, "\"sequence\" is -7"},
    {"\"channels\": 1,", "\"channels\": 65,", SQ_BAD_ARGS, "\"channels\" is 65, it must be within 1 and 64"},
    {"\"channels\": 1,", "\"channels\": 0,", SQ_BAD_ARGS, "\"channels\" is 0"},
    {"-6.000000000000001", "10.5", SQ_BAD_ARGS, "\"gain\" is 10.5, it must be within -144 and 10"},
    {"-0.3333333333333333", "-1.1", SQ_BAD_ARGS, "\"pan\" is -1.1"},
    {"equal_power", "equal", SQ_BAD_ARGS, "\"pan_law\" is \"equal\", it must be one of balance|equal_power"},
    {"\"mute\": true", "\"mute\": 1", SQ_BAD_ARGS, "\"mute\" is a number, it must be true or false"},
    {"\"label\": \"", "\"label\": 3, \"labl\": \"", SQ_BAD_ARGS, "\"label\" is a number"},
    {"\"output\": \"hall\"", "\"output\": \"halls\"", SQ_BAD_ARGS,
     "\"output\" is \"halls\", and there is no such strip"},
    {"\"output\": \"hall\"", "\"output\": 3", SQ_BAD_ARGS, "\"output\" is a number, it must be the name of a strip"},
    {"\"output\": \"master\"", "\"output\": \"drums\"", SQ_BAD_ARGS, "\"output\" is the source \"drums\""},
    {"\"output\": null", "\"output\": \"room\"", SQ_BAD_ARGS, "\"room\" feeds itself"},
    {"\"output\": \"master\"", "\"output\": \"room\", \"x\": \"", SQ_BAD_ARGS, "a quote may be missing"},
    {"\"later_master\": null", "\"output\": \"hall\"", SQ_BAD_ARGS, "the master feeds the hardware"},
    {"\"later_master\": null", "\"generator\": {\"type\": \"tone\"}", SQ_BAD_ARGS, "has a generator and is no source"},
    {"\"later_master\": null", "\"chain\": []", SQ_BAD_ARGS, "the key \"chain\" stands twice"},
    {"\"name\": \"lim\",", "", SQ_BAD_ARGS, "a processor of a chain has no \"name\""},
    {"\"name\": \"lim\"", "\"name\": \"4\"", SQ_BAD_ARGS, "the name \"4\" "},
    {"\"type\": \"limiter\",", "", SQ_BAD_ARGS, "a processor needs a \"type\""},
    {"\"bypass\": true", "\"bypass\": null, \"bypas\": [}", SQ_BAD_ARGS, "'}' stands where a value"},
    {"\"ceiling\": -1,", "\"ceiling\": 1000,", SQ_BAD_ARGS, "\"ceiling\" is 1000, it must be within"},
    {"\"ceiling\": -1,", "\"ceiling\": \"-1\",", SQ_BAD_ARGS, "\"ceiling\" is a text in quotes"},
    {"\"cutoff\": 0.1", "\"cutoff\": [0.1]", SQ_BAD_ARGS,
     "the parameter \"cutoff\" is an array [], it must be a number"},
    {"\"system:capture_1\"", "1", SQ_BAD_ARGS, "the setting \"port\" is a number"},
    {"\"path\": \"kick.wav\",", "", SQ_BAD_ARGS, "the zone has no \"path\""},
    {"\"mode\": \"loop\"", "\"mode\": \"lop\"", SQ_BAD_ARGS,
     "\"mode\" is \"lop\", it must be one of one_shot|gate|loop"},
    {"\"vhi\": 1", "\"vhi\": 127", SQ_BAD_ARGS, "\"vhi\" is 127, it must be within 0 and 1"},
    {"\"zones\": [", "\"zones\": [3, ", SQ_BAD_ARGS, "a zone must be an object"},
    {"\"bus\": \"room\",", "", SQ_BAD_ARGS, "the send has no \"bus\""},
    {"\"bus\": \"room\"", "\"bus\": \"master\"", SQ_BAD_ARGS, "sends go to buses, \"master\" is none"},
    {"\"bus\": \"room\"", "\"bus\": \"rooms\"", SQ_BAD_ARGS, "\"bus\" is \"rooms\", and there is no such strip"},
    {"\"tap\": \"pre\"", "\"tap\": \"mid\"", SQ_BAD_ARGS, "\"tap\" is \"mid\", it must be one of pre|post"},
    {"\"sends\": [", "\"sends\": [{\"bus\": \"room\"},", SQ_BAD_ARGS, "\"drums\" has two sends to \"room\""},
    {"\"strip\": \"drums\"", "\"strip\": \"dums\"", SQ_BAD_ARGS, "\"strip\" is \"dums\", and there is no such strip"},
    {"\"strip\": \"drums\"", "\"strip\": \"hall\"", SQ_BAD_ARGS, "\"hall\" feeds itself"},
    {"\"strip\": \"drums\"", "\"strip\": \"master\"", SQ_BAD_ARGS, "\"hall\" feeds itself"},
    {"\"later_whole\"", "\"tempo\"", SQ_BAD_ARGS, "the key \"tempo\" stands twice"},
    {"\"cutoff\": 0.1,", "\"cutoff\": 0.1, \"state\": {},", SQ_BAD_ARGS, "the parameter \"state\""},
    {"\"settings\":", "\"state\": {\"file\": \"state/a.b.0\"}, \"settings\":", SQ_BAD_ARGS,
     "the state has no \"format\""},
    {"\"settings\":", "\"state\": {\"format\": \"lv2\"}, \"settings\":", SQ_BAD_ARGS, "the state has no \"file\""},
    {"\"settings\":", "\"state\": {\"format\": \"lv2\", \"file\": \"/etc/passwd\"}, \"settings\":", SQ_BAD_ARGS,
     "it must be in state/"},
    {"\"settings\":", "\"state\": {\"format\": \"lv2\", \"file\": \"state/../../x\"}, \"settings\":", SQ_BAD_ARGS,
     "it must be in state/"},
    {"\"settings\":", "\"state\": {\"format\": \"lv2\", \"file\": \"state/a.b.0\"}, \"settings\":", SQ_IO,
     "state/a.b.0 cannot be read: No such file"},
    {"\"settings\":", "\"state\": {\"format\": \"lv2\", \"id\": \"eq\", \"file\": \"state/a.b.0\"}, \"settings\":",
     SQ_BAD_ARGS, "the state is one of \"eq\""},
    {"\"settings\":", "\"state\": {\"format\": \"sixteen letters.\", \"file\": \"state/a.b.0\"}, \"settings\":",
     SQ_BAD_ARGS, "more than 15 characters"},
};

static char *spoiled(const Defect *defect) {
  const char *at = strstr(whole, defect->from);
  if (!at)
    fail_msg("the good file has no %s", defect->from);
  const size_t size = strlen(whole) + strlen(defect->to) + 1;
  char *text = malloc(size);
  snprintf(text, size, "%.*s%s%s", (int)(at - whole), whole, defect->to, at + strlen(defect->from));
  return text;
}

static void test_each_defect_says_what_it_is(void **state) {
  for (size_t i = 0; i < sizeof defects / sizeof defects[0]; i++) {
    char *text = spoiled(&defects[i]), why[320];
    SqStatus status = SQ_OK;
    SqSession *session = read_text(text, &status, why);
    if (session)
      fail_msg("taken: %s -> %s", defects[i].from, defects[i].to);
    if (status != defects[i].status || !strstr(why, defects[i].why) || strncmp(why, "line ", 5) != 0)
      fail_msg("%s -> %s: %d '%s' instead of %d '%s'", defects[i].from, defects[i].to, (int)status, why,
               (int)defects[i].status, defects[i].why);
    free(text);
  }
}

/// Cut anywhere it is broken, never taken for a smaller session.
static void test_cut_at_every_byte(void **state) {
  char why[320];
  SqStatus status;
  for (size_t n = 0; n + 2 < strlen(whole); n++) {
    char *cut = malloc(n ? n : 1); // exactly as long: a sanitizer sees a read past it
    memcpy(cut, whole, n);
    why[0] = 0;
    assert_null(sq_session_read(cut, n, "/sessions/one", &rig_host, &status, why, sizeof why));
    assert_int_equal(status, SQ_BAD_ARGS);
    assert_true(why[0] != 0);
    free(cut);
  }
}

static void test_folders_that_are_none(void **state) {
  char why[320];
  SqStatus status;
  assert_null(sq_session_load("/no/such/folder", &rig_host, &status, why, sizeof why));
  assert_int_equal(status, SQ_NOT_FOUND);
  char base[] = "/tmp/sq-load-XXXXXX", path[64];
  assert_non_null(mkdtemp(base));
  assert_null(sq_session_load(base, &rig_host, &status, why, sizeof why));
  assert_int_equal(status, SQ_NOT_FOUND);
  snprintf(path, sizeof path, "%s/session.json", base);
  assert_int_equal(mkfifo(path, 0600), 0); // nobody writes into it: we must not wait
  assert_null(sq_session_load(base, &rig_host, &status, why, sizeof why));
  assert_int_equal(status, SQ_IO);
  assert_non_null(strstr(why, "no regular file"));
  assert_int_equal(unlink(path), 0);
  FILE *file = fopen(path, "w");
  assert_int_equal(ftruncate(fileno(file), (off_t)SQ_SESSION_MAX_BYTES + 1), 0);
  fclose(file);
  assert_null(sq_session_load(base, &rig_host, &status, why, sizeof why));
  assert_int_equal(status, SQ_LIMIT);
  rig_remove(base);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_comes_out_as_it_went_in),
      cmocka_unit_test(test_what_is_in_the_document),
      cmocka_unit_test(test_little_is_needed),
      cmocka_unit_test(test_kept_keys_live_with_copies),
      cmocka_unit_test(test_each_defect_says_what_it_is),
      cmocka_unit_test(test_cut_at_every_byte),
      cmocka_unit_test(test_folders_that_are_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
