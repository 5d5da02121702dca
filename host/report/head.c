// SPDX-License-Identifier: Apache-2.0
#include "report/head.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/devices.h"
#include "report/wrap.h"

enum { HASH_DIGITS = 12 }; /* of a hash that people see */

/* One wrapped line under way: open_line(), write to memory, close_line(). */
typedef struct words {
  char *text;
  size_t room;
  FILE *memory;
} words;

static bool open_line(words *line, rb_err *err) {
  line->memory = rb_mem_stream(&line->text, &line->room);
  return line->memory || rb_fail(err, RB_FAILED, "out of memory while writing the summary");
}

static bool close_line(words *line, const char *label, FILE *out, rb_err *err) {
  bool ok = fclose(line->memory) == 0 ||
            rb_fail(err, RB_FAILED, "out of memory while writing the summary");
  ok = ok && rb_wrap_put(out, label, line->text, err);
  free(line->text);
  return ok;
}

static const char *text_of(const rb_record *record, rb_field field, const char *otherwise) {
  const char *text = record ? rb_record_get_text(record, field) : NULL;
  return text ? text : otherwise;
}

void rb_head_counts(const rb_load *load, FILE *out) {
  fprintf(out, "%zu of %" PRIu64 " cells verified", load->n_verified, load->n_planned);
  if (load->n_status[RB_STATUS_OK] == load->n_planned)
    return;
  const char *separator = " (";
  for (int i = RB_N_STATUS - 1; i > RB_STATUS_OK; i--)
    if (load->n_status[i]) {
      fprintf(out, "%s%zu %s", separator, load->n_status[i], rb_status_names[i]);
      separator = ", ";
    }
  if (load->n_cells < load->n_planned)
    fprintf(out, "%s%" PRIu64 " not run", separator, load->n_planned - load->n_cells);
  fputc(')', out);
}

bool rb_head_verdict(const rb_load *load, FILE *out, rb_err *err) {
  const rb_record *devices[RB_MAX_DEVICES];
  size_t n = rb_devices_find(load, devices);
  words line;
  if (!open_line(&line, err))
    return false;
  fputs(text_of(load->run, RB_F_suite, "trace"), line.memory);
  if (n == 1) {
    fprintf(line.memory, " on %s", rb_devices_name(devices[0]));
    if (rb_record_has(devices[0], RB_F_driver))
      fprintf(line.memory, ", driver %s", rb_record_get_text(devices[0], RB_F_driver));
  } else if (n > 1)
    fprintf(line.memory, " on %zu devices", n);
  fputs(": ", line.memory);
  rb_head_counts(load, line.memory);
  bool ok = close_line(&line, "", out, err);
  for (size_t i = 0; ok && n > 1 && i < n; i++) {
    ok = open_line(&line, err);
    if (!ok)
      break;
    fprintf(line.memory, "%s, driver %s", rb_devices_name(devices[i]),
            text_of(devices[i], RB_F_driver, "unknown"));
    ok = close_line(&line, "  ", out, err);
  }
  return ok;
}

/* ---- provenance ---- */

/* A line "cpu X; governor Y" under way. */
typedef struct entries {
  FILE *out;
  const char *before; /* what the next entry begins with */
  bool keyed;
} entries;

static void put_entry(void *context, const char *key, double value, const char *text) {
  entries *line = context;
  (void)value;
  fprintf(line->out, "%s%s%s%s", line->before, line->keyed ? key : "", line->keyed ? " " : "",
          text);
  line->before = "; ";
}

static bool put_suite(const rb_record *run, FILE *out, rb_err *err) {
  words line;
  if (!open_line(&line, err))
    return false;
  fprintf(line.memory, "%s, hash %.*s", text_of(run, RB_F_suite, "-"), HASH_DIGITS,
          text_of(run, RB_F_suite_hash, "unknown"));
  rb_record_each(run, RB_F_overrides, put_entry, &(entries){line.memory, ", changed by ", false});
  return close_line(&line, "suite    ", out, err);
}

static bool put_tool(const rb_record *run, FILE *out, rb_err *err) {
  words line;
  if (!open_line(&line, err))
    return false;
  fprintf(line.memory, "relubench %s, revision %.*s; run %.*s of %s",
          text_of(run, RB_F_tool_version, "-"), HASH_DIGITS,
          text_of(run, RB_F_git_revision, "unknown"), HASH_DIGITS,
          text_of(run, RB_F_run_id, "unknown"), text_of(run, RB_F_started, "an unknown time"));
  return close_line(&line, "tool     ", out, err);
}

static bool put_device(const rb_record *device, FILE *out, rb_err *err) {
  words line;
  char both[512];
  const char *id = text_of(device, RB_F_device, "-");
  const char *platform = text_of(device, RB_F_platform, NULL);
  if (!open_line(&line, err))
    return false;
  /* Without UUID or address the identity is "platform / name" already. */
  snprintf(both, sizeof both, "%s / %s", platform ? platform : "", rb_devices_name(device));
  fputs(platform ? both : rb_devices_name(device), line.memory);
  if (strcmp(id, both) != 0 && strcmp(id, rb_devices_name(device)) != 0)
    fprintf(line.memory, "; %s", id);
  return close_line(&line, "device   ", out, err);
}

static bool put_host(const rb_record *run, FILE *out, rb_err *err) {
  words line;
  if (!open_line(&line, err))
    return false;
  rb_record_each(run, RB_F_host, put_entry, &(entries){line.memory, "", true});
  return close_line(&line, "host     ", out, err);
}

bool rb_head_provenance(const rb_load *load, const char *path, FILE *out, rb_err *err) {
  const rb_record *devices[RB_MAX_DEVICES], *run = load->run;
  size_t n = rb_devices_find(load, devices);
  bool ok = !run || (put_suite(run, out, err) && put_tool(run, out, err));
  for (size_t i = 0; ok && i < n; i++)
    ok = put_device(devices[i], out, err);
  ok = ok && (!run || !rb_record_has(run, RB_F_host) || put_host(run, out, err));
  ok = ok && (!run || !rb_record_has(run, RB_F_command) ||
              rb_wrap_put(out, "command  ", rb_record_get_text(run, RB_F_command), err));
  return ok && (!path || rb_wrap_put(out, "trace    ", path, err));
}
