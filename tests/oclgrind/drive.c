// SPDX-License-Identifier: Apache-2.0
/* Runs every kernel once in tiny sizes, for a simulator that looks at each access:
 *
 *   drive VARIANT N [PLANT]     the first N problems below, with a bug planted (plants.h)
 *
 * Proves, together with judge: no kernel touches what is not its own, races, or computes from
 * memory that nobody wrote, in any variant, input law, sampling or ablation. Fails when one does;
 * the plants show that it would be seen. Exit code 0: trained and equal to the reference; 1: not;
 * 2: misuse. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cl/launch.h"
#include "cl/program.h"
#include "net/features.h"
#include "net/train.h"
#include "plants.h"

/* Nothing below is a multiple of a vector, a group or a tile, and tasks straddle the tiles. The
 * third problem has tasks of whole work-items or blocks of forward, which then ends with the head's
 * sums; the sixth has so many samples that heads come from signs, by two sets of tables; the last
 * ones use what most variants do in one with something else: many planes, and
 * products that are CLBlast's. tile 0: one tile. */
static const struct {
  uint32_t d, r, m, T, n1, n2, rounds, tile;
  rb_law law;
  rb_task_law tasks;
  rb_sampling inputs;
  rb_ablation ablation;
  rb_sampler sampler;
  rb_backend backend;
} problems[] = {
    {17, 2, 13, 3, 5, 4, 1, 7, RB_LAW_GAUSSIAN, RB_TASKS_BALANCED, RB_INPUTS_PER_TASK,
     RB_ABLATION_NONE, RB_SAMPLER_DIRECT, RB_BACKEND_NATIVE},
    {17, 3, 13, 3, 9, 11, 1, 7, RB_LAW_RADEMACHER, RB_TASKS_IID, RB_INPUTS_SHARED, RB_ABLATION_NONE,
     RB_SAMPLER_DIRECT, RB_BACKEND_NATIVE},
    {17, 2, 13, 2, 16, 3, 1, 16, RB_LAW_GAUSSIAN, RB_TASKS_BALANCED, RB_INPUTS_PER_TASK,
     RB_ABLATION_NONE, RB_SAMPLER_DIRECT, RB_BACKEND_NATIVE},
    {1, 1, 1, 1, 2, 2, 1, 0, RB_LAW_GAUSSIAN, RB_TASKS_BALANCED, RB_INPUTS_PER_TASK,
     RB_ABLATION_NONE, RB_SAMPLER_DIRECT, RB_BACKEND_NATIVE},
    /* Two blocks of the tiles variant each way, and two blocks of coordinates of the inputs. */
    {66, 2, 67, 2, 3, 33, 1, 0, RB_LAW_GAUSSIAN, RB_TASKS_BALANCED, RB_INPUTS_PER_TASK,
     RB_ABLATION_NO_HEAD, RB_SAMPLER_DIRECT, RB_BACKEND_NATIVE},
    {16, 2, 8, 2, 65, 65, 1, 70, RB_LAW_RADEMACHER, RB_TASKS_IID, RB_INPUTS_PER_TASK,
     RB_ABLATION_SAME_BATCH, RB_SAMPLER_DIRECT, RB_BACKEND_NATIVE},
    {35, 2, 18, 3, 7, 7, 1, 6, RB_LAW_GAUSSIAN, RB_TASKS_BALANCED, RB_INPUTS_SHARED,
     RB_ABLATION_SAME_BATCH, RB_SAMPLER_DIRECT, RB_BACKEND_NATIVE},
    {49, 3, 5, 2, 3, 6, 1, 0, RB_LAW_RADEMACHER, RB_TASKS_BALANCED, RB_INPUTS_SHARED,
     RB_ABLATION_NO_HEAD, RB_SAMPLER_DIRECT, RB_BACKEND_NATIVE},
    {90, 2, 18, 3, 7, 5, 1, 6, RB_LAW_GAUSSIAN, RB_TASKS_BALANCED, RB_INPUTS_SHARED,
     RB_ABLATION_NONE, RB_SAMPLER_COLLAPSED, RB_BACKEND_NATIVE},
    {60, 2, 18, 3, 7, 5, 1, 6, RB_LAW_GAUSSIAN, RB_TASKS_BALANCED, RB_INPUTS_PER_TASK,
     RB_ABLATION_NONE, RB_SAMPLER_COLLAPSED, RB_BACKEND_NATIVE},
    /* Tiles of more than one part (host/net/layout.c). */
    {3, 1, 2, 1, 1, 1100, 1, 0, RB_LAW_GAUSSIAN, RB_TASKS_BALANCED, RB_INPUTS_PER_TASK,
     RB_ABLATION_NONE, RB_SAMPLER_DIRECT, RB_BACKEND_NATIVE},
    {3, 1, 2, 1, 1100, 1, 1, 0, RB_LAW_GAUSSIAN, RB_TASKS_BALANCED, RB_INPUTS_SHARED,
     RB_ABLATION_NONE, RB_SAMPLER_DIRECT, RB_BACKEND_NATIVE},
    {17, 5, 3, 2, 3, 4, 1, 3, RB_LAW_GAUSSIAN, RB_TASKS_BALANCED, RB_INPUTS_PER_TASK,
     RB_ABLATION_NONE, RB_SAMPLER_DIRECT, RB_BACKEND_NATIVE},
    {17, 2, 13, 2, 5, 3, 1, 4, RB_LAW_GAUSSIAN, RB_TASKS_BALANCED, RB_INPUTS_PER_TASK,
     RB_ABLATION_NONE, RB_SAMPLER_DIRECT, RB_BACKEND_CLBLAST},
    {17, 2, 13, 2, 5, 3, 1, 4, RB_LAW_GAUSSIAN, RB_TASKS_BALANCED, RB_INPUTS_SHARED,
     RB_ABLATION_NONE, RB_SAMPLER_DIRECT, RB_BACKEND_CLBLAST},
};
enum { N_PROBLEMS = sizeof problems / sizeof *problems };

