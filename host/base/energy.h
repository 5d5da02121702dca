// SPDX-License-Identifier: Apache-2.0
/* Energy that the host's processors take: the RAPL counters that Linux shows in its power capping
 * tree (Documentation/power/powercap/powercap.rst in its sources). What they count is all that the
 * machine does meanwhile, and no graphics card: NVML and its like are not read.
 *
 * Counted are the packages and, where they have counters of their own, the memories beside them
 * ("dram"). Parts of a package ("core", "uncore"), the whole board ("psys") and the second way to
 * the same counters ("intel-rapl-mmio") would count twice and are left out. */
#ifndef RB_BASE_ENERGY_H
#define RB_BASE_ENERGY_H
#include <stdint.h>
#include "base/err.h"

#define RB_ENERGY_FOLDER "/sys/class/powercap"
/* Counters step about once in a millisecond (Intel SDM, volume 3B, 15.10.1: about 0.976 ms), so
 * that a reading at each end of so many seconds is off by less than a tenth. */
#define RB_ENERGY_LEAST_S 0.02
enum { RB_ENERGY_COUNTERS = 64 };

typedef struct rb_energy rb_energy;

/* Every counter at once, in microjoules. */
typedef struct rb_energy_reading {
  uint64_t uj[RB_ENERGY_COUNTERS];
  bool whole; /* every one could be read */
} rb_energy_reading;

/* Opens the counters below folder (NULL: RB_ENERGY_FOLDER). Where there is none, or one cannot be
 * read, *out is unavailable and says why, which is no error. Errors: RB_FAILED when memory is out.
 */
bool rb_energy_open(const char *folder, rb_energy **out, rb_err *err);
void rb_energy_close(rb_energy *energy); /* NULL allowed */
bool rb_energy_is_available(const rb_energy *energy);
/* "RAPL: dram, package-0" or "unavailable: ..."; lives as long as energy. */
const char *rb_energy_describe(const rb_energy *energy);

/* One pread() a counter; allocates nothing. Not whole where energy is unavailable. */
rb_energy_reading rb_energy_read(const rb_energy *energy);
/* Joules from one reading to the next; a counter may have gone round once between them. NAN if one
 * of them is not whole or a counter fell and does not say where it goes round. */
double rb_energy_between_j(const rb_energy *energy, const rb_energy_reading *from,
                           const rb_energy_reading *to);

#endif
