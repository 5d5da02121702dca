// SPDX-License-Identifier: Apache-2.0
#include "report/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/html.h"
#include "report/pageback.h"
#include "report/pagecompare.h"
#include "report/pagedata.h"
#include "report/pagefront.h"
#include "report/pagegate.h"
#include "report/pagelearned.h"
#include "report/pagerates.h"
#include "report/pagerounds.h"
#include "report/pagestar.h"
#include "report/pagestyle.h"
#include "report/phrase.h"
#include "report/svg.h"

/* "relubench: quick on NAME", or how many traces there are; owned by the caller. */
static bool make_title(const rb_pagedata *page, char **out, rb_err *err) {
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  fputs("relubench: ", t.to);
  if (page->n_traces == 1)
    rb_pagefront_name(page, 0, t.to);
  else
    fprintf(t.to, "%zu runs", page->n_traces);
  return rb_phrase_close(&t, err);
}

/* The policy forbids whatever a page could load or run: that nothing in it asks for any is a
 * promise that a browser then keeps. The empty icon keeps browsers from asking a server for one. */
static void put_head(const char *title, FILE *out) {
  fputs("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
        "<meta charset=\"utf-8\"/>\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "style-src 'unsafe-inline'; img-src data:\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
        "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
        "<meta name=\"referrer\" content=\"no-referrer\"/>\n"
        "<link rel=\"icon\" href=\"data:,\"/>\n<title>",
        out);
  rb_html_label(out, title);
  fputs("</title>\n<style>\n", out);
  for (size_t i = 0; rb_pagestyle[i]; i++)
    fputs(rb_pagestyle[i], out);
  fputs("</style>\n</head>\n", out);
}

static void put_links(const rb_pagedata *page, FILE *out) {
  fputs("<nav aria-label=\"Sections\"><ul>\n", out);
  if (page->baseline)
    fputs("<li><a href=\"#regressions\">Regressions</a></li>\n", out);
  if (rb_pagefront_has_devices(page))
    fputs("<li><a href=\"#devices\">Devices</a></li>\n", out);
  if (page->is_compared)
    fputs("<li><a href=\"#comparison\">Comparison</a></li>\n", out);
  for (size_t i = 0; i < page->n_traces; i++) {
    char *name = NULL;
    rb_phrase t;
    rb_err ignored = {0};
    if (!rb_phrase_open(&t, &name, &ignored))
      continue;
    rb_pagefront_name(page, i, t.to);
    if (!rb_phrase_close(&t, &ignored))
      continue;
    fprintf(out, "<li><a href=\"#trace%zu\">", i + 1);
    if (page->n_traces > 1)
      fprintf(out, "%zu: ", i + 1);
    rb_html_label(out, name);
    fputs("</a></li>\n", out);
    free(name);
  }
  if (page->stream.n_rows)
    fputs("<li><a href=\"#cells\">Every cell</a></li>\n", out);
  fputs("<li><a href=\"#settings\">Settings</a></li>\n</ul></nav>\n", out);
}

static bool put_trace(rb_pagedata *page, size_t trace, FILE *out, rb_err *err) {
  fputs("<section>\n", out);
  bool ok = rb_pagefront_heading(page, trace, out, err) &&
            rb_pageback_troubles(page, trace, out, err) &&
            rb_pagerates_put(page, trace, out, err) && rb_pagelearned_put(page, trace, out, err) &&
            rb_pagerounds_put(page, trace, out, err) && rb_pagestar_put(page, trace, out, err) &&
            rb_pageback_checks(page, trace, out, err);
  if (ok && page->loads[trace].n_cells == 0)
    fputs("<p>This trace has no cells.</p>\n", out);
  fputs("</section>\n", out);
  return ok;
}

static bool put_body(rb_pagedata *page, const char *title, FILE *out, rb_err *err) {
  fputs("<body>\n", out);
  rb_svg_defs(out);
  fputs("<header>\n<h1>", out);
  rb_html_label(out, title);
  fputs("</h1>\n<p class=\"soft\">Multitask ReLU pretraining on OpenCL devices; every rate is of a "
        "result that was verified before it was timed. Intervals are of 95 %.</p>\n",
        out);
  put_links(page, out);
  fputs("</header>\n<main>\n", out);
  bool ok = rb_pagegate_put(page, out, err) && rb_pagefront_glance(page, out, err) &&
            rb_pagefront_devices(page, out, err) && rb_pagecompare_put(page, out, err);
  for (size_t i = 0; ok && i < page->n_traces; i++)
    ok = put_trace(page, i, out, err);
  ok = ok && rb_pageback_cells(page, out, err) && rb_pageback_settings(page, out, err);
  fputs("</main>\n<footer>Made by <code>relubench report</code> from the traces alone. This page "
        "has no scripts and loads nothing. docs/METHOD.md says what the numbers mean and what not "
        "to conclude.</footer>\n</body>\n</html>\n",
        out);
  return ok;
}

bool rb_page_write(const rb_trace *traces, const char *const *paths, size_t n,
                   const rb_page_baseline *baseline, FILE *out, int *code, rb_err *err) {
  rb_pagedata page = {0};
  char *title = NULL;
  bool ok =
      rb_pagedata_make(traces, paths, n, baseline, &page, err) && make_title(&page, &title, err);
  *code = page.stream.n_rows ? RB_DONE : RB_INCONCLUSIVE;
  if (ok) {
    put_head(title, out);
    ok = put_body(&page, title, out, err);
  }
  if (ok && (fflush(out) != 0 || ferror(out)))
    ok = rb_fail(err, RB_FAILED, "cannot write the page: %s", strerror(errno));
  free(title);
  rb_pagedata_free(&page);
  return ok;
}
