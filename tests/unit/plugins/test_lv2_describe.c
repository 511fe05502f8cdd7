// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Odd but lawful descriptions of plug-ins, written to a bundle of our own: no binary is needed to describe one.
#include "unit/plugins/rig.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/lv2/describe.h"

#define PREFIXES                                                                                                       \
  "@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n@prefix doap: <http://usefulinc.com/ns/doap#> .\n"                  \
  "@prefix pg: <http://lv2plug.in/ns/ext/port-groups#> .\n@prefix pp: <http://lv2plug.in/ns/ext/port-props#> .\n"      \
  "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"                                                          \
  "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"                                                     \
  "@prefix units: <http://lv2plug.in/ns/extensions/units#> .\n"                                                        \
  "@prefix atom: <http://lv2plug.in/ns/ext/atom#> .\n@prefix rsz: <http://lv2plug.in/ns/ext/resize-port#> .\n"
#define PLUGIN(name) "<urn:odd:" name "> a lv2:Plugin ; lv2:binary <none.so> ; doap:name \"Odd " name "\" .\n"
#define CONTROL_IN(index, symbol, more)                                                                                \
  "[ a lv2:InputPort , lv2:ControlPort ; lv2:index " index " ; lv2:symbol \"" symbol "\" ; lv2:name \"" symbol         \
  "\" " more " ]"
#define AUDIO(way, index, more)                                                                                        \
  "[ a lv2:" way "Port , lv2:AudioPort ; lv2:index " index " ; lv2:symbol \"a" index "\" ; lv2:name \"a" index         \
  "\" " more " ]"

static const char *const texts[2] =
    {
        PREFIXES PLUGIN("controls") "<urn:odd:controls> lv2:port " //
        CONTROL_IN("0", "gain_2", "; lv2:default 0.5 ; lv2:minimum 0.0 ; lv2:maximum 1.0") ", " CONTROL_IN(
            "1", "gain",
            "; lv2:default 5") ","
                               " " CONTROL_IN("2", "GAIN", "; lv2:maximum -3.0") ", " CONTROL_IN(
                                   "3", "_9lives",
                                   "; lv2:minimum 10.0 ; lv2:maximum -10.0 ; lv2:default 99.0") ", " CONTROL_IN("4",
                                                                                                                "on",
                                                                                                                "; "
                                                                                                                "lv2:"
                                                                                                                "design"
                                                                                                                "ati"
                                                                                                                "on "
                                                                                                                "lv2:"
                                                                                                                "enable"
                                                                                                                "d "
                                                                                                                "; "
                                                                                                                "lv2:"
                                                                                                                "defaul"
                                                                                                                "t "
                                                                                                                "1") ","
                                                                                                                     " " CONTROL_IN(
                                                                                                                         "5",
                                                                                                                         "free",
                                                                                                                         "; lv2:designation lv2:freeWheeling") ", " CONTROL_IN("6",
                                                                                                                                                                               "kind",
                                                                                                                                                                               "; lv2:default 7 ; lv2:portProperty lv2:enumeration , lv2:integer ;"
                                                                                                                                                                               " lv2:scalePoint [ rdfs:label \"b|c\" ; rdf:value 7 ] , [ rdfs:label \"a\" ; rdf:value 2 ] ,"
                                                                                                                                                                               " [ rdfs:label \"z\" ; rdf:value 11 ]") ", " CONTROL_IN("7",
                                                                                                                                                                                                                                       "switch", "; lv2:portProperty lv2:toggled ; lv2:default 1 ; lv2:minimum 0 ; lv2:maximum 1") ", " CONTROL_IN("8", "hit", "; lv2:portProperty lv2:toggled , pp:trigger ; lv2:default 0") ", " CONTROL_IN("9",
                                                                                                                                                                                                                                                                                                                                                                                                                                              "freq",
                                                                                                                                                                                                                                                                                                                                                                                                                                              "; lv2:portProperty pp:logarithmic ; lv2:default 100 ; lv2:minimum 20 ; lv2:maximum 20000 ;"
                                                                                                                                                                                                                                                                                                                                                                                                                                              " units:unit [ units:symbol \"furlongs\" ]") ", " CONTROL_IN("10",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           "zero",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           "; lv2:portProperty pp:logarithmic ; lv2:default 0 ; lv2:minimum 0 ; lv2:maximum 2") ", "
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                "[ a lv2:OutputPort , lv2:ControlPort ; lv2:index 11 ; lv2:symbol \"late\" ; lv2:name \"late\" ;"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                "  lv2:designation lv2:latency ] , "
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                "[ a lv2:InputPort , atom:AtomPort ; lv2:index 12 ; lv2:symbol \"ev\" ; lv2:name \"ev\" ; rsz:minimumSize 100001 ;"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                "  atom:supports <http://lv2plug.in/ns/ext/midi#MidiEvent> ] , "
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                "[ a lv2:InputPort , <urn:odd:Smell> ; lv2:index 13 ; lv2:symbol \"smell\" ; lv2:name \"smell\" ;"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                "  lv2:portProperty lv2:connectionOptional ] .\n", //
        PLUGIN(
            "smell") "<urn:odd:smell> lv2:port "
                     "[ a lv2:InputPort , <urn:odd:Smell> ; lv2:index 0 ; lv2:symbol \"smell\" ; lv2:name \"smell\" ] "
                     ".\n"                                                              //
        PLUGIN("needy") "<urn:odd:needy> lv2:requiredFeature <urn:odd:gift> .\n"        //
        PLUGIN("repeated") "<urn:odd:repeated> pg:mainOutput <urn:odd:out> ; lv2:port " //
        AUDIO("Output", "0", "; pg:group <urn:odd:out> ; lv2:designation pg:left") ", " AUDIO(
            "Output", "1",
            "; pg:group <urn:odd:out> ; lv2:designation pg:right") ", " AUDIO("Output", "2",
                                                                              "; pg:group <urn:odd:out> ; "
                                                                              "lv2:designation "
                                                                              "pg:left") ", " AUDIO("Output", "3",
                                                                                                    "; pg:group "
                                                                                                    "<urn:odd:out> ; "
                                                                                                    "lv2:designation "
                                                                                                    "pg:right") ".\n" //
        PLUGIN("mixed") "<urn:odd:mixed> lv2:port "                                                                   //
        AUDIO("Output", "0", "") ", " AUDIO("Output", "1", "; pg:group <urn:odd:kit>") ", " AUDIO(
            "Output", "2", "; pg:group <urn:odd:kit>") ", " AUDIO("Output", "3", "") ".\n"         //
        PLUGIN("many") "<urn:odd:many> lv2:port "                                                  //
        AUDIO("Output", "0", "") ", " AUDIO("Output", "1", "") ", " AUDIO("Output", "2", "") ".\n" //
        PLUGIN("key") "<urn:odd:key> lv2:port "                                                    //
        AUDIO("Input", "0", "; pg:group <urn:odd:ear>") ", " AUDIO("Input", "1", "") ", " AUDIO(
            "Input", "2", "; lv2:portProperty lv2:isSideChain") ", " AUDIO("Output", "3",
                                                                           "") ".\n"
                                                                               "<urn:odd:ear> a pg:MonoGroup ; "
                                                                               "pg:sideChainOf <urn:odd:in> .\n"};

