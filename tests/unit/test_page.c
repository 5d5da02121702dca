// SPDX-License-Identifier: Apache-2.0
/* Proves: the page is closed and quoted as XML whatever the traces hold, hostile texts and numbers
 * that are none included; hostile texts change none of its elements; nothing in it has an address
 * outside the page; the numbers of the summary are on it with their intervals; curves are over what
 * a part varies, samples that follow from d aside; axes have round ticks within their ends; the
 * roofline counts the flop and bytes of docs/PERFORMANCE.md. Fails if a text is written unescaped,
 * a number that is not finite becomes a place, an implausible rate gets a bar, a trace named twice
 * is taken, or a tick leaves its axis. tests/cli/page.sh and browser.sh look at whole pages. */
#include <ctype.h>

#include "compare_fixture.h"
#include "report/html.h"
#include "report/page.h"
#include "report/pageroofline.h"
#include "report/svg.h"

static const char evil[] = "\"'></p></svg><script>pwned()</script><img src=x onerror=pwned()>"
                           "&amp; \x1b[31m \xE2\x80\xAE ]]> --> \xff\x01";

TestSuite(page, .fini = clear_all);

static int code;

static char *page_of(size_t n) {
  static const char *const paths[] = {"a.gz", "b.gz", "c.gz"};
  FILE *out = open_memstream(&taken, &n_taken);
  cr_assert(rb_page_write(traces, paths, n, NULL, out, &code, &err), "%s", err.text);
  fclose(out);
  return taken;
}

/* The page of what was added since the last trace. */
static char *page_of_built(void) {
  end_trace();
  return page_of(n_traces);
}

/* ---- a reader of elements ---- */

enum { MOST_OPEN = 64, NAME_ROOM = 24 };

typedef struct reader {
  char open[MOST_OPEN][NAME_ROOM];
  size_t n_open, n_elements;
  uint64_t hash; /* of the names of the elements, in order */
} reader;

static const char *read_name(const char *at, char name[NAME_ROOM]) {
  size_t n = 0;
  for (; isalnum((unsigned char)*at) || *at == '-' || *at == ':'; at++)
    if (n + 1 < NAME_ROOM)
      name[n++] = *at;
  name[n] = '\0';
  cr_assert(n > 0, "no name at %.40s", at);
  return at;
}

static bool is_reference(const char *at) {
  static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#9;", "&#10;", "&#13;"};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (strncmp(at, known[i], strlen(known[i])) == 0)
      return true;
  return false;
}

static void expect_byte(const char *at) {
  unsigned char byte = (unsigned char)*at;
  cr_assert((byte >= 0x20 && byte != 0x7F) || byte == '\n', "byte %d at %.40s", byte, at);
  cr_assert(byte != '&' || is_reference(at), "at %.40s", at);
}

/* ` name="value"`: no handler, and an address only in the page. */
static const char *read_attribute(const char *at) {
  char name[NAME_ROOM];
  at = read_name(at, name);
  cr_assert(strncmp(at, "=\"", 2) == 0, "at %.40s", at);
  cr_assert(strncmp(name, "on", 2) != 0 && strcmp(name, "src") != 0 && strcmp(name, "style") != 0);
  cr_assert(strcmp(name, "href") != 0 || at[2] == '#' || strncmp(at, "=\"data:,\"", 9) == 0,
            "at %.60s", at);
  bool place = strlen(name) <= 2 && strchr("xy", name[0]);
  for (at += 2; *at != '"'; at++) {
    cr_assert(*at && *at != '<', "at %.40s", at);
    cr_assert(!place || strchr("0123456789.-%", *at), "a place: %.40s", at);
    expect_byte(at);
  }
  return at + 1;
}

static const char *read_tag(const char *at, reader *to) {
  char name[NAME_ROOM];
  bool closes = *at == '/';
  at = read_name(at + closes, name);
  if (closes) {
    cr_assert(to->n_open > 0 && strcmp(to->open[--to->n_open], name) == 0, "</%s> at %.60s", name,
              at);
    return at;
  }
  to->n_elements++;
  for (const char *c = name; *c; c++)
    to->hash = (to->hash ^ (unsigned char)*c) * 1099511628211u; /* FNV-1a */
  while (*at == ' ' || *at == '\n') {
    while (*at == ' ' || *at == '\n')
      at++;
    at = read_attribute(at);
  }
  if (*at == '/')
    return at + 1;
  cr_assert(to->n_open < MOST_OPEN);
  snprintf(to->open[to->n_open++], NAME_ROOM, "%s", name);
  return at;
}

static reader read_page(const char *page) {
  static const char doctype[] = "<!DOCTYPE html>\n";
  reader of = {.hash = 14695981039346656037u};
  cr_assert(strncmp(page, doctype, strlen(doctype)) == 0);
  for (const char *at = page + strlen(doctype); *at; at++) {
    if (*at != '<') {
      expect_byte(at);
      cr_assert(of.n_open > 0 || *at == '\n', "outside of all elements: %.40s", at);
      continue;
    }
    at = read_tag(at + 1, &of);
    cr_assert_eq(*at, '>', "at %.40s", at);
  }
  cr_assert_eq(of.n_open, 0, "%s is open", of.n_open ? of.open[of.n_open - 1] : "");
  return of;
}

