// SPDX-License-Identifier: Apache-2.0
/* Proves: a suite is read with every value's line and column, defaults included; every kind of bad
 * input gives exactly the documented line and place; overrides split, replace, append, hash and
 * keep their origin; hostile input is refused quickly and without a crash, thousands of seeded
 * mutations included (run it under the sanitizers); every shipped suite is read and planned. Fails
 * if a check is dropped, a place shifts, or a bound goes. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/philox.h"
#include "base/sha256.h"
#include "study/plan.h"

static const char good[] = "# comment\n"
                           "suite: good\n"
                           "about: what it shows\n"
                           "schema: 1\n"
                           "parts:\n"
                           "  - part: first\n"
                           "    mode: learn\n"
                           "    d: 50\n"
                           "    T: [1, 2, 10..1000 x10]\n"
                           "    n1: 8*d\n"
                           "    n2:\n"
                           "      - 8*d\n"
                           "      - \"max(8*d, 100)\"\n"
                           "    law: [gaussian, rademacher]\n"
                           "    expect: [ratio < 0.3, sin_theta < r/T]\n"
                           "  - part: second-2.x_\n"
                           "    mode: time\n"
                           "    seed: 1..10\n"
                           "    repetitions: 4*5\n"
                           "    budget_s: 0.5\n"
                           "    width: 1e-2\n"
                           "    expect: alignment > 0.5\n"
                           "  - part: third\n"
                           "    mode: check\n";

static rb_suite parsed(const char *text) {
  rb_suite suite;
  rb_err err = {0};
  cr_assert(rb_suite_parse("suites/good.yaml", text, strlen(text), &suite, &err), "%s", err.text);
  return suite;
}

static void expect_item(const rb_item *item, const char *text, int line, int column) {
  cr_expect_str_eq(item->text, text);
  cr_expect_str_eq(item->place.file, "suites/good.yaml");
  cr_expect_eq(item->place.line, line, "'%s' in line %d", text, item->place.line);
  cr_expect_eq(item->place.column, column, "'%s' in column %d", text, item->place.column);
}

Test(suite, values_and_places) {
  rb_suite s = parsed(good);
  cr_assert_str_eq(s.name, "good");
  cr_assert_str_eq(s.about, "what it shows");
  cr_assert_str_eq(s.path, "suites/good.yaml");
  cr_assert(s.n_parts == 3 && s.n_overrides == 0);
  const rb_part *first = &s.parts[0], *second = &s.parts[1], *third = &s.parts[2];
  cr_assert_str_eq(first->name, "first");
  cr_assert(first->mode == RB_MODE_LEARN && second->mode == RB_MODE_TIME);
  cr_assert(first->place.line == 6 && first->place.column == 5);
  const rb_axis_key keys[] = {RB_AXIS_d, RB_AXIS_T, RB_AXIS_n1, RB_AXIS_n2, RB_AXIS_law};
  const size_t counts[] = {1, 3, 1, 2, 2};
  cr_assert_eq(first->n_axes, 5);
  for (int i = 0; i < 5; i++)
    cr_assert(first->axes[i].key == keys[i] && first->axes[i].n_items == counts[i], "axis %d", i);
  expect_item(&first->axes[0].items[0], "50", 8, 8);
  expect_item(&first->axes[1].items[0], "1", 9, 9);
  expect_item(&first->axes[1].items[2], "10..1000 x10", 9, 15);
  expect_item(&first->axes[2].items[0], "8*d", 10, 9);
  expect_item(&first->axes[3].items[0], "8*d", 12, 9);
  expect_item(&first->axes[3].items[1], "max(8*d, 100)", 13, 9);
  expect_item(&first->axes[4].items[1], "rademacher", 14, 21);
  cr_assert_eq(first->n_expects, 2);
  expect_item(&first->expects[1], "sin_theta < r/T", 15, 27);
  cr_assert(first->repetitions == 10 && first->budget_s == 3 && first->width == .05);
  cr_assert(second->repetitions == 20 && second->budget_s == .5 && second->width == .01);
  cr_assert_eq(second->n_expects, 1);
  cr_assert(third->mode == RB_MODE_CHECK && third->n_axes == 0 && third->n_expects == 0);
  rb_suite_free(&s);
  cr_assert(s.parts == NULL && s.n_parts == 0);
}

Test(suite, hash_is_that_of_the_bytes) {
  rb_suite s = parsed(good);
  char hash[RB_SHA256_ROOM];
  rb_sha256_hex(good, strlen(good), hash);
  cr_assert_str_eq(s.hash, hash);
  rb_suite_free(&s);
}

Test(suite, name_is_the_base_name) {
  static const char text[] = "suite: a.b\nparts: [{part: p, mode: check}]\n";
  static const char *const right[] = {"a.b", "a.b.yaml", "x/a.b.yml", "/y.yaml/a.b.yaml"};
  static const char *const wrong[] = {"b.yaml", "a.yaml", "a.b.c.yaml", "a.b/x.yaml", "A.b.yaml"};
  rb_suite s;
  rb_err err = {0};
  for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
    cr_assert(rb_suite_parse(right[i], text, strlen(text), &s, &err), "%s", err.text);
    cr_assert_str_eq(s.name, "a.b");
    cr_assert_str_eq(s.about, "");
    rb_suite_free(&s);
  }
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    cr_assert(!rb_suite_parse(wrong[i], text, strlen(text), &s, &err), "%s", wrong[i]);
}

static void refuse(const char *text, size_t n, const char *wanted) {
  rb_suite suite;
  rb_err err = {0};
  cr_assert(!rb_suite_parse("suites/x.yaml", text, n, &suite, &err), "taken: %.200s", text);
  cr_assert_eq(err.kind, RB_USAGE);
  cr_expect_str_eq(err.text, wanted, "\n%.200s\ngot    %s\nwanted %s", text, err.text, wanted);
  cr_assert(suite.parts == NULL && suite.name == NULL && suite.path == NULL, "not emptied");
}

typedef struct bad {
  const char *text, *error;
} bad;

Test(suite, bad_documents) {
  static const bad cases[] = {
      {"", "suites/x.yaml:1:1: the file is empty; a suite needs suite: and parts:"},
      {"# only this\n", "suites/x.yaml:1:1: the file is empty; a suite needs suite: and parts:"},
      {"word", "suites/x.yaml:1:1: a suite must be a mapping that begins with suite: NAME"},
      {"- a\n", "suites/x.yaml:1:1: a suite must be a mapping that begins with suite: NAME"},
      {"parts: [{part: p, mode: check}]",
       "suites/x.yaml:1:1: the suite has no name; write suite: NAME, the file's name"},
      {"suite: x\n", "suites/x.yaml:1:1: the suite has no parts:"},
      {"suite: x\nparts: []\n", "suites/x.yaml:2:8: parts is an empty list"},
      {"suite: x\nparts: 3\n", "suites/x.yaml:2:8: parts must be a list of parts"},
      {"suite: x\nparts: {part: p}\n", "suites/x.yaml:2:8: parts must be a list of parts"},
      {"suite: x\nparts: [p]\n",
       "suites/x.yaml:2:9: a part must be a mapping that begins with - part: NAME"},
      {"suite: y\n",
       "suites/x.yaml:1:8: suite 'y' is in a file named 'x.yaml'; the two must agree"},
      {"suite: [x]\n", "suites/x.yaml:1:8: suite must be a single value, not a list"},
      {"suite:\n", "suites/x.yaml:1:7: suite is empty"},
      {"suite: a b\n",
       "suites/x.yaml:1:8: suite name 'a b' must be 1 to 64 letters, digits, - _ or ."},
      {"suite: x\nschema: 2\n",
       "suites/x.yaml:2:9: schema '2' is not known; this version reads schema 1"},
      {"suite: x\nsuite: x\n", "suites/x.yaml:2:1: 'suite' is written twice"},
      {"suite: x\npart: 1\n", "suites/x.yaml:2:1: unknown key 'part'; did you mean 'parts'?"},
      {"suite: x\nzzzzz: 1\n",
       "suites/x.yaml:2:1: unknown key 'zzzzz'; known: suite, about, schema, parts"},
      {"suite: x\n? [a]\n: 1\n", "suites/x.yaml:2:3: a key must be a single value, not a list"},
      {"suite: x\nabout: \"a\\nb\"\n",
       "suites/x.yaml:2:8: about holds byte 0x0a; allowed is one line of text"},
      {"suite: x\nparts: [{part: p, mode: check}]\n---\na: b\n",
       "suites/x.yaml:3:1: a second document; a suite is one"},
      {"suite: &a x\n", "suites/x.yaml:1:8: anchors (&name) are not allowed"},
      {"suite: !!str x\n", "suites/x.yaml:1:8: tags (!name) are not allowed"},
      {"suite: x\nparts: &a [1]\n", "suites/x.yaml:2:8: anchors (&name) are not allowed"},
      {"suite: x\nparts: !a [1]\n", "suites/x.yaml:2:8: tags (!name) are not allowed"},
      {"!a {suite: x}\n", "suites/x.yaml:1:1: tags (!name) are not allowed"},
      {"suite: *a\n",
       "suites/x.yaml:1:8: aliases (*name) are not allowed; quote or write the value "
       "again"},
      {"# \n %TAG ! tag:a,2000:\n", "suites/x.yaml:2:2: %TAG directives are not allowed"},
      {"suite: x\nparts: [\n", "suites/x.yaml:3:1: not YAML: did not find expected node content"},
      {"suite: x\n\tparts: 1\n",
       "suites/x.yaml:2:1: not YAML: found a tab character that violates indentation"},
      {"suite: 'x\n", "suites/x.yaml:2:1: not YAML: found unexpected end of stream"},
      {"suite: x\nab\xff\n", "suites/x.yaml:2:3: not YAML: invalid leading UTF-8 octet"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    refuse(cases[i].text, strlen(cases[i].text), cases[i].error);
}

/* Lines of a part: the text begins in line 3 of the file, column 3. */
static void refuse_part(const char *lines, const char *wanted) {
  char text[2048];
  int n = snprintf(text, sizeof text, "suite: x\nparts:\n- %s\n", lines);
  refuse(text, (size_t)n, wanted);
}