static const SqPluginInfo *info_of(void **state, const char *name) {
  char uri[64], error[512] = "";
  const SqPluginInfo *info = NULL;
  snprintf(uri, sizeof uri, "urn:odd:%s", name);
  if (sq_catalog_info(*state, uri, &info, error, sizeof error) != SQ_OK)
    fail_msg("%s: %s", name, error);
  return info;
}

static void test_symbols_are_made_unique(void **state) {
  const SqProcessorType *type = info_of(state, "controls")->type;
  const char *const symbols[] = {"gain_2", "gain", "gain_3", "p_9lives", "kind", "switch", "hit", "freq", "zero"};
  assert_int_equal(type->n_params, sizeof symbols / sizeof symbols[0]);
  for (uint32_t i = 0; i < type->n_params; i++)
    assert_string_equal(type->params[i].symbol, symbols[i]);
}

static void test_missing_ranges_are_made_up(void **state) {
  const SqParamInfo *p = info_of(state, "controls")->type->params;
  assert_true(p[1].min == 0 && p[1].max == 5 && p[1].def == 5);
  assert_true(p[2].min == -3 && p[2].max == -3 && p[2].def == -3);
  assert_true(p[3].min == -10 && p[3].max == 10 && p[3].def == 10);
}

static void test_kinds_of_values(void **state) {
  const SqPluginInfo *info = info_of(state, "controls");
  const SqParamInfo *p = info->type->params;
  const SqLv2Plugin *plugin = sq_lv2_plugin_of(info->type);
  assert_string_equal(p[4].choices, "a|b/c|z");
  assert_true(p[4].def == 1 && p[4].max == 2 && p[4].integer);
  assert_float_equal(sq_lv2_param_to_port(&plugin->ports[6], 2, 48000), 11, 0);
  assert_float_equal(sq_lv2_param_to_port(&plugin->ports[6], 99, 48000), 11, 0);
  assert_true(p[5].toggled && p[5].def == 1);
  assert_float_equal(sq_lv2_param_to_port(&plugin->ports[7], 0.3, 48000), 1, 0);
  assert_true(plugin->n_triggers == 1 && plugin->ports[plugin->triggers[0]].trigger);
  assert_int_equal(p[7].scale, SQ_SCALE_LOG);
  assert_string_equal(p[7].unit, "furlongs");
  assert_int_equal(p[8].scale, SQ_SCALE_LINEAR); // from zero no scale is logarithmic
  assert_int_equal(plugin->ports[4].role, SQ_LV2_ENABLED);
  assert_int_equal(plugin->ports[5].role, SQ_LV2_FREEWHEEL);
  assert_int_equal(plugin->latency, 11);
  assert_int_equal(plugin->midi_in, 12);
  assert_int_equal(plugin->ports[12].n_bytes, 100008); // what it asks for, in whole words
  assert_int_equal(plugin->ports[13].kind, SQ_LV2_ABSENT);
}