/* ---- traces ---- */

/* Every kind of cell, with `text` wherever a trace has a text of its own; phase is a short one. */
static void add_all(const char *text, const char *phase) {
  rb_record *run = add_run(8);
  rb_record_text(run, RB_F_suite, text);
  rb_record_text(run, RB_F_command, text);
  rb_record_texts(run, RB_F_host, "cpu", text);
  rb_record_texts(run, RB_F_libraries, text, text);
  rb_record_text(records[n_records - 1], RB_F_device_name, text); /* of the roof */
  for (uint64_t T = 1; T <= 4; T++) {
    rb_record *timed = add_timed(T, 90 + (double)T),
              *learned = add_learned(3 * T, 1, 1 / (double)T);
    rb_record *both[] = {timed, learned};
    for (int i = 0; i < 2; i++) {
      rb_record_text(both[i], RB_F_device_name, text);
      rb_record_text(both[i], RB_F_platform, text);
      rb_record_text(both[i], RB_F_driver, text);
      rb_record_text(both[i], RB_F_variant, text);
      rb_record_texts(both[i], RB_F_build_options, text, text);
    }
    rb_record_map(timed, RB_F_phases, phase, 1e5);
    rb_record_text(learned, RB_F_part, text);
  }
  rb_record *failed = add_timed(9, 90);
  rb_record_text(failed, RB_F_status, "failed");
  rb_record_text(failed, RB_F_reason, text);
  rb_record_text(add_searched("n", "multitask", 64, 100), RB_F_part, text);
  rb_record_text(add_searched("n", "random", 64, NAN), RB_F_part, text);
  add_end(5);
}

Test(page, is_whole_and_has_the_numbers) {
  add_all("plain", "extra");
  char *page = page_of_built();
  read_page(page);
  cr_expect_eq(code, RB_DONE);
  expect_in(page, "<title>relubench: plain on plain</title>");
  expect_in(page, "94.0 GFLOP/s (92.2..94.9), 49 % of the roof");
  expect_in(page, "1.00 ms (0.99..1.02)");
  expect_in(page, "192 GFLOP/s");
  expect_in(page, "<desc id=\"d1\">");
  expect_in(page, "T, tasks");
  expect_in(page, "<b>Verdict</b> (open)");
  expect_in(page, "What is not ok");
  expect_in(page, "aria-label=\"generate 10 %, product 70 %, extra 10 %, other 10 %\"");
  free(page);
}

Test(page, hostile_texts_change_no_element) {
  add_all("plain", "extra");
  char *page = page_of_built();
  reader plain = read_page(page);
  free(page);
  clear_all();
  add_all(evil, "<i a=\"&");
  page = page_of_built();
  reader hostile = read_page(page);
  cr_expect_eq(plain.n_elements, hostile.n_elements, "%zu and %zu", plain.n_elements,
               hostile.n_elements);
  cr_expect_eq(plain.hash, hostile.hash);
  expect_not_in(page, "<script");
  expect_not_in(page, "<img");
  expect_in(page, "&lt;script&gt;pwned()&lt;/script&gt;");
  free(page);
}

Test(page, texts) {
  FILE *out = open_memstream(&taken, &n_taken);
  rb_html_text(out, "<a b=\"c\">&\n\x1b\xff");
  rb_html_text(out, NULL);
  rb_html_sentence(out, "p class=\"x\"", strdup("1 < 2"));
  rb_html_sentence(out, "p", NULL);
  fclose(out);
  expect_same(taken, "&lt;a b=&quot;c&quot;&gt;&amp;&#10;\\x1b\\xff<p class=\"x\">1 &lt; 2</p>\n");
}

Test(page, numbers_that_are_none) {
  const double hostile[] = {NAN, INFINITY, -1, 0, 1e308, 5e-324};
  add_run(40);
  for (uint64_t i = 0; i < 6; i++)
    for (uint64_t j = 0; j < 6; j++) {
      rb_record *timed = add_timed(1 + 6 * i + j, 100), *learned = add_learned(1 + 6 * i + j, 1, 1);
      double a = hostile[i], b = hostile[j];
      rb_record_spread(timed, RB_F_time_ns, (rb_spread){a, b, a, 12});
      rb_record_real(timed, RB_F_gflops, a);
      rb_record_real(timed, RB_F_roof_fraction, b);
      rb_record_integer(timed, RB_F_d, j % 2 ? UINT64_MAX : 0);
      rb_record_real(learned, RB_F_ratio, a);
      rb_record_real(learned, RB_F_sin_theta, b);
      rb_record_real(learned, RB_F_alignment, a);
      add_roof("pci:01", a, b);
    }
  char *page = page_of_built();
  read_page(page);
  expect_not_in(page, "=\"nan");
  expect_not_in(page, "=\"-nan");
  expect_not_in(page, "=\"inf");
  free(page);
}