static const char *kernel_text(const char *file) {
  for (const rb_kernel_file *k = rb_kernel_files; k->name; k++)
    if (strcmp(k->name, file) == 0)
      return k->text;
  return NULL;
}

static bool plant_bug(const plant *p) {
  const char *text = kernel_text(p->file), *at = text;
  char *changed = NULL;
  size_t size = 0;
  unsigned found = 0;
  FILE *out = text ? open_memstream(&changed, &size) : NULL;
  if (out == NULL)
    return false;
  for (const char *next; (next = strstr(at, p->from)) != NULL; found++) {
    fwrite(at, 1, (size_t)(next - at), out);
    fputs(p->to, out);
    at = next + strlen(p->from);
  }
  fputs(at, out);
  if (fclose(out) != 0 || found != p->times) {
    fprintf(stderr, "plant %s: its text occurs %u times in %s, not %u\n", p->name, found, p->file,
            p->times);
    return false;
  }
  rb_program_plant(p->file, changed); /* kept until the program ends */
  return true;
}

/* Two trials on features of the trained weights, one of them with few neurons. Test samples fit one
 * tile, as Oclgrind 21.10 takes what is copied to an offset for uninitialised. */
static bool run_features(rb_session *session, const rb_problem *p, uint32_t tile,
                         const rb_variant *variant, const float *W, rb_err *err) {
  rb_features *features = NULL;
  rb_check check = {0};
  bool ok = rb_features_open(session, p, RB_BACKEND_NATIVE, tile ? tile : 256, variant, 1, 6,
                             &features, err) &&
            rb_features_set(features, 0, p, W, err);
  for (uint32_t i = 0; ok && i < 2; i++) {
    rb_trial trial = {.seed = 7 + i, .n = 5, .m = i == 0 ? p->m : (p->m + 1) / 2};
    ok = rb_features_check(features, 0, &trial, &check, err);
    if (ok && !(check.error <= 1))
      ok = rb_fail(err, RB_WRONG, "features: %s", check.where);
  }
  rb_features_close(features);
  return ok;
}

static bool run_problem(rb_session *session, int i, const rb_variant *variant, rb_err *err) {
  rb_problem p = rb_problem_default();
  rb_layout layout;
  rb_trained trained;
  p.d = problems[i].d, p.r = problems[i].r, p.m = problems[i].m, p.T = problems[i].T;
  p.n1 = problems[i].n1, p.n2 = problems[i].n2, p.rounds = problems[i].rounds;
  p.law = problems[i].law, p.tasks = problems[i].tasks, p.inputs = problems[i].inputs;
  p.ablation = problems[i].ablation;
  p.sampler = problems[i].sampler;
  if (!rb_problem_settle(&p, err) ||
      !rb_layout_make(session, &p, problems[i].backend, problems[i].tile, variant, &layout, err))
    return rb_prefix(err, "problem %d", i);
  if (variant->version == RB_VERSION_PANELS)
    layout.label_rows = RB_LAYOUT_LABEL_ROWS; /* as on devices with vectors */
  if (!rb_train_device(session, &p, &layout, &trained, err))
    return rb_prefix(err, "problem %d", i);
  double error = trained.error;
  if (!(error <= 1))
    rb_fail(err, RB_WRONG, "problem %d: %s", i, trained.where);
  bool ok =
      error <= 1 && (i > 0 || run_features(session, &p, problems[i].tile, variant, trained.W, err));
  rb_train_free(&trained);
  return ok;
}

