// SPDX-License-Identifier: Apache-2.0
/* Proves: a program that one session compiled is loaded by the next, on the same key alone, and
 * computes the same; a binary that the driver does not take is compiled instead, and replaced; no
 * cache, no files; and whatever a problem is, its kernels are among those that rb_net_programs()
 * lists. Fails if the key leaves out the options or the source, if a bad binary ends the session,
 * if nothing is kept, or if an option depends on something that the list does not go through. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/sha256.h"
#include "cl/launch.h"
#include "cl/program.h"
#include "fixture.h"
#include "net/round.h"

static char folder[128];
static rb_cache *cache;

static void begin(void) {
  rb_err err;
  const char *build = getenv("RB_BUILD_DIR");
  snprintf(folder, sizeof folder, "%.100s/build.XXXXXX", build ? build : ".");
  cr_assert(mkdtemp(folder));
  cr_assert(rb_cache_open(folder, &cache, &err));
}

/* Calls on each file of the cache; returns their number. */
static unsigned each(void (*call)(const char *path)) {
  DIR *list = opendir(folder);
  unsigned n = 0;
  for (struct dirent *entry; list && (entry = readdir(list)) != NULL;) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (entry->d_name[0] == '.')
      continue;
    n++;
    if (call)
      call(path);
  }
  closedir(list);
  return n;
}

static void remove_file(const char *path) {
  cr_assert_eq(unlink(path), 0);
}

static void end(void) {
  each(remove_file);
  rmdir(folder);
  rb_cache_close(cache);
}

TestSuite(build, .init = begin, .fini = end);

/* A payload of 100 letters, whole by its hash. */
static void make_nonsense(const char *path) {
  char nonsense[100], hash[RB_SHA256_ROOM], magic[64], key[RB_SHA256_ROOM + 1];
  FILE *file = fopen(path, "r+");
  cr_assert(file && fgets(magic, sizeof magic, file) && fgets(key, sizeof key, file));
  memset(nonsense, 'x', sizeof nonsense);
  rb_sha256_hex(nonsense, sizeof nonsense, hash);
  fclose(file);
  file = fopen(path, "w");
  cr_assert(file && fprintf(file, "%s%s%s\n", magic, key, hash) > 0);
  cr_assert(fwrite(nonsense, sizeof nonsense, 1, file) == 1 && fclose(file) == 0);
}

/* Copies 64 numbers with the options, in a session of its own. */
static rb_builds run(const char *options, rb_cache *used, float out[64]) {
  fixture f = fixture_open("build", false);
  rb_kernel *kernel;
  rb_buffer *in = NULL, *copy = NULL;
  rb_err err;
  float numbers[64];
  for (int i = 0; i < 64; i++)
    numbers[i] = (float)i / 7;
  rb_session_use_cache(f.session, used);
  cr_assert(rb_kernel_get(f.session, "probe", "probe_copy", options, &kernel, &err), "%s",
            err.text);
  cr_assert(rb_buffer_create(f.session, "in", 64, 4, &in, &err));
  cr_assert(rb_buffer_create(f.session, "out", 64, 4, &copy, &err));
  cr_assert(rb_buffer_write(in, 0, sizeof numbers, numbers, "test", &err));
  const rb_arg args[] = {rb_arg_buffer(in), rb_arg_buffer(copy), rb_arg_u32(64)};
  cr_assert(rb_kernel_launch(f.session, kernel, (rb_ndrange){64, 1, 16, 1}, args, 3, "test", &err),
            "%s", err.text);
  cr_assert(rb_buffer_read(copy, 0, sizeof numbers, out, "test", &err));
  cr_assert(memcmp(out, numbers, sizeof numbers) == 0);
  rb_builds builds = rb_session_builds(f.session);
  rb_buffer_free(in);
  rb_buffer_free(copy);
  fixture_close(&f);
  return builds;
}

