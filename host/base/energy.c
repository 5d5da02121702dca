// SPDX-License-Identifier: Apache-2.0
#include "base/energy.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"

enum { NAME_ROOM = 64, TEXT_ROOM = 512 };

typedef struct counter {
  int fd;         /* of energy_uj */
  uint64_t range; /* where it goes round; 0: it does not say */
  char name[NAME_ROOM];
} counter;

struct rb_energy {
  counter counters[RB_ENERGY_COUNTERS];
  size_t n;
  char text[TEXT_ROOM];
};

/* What a small file holds, without the end of its line; false and errno if it cannot be read. */
static bool read_open(int fd, char *text, size_t room) {
  ssize_t n = pread(fd, text, room - 1, 0);
  text[n > 0 ? n : 0] = '\0';
  text[strcspn(text, "\n")] = '\0';
  return n > 0;
}

static bool read_path(const char *path, char *text, size_t room) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  text[0] = '\0';
  if (fd < 0)
    return false;
  bool ok = read_open(fd, text, room);
  close(fd);
  return ok;
}

static bool read_number(int fd, uint64_t *value) {
  char text[32], *end = NULL;
  if (!read_open(fd, text, sizeof text) || text[0] < '0' || text[0] > '9')
    return false;
  errno = 0;
  *value = strtoull(text, &end, 10);
  return *end == '\0' && errno == 0;
}

static bool is_counted(const char *name) {
  return strncmp(name, "package", 7) == 0 || strcmp(name, "dram") == 0;
}

static void close_all(rb_energy *energy) {
  for (size_t i = 0; i < energy->n; i++)
    close(energy->counters[i].fd);
  energy->n = 0;
}

static void refuse(rb_energy *energy, const char *path, const char *why) {
  close_all(energy);
  snprintf(energy->text, sizeof energy->text, "unavailable: %.300s: %s", path, why);
}

/* The zone in folder/entry if it is one that counts; false once energy is unavailable. */
static bool add_zone(rb_energy *energy, const char *folder, const char *entry) {
  char path[PATH_MAX], name[NAME_ROOM], text[32];
  uint64_t now = 0;
  snprintf(path, sizeof path, "%s/%s/name", folder, entry);
  if (!read_path(path, name, sizeof name) || !is_counted(name))
    return true;
  snprintf(path, sizeof path, "%s/%s/energy_uj", folder, entry);
  if (energy->n == RB_ENERGY_COUNTERS) {
    refuse(energy, path, "more counters than this program reads");
    return false;
  }
  counter *to = &energy->counters[energy->n];
  to->fd = open(path, O_RDONLY | O_CLOEXEC);
  if (to->fd < 0) {
    refuse(energy, path, errno == EACCES ? "only root may read it" : strerror(errno));
    return false;
  }
  energy->n++;
  if (!read_number(to->fd, &now)) {
    refuse(energy, path, "no number can be read there");
    return false;
  }
  memcpy(to->name, name, sizeof name);
  snprintf(path, sizeof path, "%s/%s/max_energy_range_uj", folder, entry);
  to->range = read_path(path, text, sizeof text) ? strtoull(text, NULL, 10) : 0;
  return true;
}

static int is_rapl(const struct dirent *entry) {
  return strncmp(entry->d_name, "intel-rapl:", 11) == 0;
}

static void find_counters(rb_energy *energy, const char *folder) {
  struct dirent **entries = NULL;
  int n = scandir(folder, &entries, is_rapl, alphasort);
  if (n < 0) {
    refuse(energy, folder, errno == ENOENT ? "not there" : strerror(errno));
    return;
  }
  bool ok = true;
  for (int i = 0; i < n; i++) {
    ok = ok && add_zone(energy, folder, entries[i]->d_name);
    free(entries[i]);
  }
  free(entries);
  if (ok && energy->n == 0)
    refuse(energy, folder, "no RAPL counters there");
  if (energy->n == 0)
    return;
  size_t used = (size_t)snprintf(energy->text, sizeof energy->text, "RAPL: ");
  for (size_t i = 0; i < energy->n && used < sizeof energy->text; i++)
    used += (size_t)snprintf(energy->text + used, sizeof energy->text - used, "%s%s", i ? ", " : "",
                             energy->counters[i].name);
}

bool rb_energy_open(const char *folder, rb_energy **out, rb_err *err) {
  void *memory = NULL;
  if (!rb_alloc(&memory, 1, sizeof **out, "energy counters", err))
    return false;
  *out = memory;
  find_counters(*out, folder ? folder : RB_ENERGY_FOLDER);
  return true;
}

void rb_energy_close(rb_energy *energy) {
  if (energy)
    close_all(energy);
  free(energy);
}

bool rb_energy_is_available(const rb_energy *energy) {
  return energy->n > 0;
}

const char *rb_energy_describe(const rb_energy *energy) {
  return energy->text;
}

rb_energy_reading rb_energy_read(const rb_energy *energy) {
  rb_energy_reading reading = {.whole = energy->n > 0};
  for (size_t i = 0; i < energy->n; i++)
    reading.whole = read_number(energy->counters[i].fd, &reading.uj[i]) && reading.whole;
  return reading;
}

double rb_energy_between_j(const rb_energy *energy, const rb_energy_reading *from,
                           const rb_energy_reading *to) {
  double sum = 0;
  if (!from->whole || !to->whole)
    return NAN;
  for (size_t i = 0; i < energy->n; i++) {
    uint64_t before = from->uj[i], after = to->uj[i], range = energy->counters[i].range;
    if (after < before && range < before)
      return NAN;
    sum += after >= before ? (double)(after - before) : (double)(range - before) + (double)after;
  }
  return sum * 1e-6;
}
