// SPDX-License-Identifier: Apache-2.0
#include "base/philox.h"
#include <math.h>

rb_words rb_philox(uint64_t seed, rb_words counter) {
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  rb_words x = counter;
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)0xD2511F53u * x.w[0];
    uint64_t p1 = (uint64_t)0xCD9E8D57u * x.w[2];
    x = (rb_words){{(uint32_t)(p1 >> 32) ^ x.w[1] ^ k0, (uint32_t)p1,
                    (uint32_t)(p0 >> 32) ^ x.w[3] ^ k1, (uint32_t)p0}};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return x;
}

rb_words rb_philox_at(uint64_t seed, rb_stream stream, uint64_t index) {
  return rb_philox(seed,
                   (rb_words){{(uint32_t)index, (uint32_t)(index >> 32), 0, (uint32_t)stream}});
}

rb_random rb_random_make(uint64_t seed, rb_stream stream) {
  return (rb_random){.seed = seed, .stream = stream, .used = 4};
}

uint32_t rb_random_u32(rb_random *random) {
  if (random->used == 4) {
    random->block = rb_philox_at(random->seed, random->stream, random->index++);
    random->used = 0;
  }
  return random->block.w[random->used++];
}

double rb_random_uniform(rb_random *random) {
  return ((double)rb_random_u32(random) + 0.5) * 0x1p-32;
}

double rb_random_normal(rb_random *random) {
  if (random->have_spare) {
    random->have_spare = 0;
    return random->spare;
  }
  double pair[2];
  uint32_t a = rb_random_u32(random);
  rb_box_muller(a, rb_random_u32(random), pair);
  random->spare = pair[1];
  random->have_spare = 1;
  return pair[0];
}

double rb_random_chi_square(rb_random *random, uint32_t degrees) {
  if (degrees == 1) {
    double x = rb_random_normal(random);
    return x * x;
  }
  double d = degrees / 2.0 - 1.0 / 3, c = 1 / sqrt(9 * d);
  for (;;) {
    double x = rb_random_normal(random), cx = c * x;
    double w = cx * (3 + cx * (3 + cx)); /* (1 + c x)^3 - 1, without cancellation at large d */
    if (w > -1 && log(rb_random_uniform(random)) < x * x / 2 + d * (log1p(w) - w))
      return 2 * d * (1 + w);
  }
}

uint32_t rb_random_below(rb_random *random, uint32_t n) {
  uint32_t limit = (0u - n) % n; /* 2^32 mod n: words below it would bias the remainder */
  uint32_t word;
  do
    word = rb_random_u32(random);
  while (word < limit);
  return word % n;
}

void rb_box_muller(uint32_t a, uint32_t b, double out[2]) {
  double radius = sqrt(-2.0 * log(((double)a + 0.5) * 0x1p-32));
  double angle = 2.0 * 3.14159265358979323846 * ((double)b * 0x1p-32);
  out[0] = radius * cos(angle);
  out[1] = radius * sin(angle);
}
