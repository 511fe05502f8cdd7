// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdlib.h>
#include <string.h>

#include "protocol/describe.h"
#include "protocol/name.h"
#include "protocol/number.h"

/// "-144 to 10 dB, default 0": what bounds an argument.
static void write_bounds(const SqArgSpec *arg, SqRowKind kind, FILE *file) {
  char number[SQ_NUMBER_TEXT];
  if (arg->min < arg->max) {
    sq_number_format(arg->min, number, sizeof number);
    fprintf(file, ", %s to ", number);
    sq_number_format(arg->max, number, sizeof number);
    fprintf(file, "%s%s%s", number, arg->unit ? " " : "", arg->unit ? arg->unit : "");
  } else if (arg->unit) {
    fprintf(file, " in %s", arg->unit);
  }
  if (arg->type <= SQ_TYPE_BOOL && (arg->optional || kind == SQ_ROW_VALUE)) {
    sq_number_format(arg->def, number, sizeof number);
    fprintf(file, ", default %s", number);
  }
  if (arg->optional)
    fprintf(file, ", optional");
}

static void write_row(const SqRow *row, FILE *file) {
  static const char *const classes[] = {"moves per frame", "moves per event", "not automatable"};
  char usage[SQ_USAGE_TEXT];
  sq_describe_usage(row, usage, sizeof usage);
  fprintf(file, "\n`%s`  \n%s", usage, row->help ? row->help : "");
  fprintf(file, " (%s, access: %s", sq_describe_kind(row->kind), sq_describe_access(row->access));
  if (row->kind == SQ_ROW_VALUE && row->n_args > 0 && !row->read_only)
    fprintf(file, ", %s", classes[row->args[0].value_class]);
  fprintf(file, "%s%s)\n", row->read_only ? ", read only" : "", row->timed ? ", may be timed" : "");
  for (uint8_t i = 0; i < row->n_args; i++) {
    const SqArgSpec *arg = &row->args[i];
    fprintf(file, "- `%s`: %s", arg->name, sq_describe_type(arg->type));
    write_bounds(arg, row->kind, file);
    fprintf(file, "%s%s\n", arg->help ? ". " : "", arg->help ? arg->help : "");
  }
  if (row->rest_help)
    fprintf(file, "- then %s: %s\n", row->rest == SQ_REST_PAIRS ? "pairs" : "any", row->rest_help);
  if (row->replies)
    fprintf(file, "- replies: %s\n", row->replies);
}

/// The first part of an address, by which the page is divided: "/source/add" -> "/source".
static size_t section_of(const char *address) {
  return 1 + strcspn(address + 1, "/");
}

static void write_families(const SqContract *contract, FILE *file) {
  for (size_t i = 0; i < contract->n_families; i++) {
    const SqAddressFamily *family = &contract->families[i];
    fprintf(file, "- `%s`: %s In full:", family->word, family->help);
    for (const char *const *prefix = family->prefixes; *prefix; prefix++)
      fprintf(file, "%s `%s`", prefix == family->prefixes ? "" : ",", *prefix);
    fprintf(file, "\n");
  }
  if (contract->n_families)
    fprintf(file, "\n");
}

static void write_head(FILE *file) {
  fprintf(file, "# The OSC addresses of squeezed\n\n"
                "Made by `squeezed --dump-namespace md` from the rows in the program; it lists what works and nothing "
                "else.\n\n"
                "Arguments: `i` integer, `f` float, `d` double or decimal string, `s` text, `b` blob, `*` anything. "
                "Any number, `T`, `F` or numeric text is taken for a number. `[k v …]` are pairs of key and value.\n\n"
                "| code | symbol |\n|---|---|\n");
  for (int code = SQ_BAD_ADDRESS; code <= SQ_INTERNAL; code++)
    fprintf(file, "| %d | %s |\n", code, sq_status_symbol((SqStatus)code));
  fprintf(file, "\nNo object can be named:");
  for (unsigned i = 0; sq_name_reserved_at(i); i++)
    fprintf(file, "%s %s", i ? "," : "", sq_name_reserved_at(i));
  fprintf(file, ".\n");
}

SqStatus sq_describe_markdown(const SqContract *contract, FILE *file) {
  const SqRow **rows = sq_describe_sorted(contract);
  const char *section = "";
  size_t length = 0;
  if (!rows)
    return SQ_LIMIT;
  write_head(file);
  write_families(contract, file);
  for (size_t i = 0; i < contract->n; i++) {
    const char *address = rows[i]->address;
    if (section_of(address) != length || strncmp(address, section, length) != 0) {
      section = address;
      length = section_of(address);
      fprintf(file, "\n## `%.*s`\n", (int)length, section);
    }
    write_row(rows[i], file);
  }
  free(rows);
  return ferror(file) || fflush(file) != 0 ? SQ_IO : SQ_OK;
}
