// SPDX-License-Identifier: Apache-2.0
#include "app/suitefile.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "app/env.h"
#include "base/clock.h"

enum { N_PLACES = 5 };
typedef char place[PATH_MAX];

static void find_places(place places[N_PLACES]) {
  memset(places, 0, N_PLACES * sizeof(place));
  if (rb_env_suites())
    snprintf(places[0], sizeof(place), "%s", rb_env_suites());
  snprintf(places[1], sizeof(place), "suites");
  char program[PATH_MAX - sizeof RB_DATA_BESIDE - 16]; /* room for what follows it */
  ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
  if (n > 0) {
    program[n] = 0;
    *strrchr(program, '/') = 0;
    snprintf(places[2], sizeof(place), "%s/../suites", program);
    snprintf(places[3], sizeof(place), "%s/" RB_DATA_BESIDE "/suites", program);
  }
  snprintf(places[4], sizeof(place), "%s/suites", RB_DATA_DIR);
}

static bool has_ending(const char *text, const char *ending) {
  size_t n = strlen(text), m = strlen(ending);
  return n > m && strcmp(text + n - m, ending) == 0;
}

/* "quick, recovery": the suites of the first place that has any. */
static void list_suites(place places[N_PLACES], char *text, size_t room) {
  size_t used = 0;
  text[0] = 0;
  for (int i = 0; i < N_PLACES && used == 0; i++) {
    DIR *folder = places[i][0] ? opendir(places[i]) : NULL;
    struct dirent *entry;
    while (folder && (entry = readdir(folder)) && used < room)
      if (has_ending(entry->d_name, ".yaml"))
        used += (size_t)snprintf(text + used, room - used, "%s%.*s", used ? ", " : "",
                                 (int)strlen(entry->d_name) - 5, entry->d_name);
    if (folder)
      closedir(folder);
  }
}

bool rb_suitefile_find(const char *name, char *path, size_t room, rb_err *err) {
  static place places[N_PLACES];
  char known[512];
  if (strchr(name, '/') || has_ending(name, ".yaml")) {
    snprintf(path, room, "%s", name);
    return true;
  }
  find_places(places);
  for (int i = 0; i < N_PLACES; i++) {
    int n = snprintf(path, room, "%s/%s.yaml", places[i], name);
    if (places[i][0] && n > 0 && (size_t)n < room && access(path, R_OK) == 0)
      return true;
  }
  list_suites(places, known, sizeof known);
  return rb_fail(err, RB_USAGE, "unknown suite '%s'; there are: %s; or give a path to a .yaml file",
                 name, known[0] ? known : "none (set RELUBENCH_SUITES to their folder)");
}

bool rb_suitefile_output(const char *path, rb_err *err) {
  char folder[PATH_MAX] = ".";
  const char *slash = strrchr(path, '/');
  struct stat about;
  if (strlen(path) >= sizeof folder)
    return rb_fail(err, RB_USAGE, "%.64s...: a path of %zu bytes is too long", path, strlen(path));
  if (path[0] == 0 || (slash && slash[1] == 0))
    return rb_fail(err, RB_USAGE, "'%s': it needs a file name", path);
  if (slash) /* "/" keeps its own */
    snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
  if (stat(folder, &about) != 0)
    return rb_fail(err, RB_USAGE, "cannot write %.512s: no folder %.512s: %s", path, folder,
                   strerror(errno));
  return S_ISDIR(about.st_mode) ||
         rb_fail(err, RB_USAGE, "cannot write %.512s: %.512s is no folder", path, folder);
}

void rb_suitefile_trace(const char *suite, const char *run_id, char *path, size_t room) {
  char utc[21], stamp[21];
  size_t n = 0;
  rb_clock_utc(utc);
  for (const char *c = utc; *c; c++) /* 20260131T123456Z */
    if (*c != '-' && *c != ':')
      stamp[n++] = *c;
  stamp[n] = 0;
  snprintf(path, room, "results/runs/%s-%s-%.8s.jsonl.gz", suite, stamp, run_id);
}

bool rb_suitefile_plan(const rb_runopts *opts, rb_suite *suite, rb_plan *plan, rb_err *err) {
  char path[PATH_MAX];
  if (!rb_suitefile_find(opts->suite, path, sizeof path, err) || !rb_suite_read(path, suite, err))
    return false;
  for (size_t i = 0; i < opts->n_overrides; i++)
    if (!rb_suite_override(suite, opts->overrides[i], err))
      return false;
  return rb_plan_make(suite, opts->backend, plan, err);
}