Test(suite, bad_parts) {
  static const bad cases[] = {
      {"mode: check", "suites/x.yaml:3:3: this part has no name; write part: NAME"},
      {"part: p",
       "suites/x.yaml:3:3: part 'p' has no mode; write mode: check, learn, time or complexity"},
      {"part: p\n  mode: train",
       "suites/x.yaml:4:9: mode 'train' is none of: check, learn, time, complexity"},
      {"part: p\n  mode: [check]", "suites/x.yaml:4:9: mode must be a single value, not a list"},
      {"part: p q", "suites/x.yaml:3:9: part name 'p q' must be 1 to 64 letters, digits, - _ or ."},
      {"part: {p: q}", "suites/x.yaml:3:9: part must be a single value, not a mapping"},
      {"part: p\n  mode: check\n- part: p\n  mode: check",
       "suites/x.yaml:5:3: part 'p' is there twice, first in line 3"},
      {"part: p\n  mode: check\n  lab: iid", "suites/x.yaml:5:3: unknown axis 'lab'; did you mean "
                                             "'law'?"},
      {"part: p\n  t: 1", "suites/x.yaml:4:3: unknown axis 't'; did you mean 'T'?"},
      {"part: p\n  repetition: 1",
       "suites/x.yaml:4:3: unknown axis 'repetition'; did you mean 'repetitions'?"},
      {"part: p\n  q: 1", "suites/x.yaml:4:3: unknown axis 'q'; known: part, mode, expect, "
                          "repetitions, budget_s, width, margin, seed, d, r, T, m, n1, n2, rounds, "
                          "tile, n, pretrainings, trials, "
                          "eta_a, eta_w, decay, target, precision, law, tasks, inputs, ablation, "
                          "backend, sampler, source, task, quantity, head"},
      {"part: p\n  d: 1\n  T: 2\n  d: 3", "suites/x.yaml:6:3: 'd' is written twice"},
      {"part: p\n  mode: check\n  mode: check", "suites/x.yaml:5:3: 'mode' is written twice"},
      {"part: p\n  d: []", "suites/x.yaml:4:6: d is an empty list"},
      {"part: p\n  d:", "suites/x.yaml:4:5: d is empty"},
      {"part: p\n  d: [1, '']", "suites/x.yaml:4:10: an item of d is empty"},
      {"part: p\n  d: {a: 1}", "suites/x.yaml:4:6: d must be a single value, not a mapping"},
      {"part: p\n  d: [1, [2]]",
       "suites/x.yaml:4:10: an item of d must be a single value, not a list"},
      {"part: p\n  d: \"1\\0\"",
       "suites/x.yaml:4:6: d holds byte 0x00; allowed is one line of printable ASCII"},
      {"part: p\n  law: \xe2\x80\xae",
       "suites/x.yaml:4:8: law holds byte 0xe2; allowed is one line of printable ASCII"},
      {"part: p\n  mode: time\n  repetitions: 0",
       "suites/x.yaml:5:16: repetitions = 0 is outside 1..100000"},
      {"part: p\n  mode: time\n  repetitions: 100001",
       "suites/x.yaml:5:16: repetitions = 100001 is outside 1..100000"},
      {"part: p\n  mode: time\n  repetitions: 10/4",
       "suites/x.yaml:5:16: repetitions = 2.5 is not a whole number"},
      {"part: p\n  mode: time\n  repetitions: many",
       "suites/x.yaml:5:16: repetitions 'many': column 1: name 'many' where only numbers are "
       "allowed"},
      {"part: p\n  mode: time\n  budget_s: -1",
       "suites/x.yaml:5:13: budget_s = -1 is outside 0..86400"},
      {"part: p\n  mode: time\n  width: 0", "suites/x.yaml:5:10: width = 0 is outside 1e-06..1"},
      {"part: p\n  mode: time\n  width: 2", "suites/x.yaml:5:10: width = 2 is outside 1e-06..1"},
      {"part: p\n  mode: learn\n  width: .1",
       "suites/x.yaml:3:3: part 'p' sets width, which only mode time uses"},
      {"part: p\n  mode: check\n  expect: ratio < 1",
       "suites/x.yaml:5:11: part 'p' expects something of training, but mode check does not train; "
       "use mode learn"},
      {"part: p\n  mode: learn\n  expect: [ratio < 1, rato < 1]",
       "suites/x.yaml:5:23: expect 'rato < 1': unknown name 'rato'; did you mean 'ratio'?"},
      {"part: p\n  mode: learn\n  expect: law < 1",
       "suites/x.yaml:5:11: expect 'law < 1': unknown name 'law'; known: ratio, ratio0, "
       "ratio_bound, alignment, alignment0, sin_theta, singular_2, net_max, gradient_norm, "
       "weights_moved, features_learned, star, censored, seed, d, r, T, m, n1, n2, rounds, tile, "
       "n, pretrainings, trials, eta_a, "
       "eta_w, decay, target, precision"},
      {"part: p\n  mode: learn\n  expect: ratio",
       "suites/x.yaml:5:11: expect 'ratio': column 6: wanted an operator or one of < <= > >= ==, "
       "found the end"},
      {"part: p\n  mode: learn\n  expect: ratio < ",
       "suites/x.yaml:5:11: expect 'ratio <': column 8: wanted a number, a name or '(', found the "
       "end"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    refuse_part(cases[i].text, cases[i].error);
}

/* Hostile input */

/* head, then n times unit. */
static char *repeated(const char *head, const char *unit, size_t n) {
  size_t h = strlen(head), u = strlen(unit);
  char *text = malloc(h + n * u + 1);
  memcpy(text, head, h);
  for (size_t i = 0; i < n; i++)
    memcpy(text + h + i * u, unit, u);
  text[h + n * u] = 0;
  return text;
}

static void refuse_repeated(const char *head, const char *unit, size_t n, const char *wanted) {
  char *text = repeated(head, unit, n);
  refuse(text, strlen(text), wanted);
  free(text);
}

Test(suite, hostile, .timeout = 60) {
  size_t most = RB_SUITE_BYTES - 100;
  refuse_repeated("", "[", most,
                  "suites/x.yaml:1:1: a suite must be a mapping that begins with suite: NAME");
  refuse_repeated("suite: x\nparts:\n- part: p\n  d: ", "[", most,
                  "suites/x.yaml:4:7: an item of d must be a single value, not a list");
  refuse_repeated("suite: x\nparts:\n- part: p\n  d: ", "{", most,
                  "suites/x.yaml:4:6: d must be a single value, not a mapping");
  refuse_repeated("suite: x\nparts:\n", "- ", most / 2,
                  "suites/x.yaml:3:3: a part must be a mapping that begins with - part: NAME");
  refuse_repeated("", "? ", most / 2,
                  "suites/x.yaml:1:3: a key must be a single value, not a mapping");
  refuse_repeated("", "%TAG !a! b\n", most / 11,
                  "suites/x.yaml:1:1: %TAG directives are not "
                  "allowed");
  refuse_repeated("", "\n", RB_SUITE_BYTES + 1,
                  "suites/x.yaml:1:1: the file is larger than 1048576 bytes");
  refuse_repeated("suite: x\nparts:\n- part: p\n  d: [", "1,", RB_SUITE_ITEMS + 1,
                  "suites/x.yaml:4:20007: more than 10000 items");
  char nul[] = "suite: x\n\0parts: 1\n";
  refuse(nul, sizeof nul - 1, "suites/x.yaml:2:1: not YAML: control characters are not allowed");
  static const char laughs[] = "suite: x\na: &a [lol]\nb: &b [*a, *a]\nc: &c [*b, *b]\n";
  refuse(laughs, strlen(laughs),
         "suites/x.yaml:2:1: unknown key 'a'; known: suite, about, schema, parts");
  static const char inside[] = "suite: x\nparts:\n- &p {part: p, mode: check}\n- *p\n";
  refuse(inside, strlen(inside), "suites/x.yaml:3:3: anchors (&name) are not allowed");
}

Test(suite, at_the_bounds, .timeout = 60) {
  rb_suite s;
  rb_err err = {0};
  size_t n = 0, room = 64 * (RB_SUITE_PARTS + 1) + 64;
  char *text = malloc(room);
  n += (size_t)snprintf(text, room, "suite: x\nparts:\n");
  for (int i = 0; i < RB_SUITE_PARTS; i++)
    n += (size_t)snprintf(text + n, room - n, "- {part: p%d, mode: check}\n", i);
  cr_assert(rb_suite_parse("x", text, n, &s, &err), "%s", err.text);
  cr_assert_eq(s.n_parts, RB_SUITE_PARTS);
  rb_suite_free(&s);
  snprintf(text + n, room - n, "- {part: more, mode: check}\n");
  refuse(text, strlen(text), "suites/x.yaml:1003:3: more than 1000 parts");
  free(text);
  text = repeated("suite: x\nparts:\n- part: p\n  mode: check\n  d: [", "1,", RB_SUITE_ITEMS);
  n = strlen(text);
  text[n - 1] = ']';
  cr_assert(rb_suite_parse("x", text, n, &s, &err), "%s", err.text);
  cr_assert_eq(s.parts[0].axes[0].n_items, RB_SUITE_ITEMS);
  rb_suite_free(&s);
  free(text);
}

/* Bytes that mean something to YAML or to expressions come up often. */
static void mutate(rb_random *random, char *text, size_t *n, size_t room) {
  static const char special[] = "[]{}:,-?&*!|>'\"%@`#\n \t\r\0..xstep()^/d1e9_\xc3\xff";
  unsigned changes = 1 + rb_random_below(random, 3);
  for (unsigned i = 0; i < changes; i++) {
    size_t at = rb_random_below(random, (uint32_t)*n);
    char c = special[rb_random_below(random, sizeof special - 1)];
    switch (rb_random_below(random, 4)) {
    case 0:
      text[at] = c;
      break;
    case 1:
      memmove(text + at, text + at + 1, --*n - at);
      break;
    case 2:
      if (*n < room) {
        memmove(text + at + 1, text + at, (*n)++ - at);
        text[at] = c;
      }
      break;
    default: /* a piece from elsewhere */
      for (size_t from = rb_random_below(random, (uint32_t)*n), k = 0; k < 12; k++)
        if (at + k < *n && from + k < *n)
          text[at + k] = text[from + k];
    }
  }
}

Test(suite, mutations_do_not_crash, .timeout = 120) {
  unsigned n_read = 0, n_planned = 0;
  for (uint64_t seed = 1; seed <= 6000; seed++) {
    rb_random random = rb_random_make(seed, RB_STREAM_CHECK);
    char text[sizeof good + 64];
    size_t n = sizeof good - 1;
    memcpy(text, good, n);
    mutate(&random, text, &n, sizeof text);
    char *exact = malloc(n); /* so that a byte read beyond the end is seen by the sanitizer */
    memcpy(exact, text, n);
    rb_suite s;
    rb_plan plan;
    rb_err err = {0};
    if (rb_suite_parse("suites/good.yaml", exact, n, &s, &err)) {
      n_read++;
      bool done = rb_plan_make(&s, -1, &plan, &err);
      n_planned += done;
      cr_assert(done || err.kind == RB_USAGE, "seed %lu: %s", (unsigned long)seed, err.text);
      cr_assert(done || strncmp(err.text, "suites/good.yaml", 16) == 0,
                "seed %lu: '%s' has no place", (unsigned long)seed, err.text);
      rb_plan_free(&plan);
      rb_suite_free(&s);
    } else {
      cr_assert_eq(err.kind, RB_USAGE);
      cr_assert_eq(strncmp(err.text, "suites/good.yaml:", 17), 0, "seed %lu: '%s' has no place",
                   (unsigned long)seed, err.text);
    }
    free(exact);
  }
  /* Else the mutations would be too wild to reach what lies behind the reader. */
  cr_assert(n_read > 300 && n_planned > 120, "%u read, %u planned", n_read, n_planned);
}

/* Overrides */

static void override(rb_suite *s, const char *assignment) {
  rb_err err = {0};
  cr_assert(rb_suite_override(s, assignment, &err), "%s", err.text);
}

Test(suite, overrides_replace_in_place_and_append) {
  rb_suite s = parsed(good);
  override(&s, "T=5, 1..3 ,max(2,d),min(max(1,2),3)");
  const rb_axis *axis = &s.parts[0].axes[1];
  const char *const items[] = {"5", "1..3", "max(2,d)", "min(max(1,2),3)"};
  cr_assert(axis->key == RB_AXIS_T && axis->n_items == 4 && s.parts[0].n_axes == 5);
  for (int i = 0; i < 4; i++) {
    cr_assert_str_eq(axis->items[i].text, items[i]);
    cr_assert_str_eq(axis->items[i].place.file, "-a T=5, 1..3 ,max(2,d),min(max(1,2),3)");
    cr_assert_eq(axis->items[i].place.line, 0);
  }
  cr_assert(s.parts[1].n_axes == 2 && s.parts[1].axes[1].key == RB_AXIS_T);
  cr_assert(s.parts[2].n_axes == 1 && s.parts[2].axes[0].n_items == 4);
  override(&s, "T=7");
  cr_assert(s.parts[0].n_axes == 5 && s.parts[0].axes[1].n_items == 1);
  cr_assert_str_eq(s.parts[2].axes[0].items[0].text, "7");
  cr_assert_eq(s.n_overrides, 2);
  cr_assert_str_eq(s.overrides[1], "-a T=7");
  rb_suite_free(&s);
}

Test(suite, overrides_feed_the_hash) {
  rb_suite a = parsed(good), b = parsed(good);
  char before[65], text[256], wanted[RB_SHA256_ROOM];
  memcpy(before, a.hash, sizeof before);
  override(&a, "T=1");
  int n = snprintf(text, sizeof text, "%s T=1", before);
  rb_sha256_hex(text, (size_t)n, wanted);
  cr_assert_str_eq(a.hash, wanted);
  override(&b, "T=2");
  cr_assert_str_neq(a.hash, b.hash);
  rb_suite_free(&a);
  rb_suite_free(&b);
}

Test(suite, bad_overrides_change_nothing) {
  static const bad cases[] = {
      {"T", "-a T: no '='; write -a AXIS=ITEM,ITEM"},
      {"", "-a : no '='; write -a AXIS=ITEM,ITEM"},
      {"lab=iid", "-a lab=iid: unknown axis 'lab'; did you mean 'law'?"},
      {"mode=check", "-a mode=check: unknown axis 'mode'; known: seed, d, r, T, m, n1, n2, rounds, "
                     "tile, n, pretrainings, trials, eta_a, eta_w, decay, target, precision, law, "
                     "tasks, inputs, ablation, backend, sampler, source, task, quantity, head"},
      {"T=", "-a T=: item 1 is empty; write -a AXIS=ITEM,ITEM"},
      {"T=1,,2", "-a T=1,,2: item 2 is empty; write -a AXIS=ITEM,ITEM"},
      {"T=1, ", "-a T=1, : item 2 is empty; write -a AXIS=ITEM,ITEM"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    rb_suite s = parsed(good), clean = parsed(good);
    rb_err err = {0};
    cr_assert(!rb_suite_override(&s, cases[i].text, &err), "'%s' was taken", cases[i].text);
    cr_assert_eq(err.kind, RB_USAGE);
    cr_expect_str_eq(err.text, cases[i].error, "got '%s'", err.text);
    cr_assert_str_eq(s.hash, clean.hash);
    cr_assert(s.n_overrides == 0 && s.parts[0].axes[1].n_items == 3 && s.parts[2].n_axes == 0);
    rb_suite_free(&s);
    rb_suite_free(&clean);
  }
}

Test(suite, long_overrides_are_bounded) {
  rb_suite s = parsed(good);
  rb_err err = {0};
  char *text = repeated("T=1", "+1", RB_SUITE_ITEMS);
  cr_assert(!rb_suite_override(&s, text, &err));
  cr_assert_not_null(strstr(err.text, ": item 1 is longer than 1000 bytes"), "%s", err.text);
  free(text);
  text = repeated("T=1", ",1", RB_SUITE_ITEMS);
  cr_assert(!rb_suite_override(&s, text, &err));
  cr_assert_not_null(strstr(err.text, ": more than 10000 items"), "%s", err.text);
  free(text);
  rb_suite_free(&s);
}

/* Files */

Test(suite, missing_file_and_folder) {
  rb_suite s;
  rb_err err = {0};
  cr_assert(!rb_suite_read("no/such.yaml", &s, &err));
  cr_assert_eq(err.kind, RB_USAGE);
  cr_assert_str_eq(err.text, "cannot open suite no/such.yaml: No such file or directory");
  cr_assert(!rb_suite_read("/", &s, &err));
  cr_assert_eq(err.kind, RB_USAGE);
  cr_assert_str_eq(err.text, "cannot read suite /: Is a directory");
}

Test(suite, endless_file) {
  rb_suite s;
  rb_err err = {0};
  cr_assert(!rb_suite_read("/dev/zero", &s, &err));
  cr_assert_str_eq(err.text, "/dev/zero:1:1: the file is larger than 1048576 bytes");
}

Test(suite, shipped_suites_are_read_and_planned) {
  const char *root = getenv("RB_SOURCE_DIR");
  cr_assert_not_null(root, "RB_SOURCE_DIR is not set; run this through ctest");
  char path[4096];
  unsigned n = 0;
  snprintf(path, sizeof path, "%s/suites", root);
  DIR *folder = opendir(path);
  cr_assert_not_null(folder, "cannot open %s", path);
  for (struct dirent *file; (file = readdir(folder)) != NULL;) {
    rb_suite s;
    rb_plan plan;
    rb_err err = {0};
    if (strstr(file->d_name, ".yaml") == NULL)
      continue;
    snprintf(path, sizeof path, "%s/suites/%s", root, file->d_name);
    cr_assert(rb_suite_read(path, &s, &err), "%s", err.text);
    cr_assert(rb_plan_make(&s, -1, &plan, &err), "%s", err.text);
    cr_assert(plan.n_cells >= 5, "%s has %zu cells", path, plan.n_cells);
    cr_assert(s.about[0] != 0, "%s says nothing about itself", path);
    rb_plan_free(&plan);
    rb_suite_free(&s);
    n++;
  }
  closedir(folder);
  cr_assert(n >= 4, "only %u suites found", n);
}
