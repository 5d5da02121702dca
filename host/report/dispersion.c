// SPDX-License-Identifier: Apache-2.0
#include "report/dispersion.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "report/psychometric.h"

/* Sums over the trials of one pretraining at one d: of scores and of their variance. */
typedef struct cluster {
  uint64_t pretraining;
  double score, information;
} cluster;

static int by_pretraining(const void *left, const void *right) {
  const cluster *a = left, *b = right;
  return (a->pretraining > b->pretraining) - (a->pretraining < b->pretraining);
}

/* The clusters of one d into room (n_trials); returns how many. */
static size_t make_clusters(const rb_trials_point *point, const rb_psychometric_shape *shape,
                            double star, cluster *room) {
  size_t n = 0;
  for (size_t j = 0; j < point->n_trials; j++) {
    const rb_trial *trial = &point->trials[j];
    double p = rb_psychometric_success(shape, trial->x - star);
    double won = rb_psychometric_score(shape, trial->x - star, true);
    double own = rb_psychometric_score(shape, trial->x - star, trial->success);
    room[j] = (cluster){trial->pretraining, own, won * won * p / (1 - p)};
  }
  qsort(room, point->n_trials, sizeof *room, by_pretraining);
  for (size_t j = 0; j < point->n_trials; j++) {
    if (j == 0 || room[j].pretraining != room[n - 1].pretraining)
      room[n++] = room[j];
    else {
      room[n - 1].score += room[j].score;
      room[n - 1].information += room[j].information;
    }
  }
  return n;
}

/* Clusters of all d, sorted by pretraining: squares of what is left of the scores once each
 * pretraining has its mean over d, and the number of pretrainings. */
static double sum_contrasts(const cluster *clusters, size_t n, size_t *n_pretrainings) {
  double squares = 0;
  *n_pretrainings = 0;
  for (size_t from = 0, to = 0; from < n; from = to) {
    double score = 0, information = 0;
    for (; to < n && clusters[to].pretraining == clusters[from].pretraining; to++) {
      score += clusters[to].score;
      information += clusters[to].information;
    }
    for (size_t i = from; information > 0 && i < to; i++) {
      double rest = clusters[i].score - clusters[i].information * score / information;
      squares += rest * rest;
    }
    ++*n_pretrainings;
  }
  return squares;
}

bool rb_dispersion_find(const rb_trials_curve *curve, rb_exponent *out, rb_err *err) {
  rb_psychometric_shape shape = rb_psychometric_shape_make(out->scale, out->guess, out->lapse);
  void *memory = NULL;
  size_t n = 0, n_trials = 0, n_d = 0, n_pretrainings;
  double squares = 0, information = 0;
  out->dispersion = out->contrast = 1;
  for (size_t i = 0; i < curve->n_points; i++)
    n_trials += curve->points[i].n_trials;
  if (!rb_alloc(&memory, n_trials, sizeof(cluster), "trials of a curve", err))
    return false;
  cluster *clusters = memory;
  for (size_t i = 0; i < curve->n_points; i++) {
    if (out->points[i].censored != RB_EXPONENT_SEEN)
      continue;
    size_t own = make_clusters(&curve->points[i], &shape, out->points[i].log_star, clusters + n);
    if (own < 2)
      continue;
    double sum = 0;
    for (size_t j = n; j < n + own; j++) {
      sum += clusters[j].score * clusters[j].score;
      information += clusters[j].information;
    }
    squares += sum * (double)own / (double)(own - 1);
    n += own;
    n_d++;
  }
  if (information > 0)
    out->dispersion = out->contrast = fmax(1, squares / information);
  qsort(clusters, n, sizeof *clusters, by_pretraining);
  squares = sum_contrasts(clusters, n, &n_pretrainings);
  /* Every d has its n* besides; one degree is in both. */
  if (n_d > 1 && information > 0 && n + 1 > n_pretrainings + n_d) {
    double degrees = (double)(n + 1 - n_pretrainings - n_d);
    out->contrast = fmax(1, squares / information * (double)n / degrees);
  }
  free(memory);
  return true;
}