static void test_refusals_name_their_reason(void **state) {
  const SqPluginInfo *info;
  char error[512];
  assert_int_equal(sq_catalog_info(*state, "urn:odd:smell", &info, error, sizeof error), SQ_UNSUPPORTED);
  assert_non_null(strstr(error, "'smell'"));
  assert_int_equal(sq_catalog_info(*state, "urn:odd:needy", &info, error, sizeof error), SQ_UNSUPPORTED);
  assert_non_null(strstr(error, "urn:odd:gift"));
}

static void test_main_outputs_and_sidechains(void **state) {
  const SqPluginInfo *info = info_of(state, "repeated");
  assert_true(info->n_out == 2 && info->n_extra_out == 2);
  info = info_of(state, "mixed");
  assert_true(info->n_out == 2 && info->n_extra_out == 2);
  assert_int_equal(sq_lv2_plugin_of(info->type)->ports[1].channel, 0);
  info = info_of(state, "many");
  assert_true(info->n_out == 2 && info->n_extra_out == 1);
  info = info_of(state, "key");
  assert_true(info->n_in == 1 && info->n_side == 2 && info->n_out == 1);
}

static void test_missing_binary_is_named(void **state) {
  Rig rig = {.type = info_of(state, "many")->type, .n_out = 2};
  SqProcSetup setup = rig_setup(&rig);
  assert_int_equal(rig.type->create(rig.type, &setup, &rig.instance), SQ_PLUGIN);
  assert_non_null(strstr(rig.error, "none.so"));
}

/// Writes the bundle; every plug-in is named in its manifest.
static void write_bundle(const char *folder) {
  char path[256];
  snprintf(path, sizeof path, "%s/odd.lv2", folder);
  assert_int_equal(mkdir(path, 0777), 0);
  snprintf(path, sizeof path, "%s/odd.lv2/manifest.ttl", folder);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs(PREFIXES, f);
  const char *const names[] = {"controls", "smell", "needy", "repeated", "mixed", "many", "key"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    fprintf(f, "<urn:odd:%s> a lv2:Plugin ; rdfs:seeAlso <odd.ttl> ; lv2:binary <none.so> .\n", names[i]);
  fclose(f);
  snprintf(path, sizeof path, "%s/odd.lv2/odd.ttl", folder);
  f = fopen(path, "w");
  assert_non_null(f);
  fputs(texts[0], f);
  fputs(texts[1], f);
  fclose(f);
}

static void remove_bundle(const char *folder) {
  char path[256];
  const char *const parts[] = {"/odd.lv2/manifest.ttl", "/odd.lv2/odd.ttl"};
  for (size_t i = 0; i < 2; i++) {
    snprintf(path, sizeof path, "%s%s", folder, parts[i]);
    unlink(path);
  }
  snprintf(path, sizeof path, "%s/odd.lv2", folder);
  rmdir(path);
  rmdir(folder);
}

int main(void) {
  char folder[] = "/tmp/lv2-odd-XXXXXX";
  if (!mkdtemp(folder))
    return 1;
  write_bundle(folder);
  setenv("LV2_PATH", folder, 1);
  SqCatalog *catalog = rig_catalog();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_prestate(test_symbols_are_made_unique, catalog),
      cmocka_unit_test_prestate(test_missing_ranges_are_made_up, catalog),
      cmocka_unit_test_prestate(test_kinds_of_values, catalog),
      cmocka_unit_test_prestate(test_refusals_name_their_reason, catalog),
      cmocka_unit_test_prestate(test_main_outputs_and_sidechains, catalog),
      cmocka_unit_test_prestate(test_missing_binary_is_named, catalog),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  sq_catalog_free(catalog);
  remove_bundle(folder);
  return failed;
}
