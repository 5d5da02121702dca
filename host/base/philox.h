// SPDX-License-Identifier: Apache-2.0
/* Philox 4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC
 * 2011): a counter-based generator, so that every device, tile order and resumed run draws the same
 * integers. kernels/philox.h is the device's copy; the tests compare the two word for word. */
#ifndef RB_BASE_PHILOX_H
#define RB_BASE_PHILOX_H
#include <stdint.h>

typedef struct rb_words {
  uint32_t w[4];
} rb_words;

/* What a counter's last word says: stream in the low 8 bits, round above. */
typedef enum rb_stream {
  RB_STREAM_HEAD = 1,               /* inputs of the head step */
  RB_STREAM_REPRESENTATION = 2,     /* inputs of the representation step */
  RB_STREAM_SUBSPACE = 3,           /* M */
  RB_STREAM_TABLE = 4,              /* task tables */
  RB_STREAM_WEIGHTS = 5,            /* W0 */
  RB_STREAM_FIXED_HEAD = 6,         /* the shared random head of the ablation without a head step */
  RB_STREAM_ORDER = 7,              /* order of cells, and of samples where a head is trained */
  RB_STREAM_CHECK = 8,              /* choices of the verification */
  RB_STREAM_PROBE = 9,              /* contents of the roof probes */
  RB_STREAM_COLLAPSE = 10,          /* gradient beyond the span, in collapsed sampling */
  RB_STREAM_COLLAPSED_WEIGHTS = 11, /* W0 in collapsed coordinates */
  RB_STREAM_SEEDS = 12,             /* seeds of pretrainings and of trials */
  RB_STREAM_NEURONS = 13,           /* neurons of a trial and their biases */
  RB_STREAM_SEARCH = 14             /* where a search places its trials */
} rb_stream;

/* The ten rounds; key = (low word, high word of seed). */
rb_words rb_philox(uint64_t seed, rb_words counter);
/* One block of four words of a sequential stream: counter (low index, high index, 0, stream). */
rb_words rb_philox_at(uint64_t seed, rb_stream stream, uint64_t index);

/* A sequential source for host-side draws (not for inputs). */
typedef struct rb_random {
  uint64_t seed, index;
  rb_stream stream;
  rb_words block;
  unsigned used; /* words of block handed out; 4 = none left */
  double spare;  /* second normal of the last pair */
  int have_spare;
} rb_random;

rb_random rb_random_make(uint64_t seed, rb_stream stream);
uint32_t rb_random_u32(rb_random *random);
double rb_random_uniform(rb_random *random); /* in (0, 1) */
double rb_random_normal(rb_random *random);  /* Box-Muller in double */
/* Chi-square with `degrees` >= 1, in constant time: the square of a normal for 1, else Marsaglia
 * and Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000). */
double rb_random_chi_square(rb_random *random, uint32_t degrees);
/* Uniform in 0..n-1, unbiased by rejection; n >= 1. */
uint32_t rb_random_below(rb_random *random, uint32_t n);

/* Box-Muller of two words, in double: u = (a + 1/2) 2^-32, angle = 2 pi b 2^-32,
 * (sqrt(-2 ln u) cos angle, sqrt(-2 ln u) sin angle). Largest possible |x| = sqrt(2 * 33 ln 2)
 * = 6.764, so the tails beyond it (probability 1.3e-11) are missing. */
void rb_box_muller(uint32_t a, uint32_t b, double out[2]);

#endif
