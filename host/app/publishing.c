// SPDX-License-Identifier: Apache-2.0
#include "app/publishing.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "app/suitefile.h"
#include "base/mem.h"
#include "study/names.h"
#include "study/plan.h"

typedef struct work {
  rb_suite suite;
  rb_plan plan;
  rb_publish_cell *cells;
  int backend;
  bool ok;
  rb_err err; /* why there is no plan */
} work;

/* An override as the header of a trace has it: "-a T=1,10" or "-b native". Untrusted. */
static void apply(void *context, const char *key, double value, const char *text) {
  work *w = context;
  (void)key, (void)value;
  if (!w->ok)
    return;
  if (strncmp(text, "-b ", 3) == 0) {
    w->backend = rb_names_find(text + 3, rb_backend_names);
    w->ok = w->backend >= 0 ||
            rb_fail(&w->err, RB_USAGE, "its backend '%.60s' is none of this program", text + 3);
  } else if (strncmp(text, "-a ", 3) == 0) {
    w->ok = rb_suite_override(&w->suite, text + 3, &w->err);
  } else {
    w->ok = rb_fail(&w->err, RB_USAGE, "its override '%.60s' is none of this program", text);
  }
}

/* A name from a trace must not lead anywhere but to the folders of suites. */
static bool is_name(const char *name) {
  size_t n = strlen(name);
  return n > 0 && n < 64 && name[0] != '.' && strchr(name, '/') == NULL &&
         (n < 5 || strcmp(name + n - 5, ".yaml") != 0);
}

static bool make_plan(work *w, const rb_record *run) {
  char path[PATH_MAX];
  const char *name = run ? rb_record_get_text(run, RB_F_suite) : NULL;
  w->backend = -1;
  w->ok = (name && is_name(name)) || rb_fail(&w->err, RB_USAGE, "its suite has no name to find");
  w->ok = w->ok && rb_suitefile_find(name, path, sizeof path, &w->err) &&
          rb_suite_read(path, &w->suite, &w->err);
  if (w->ok)
    rb_record_each(run, RB_F_overrides, apply, w);
  w->ok = w->ok && rb_plan_make(&w->suite, w->backend, &w->plan, &w->err);
  w->ok = w->ok && rb_alloc((void **)&w->cells, w->plan.n_cells, sizeof *w->cells,
                            "cells of a suite", &w->err);
  for (size_t i = 0; w->ok && i < w->plan.n_cells; i++)
    w->cells[i] = (rb_publish_cell){w->plan.cells[i].part->name, w->plan.cells[i].id};
  return w->ok;
}

bool rb_publishing_judge(const char *path, const rb_verify_report *report, rb_publish *out,
                         rb_err *err) {
  rb_trace trace = {0};
  rb_load load = {0};
  rb_err unreadable;
  work w = {.ok = false};
  if (!rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &unreadable))
    return rb_publish_judge(path, report, NULL, &(rb_publish_plan){0}, out, err);
  bool ok = rb_load_trace(&trace, false, &load, err);
  if (ok) {
    rb_publish_plan plan = {0};
    if (make_plan(&w, load.run))
      plan = (rb_publish_plan){w.cells, w.plan.n_cells, w.suite.hash, NULL};
    else
      plan.problem = w.err.text;
    ok = rb_publish_judge(path, report, &load, &plan, out, err);
  }
  free(w.cells);
  rb_plan_free(&w.plan);
  rb_suite_free(&w.suite);
  rb_load_free(&load);
  rb_trace_free(&trace);
  return ok;
}
