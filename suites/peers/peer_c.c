// SPDX-License-Identifier: Apache-2.0
/* rb_peer_c: the round in plain C with OpenBLAS, driven as worker.py says.
 *
 * Each thread takes a run of samples and goes through it in tiles that stay in its cache: product
 * by a single-threaded sgemm, activation and sums in one fused pass, product into its own G. That
 * leaves no barrier inside a step and no pass over memory; one sgemm with all threads was slower.
 * Letters and shapes as in host/model/problem.h; one sample set has T n samples, task by task. */
#include <cblas.h>
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { TILE = 512, LANES = 16, DRAWN = 256 }; /* samples of a tile; generators; samples of `draw` */

typedef struct lanes {
  uint32_t s[4][LANES];
} lanes;

/* What a thread owns. */
typedef struct worker {
  float *X, *y, *Z; /* (TILE,d) and (TILE) where inputs are generated, (TILE,m) */
  float *A, *G;     /* (T,m) and (m,d), its share of the sums */
  lanes random;
} worker;

typedef struct peer {
  unsigned d, m, r, T, n, n_threads;
  double eta_a, eta_w, decay;
  float *W, *M, *tables, *X[2], *y[2]; /* [0] head step, [1] representation step */
  float *A, *W_next;
  worker *workers;
} peer;

_Noreturn static void stop(const char *what, const char *name) {
  printf("error %s %s\n", what, name);
  fflush(stdout);
  exit(5);
}

/* Zeroed, and on boundaries of huge pages where that is worth it. */
static void *room(size_t count, size_t size) {
  size_t line = count * size >= 4u << 20 ? 2u << 20 : 64, bytes = count * size + line;
  void *memory = aligned_alloc(line, bytes / line * line);
  if (memory == NULL)
    stop("out of memory", "");
  if (line > 64)
    madvise(memory, bytes / line * line, MADV_HUGEPAGE); /* a refusal only costs time */
  memset(memory, 0, bytes / line * line);
  return memory;
}

static float *load(const char *folder, const char *name, size_t count) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  float *values = room(count, sizeof *values);
  if (file == NULL || fread(values, sizeof *values, count, file) != count)
    stop("cannot read", path);
  fclose(file);
  return values;
}

static void save(const char *path, const float *values, size_t count) {
  FILE *file = fopen(path, "wb");
  if (file == NULL || fwrite(values, sizeof *values, count, file) != count || fclose(file) != 0)
    stop("cannot write", path);
}

/* xoshiro128+ (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021), LANES
 * of them side by side; their upper bits, which is all that a float takes, pass every test. */
static void draw_words(lanes *g, uint32_t *out) {
  for (int l = 0; l < LANES; l++) {
    uint32_t *s0 = &g->s[0][l], *s1 = &g->s[1][l], *s2 = &g->s[2][l], *s3 = &g->s[3][l];
    out[l] = *s0 + *s3;
    uint32_t shifted = *s1 << 9;
    *s2 ^= *s0;
    *s3 ^= *s1;
    *s1 ^= *s2;
    *s0 ^= *s3;
    *s2 ^= shifted;
    *s3 = *s3 << 11 | *s3 >> 21;
  }
}

/* Words of splitmix64, as the authors of xoshiro advise. */
static void seed(lanes *g, uint64_t state) {
  for (int word = 0; word < 4; word++)
    for (int l = 0; l < LANES; l++) {
      state += 0x9E3779B97F4A7C15u;
      uint64_t x = (state ^ state >> 30) * 0xBF58476D1CE4E5B9u;
      x = (x ^ x >> 27) * 0x94D049BB133111EBu;
      g->s[word][l] = (uint32_t)(x >> 32);
    }
}

/* Box-Muller, which libmvec vectorizes; the cosine is a sine a quarter further, as gcc 12 turns
 * sine and cosine of one angle into a call that it cannot vectorize. */
