// SPDX-License-Identifier: Apache-2.0
#include "study/header.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "base/clock.h"
#include "cl/blas.h"

static void host(rb_record *record, const char *key, const char *value) {
  rb_record_texts(record, RB_F_host, key, value && *value ? value : "unknown");
}

/* First line of the file, or "". */
static void first_line(const char *path, char *text, size_t room) {
  FILE *file = fopen(path, "r");
  text[0] = 0;
  if (file == NULL)
    return;
  if (fgets(text, (int)room, file) == NULL)
    text[0] = 0;
  text[strcspn(text, "\n")] = 0;
  fclose(file);
}

/* What follows "key<separator>" in the first line of the file that starts with key, or "". */
static void line_value(const char *path, const char *key, char separator, char *text, size_t room) {
  FILE *file = fopen(path, "r");
  char line[4096];
  text[0] = 0;
  if (file == NULL)
    return;
  while (fgets(line, sizeof line, file))
    if (strncmp(line, key, strlen(key)) == 0 && strchr(line, separator)) {
      const char *value = strchr(line, separator) + 1;
      value += strspn(value, " \t\"");
      snprintf(text, room, "%.*s", (int)strcspn(value, "\"\n"), value);
      break;
    }
  fclose(file);
}

static void add_container(rb_record *record) {
  char flags[4096], text[256];
  const char *container = "none seen";
  if (access("/.dockerenv", F_OK) == 0)
    container = "docker";
  else if (access("/run/.containerenv", F_OK) == 0)
    container = "podman";
  host(record, "container", container);
  line_value("/proc/cpuinfo", "flags", ':', flags, sizeof flags);
  first_line("/sys/class/dmi/id/product_name", text, sizeof text);
  if (strstr(flags, " hypervisor"))
    host(record, "virtual_machine", text[0] ? text : "yes");
  else
    host(record, "virtual_machine", "none seen");
}

static void add_host(rb_record *record) {
  char text[512];
  struct utsname system;
  line_value("/proc/cpuinfo", "model name", ':', text, sizeof text);
  host(record, "cpu", text);
  snprintf(text, sizeof text, "%ld", sysconf(_SC_NPROCESSORS_ONLN));
  host(record, "cpus", text);
  first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", text, sizeof text);
  host(record, "governor", text);
  first_line("/proc/loadavg", text, sizeof text);
  host(record, "load", text);
  line_value("/proc/meminfo", "MemTotal", ':', text, sizeof text);
  host(record, "memory", text);
  line_value("/proc/meminfo", "MemAvailable", ':', text, sizeof text);
  host(record, "memory_available", text);
  line_value("/etc/os-release", "PRETTY_NAME", '=', text, sizeof text);
  host(record, "system", text);
  if (uname(&system) == 0) {
    snprintf(text, sizeof text, "%s %s %s", system.sysname, system.release, system.machine);
    host(record, "kernel", text);
  }
  add_container(record);
}

static bool add_run_id(rb_record *record, rb_err *err) {
  unsigned char bytes[16];
  char id[33];
  if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
    return rb_fail(err, RB_FAILED, "no random bytes for the run's identity: %s", strerror(errno));
  for (size_t i = 0; i < sizeof bytes; i++)
    snprintf(id + 2 * i, 3, "%02x", bytes[i]);
  rb_record_text(record, RB_F_run_id, id);
  return true;
}

static void add_overrides(rb_record *record, const rb_header *header) {
  size_t n = header->suite->n_overrides;
  char key[32], backend[64];
  for (size_t i = 0; i < n; i++) {
    snprintf(key, sizeof key, "%zu", i + 1);
    rb_record_texts(record, RB_F_overrides, key, header->suite->overrides[i]);
  }
  if (header->backend == NULL)
    return;
  snprintf(key, sizeof key, "%zu", n + 1);
  snprintf(backend, sizeof backend, "-b %s", header->backend);
  rb_record_texts(record, RB_F_overrides, key, backend);
}

bool rb_header_make(const rb_header *header, rb_record **out, rb_err *err) {
  rb_record *record = rb_record_new("run");
  char text[256];
  *out = NULL;
  bool ok = add_run_id(record, err);
  if (ok && rb_record_is_cut(record))
    ok = rb_fail(err, RB_FAILED, "out of memory while making the header of the trace");
  if (!ok) {
    rb_record_free(record);
    return false;
  }
  rb_record_text(record, RB_F_tool_version, header->tool_version);
  rb_record_text(record, RB_F_git_revision, header->git_revision);
  rb_record_text(record, RB_F_command, header->command);
  rb_clock_utc(text);
  rb_record_text(record, RB_F_started, text);
  rb_record_text(record, RB_F_suite, header->suite->name);
  rb_record_text(record, RB_F_suite_hash, header->suite->hash);
  add_overrides(record, header);
  add_host(record);
  rb_record_text(record, RB_F_layers, header->layers);
  rb_record_text(record, RB_F_energy, header->energy);
  rb_record_integer(record, RB_F_n_cells, header->n_cells);
  *out = record;
  return true;
}

void rb_header_libraries(rb_record *header, const char *loader) {
  char version[64];
  rb_record_texts(header, RB_F_libraries, "opencl_loader", loader);
  rb_blas_version(version, sizeof version);
  rb_record_texts(header, RB_F_libraries, "clblast", version);
}

rb_record *rb_header_end(int exit_code, size_t n_done) {
  rb_record *record = rb_record_new("end");
  char text[21];
  rb_clock_utc(text);
  rb_record_text(record, RB_F_finished, text);
  rb_record_integer(record, RB_F_exit_code, (uint64_t)exit_code);
  rb_record_integer(record, RB_F_n_done, n_done);
  return record;
}