Test(page, rates_above_the_roof_have_no_bar) {
  add_run(1);
  add_timed(1, 400);
  char *page = page_of_built();
  read_page(page);
  expect_not_in(page, "<dt>fastest</dt>");
  expect_not_in(page, "Rate against the roof");
  expect_not_in(page, "Roofline");
  free(page);
}

Test(page, empty_traces) {
  char *page = page_of_built(); /* not even a header */
  read_page(page);
  cr_expect_eq(code, RB_INCONCLUSIVE);
  expect_in(page, "This trace has no cells");
  free(page);
}

Test(page, several_traces) {
  static const char *const twice[] = {"a.gz", "a.gz"};
  begin_trace("pci:01");
  add_work("pci:01", 4, 1e6, 0.01);
  end_trace();
  begin_trace("pci:02");
  add_work("pci:02", 4, 5e5, 0.01);
  rb_record_text(records[0], RB_F_run_id, "ffee");
  char *page = page_of_built();
  read_page(page);
  expect_in(page, "Rate of system 2 over that of system 1");
  expect_in(page, "2.00 (1.9");
  expect_in(page, "id=\"trace2\"");
  free(page);
  const rb_trace same[] = {traces[0], traces[0]};
  FILE *out = open_memstream(&taken, &n_taken);
  cr_expect_not(rb_page_write(same, twice, 2, NULL, out, &code, &err));
  cr_expect_eq(err.kind, RB_USAGE);
  fclose(out);
  free(taken);
}

Test(page, curves_over_what_varies) {
  add_run(6);
  for (uint64_t i = 0; i < 3; i++)
    for (uint64_t seed = 1; seed <= 2; seed++) {
      rb_record *cell = add_learned(100, seed, 0.2 + 0.1 * (double)seed);
      rb_record_integer(cell, RB_F_d, 32u << i);
      rb_record_integer(cell, RB_F_n1, 320u << i);
      rb_record_integer(cell, RB_F_n2, 320u << i);
    }
  char *page = page_of_built();
  expect_in(page, "d, dimension of the input");
  expect_in(page, "1 curves; the first from 0.350 at d = 32 to 0.350 at d = 128");
  expect_in(page, "<title>d = 64: 0.350 (0.300..0.400)</title>");
  free(page);
}

/* In [0, 1): base/philox.h and report/stream.h have a type of one name, so this is Knuth's MMIX. */
static double drawn(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return (double)(*state >> 11) / 9007199254740992.0;
}

Test(page, axes) {
  uint64_t state = 5;
  for (int i = 0; i < 20000; i++) {
    bool log = i % 2;
    double lo = log ? pow(10, 40 * drawn(&state) - 20) : 2e3 * drawn(&state) - 1e3;
    double hi = log ? lo * pow(10, 12 * drawn(&state)) : lo + 1e3 * drawn(&state);
    rb_svg_axis axis = rb_svg_axis_over(lo, hi, log, 200, 0);
    rb_svg_tick ticks[RB_SVG_TICKS];
    size_t n = rb_svg_ticks(&axis, 6, ticks);
    cr_assert(n >= 1 && n <= 9, "%zu ticks over %g..%g", n, axis.lo, axis.hi);
    for (size_t j = 0; j < n; j++) {
      double at = rb_svg_place(&axis, ticks[j].value);
      cr_assert(ticks[j].value >= axis.lo && ticks[j].value <= axis.hi);
      cr_assert(at >= 0 && at <= 200);
      cr_assert(j == 0 || at < rb_svg_place(&axis, ticks[j - 1].value));
    }
  }
  const double ends[] = {NAN, -INFINITY, INFINITY, 0, -1, 1, -1e308, 1e308, 1e-300, 5e-324};
  for (int i = 0; i < 10; i++)
    for (int j = 0; j < 20; j++) {
      rb_svg_axis axis = rb_svg_axis_over(ends[i], ends[j / 2], j % 2, 0, 100);
      rb_svg_tick ticks[RB_SVG_TICKS];
      size_t n = rb_svg_ticks(&axis, 6, ticks);
      double at = rb_svg_place(&axis, 3);
      cr_expect(isfinite(j % 2 ? axis.hi / axis.lo : axis.hi - axis.lo) && axis.lo < axis.hi,
                "%g..%g", axis.lo, axis.hi);
      cr_expect(at >= 0 && at <= 100 && n >= 1 && n <= 9, "%g..%g: %zu ticks", ends[i], ends[j / 2],
                n);
    }
}

Test(page, intensity) {
  add_run(1);
  rb_record *cell = add_timed(4, 90); /* d = 50, m = 64, n1 = n2 = 500 */
  double flop = 6 * 4 * 500.0 * 50 * 64, bytes = 2 * 4 * 500.0 * 4 * (2 * 50 + 4 * 64);
  cr_expect_float_eq(rb_pageroofline_intensity(cell), flop / bytes, 1e-12);
  rb_record_integer(cell, RB_F_d, UINT64_MAX);
  cr_expect(isnan(rb_pageroofline_intensity(cell)));
  rb_record_integer(cell, RB_F_d, 2); /* below r */
  cr_expect(isnan(rb_pageroofline_intensity(cell)));
}