static void draw_normals(lanes *g, float *out, size_t count) {
  enum { BLOCK = 256 };
  const float unit = 0x1p-24f, turn = 6.2831853f;
  uint32_t words[2][BLOCK];
  float pair[2][BLOCK];
  for (size_t done = 0; done < count; done += 2 * (size_t)BLOCK) {
    for (int i = 0; i < BLOCK; i += LANES) {
      draw_words(g, words[0] + i);
      draw_words(g, words[1] + i);
    }
    for (int i = 0; i < BLOCK; i++) {
      float u = ((float)(int)(words[0][i] >> 8) + 0.5f) * unit;
      float angle = (float)(int)(words[1][i] >> 8) * unit * turn;
      float radius = sqrtf(-2 * logf(u));
      pair[0][i] = radius * sinf(angle);
      pair[1][i] = radius * sinf(angle + turn / 4);
    }
    size_t left = count - done;
    memcpy(out + done, pair, (left < 2 * BLOCK ? left : 2 * BLOCK) * sizeof *out);
  }
}

/* Inputs and labels of samples s0 .. s0+rows-1 into w->X and w->y. */
static void generate(const peer *p, worker *w, size_t s0, size_t rows) {
  draw_normals(&w->random, w->X, rows * p->d);
  for (size_t i = 0; i < rows; i++) {
    const float *x = w->X + i * p->d;
    unsigned pattern = 0;
    for (unsigned k = 0; k < p->r; k++) {
      const float *axis = p->M + (size_t)k * p->d;
      float u = 0;
      for (unsigned c = 0; c < p->d; c++)
        u += axis[c] * x[c];
      pattern |= (unsigned)(u >= 0) << k;
    }
    w->y[i] = p->tables[((s0 + i) / p->n << p->r) + pattern];
  }
}

/* a_t += y relu(Z) */
static void add_heads(const peer *p, worker *w, const float *y, size_t s0, size_t rows) {
  for (size_t i = 0; i < rows; i++) {
    const float *restrict z = w->Z + i * p->m, label = y[i];
    float *restrict a = w->A + (s0 + i) / p->n * p->m;
    for (unsigned j = 0; j < p->m; j++)
      a[j] += label * (z[j] > 0 ? z[j] : 0);
  }
}

/* Z = y (a_t o 1[Z > 0]) */
static void weigh(const peer *p, worker *w, const float *y, size_t s0, size_t rows) {
  for (size_t i = 0; i < rows; i++) {
    float *restrict z = w->Z + i * p->m, label = y[i];
    const float *restrict a = p->A + (s0 + i) / p->n * p->m;
    for (unsigned j = 0; j < p->m; j++)
      z[j] = z[j] > 0 ? label * a[j] : 0;
  }
}

/* One thread's samples of a step; step 0 is the head step. */
static void step_share(const peer *p, worker *w, int step, bool fresh, size_t from, size_t to) {
  int d = (int)p->d, m = (int)p->m;
  for (size_t s = from; s < to; s += TILE) {
    size_t rows = to - s < TILE ? to - s : TILE;
    const float *X = p->X[step] + s * p->d, *y = p->y[step] + s;
    if (fresh) {
      generate(p, w, s, rows);
      X = w->X;
      y = w->y;
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, m, d, 1, X, d, p->W, d, 0, w->Z,
                m);
    if (step == 0) {
      add_heads(p, w, y, s, rows);
    } else {
      weigh(p, w, y, s, rows);
      cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, m, d, (int)rows, 1, w->Z, m, X, d, 1,
                  w->G, d);
    }
  }
}

static void run_round(peer *p, bool fresh) {
  size_t n_samples = (size_t)p->T * p->n, n_heads = (size_t)p->T * p->m;
  size_t n_weights = (size_t)p->m * p->d, threads = p->n_threads;
  float head_scale = (float)(p->eta_a / p->n), kept = (float)(1 - p->decay);
  float scale = (float)(p->eta_w / (double)n_samples);
#pragma omp parallel num_threads((int)threads)
  {
    size_t me = (size_t)omp_get_thread_num();
    worker *w = &p->workers[me];
    size_t from = n_samples * me / threads, to = n_samples * (me + 1) / threads;
    memset(w->A, 0, n_heads * sizeof *w->A);
    memset(w->G, 0, n_weights * sizeof *w->G);
    step_share(p, w, 0, fresh, from, to);
#pragma omp barrier
#pragma omp for
    for (size_t i = 0; i < n_heads; i++) {
      float sum = 0;
      for (size_t t = 0; t < threads; t++)
        sum += p->workers[t].A[i];
      p->A[i] = head_scale * sum;
    }
    step_share(p, w, 1, fresh, from, to);
#pragma omp barrier
#pragma omp for
    for (size_t i = 0; i < n_weights; i++) {
      float sum = 0;
      for (size_t t = 0; t < threads; t++)
        sum += p->workers[t].G[i];
      p->W_next[i] = kept * p->W[i] + scale * sum;
    }
  }
}