static void expect_compiled(rb_builds b) {
  cr_assert(b.n_compiled == 1 && b.n_loaded == 0, "%u compiled, %u loaded", b.n_compiled,
            b.n_loaded);
  cr_assert(b.compile_ns > 0 && b.load_ns == 0);
}

static void expect_loaded(rb_builds b) {
  cr_assert(b.n_compiled == 0 && b.n_loaded == 1, "%u compiled, %u loaded", b.n_compiled,
            b.n_loaded);
  cr_assert(b.compile_ns == 0 && b.load_ns > 0);
}

Test(build, the_next_session_loads) {
  float out[64];
  expect_compiled(run("-DVW=1", cache, out));
  cr_assert_eq(each(NULL), 1u);
  expect_loaded(run("-DVW=1", cache, out));
  expect_compiled(run("-DVW=4", cache, out));
  cr_assert_eq(each(NULL), 2u);
  expect_loaded(run("-DVW=4", cache, out));
  char *text = fixture_mutate("probe.cl", "k >= count)", "count <= k)");
  rb_program_plant("probe.cl", text);
  expect_compiled(run("-DVW=4", cache, out));
  rb_program_plant("probe.cl", NULL);
  free(text);
  expect_loaded(run("-DVW=4", cache, out));
}

Test(build, nothing_is_kept_without_a_cache) {
  float out[64];
  expect_compiled(run("-DVW=1", NULL, out));
  expect_compiled(run("-DVW=1", NULL, out));
  cr_assert_eq(each(NULL), 0u);
}

/* rusticl of Mesa 22.3 ends the process over a binary that is not its own, which the key's driver
 * version and the hash of the payload keep from it. */
Test(build, what_the_driver_does_not_take_is_compiled) {
  float out[64];
  fixture f = fixture_open("nonsense", false);
  bool panics = strcmp(f.device->platform, "rusticl") == 0;
  fixture_close(&f);
  if (panics) {
    printf("SKIPPED: rusticl does not survive a binary that is not its own\n");
    return;
  }
  expect_compiled(run("-DVW=1", cache, out));
  each(make_nonsense);
  expect_compiled(run("-DVW=1", cache, out));
  expect_loaded(run("-DVW=1", cache, out));
}

/* "entry options" of all that is listed, one a line. */
static void list_entry(void *context, const char *file, const char *entry, const char *options) {
  (void)file;
  fprintf(context, "%s %s\n", entry, options);
}

static const char *listed;
static unsigned n_looked_up;

static void look_up(void *context, const char *entry, const char *options) {
  char line[512];
  snprintf(line, sizeof line, "%s %s\n", entry, options);
  cr_assert(strstr(listed, line), "%s: '%s %s' is not in the list", (const char *)context, entry,
            options);
  n_looked_up++;
}

enum { PROBLEMS = 200 };

Test(build, the_list_is_closed) {
  fixture f = fixture_open("closed", false);
  for (const rb_variant *v = rb_variants; v->name[0]; v++) {
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    fputc('\n', out);
    rb_net_programs(rb_session_device(f.session), v, list_entry, out);
    cr_assert_eq(fclose(out), 0);
    listed = text;
    for (int i = 0; i < PROBLEMS; i++) {
      rb_err err = {0};
      rb_problem p = fixture_problem(&f.random, 64);
      p.r = fixture_between(&f.random, 1, RB_MAX_R < p.d ? RB_MAX_R : p.d);
      cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
      uint32_t tile = fixture_between(&f.random, 0, 200);
      rb_layout l;
      cr_assert(rb_layout_make(f.session, &p, RB_BACKEND_NATIVE, tile, v, &l, &err), "%s",
                err.text);
      rb_net_options(&p, &l, look_up, (void *)fixture_describe(&p, &l));
    }
    free(text);
  }
  cr_assert(n_looked_up > 5 * PROBLEMS);
  fixture_close(&f);
}
