// SPDX-License-Identifier: Apache-2.0
/* Proves: energy is the sum of the packages and of their memories, each once, over a counter that
 * goes round too; where there is nothing to read, or it may not be read, energy is unavailable and
 * says why; what stops being readable gives no number. Fails if a part of a package, the board or
 * the second way to the same counters is added, if going round is taken for a fall, or if a lost
 * counter counts as 0. */
#define _XOPEN_SOURCE 700 /* nftw() */
#include <criterion/criterion.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/energy.h"

static char folder[] = "/tmp/rb-energy-XXXXXX";
static rb_err err;

static void make_folder(void) {
  cr_assert_not_null(mkdtemp(folder));
}

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *walk) {
  (void)status, (void)flag, (void)walk;
  return remove(path);
}

static void remove_folder(void) {
  nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(energy, .init = make_folder, .fini = remove_folder);

static void put(const char *zone, const char *name, const char *text) {
  char path[300];
  snprintf(path, sizeof path, "%s/%s", folder, zone);
  mkdir(path, 0777);
  snprintf(path, sizeof path, "%s/%s/%s", folder, zone, name);
  FILE *file = fopen(path, "w"); /* the same inode, as the kernel's files are */
  cr_assert_not_null(file, "%s", path);
  fputs(text, file);
  fclose(file);
}

static void put_zone(const char *zone, const char *name, const char *uj, const char *range) {
  put(zone, "name", name);
  put(zone, "energy_uj", uj);
  if (range)
    put(zone, "max_energy_range_uj", range);
}

static rb_energy *opened(const char *path) {
  rb_energy *energy = NULL;
  cr_assert(rb_energy_open(path, &energy, &err), "%s", err.text);
  return energy;
}

static void expect_unavailable(const char *path, const char *why) {
  rb_energy *energy = opened(path);
  cr_expect_not(rb_energy_is_available(energy));
  cr_expect(strncmp(rb_energy_describe(energy), "unavailable: ", 13) == 0 &&
                strstr(rb_energy_describe(energy), why),
            "%s", rb_energy_describe(energy));
  rb_energy_reading reading = rb_energy_read(energy);
  cr_expect_not(reading.whole);
  cr_expect(isnan(rb_energy_between_j(energy, &reading, &reading)));
  rb_energy_close(energy);
}

Test(energy, each_joule_counts_once) {
  put_zone("intel-rapl:0", "package-0\n", "1000000\n", "262143328850\n");
  put_zone("intel-rapl:1", "package-1\n", "2000000\n", "262143328850\n");
  put_zone("intel-rapl:0:0", "core\n", "10\n", "262143328850\n");
  put_zone("intel-rapl:0:1", "dram\n", "50\n", "65712999613\n");
  put_zone("intel-rapl:2", "psys\n", "10\n", "262143328850\n");
  put_zone("intel-rapl-mmio:0", "package-0\n", "10\n", "262143328850\n");
  put("intel-rapl", "enabled", "1\n");
  rb_energy *energy = opened(folder);
  cr_expect(rb_energy_is_available(energy));
  cr_expect_str_eq(rb_energy_describe(energy), "RAPL: package-0, dram, package-1");
  rb_energy_reading from = rb_energy_read(energy);
  cr_expect(from.whole);
  cr_expect_eq(rb_energy_between_j(energy, &from, &from), 0);
  put("intel-rapl:0", "energy_uj", "1750000\n");
  put("intel-rapl:1", "energy_uj", "2250000\n");
  put("intel-rapl:0:1", "energy_uj", "500050\n");
  put("intel-rapl:0:0", "energy_uj", "9000000\n");
  put("intel-rapl:2", "energy_uj", "9000000\n");
  put("intel-rapl-mmio:0", "energy_uj", "9000000\n");
  rb_energy_reading to = rb_energy_read(energy);
  cr_expect_float_eq(rb_energy_between_j(energy, &from, &to), 1.5, 1e-12);
  rb_energy_close(energy);
}

Test(energy, counters_go_round) {
  put_zone("intel-rapl:0", "package-0\n", "262143000000\n", "262143328850\n");
  rb_energy *energy = opened(folder);
  rb_energy_reading from = rb_energy_read(energy);
  put("intel-rapl:0", "energy_uj", "671150\n");
  rb_energy_reading to = rb_energy_read(energy);
  cr_expect_float_eq(rb_energy_between_j(energy, &from, &to), 1.0, 1e-9);
  rb_energy_close(energy);
  /* One that does not say where, and one that says less than it has counted. */
  const char *const ranges[] = {NULL, "5\n"};
  for (int i = 0; i < 2; i++) {
    put_zone("intel-rapl:0", "package-0\n", "2000000\n", ranges[i]);
    if (!ranges[i]) {
      char path[300];
      snprintf(path, sizeof path, "%s/intel-rapl:0/max_energy_range_uj", folder);
      unlink(path);
    }
    energy = opened(folder);
    from = rb_energy_read(energy);
    put("intel-rapl:0", "energy_uj", "1000000\n");
    to = rb_energy_read(energy);
    cr_expect(isnan(rb_energy_between_j(energy, &from, &to)), "range %d", i);
    rb_energy_close(energy);
  }
}

Test(energy, unavailable_says_why) {
  char path[300];
  snprintf(path, sizeof path, "%s/absent", folder);
  expect_unavailable(path, "absent: not there");
  expect_unavailable(folder, "no RAPL counters there");
  put_zone("intel-rapl:0", "psys\n", "1\n", NULL);
  expect_unavailable(folder, "no RAPL counters there");
  const char *const bad[] = {"", "\n", "-5\n", "x\n", "5 x\n", "99999999999999999999999\n"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    put_zone("intel-rapl:0", "package-0\n", bad[i], NULL);
    expect_unavailable(folder, "energy_uj: no number can be read there");
  }
  snprintf(path, sizeof path, "%s/intel-rapl:0/energy_uj", folder);
  unlink(path);
  expect_unavailable(folder, "No such file");
  /* One that can be read does not stand for both. */
  put_zone("intel-rapl:1", "package-1\n", "1\n", NULL);
  expect_unavailable(folder, "intel-rapl:0/energy_uj");
  put_zone("intel-rapl:0", "package-0\n", "1\n", NULL);
  chmod(path, 0);
  if (geteuid() != 0)
    expect_unavailable(folder, "only root may read it");
  else
    fprintf(stderr, "SKIPPED: as root every counter can be read\n");
}

Test(energy, too_many_counters) {
  char zone[40], name[40];
  for (int i = 0; i <= RB_ENERGY_COUNTERS; i++) {
    snprintf(zone, sizeof zone, "intel-rapl:%d", i);
    snprintf(name, sizeof name, "package-%d\n", i);
    put_zone(zone, name, "1\n", NULL);
  }
  expect_unavailable(folder, "more counters than this program reads");
}

Test(energy, a_counter_that_is_lost) {
  put_zone("intel-rapl:0", "package-0\n", "1000000\n", NULL);
  rb_energy *energy = opened(folder);
  rb_energy_reading from = rb_energy_read(energy);
  put("intel-rapl:0", "energy_uj", "");
  rb_energy_reading to = rb_energy_read(energy);
  cr_expect_not(to.whole);
  cr_expect(isnan(rb_energy_between_j(energy, &from, &to)));
  cr_expect(isnan(rb_energy_between_j(energy, &to, &from)));
  rb_energy_close(energy);
}
