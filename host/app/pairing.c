// SPDX-License-Identifier: Apache-2.0
#include "app/pairing.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "app/args.h"
#include "app/env.h"
#include "app/progress.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/mem.h"
#include "report/sides.h"

/* A summary has some kB; a run of a large suite takes hours, not days. */
#define MAX_OUTPUT ((size_t)256 << 20)
#define MAX_SECONDS 86400.0
static const char letters[] = "AB";

void rb_pairing_words(const struct argp_state *state, const char *name, const char *text,
                      rb_pairing_side *side) {
  size_t used = side->n_words ? (size_t)(side->words[side->n_words - 1] - side->text) +
                                    strlen(side->words[side->n_words - 1]) + 1
                              : 0;
  if (used + strlen(text) + 2 > RB_PAIRING_TEXT)
    rb_args_fail(state, "%s: more than %d bytes", name, RB_PAIRING_TEXT);
  for (const char *c = text; *c;) {
    char quote = 0;
    c += strspn(c, " \t\n");
    if (*c == 0)
      break;
    if (side->n_words == RB_PAIRING_WORDS)
      rb_args_fail(state, "%s: more than %d words", name, RB_PAIRING_WORDS);
    side->words[side->n_words++] = side->text + used;
    for (; *c && (quote || !strchr(" \t\n", *c)); c++)
      if (quote ? *c == quote : *c == '\'' || *c == '"')
        quote = quote ? 0 : *c;
      else
        side->text[used++] = *c;
    if (quote)
      rb_args_fail(state, "%s '%.64s': a quote is not closed", name, text);
    side->text[used++] = 0;
  }
}

size_t rb_pairing_number(const struct argp_state *state, const char *name, const char *text,
                         size_t least, size_t most) {
  char *end;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (errno || end == text || *end || *text < '0' || *text > '9' || value < least || value > most)
    rb_args_fail(state, "%s %.64s: a whole number from %zu to %zu", name, text, least, most);
  return (size_t)value;
}

/* ---- one run ---- */

/* A gate under way. */
typedef struct work {
  const rb_pairing *p;
  char own[PATH_MAX];     /* this program */
  char folder[PATH_MAX];  /* for traces */
  rb_trace *traces[2][2]; /* stage, side: (n_pairs) */
  bool progress;          /* is shown */
  rb_host_time started;
  size_t n_done, n_all;
} work;

static void trace_path(const work *w, int stage, size_t pair, int side, char path[PATH_MAX]) {
  snprintf(path, PATH_MAX, "%.3900s/%zu-%d-%03zu-%c.jsonl.gz", w->folder, w->p->number, stage + 1,
           pair + 1, letters[side]);
}

static void show_progress(const work *w, int stage, size_t pair, int side) {
  char doing[128], gate[48] = "";
  if (!w->progress)
    return;
  if (w->p->count > 1)
    snprintf(gate, sizeof gate, "gate %zu of %zu, ", w->p->number, w->p->count);
  snprintf(doing, sizeof doing, "%s%s %zu of %zu, %c", gate, stage ? "suspects: pair" : "pair",
           pair + 1, w->p->n_pairs, letters[side]);
  rb_progress progress = {w->n_done, w->n_all, rb_clock_since_s(w->started), NULL, doing, NULL};
  rb_progress_show(NULL, &progress);
}

static bool run_once(const work *w, const rb_pairing_side *side, const char *path, int *code,
                     char said[RB_CHILD_SAID_ROOM], rb_err *err) {
  const char *argv[RB_PAIRING_WORDS + 8];
  size_t n = 0, n_output = 0;
  char *output = NULL;
  argv[n++] = side->program ? side->program : w->own;
  argv[n++] = "run";
  argv[n++] = w->p->suite;
  for (size_t i = 0; i < side->n_words; i++)
    argv[n++] = side->words[i];
  argv[n++] = "--quiet";
  argv[n++] = "--force";
  argv[n++] = "-o";
  argv[n++] = path;
  argv[n] = NULL;
  rb_child child = {.argv = argv,
                    .locale = "C.UTF-8",
                    .max_output = MAX_OUTPUT,
                    .max_seconds = MAX_SECONDS,
                    .advice = "name a program that can be run",
                    .code = code,
                    .stop = w->p->stop};
  bool ok = rb_child_run(&child, &output, &n_output, said, err);
  free(output);
  return ok;
}

/* A run that ended with 4 or 5 may have a whole trace, which says which cells are wrong or failed;
 * usage and no device are the user's to mend. */
static bool take_trace(int side, const char *path, int code, const char *said, rb_trace *out,
                       rb_err *err) {
  bool may_be_whole =
      code == RB_DONE || code == RB_WRONG || code == RB_FAILED || code == RB_INCONCLUSIVE;
  rb_err why = {.text = ""};
  if (may_be_whole && rb_trace_read(path, RB_READ_STRICT, out, NULL, &why)) {
    if (!out->bgzf || out->end_marker)
      return true;
    rb_trace_free(out);
  }
  return rb_fail(err, code == RB_USAGE || code == RB_NO_DEVICE ? (rb_kind)code : RB_FAILED,
                 "a run of side %c ended with code %d and without a whole trace: %s", letters[side],
                 code,
                 said[0]       ? said
                 : why.text[0] ? why.text
                               : "it was not sealed");
}