/* Kernels that no training uses: the probes, that of tensor cores for their variants, and the words
 * of the inputs. */
static bool run_others(rb_session *session, const rb_variant *v, rb_err *err) {
  enum { ITEMS = 3, ROWS = 5, BLOCKS = 2 };
  rb_kernel *fma, *copy, *words, *tensor = NULL;
  rb_buffer *in = NULL, *out = NULL;
  uint32_t count = ITEMS * v->width;
  bool has_tensor = v->arithmetic != RB_ARITHMETIC_MULTIPLY_ADD;
  char options[32];
  snprintf(options, sizeof options, "-DVW=%u%s", v->width,
           rb_variant_arithmetic_option(v->arithmetic));
  bool ok =
      rb_kernel_get(session, "probe", "probe_fma", options, &fma, err) &&
      rb_kernel_get(session, "probe", "probe_copy", options, &copy, err) &&
      (!has_tensor || rb_kernel_get(session, "probe", "probe_tensor", options, &tensor, err)) &&
      rb_kernel_get(session, "inputs", "inputs_words", options, &words, err) &&
      rb_buffer_create(session, "in", count, 4, &in, err) &&
      rb_buffer_create(session, "out", (size_t)ROWS * BLOCKS * 64, 4, &out, err);
  const rb_arg fma_args[] = {rb_arg_buffer(in), rb_arg_buffer(out), rb_arg_f32(1),
                             rb_arg_f32(0.25f), rb_arg_u32(2)};
  const rb_arg copy_args[] = {rb_arg_buffer(in), rb_arg_buffer(out), rb_arg_u32(count)};
  const rb_arg words_args[] = {rb_arg_buffer(out), rb_arg_u32(BLOCKS), rb_arg_u32(ROWS),
                               rb_arg_u32(1),      rb_arg_u32(2),      rb_arg_u32(3),
                               rb_arg_u32(4),      rb_arg_u32(5),      rb_arg_u32(6)};
  const rb_ndrange items = {ITEMS, 1, 0, 0}, more = {ITEMS + 2, 1, 0, 0},
                   lanes = {BLOCKS * 16, ROWS, 0, 0};
  ok = ok && rb_kernel_launch(session, fma, items, fma_args, 5, "test", err) &&
       (!has_tensor || rb_kernel_launch(session, tensor, items, fma_args, 5, "test", err)) &&
       rb_kernel_launch(session, copy, more, copy_args, 3, "test", err) &&
       rb_kernel_launch(session, words, lanes, words_args, 9, "test", err) &&
       rb_session_finish(session, err);
  rb_buffer_free(in);
  rb_buffer_free(out);
  return ok;
}

static bool run(const rb_variant *variant, int n_problems, rb_err *err) {
  rb_device *devices = NULL;
  rb_session *session = NULL;
  size_t n = 0;
  bool ok = rb_device_list(&devices, &n, err);
  if (ok && (n != 1 || strstr(devices[0].platform, "Oclgrind") == NULL))
    ok = rb_fail(err, RB_FAILED, "%zu devices here; Oclgrind must be the only one", n);
  ok = ok && rb_session_open(&devices[0], false, &session, err);
  for (int i = 0; ok && i < n_problems; i++)
    ok = run_problem(session, i, variant, err);
  ok = ok && run_others(session, variant, err);
  rb_session_close(session);
  free(devices);
  return ok;
}

int main(int argc, char **argv) {
  int n_problems = argc > 2 ? atoi(argv[2]) : 0;
  const plant *planted = NULL;
  rb_variant variant;
  rb_err err;
  bool known = argc > 1 && rb_variant_parse(argv[1], &variant, &err);
  for (size_t i = 0; argc > 3 && i < sizeof plants / sizeof *plants; i++)
    if (strcmp(plants[i].name, argv[3]) == 0)
      planted = &plants[i];
  if (!known || n_problems < 1 || n_problems > N_PROBLEMS || (argc > 3) != !!planted ||
      (planted && !plant_bug(planted))) {
    fprintf(stderr, "usage: drive VARIANT 1..%d [PLANT]\n", N_PROBLEMS);
    return 2;
  }
  if (run(&variant, n_problems, &err))
    return 0;
  fprintf(stderr, "drive: %s\n", err.text);
  return 1;
}
