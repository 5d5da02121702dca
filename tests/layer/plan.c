// SPDX-License-Identifier: Apache-2.0
#include "plan.h"
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Groups of calls that a rule may count; the last is one call by its name. */
typedef enum group { ANY, ENQUEUE, WAIT, BUFFER, CALL, N_GROUPS, OTHER } group;
static const char *const variables[N_GROUPS] = {"RB_LAYER_ANY", "RB_LAYER_ENQUEUE", "RB_LAYER_WAIT",
                                                "RB_LAYER_BUFFER", "RB_LAYER_CALL"};
static const struct {
  const char *name;
  group group;
} sites[N_SITES] = {
#define X(name, group) {#name, group},
    RB_LAYER_SITES(X)
#undef X
};
static const char *const objects[N_OBJECTS] = {
#define X(name, suffix, type) #name,
    RB_LAYER_OBJECTS(X)
#undef X
};

/* One record of the witness: calls and those that went wrong, or objects made and released. */
typedef struct record {
  char name[48];
  uint64_t n, other;
} record;
typedef struct witness {
  record sites[N_SITES], objects[N_OBJECTS], groups[N_GROUPS];
} witness;
static witness *counts;
static int log_fd = -1;
static bool spared; /* by RB_LAYER_DEVICE */

typedef enum what { NOTHING, FAIL, STATUS, FLIP, HANG, CRASH, KILL } what;
typedef struct rule {
  what what;
  int code;
  uint64_t k;      /* which call of the group, from 1 */
  bool later;      /* and all that follow */
  layer_site site; /* of group CALL */
} rule;
static rule rules[N_GROUPS];

static void not_understood(const char *variable, const char *text, const char *wanted) {
  fprintf(stderr, "layer: %s=%s is not %s\n", variable, text, wanted);
  abort();
}

static void read_rule(group g) {
  static const char wanted[] = "[NAME:]K[+]:CODE, :status=CODE, :flip, :hang, :crash or :kill";
  const char *text = getenv(variables[g]), *at = text;
  rule *r = &rules[g];
  char *end;
  if (text == NULL)
    return;
  if (g == CALL) {
    size_t n = strcspn(text, ":");
    while (r->site < N_SITES &&
           !(strlen(sites[r->site].name) == n && strncmp(sites[r->site].name, text, n) == 0))
      r->site++;
    if (r->site == N_SITES || text[n] != ':')
      not_understood(variables[g], text, wanted);
    at += n + 1;
  }
  r->k = strtoull(at, &end, 10);
  r->later = *end == '+';
  at = end + r->later + 1;
  if (r->k == 0 || end[r->later] != ':')
    not_understood(variables[g], text, wanted);
  bool status = strncmp(at, "status=", 7) == 0;
  r->what = strcmp(at, "hang") == 0    ? HANG
            : strcmp(at, "crash") == 0 ? CRASH
            : strcmp(at, "kill") == 0  ? KILL
            : strcmp(at, "flip") == 0  ? FLIP
            : status                   ? STATUS
                                       : FAIL;
  if (r->what == STATUS || r->what == FAIL) {
    r->code = (int)strtol(at + (status ? 7 : 0), &end, 10);
    if (r->code >= 0 || *end)
      not_understood(variables[g], text, wanted);
  }
}

/* The counters: shared with other processes if they have a name. */
static void open_witness(const char *path) {
  int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
  if (path && (fd < 0 || ftruncate(fd, sizeof *counts) != 0))
    not_understood("RB_LAYER_MARKER", path, "a file that can be written");
  counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE,
                path ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, fd, 0);
  if (counts == MAP_FAILED)
    abort();
  if (fd >= 0)
    close(fd);
  for (int i = 0; i < N_SITES; i++)
    snprintf(counts->sites[i].name, sizeof counts->sites[i].name, "%s", sites[i].name);
  for (int i = 0; i < N_OBJECTS; i++)
    snprintf(counts->objects[i].name, sizeof counts->objects[i].name, "%s", objects[i]);
  for (int i = 0; i < N_GROUPS; i++)
    snprintf(counts->groups[i].name, sizeof counts->groups[i].name, "%s", variables[i]);
}

void layer_plan_read(void) {
  const char *log = getenv("RB_LAYER_LOG");
  for (group g = ANY; g < N_GROUPS; g++)
    read_rule(g);
  open_witness(getenv("RB_LAYER_MARKER"));
  if (log && (log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) < 0)
    not_understood("RB_LAYER_LOG", log, "a file that can be written");
}

static uint64_t add(uint64_t *counter) {
  return __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

static bool is_in(group g, layer_site site) {
  return g == ANY || g == sites[site].group || (g == CALL && site == rules[CALL].site);
}

static void strike(const rule *r, layer_fault *fault) {
  switch (r->what) {
  case KILL:
    kill(getpid(), SIGKILL);
    break;
  case CRASH:
    signal(SIGSEGV, SIG_DFL); /* whatever a sanitizer makes of it */
    raise(SIGSEGV);
    break;
  case HANG:
    for (;;)
      pause();
  case STATUS:
    fault->status = r->code;
    break;
  case FLIP:
    fault->flip = true;
    break;
  default:
    fault->code = r->code;
  }
}

layer_fault layer_plan_call(layer_site site) {
  layer_fault fault = {0};
  add(&counts->sites[site].n);
  if (log_fd >= 0) {
    char line[64];
    int n = snprintf(line, sizeof line, "%s\n", sites[site].name);
    if (write(log_fd, line, (size_t)n) != n)
      abort();
  }
  for (group g = ANY; g < N_GROUPS; g++) {
    const rule *r = &rules[g];
    if (r->what == NOTHING || spared || !is_in(g, site))
      continue;
    uint64_t seen = add(&counts->groups[g].n);
    if (seen == r->k || (r->later && seen > r->k)) {
      add(&counts->groups[g].other);
      add(&counts->sites[site].other);
      strike(r, &fault);
    }
  }
  return fault;
}

void layer_plan_device(const char *name) {
  const char *wanted = getenv("RB_LAYER_DEVICE");
  spared = wanted && strstr(name, wanted) == NULL;
}

void layer_plan_made(layer_object object) {
  add(&counts->objects[object].n);
}

void layer_plan_released(layer_object object) {
  add(&counts->objects[object].other);
}