static double now_s(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void time_rounds(peer *p, bool fresh, int count) {
  run_round(p, fresh);
  printf("done");
  for (int i = 0; i < count; i++) {
    double start = now_s();
    run_round(p, fresh);
    printf(" %.9f", now_s() - start);
  }
  printf("\n");
}

static void open_peer(peer *p, const char *folder) {
  char path[4096];
  snprintf(path, sizeof path, "%s/problem", folder);
  FILE *file = fopen(path, "r");
  if (file == NULL || fscanf(file, "%u %u %u %u %u %lf %lf %lf", &p->d, &p->m, &p->r, &p->T, &p->n,
                             &p->eta_a, &p->eta_w, &p->decay) != 8)
    stop("cannot read", path);
  fclose(file);
  size_t n_samples = (size_t)p->T * p->n, d = p->d, m = p->m;
  p->W = load(folder, "W.f32", m * d);
  p->M = load(folder, "M.f32", p->r * d);
  p->tables = load(folder, "tables.f32", (size_t)p->T << p->r);
  for (int step = 0; step < 2; step++) {
    p->X[step] = load(folder, step == 0 ? "X1.f32" : "X2.f32", n_samples * d);
    p->y[step] = load(folder, step == 0 ? "y1.f32" : "y2.f32", n_samples);
  }
  p->A = room(p->T * m, sizeof *p->A);
  p->W_next = room(m * d, sizeof *p->W_next);
  p->n_threads = (unsigned)omp_get_max_threads();
  p->workers = room(p->n_threads, sizeof *p->workers);
  for (unsigned t = 0; t < p->n_threads; t++) {
    worker *w = &p->workers[t];
    w->X = room(TILE * d, sizeof *w->X);
    w->y = room(TILE, sizeof *w->y);
    w->Z = room(TILE * m, sizeof *w->Z);
    w->A = room(p->T * m, sizeof *w->A);
    w->G = room(m * d, sizeof *w->G);
    seed(&w->random, t + 1);
  }
  openblas_set_num_threads(1); /* each thread calls it for itself */
}

/* For a processor that is younger than itself OpenBLAS takes Prescott's kernels, without AVX: a
 * fifth of the speed on a Xeon of 2023. It reads what it is told when it is loaded, so this program
 * starts again. */
static void tell_processor(char **argv) {
#ifdef __x86_64__
  const char *kernels = __builtin_cpu_supports("avx512bw") ? "SkylakeX"
                        : __builtin_cpu_supports("avx2")   ? "Haswell"
                                                           : NULL;
  if (kernels && strcmp(openblas_get_corename(), "Prescott") == 0 &&
      getenv("OPENBLAS_CORETYPE") == NULL && setenv("OPENBLAS_CORETYPE", kernels, 1) == 0)
    execv("/proc/self/exe", argv);
#else
  (void)argv;
#endif
}

int main(int argc, char **argv) {
  peer p = {0};
  char line[4200], name[32], version[32], path[4096];
  int count;
  if (argc != 2)
    stop("usage: rb_peer_c FOLDER", "");
  tell_processor(argv);
  open_peer(&p, argv[1]);
  if (sscanf(openblas_get_config(), "%31s %31s", name, version) != 2)
    stop("this OpenBLAS does not tell its version", "");
  printf("ready %u %s %s %s, cc %s\n", p.n_threads, name, version, openblas_get_corename(),
         __VERSION__);
  fflush(stdout);
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "time %31s %d", name, &count) == 2) {
      time_rounds(&p, strcmp(name, "pipeline") == 0, count);
    } else if (sscanf(line, "check %4095[^\n]", path) == 1) {
      run_round(&p, false);
      save(path, p.W_next, (size_t)p.m * p.d);
      printf("done\n");
    } else if (sscanf(line, "draw %4080[^\n]", path) == 1) {
      size_t n_samples = (size_t)p.T * p.n, rows = n_samples < DRAWN ? n_samples : DRAWN;
      generate(&p, p.workers, 0, rows);
      save(path, p.workers->X, rows * p.d);
      save(strcat(path, ".y"), p.workers->y, rows);
      printf("done\n");
    } else {
      stop("unknown command", line);
    }
    fflush(stdout);
  }
  return 0;
}
