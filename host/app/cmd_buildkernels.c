// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "app/args.h"
#include "app/cachefolder.h"
#include "app/command.h"
#include "app/env.h"
#include "app/format.h"
#include "app/outfile.h"
#include "base/mem.h"
#include "cl/build.h"
#include "cl/launch.h"
#include "cl/program.h"
#include "rb_version.h"
#include "report/table.h"
#include "study/offline.h"

typedef struct build_options {
  const char *device, *folder, *variant; /* folder, variant: NULL if not given */
  bool sources, binaries, force, no_cache;
  rb_format format;
} build_options;

enum { KEY_VARIANT = 256, KEY_SOURCES, KEY_BINARIES, KEY_FORCE, KEY_NO_CACHE };

static const struct argp_option options[] = {
    {"device", 'd', "DEVICE", 0,
     "P:D, gpu, cpu, accelerator, uuid:.., pci:.. or a part of the name (default: "
     "RELUBENCH_DEVICE, else the best)",
     0},
    {"output", 'o', "DIR", 0, "the folder; made if it is not there", 0},
    {"variant", KEY_VARIANT, "VARIANT", 0,
     "the own kernels, as for run (default: by the facts that the device reports)", 0},
    {"sources", KEY_SOURCES, NULL, 0,
     "write the source of each program, for another compiler, and compile nothing", 0},
    {"binaries", KEY_BINARIES, NULL, 0,
     "take the binaries that another compiler has put into DIR, and compile nothing", 0},
    {"force", KEY_FORCE, NULL, 0, "overwrite files in DIR", 0},
    {"no-cache", KEY_NO_CACHE, NULL, 0, "compile every program anew, and keep none", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
  build_options *o = state->input;
  rb_variant variant;
  rb_err err;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &o->format;
    return 0;
  case 'd':
    o->device = arg;
    return 0;
  case 'o':
    o->folder = arg;
    return 0;
  case KEY_VARIANT:
    if (!rb_variant_parse(arg, &variant, &err))
      rb_args_fail(state, "--variant: %s", err.text);
    o->variant = arg;
    return 0;
  case KEY_SOURCES:
    o->sources = true;
    return 0;
  case KEY_BINARIES:
    o->binaries = true;
    return 0;
  case KEY_FORCE:
    o->force = true;
    return 0;
  case KEY_NO_CACHE:
    o->no_cache = true;
    return 0;
  case ARGP_KEY_ARG:
    rb_args_fail(state, "unexpected argument '%s'", arg);
    return 0;
  case ARGP_KEY_END:
    if (o->folder == NULL || *o->folder == 0)
      rb_args_fail(state, "which folder? -o DIR");
    if (o->sources && o->binaries)
      rb_args_fail(state, "--sources or --binaries, not both");
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

enum { AT_NAME, AT_ENTRIES, AT_OPTIONS, AT_BYTES, AT_SHA256 };
static const rb_column columns[] = {
    [AT_NAME] = {.name = "program", .type = RB_COLUMN_TEXT},
    [AT_ENTRIES] = {.name = "kernels", .type = RB_COLUMN_TEXT},
    [AT_OPTIONS] = {.name = "options", .type = RB_COLUMN_TEXT},
    [AT_BYTES] = {.name = "bytes", .title = "size", .type = RB_COLUMN_BYTES},
    [AT_SHA256] = {.name = "sha256", .type = RB_COLUMN_TEXT},
};

/* What the command works on. */
typedef struct work {
  const build_options *opts;
  const rb_device *device;
  rb_session *session;
  rb_cache *cache;    /* or NULL */
  rb_offline offline; /* folder not owned */
} work;

static bool write_file(const work *w, const char *name, const char *ending, const void *bytes,
                       size_t n, rb_err *err) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.3500s/%s%s", w->opts->folder, name, ending);
  return rb_outfile_check(path, w->opts->force, err) &&
         rb_outfile_write(path, w->opts->force, bytes, n, err);
}

static bool make_folder(const char *folder, rb_err *err) {
  return mkdir(folder, 0777) == 0 || errno == EEXIST ||
         rb_fail(err, RB_USAGE, "cannot make the folder %.512s: %s", folder, strerror(errno));
}

/* ---- sources ---- */

/* The source as the compiler would be given it; above it what it is to be compiled with. */
static bool write_source(const work *w, const rb_kernelset_program *p, rb_err *err) {
  char *source = NULL, *text = NULL;
  size_t n = 0;
  if (!rb_program_source(p->file, &source, err))
    return false;
  FILE *out = rb_mem_stream(&text, &n);
  bool ok = out != NULL;
  if (ok) {
    fprintf(out, "// Options: %s\n// Kernels: %s\n%s", p->options, p->entries, source);
    ok = fclose(out) == 0;
  }
  ok = ok ? write_file(w, p->name, ".cl", text, n, err)
          : rb_fail(err, RB_FAILED, "out of memory while writing kernels/%s.cl", p->file);
  free(text);
  free(source);
  return ok;
}

/* ---- binaries ---- */

/* Every entry can be used: one that an image of an FPGA lacks would show in the midst of a run. */
static bool try_entries(const work *w, const rb_kernelset_program *p, rb_err *err) {
  char entries[RB_KERNELSET_TEXT], flags[RB_BUILD_FLAGS], *rest = NULL;
  rb_build_flags("", flags);
  const char *own = p->options + strlen(flags);
  snprintf(entries, sizeof entries, "%s", p->entries);
  for (char *entry = strtok_r(entries, " ", &rest); entry; entry = strtok_r(NULL, " ", &rest)) {
    rb_kernel *kernel;
    if (!rb_kernel_get(w->session, p->file, entry, own, &kernel, err))
      return false;
  }
  return true;
}

static bool add_binary(work *w, rb_kernelset_program *p, rb_err *err) {
  char flags[RB_BUILD_FLAGS];
  void *bytes = NULL;
  size_t n = 0;
  rb_build_flags("", flags);
  bool ok = try_entries(w, p, err) &&
            (w->opts->binaries ? rb_kernelset_binary(w->opts->folder, p, &bytes, &n, err)
                               : rb_build_binary(w->session, p->file, p->options + strlen(flags),
                                                 &bytes, &n, err) &&
                                     write_file(w, p->name, ".bin", bytes, n, err));
  if (ok) {
    rb_sha256_hex(bytes, n, p->sha256);
    p->bytes = n;
  }
  free(bytes);
  return ok;
}

/* The file that says what is there comes last: without it nothing is used. */
static bool write_binaries(work *w, rb_err *err) {
  char *text = NULL, path[PATH_MAX];
  rb_kernelset *set = &w->offline.set;
  snprintf(path, sizeof path, "%.3500s/" RB_KERNELSET_FILE, w->opts->folder);
  if (!rb_outfile_check(path, w->opts->force, err))
    return false;
  if (!w->opts->binaries && !w->device->compiler)
    return rb_fail(err, RB_USAGE,
                   "device '%s' has no compiler: --sources writes what another one takes, "
                   "--binaries takes what comes out (docs/FPGA.md)",
                   w->device->name);
  if (w->opts->binaries)
    rb_offline_serve(&w->offline, w->session);
  for (size_t i = 0; i < set->n; i++)
    if (!add_binary(w, &set->programs[i], err))
      return false;
  bool ok = rb_kernelset_print(set, &text, err) &&
            write_file(w, RB_KERNELSET_FILE, "", text, strlen(text), err);
  free(text);
  return ok;
}

static bool build(work *w, rb_err *err) {
  rb_kernelset *set = &w->offline.set;
  rb_variant variant = rb_variant_choose(w->device);
  if ((w->opts->variant && !rb_variant_parse(w->opts->variant, &variant, err)) ||
      !rb_offline_list(w->device, &variant, set, err))
    return false;
  rb_offline_sign(set, w->device, RB_VERSION);
  if (!make_folder(w->opts->folder, err))
    return false;
  for (size_t i = 0; w->opts->sources && i < set->n; i++)
    if (!write_source(w, &set->programs[i], err))
      return false;
  if (w->opts->sources)
    return true;
  if (!(w->opts->no_cache || rb_cachefolder_open(&w->cache, err)) ||
      !rb_session_open(w->device, false, &w->session, err))
    return false;
  rb_session_use_cache(w->session, w->cache);
  return write_binaries(w, err);
}

static bool show(const work *w, rb_err *err) {
  rb_table *table = NULL;
  if (!rb_table_open(columns, sizeof columns / sizeof *columns, &table, err))
    return false;
  for (size_t i = 0; i < w->offline.set.n; i++) {
    const rb_kernelset_program *p = &w->offline.set.programs[i];
    rb_table_row(table);
    rb_table_text(table, AT_NAME, p->name);
    rb_table_text(table, AT_ENTRIES, p->entries);
    rb_table_text(table, AT_OPTIONS, p->options);
    if (p->bytes > 0) {
      rb_table_integer(table, AT_BYTES, p->bytes);
      rb_table_text(table, AT_SHA256, p->sha256);
    }
  }
  if (w->opts->format == RB_FORMAT_TABLE) {
    rb_table_hide(table, AT_OPTIONS); /* the name has them */
    rb_table_hide(table, AT_SHA256);
    if (w->opts->sources)
      rb_table_hide(table, AT_BYTES);
  }
  bool ok = rb_table_write(table, w->opts->format, stdout, err);
  rb_table_free(table);
  return ok;
}

int rb_command_build_kernels(int argc, char **argv) {
  static const struct argp argp = {options,
                                   parse,
                                   NULL,
                                   "Writes every program that `run` may need of a variant as a "
                                   "binary of one device, for `run --kernels DIR`, which then "
                                   "compiles nothing.",
                                   rb_format_child,
                                   NULL,
                                   NULL};
  build_options o = {.device = rb_env_device()};
  rb_device *devices = NULL;
  size_t n = 0;
  rb_err err = {.kind = RB_DONE};
  work w = {.opts = &o};
  rb_args_parse(&argp, argc, argv, &o);
  bool ok = rb_device_choose(o.device, &devices, &n, &err);
  if (ok && n != 1)
    ok = rb_fail(&err, RB_USAGE, "-d %s names %zu devices: programs are for one", o.device, n);
  if (ok) {
    w.device = &devices[0];
    w.offline.folder = (char *)o.folder;
    ok = build(&w, &err) && show(&w, &err);
  }
  rb_session_close(w.session);
  rb_cachefolder_close(w.cache, !ok);
  rb_kernelset_free(&w.offline.set);
  free(devices);
  return ok ? RB_DONE : rb_command_fail(&err);
}
