// SPDX-License-Identifier: Apache-2.0
#include "report/pagefront.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/devices.h"
#include "report/figure.h"
#include "report/head.h"
#include "report/html.h"
#include "report/phrase.h"
#include "report/star.h"
#include "report/warning.h"

static const char *text_of(const rb_record *record, rb_field field, const char *otherwise) {
  const char *text = record ? rb_record_get_text(record, field) : NULL;
  return text ? text : otherwise;
}

void rb_pagefront_name(const rb_pagedata *page, size_t trace, FILE *out) {
  const rb_record *devices[RB_MAX_DEVICES];
  size_t n = rb_devices_find(&page->loads[trace], devices);
  fputs(text_of(page->loads[trace].run, RB_F_suite, "cells"), out);
  if (n == 1)
    fprintf(out, " on %s", rb_devices_name(devices[0]));
  else if (n > 1)
    fprintf(out, " on %zu devices", n);
}

bool rb_pagefront_heading(const rb_pagedata *page, size_t trace, FILE *out, rb_err *err) {
  char *text = NULL;
  rb_phrase t;
  if (!rb_phrase_open(&t, &text, err))
    return false;
  if (page->n_traces > 1)
    fprintf(t.to, "%zu: ", trace + 1);
  rb_pagefront_name(page, trace, t.to);
  if (!rb_phrase_close(&t, err))
    return false;
  fprintf(out, "<h2 id=\"trace%zu\">", trace + 1);
  rb_html_label(out, text);
  fputs("</h2>\n", out);
  free(text);
  return true;
}

/* ---- headline numbers ---- */

static void put_card(FILE *out, const char *what, const char *number, const char *more) {
  fputs("<div class=\"card\"><dt>", out);
  rb_html_text(out, what);
  fputs("</dt><dd><b>", out);
  rb_html_text(out, number);
  fputs("</b> ", out);
  rb_html_text(out, more);
  fputs("</dd></div>\n", out);
}

/* The row whose measure is the best among the timed ones; NULL: none has it. */
static const rb_load_row *find_fastest(const rb_pagedata *page, const rb_load *load, rb_err *err,
                                       bool *ok) {
  const rb_load_row *best = NULL;
  double most = 0, values[3];
  for (size_t i = 0; *ok && i < load->n_rows; i++) {
    if (strcmp(rb_load_mode(load->rows[i].cells[0]), "time") != 0)
      continue;
    *ok = rb_pagedata_measure(page, &load->rows[i], RB_STREAM_gflops, values, err);
    if (*ok && values[0] > most) {
      most = values[0];
      best = &load->rows[i];
    }
  }
  return best;
}

static bool put_fastest(const rb_pagedata *page, const rb_load *load, FILE *out, rb_err *err) {
  static const struct {
    rb_stream_measure measure;
    const char *what;
  } cards[] = {{RB_STREAM_gflops, "fastest"},
               {RB_STREAM_roof_fraction, "of the roof"},
               {RB_STREAM_samples_per_s, "samples/s"},
               {RB_STREAM_time_ns, "one round"}};
  bool ok = true, has = false;
  char figure[RB_FIGURE_ROOM], *name = NULL;
  const rb_load_row *row = find_fastest(page, load, err, &ok);
  rb_phrase t;
  if (!ok || !row)
    return ok;
  if (!rb_phrase_open(&t, &name, err))
    return false;
  rb_load_name(load, row->cells[0], false, t.to);
  ok = rb_phrase_close(&t, err);
  for (size_t i = 0; ok && i < sizeof cards / sizeof cards[0]; i++) {
    ok = rb_pagedata_figure(page, row, cards[i].measure, figure, &has, err);
    size_t split = strcspn(figure, "(");
    char number[RB_FIGURE_ROOM];
    snprintf(number, sizeof number, "%.*s", (int)split, figure);
    if (ok && has)
      put_card(out, cards[i].what, number,
               i               ? figure + split
               : figure[split] ? figure + split
                               : "");
  }
  if (ok && name) {
    fputs("<div class=\"card\"><dt>fastest case</dt><dd>", out);
    rb_html_label(out, name);
    fputs("</dd></div>\n", out);
  }
  free(name);
  return ok;
}

static double worst_error(const rb_load *load) {
  double worst = NAN;
  for (size_t i = 0; i < load->n_cells; i++)
    worst = fmax(worst, rb_load_error(load->cells[i]));
  return worst;
}

static bool put_star(const rb_load *load, FILE *out, rb_err *err) {
  char *text = NULL;
  rb_phrase t;
  if (!rb_phrase_open(&t, &text, err))
    return false;
  rb_star_headline(load, t.to);
  if (!rb_phrase_close(&t, err))
    return false;
  if (text)
    put_card(out, "a new task needs", "", text + strspn(text, "; "));
  free(text);
  return true;
}

static bool put_warnings(const rb_load *load, FILE *out, rb_err *err) {
  bool ok = true;
  for (int i = 0; ok && i < RB_N_WARNINGS; i++) {
    char *text = NULL;
    ok = rb_warning_text(load, (rb_warning)i, &text, err);
    if (ok && text)
      fputs("<p class=\"warning\"><b>Warning</b>: ", out);
    rb_html_text(out, text);
    fputs(ok && text ? "</p>\n" : "", out);
    free(text);
  }
  return ok;
}