static void remove_trace(const char *path) {
  char manifest[PATH_MAX + 32];
  snprintf(manifest, sizeof manifest, "%s.manifest.json", path);
  unlink(path);
  unlink(manifest);
}

static bool run_side(work *w, int stage, size_t pair, int side, rb_err *err) {
  char path[PATH_MAX], said[RB_CHILD_SAID_ROOM] = "";
  int code = RB_DONE;
  trace_path(w, stage, pair, side, path);
  show_progress(w, stage, pair, side);
  bool ok = run_once(w, w->p->sides[side], path, &code, said, err) &&
            take_trace(side, path, code, said, &w->traces[stage][side][pair], err);
  if (!w->p->keep)
    remove_trace(path);
  w->n_done++;
  return ok;
}

/* ---- a gate ---- */

static bool run_stage(work *w, int stage, rb_err *err) {
  bool fresh_first[RB_GATE_PAIRS], ok = true;
  size_t n = w->p->n_pairs;
  rb_gate_order(2 * w->p->seed + (uint64_t)stage, n, fresh_first);
  for (int side = 0; ok && side < 2; side++)
    ok = rb_alloc((void **)&w->traces[stage][side], n, sizeof(rb_trace), "traces", err);
  for (size_t i = 0; ok && i < n; i++)
    for (int k = 0; ok && k < 2 && !*w->p->stop; k++)
      ok = run_side(w, stage, i, k ^ fresh_first[i], err);
  return ok;
}

static bool open_folder(work *w, rb_err *err) {
  ssize_t n = readlink("/proc/self/exe", w->own, sizeof w->own - 1);
  if (n <= 0)
    return rb_fail(err, RB_FAILED, "cannot find this program: %s", strerror(errno));
  w->own[n] = 0;
  const char *temporary = rb_env_temporary() ? rb_env_temporary() : P_tmpdir;
  snprintf(w->folder, sizeof w->folder, "%.3900s%s", w->p->keep ? w->p->keep : temporary,
           w->p->keep ? "" : "/relubench-XXXXXX");
  if (!w->p->keep && !mkdtemp(w->folder))
    return rb_fail(err, RB_FAILED, "cannot make a folder for traces in %.512s: %s", temporary,
                   strerror(errno));
  if (w->p->keep && mkdir(w->folder, 0777) != 0 && errno != EEXIST)
    return rb_fail(err, RB_USAGE, "--keep %.512s: cannot make the folder: %s", w->p->keep,
                   strerror(errno));
  return true;
}

static bool judge(work *w, rb_gate *out, rb_err *err) {
  rb_sides sides = {.paired = true, .run_sd = RB_GATE_RUN_SD};
  rb_calibration found;
  bool kept;
  size_t n = w->p->n_pairs;
  sides.first = (rb_sides_stage){w->traces[0][0], w->traces[0][1], n, n};
  if (!rb_calibration_find(w->p->margin, &w->traces[0][0][0], &found, &kept, err))
    return false;
  sides.margin = found.margin;
  if (!rb_sides_gate(&sides, out, err))
    return false;
  if (out->n_suspects) {
    w->n_all += 2 * n;
    if (!run_stage(w, 1, err))
      return false;
    rb_gate_free(out);
    if (*w->p->stop)
      return true;
    sides.second = (rb_sides_stage){w->traces[1][0], w->traces[1][1], n, n};
    if (!rb_sides_gate(&sides, out, err))
      return false;
  }
  return !kept || rb_calibration_note(out, err);
}

static void free_traces(work *w) {
  for (int i = 0; i < 4; i++) {
    rb_trace *traces = w->traces[i / 2][i % 2];
    for (size_t j = 0; traces && j < w->p->n_pairs; j++)
      rb_trace_free(&traces[j]);
    free(traces);
  }
}

bool rb_pairing_gate(const rb_pairing *pairing, rb_gate *out, rb_trace *sample, rb_err *err) {
  work w = {
      .p = pairing, .progress = !pairing->quiet && rb_progress_wanted(), .started = rb_clock_now()};
  w.n_all = 2 * pairing->n_pairs;
  *out = (rb_gate){0};
  if (!open_folder(&w, err))
    return false;
  bool ok = run_stage(&w, 0, err) && (*pairing->stop || judge(&w, out, err));
  if (w.progress)
    rb_progress_clear();
  if (ok && sample && !*pairing->stop) {
    *sample = w.traces[0][0][0];
    w.traces[0][0][0] = (rb_trace){0};
  }
  free_traces(&w);
  if (!pairing->keep)
    rmdir(w.folder);
  return ok || *pairing->stop; /* what a signal ended is no error */
}