static bool put_counts(const rb_load *load, FILE *out, rb_err *err) {
  char *text = NULL, number[RB_FIGURE_ROOM], error[RB_FIGURE_ROOM];
  rb_phrase t;
  if (!rb_phrase_open(&t, &text, err))
    return false;
  rb_head_counts(load, t.to);
  if (!rb_phrase_close(&t, err))
    return false;
  size_t split = text ? strcspn(text, "c") : 0; /* "24 of 24 |cells verified" */
  snprintf(number, sizeof number, "%.*s", (int)split, text ? text : "");
  put_card(out, "result", number, text ? text + split : "");
  free(text);
  rb_figure_one(error, RB_FIGURE_PLAIN, worst_error(load), "");
  if (isfinite(worst_error(load)))
    put_card(out, "worst error", error, "of the tolerance");
  return true;
}

bool rb_pagefront_glance(const rb_pagedata *page, FILE *out, rb_err *err) {
  bool ok = true;
  if (page->baseline)
    fputs("<h2>At a glance</h2>\n", out);
  for (size_t i = 0; ok && i < page->n_traces; i++) {
    char *name = NULL;
    rb_phrase t;
    if (!rb_phrase_open(&t, &name, err))
      return false;
    if (page->n_traces > 1)
      fprintf(t.to, "%zu: ", i + 1);
    rb_pagefront_name(page, i, t.to);
    ok = rb_phrase_close(&t, err);
    fputs("<h3>", out);
    rb_html_label(out, name);
    fputs("</h3>\n", out);
    free(name);
    fputs("<dl class=\"cards\">\n", out);
    ok = ok && put_counts(&page->loads[i], out, err) &&
         put_fastest(page, &page->loads[i], out, err) && put_star(&page->loads[i], out, err);
    fputs("</dl>\n", out);
    ok = ok && put_warnings(&page->loads[i], out, err);
  }
  return ok;
}

/* ---- devices ---- */

enum { AT_TRACE, AT_NAME, AT_PLATFORM, AT_DRIVER, AT_FMA, AT_COPY, AT_PROBES, AT_CPU };
static const rb_column device_columns[] = {
    {.name = "trace", .type = RB_COLUMN_INTEGER},
    {.name = "device", .type = RB_COLUMN_TEXT},
    {.name = "platform", .type = RB_COLUMN_TEXT},
    {.name = "driver", .type = RB_COLUMN_TEXT},
    {.name = "compute roof", .type = RB_COLUMN_REAL, .unit = "GFLOP/s", .ranged = true},
    {.name = "copy roof", .type = RB_COLUMN_REAL, .unit = "GB/s", .ranged = true},
    {.name = "probes", .type = RB_COLUMN_INTEGER},
    {.name = "processor of the host", .type = RB_COLUMN_TEXT},
};

static void find_cpu(void *context, const char *key, double value, const char *text) {
  (void)value;
  if (strcmp(key, "cpu") == 0)
    *(const char **)context = text;
}

static void put_device(const rb_pagedata *page, size_t trace, const rb_record *device,
                       rb_table *table) {
  const rb_load *load = &page->loads[trace];
  const char *cpu = NULL;
  double fma[3], copy[3];
  size_t n = rb_devices_roof(load, device, RB_F_roof_gflops, fma);
  size_t n_copy = rb_devices_roof(load, device, RB_F_roof_gb_per_s, copy);
  if (load->run)
    rb_record_each(load->run, RB_F_host, find_cpu, &cpu);
  rb_table_row(table);
  rb_table_integer(table, AT_TRACE, trace + 1);
  rb_table_text(table, AT_NAME, rb_devices_name(device));
  rb_table_text(table, AT_PLATFORM, rb_record_get_text(device, RB_F_platform));
  rb_table_text(table, AT_DRIVER, rb_record_get_text(device, RB_F_driver));
  rb_table_range(table, AT_FMA, fma);
  rb_table_range(table, AT_COPY, copy);
  if (n || n_copy)
    rb_table_integer(table, AT_PROBES, n > n_copy ? n : n_copy);
  rb_table_text(table, AT_CPU, cpu);
}

bool rb_pagefront_has_devices(const rb_pagedata *page) {
  const rb_record *devices[RB_MAX_DEVICES];
  for (size_t i = 0; i < page->n_traces; i++)
    if (rb_devices_find(&page->loads[i], devices))
      return true;
  return false;
}

bool rb_pagefront_devices(const rb_pagedata *page, FILE *out, rb_err *err) {
  enum { N = sizeof device_columns / sizeof device_columns[0] };
  rb_table *table = NULL;
  bool ok = rb_table_open(device_columns, N, &table, err);
  for (size_t i = 0; ok && i < page->n_traces; i++) {
    const rb_record *devices[RB_MAX_DEVICES];
    size_t n = rb_devices_find(&page->loads[i], devices);
    for (size_t j = 0; j < n; j++)
      put_device(page, i, devices[j], table);
  }
  if (ok && rb_table_rows(table)) {
    for (size_t i = AT_PLATFORM; i < N; i++)
      if (rb_table_is_empty(table, i))
        rb_table_hide(table, i);
    if (page->n_traces == 1)
      rb_table_hide(table, AT_TRACE);
    fputs("<h2 id=\"devices\">Devices</h2>\n", out);
    ok = rb_table_html(table,
                       "Roofs are what probes of the same run reached: the best, with the "
                       "range over the probes; rates are compared with the best.",
                       out, err);
  }
  rb_table_free(table);
  return ok;
}
