// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "cl/internal.h"
#include "cl/program.h"

/* The whole build log goes into the error as far as it fits; its tail is what says what failed. */
static bool build_failed(rb_session *session, cl_program program, cl_int code, const char *key,
                         rb_err *err) {
  char *log = NULL;
  size_t n = 0;
  rb_err ignored;
  clGetProgramBuildInfo(program, session->device, CL_PROGRAM_BUILD_LOG, 0, NULL, &n);
  void *room = NULL;
  if (n > 0 && n < (64u << 20) && rb_alloc(&room, n + 1, 1, "build log", &ignored)) {
    log = room;
    clGetProgramBuildInfo(program, session->device, CL_PROGRAM_BUILD_LOG, n, log, NULL);
  }
  const char *shown = log ? log : "(no build log)";
  size_t length = strlen(shown);
  rb_cl_fail(session, "clBuildProgram", code, err, "building kernels/%s", key);
  size_t used = strlen(err->text), space = sizeof err->text - used - 32;
  if (length > space)
    snprintf(err->text + used, sizeof err->text - used, "; end of the log:\n...%s",
             shown + (length - space));
  else
    snprintf(err->text + used, sizeof err->text - used, "; log:\n%s", shown);
  free(log);
  return false;
}

/* Everything that a binary depends on, owned by the caller; NULL when memory is out. */
static char *binary_key(const rb_device *d, const char *flags, const char *source, size_t *n) {
  char *key = NULL;
  FILE *out = rb_mem_stream(&key, n);
  if (out == NULL)
    return NULL;
  fprintf(out, "%s\n%s\n%s\n", d->identity, d->platform, d->platform_version);
#define X(field, parameter, title) fprintf(out, "%s\n", d->field);
  RB_DEVICE_TEXTS(X)
#undef X
  fprintf(out, "%llu\n%s\n%s\n%s", (unsigned long long)d->vector_width, d->extensions, flags,
          source);
  if (fclose(out) == 0)
    return key;
  free(key);
  return NULL;
}

/* Frees binary; NULL with the call and its code if the driver does not take it. */
static cl_program from_binary(rb_session *session, const char *flags, void *binary, size_t n,
                              const char **call, cl_int *code) {
  cl_int status = CL_SUCCESS;
  const unsigned char *bytes = binary;
  *call = "clCreateProgramWithBinary";
  cl_program program =
      clCreateProgramWithBinary(session->context, 1, &session->device, &n, &bytes, &status, code);
  free(binary);
  if (*code != CL_SUCCESS)
    return NULL;
  *code = status;
  if (status == CL_SUCCESS) {
    *call = "clBuildProgram";
    *code = clBuildProgram(program, 1, &session->device, flags, NULL, NULL);
  }
  if (*code == CL_SUCCESS)
    return program;
  clReleaseProgram(program);
  return NULL;
}

/* A binary that the driver does not take is a miss like any other. */
static cl_program load(rb_session *session, const char *flags, const char *key, size_t n_key) {
  void *binary;
  size_t n;
  const char *call;
  cl_int ignored;
  if (key == NULL || !rb_cache_get(session->cache, "program", key, n_key, &binary, &n))
    return NULL;
  return from_binary(session, flags, binary, n, &call, &ignored);
}

/* From the binaries that take the compiler's place. */
static cl_program take(rb_session *session, const char *file, const char *flags, rb_err *err) {
  void *binary = NULL;
  size_t n = 0;
  const char *call;
  cl_int code;
  if (!session->binaries.get(session->binaries.context, file, flags, &binary, &n, err))
    return NULL;
  cl_program program = from_binary(session, flags, binary, n, &call, &code);
  if (program == NULL)
    rb_cl_fail(session, call, code, err, "the binary of kernels/%s.cl with '%s'", file, flags);
  return program;
}

static cl_program compile(rb_session *session, const char *flags, const char *source,
                          const char *key, rb_err *err) {
  cl_int code;
  if (!session->info->compiler) {
    rb_fail(err, RB_FAILED,
            "device '%s' has no compiler for kernels/%s: build-kernels writes programs for it and "
            "run --kernels uses them (docs/FPGA.md)",
            session->info->name, key);
    return NULL;
  }
  cl_program program =
      clCreateProgramWithSource(session->context, 1, (const char **)&source, NULL, &code);
  if (code != CL_SUCCESS) {
    rb_cl_fail(session, "clCreateProgramWithSource", code, err, "creating program %s", key);
    return NULL;
  }
  code = clBuildProgram(program, 1, &session->device, flags, NULL, NULL);
  if (code == CL_SUCCESS)
    return program;
  build_failed(session, program, code, key, err);
  clReleaseProgram(program);
  return NULL;
}

/* From binaries, the cache or source; counts which, and how long it took. */
static bool build(rb_session *session, program_entry *entry, const char *file, const char *flags,
                  rb_err *err) {
  char *source = NULL;
  rb_host_time start = rb_clock_now();
  rb_builds *builds = &session->builds;
  if (session->binaries.get) {
    entry->program = take(session, file, flags, err);
    builds->n_loaded += entry->program != NULL;
    builds->load_ns += rb_clock_between_ns(start, rb_clock_now());
    return entry->program != NULL;
  }
  if (!rb_program_source(file, &source, err))
    return false;
  if (session->cache)
    entry->binary_key = binary_key(session->info, flags, source, &entry->n_binary_key);
  entry->program = load(session, flags, entry->binary_key, entry->n_binary_key);
  if (entry->program) {
    builds->n_loaded++;
    builds->load_ns += rb_clock_between_ns(start, rb_clock_now());
    free(entry->binary_key); /* it is in the cache */
    entry->binary_key = NULL;
  } else {
    entry->program = compile(session, flags, source, entry->key, err);
    builds->n_compiled += entry->program != NULL;
    builds->compile_ns += rb_clock_between_ns(start, rb_clock_now());
  }
  free(source);
  return entry->program != NULL;
}

static void free_entry(program_entry *entry) {
  if (entry->program)
    clReleaseProgram(entry->program);
  free(entry->binary_key);
  free(entry->key);
  free(entry);
}

void rb_build_flags(const char *options, char flags[RB_BUILD_FLAGS]) {
  snprintf(flags, RB_BUILD_FLAGS, "-cl-std=CL1.2 %s", options);
}

bool rb_build_get(rb_session *session, const char *file, const char *options, cl_program *out,
                  rb_err *err) {
  char key[512], flags[RB_BUILD_FLAGS];
  void *room = NULL;
  snprintf(key, sizeof key, "%s.cl with '%s'", file, options);
  for (program_entry *entry = session->programs; entry; entry = entry->next)
    if (strcmp(entry->key, key) == 0) {
      *out = entry->program;
      return true;
    }
  rb_build_flags(options, flags);
  if (!rb_alloc(&room, 1, sizeof(program_entry), "program table", err))
    return false;
  program_entry *entry = room;
  if (!rb_copy_text(&entry->key, key, err) || !build(session, entry, file, flags, err)) {
    free_entry(entry);
    return false;
  }
  entry->next = session->programs;
  session->programs = entry;
  *out = entry->program;
  return true;
}

/* What the driver gives: *n bytes, owned by the caller. */
static bool get_binary(rb_session *session, cl_program program, void **out, size_t *n,
                       rb_err *err) {
  unsigned char *bytes = NULL;
  *n = 0;
  *out = NULL;
  cl_int code = clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof *n, n, NULL);
  if (code != CL_SUCCESS)
    return rb_cl_fail(session, "clGetProgramInfo", code, err, "asking for the size of a program");
  if (*n == 0)
    return rb_fail(err, RB_FAILED, "the driver of device '%s' gives no programs as binaries",
                   session->info->name);
  if (!rb_alloc((void **)&bytes, *n, 1, "program binary", err))
    return false;
  code = clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof bytes, &bytes, NULL);
  *out = bytes;
  if (code == CL_SUCCESS)
    return true;
  free(bytes);
  *out = NULL;
  return rb_cl_fail(session, "clGetProgramInfo", code, err, "asking for the binary of a program");
}

bool rb_build_binary(rb_session *session, const char *file, const char *options, void **bytes,
                     size_t *n, rb_err *err) {
  cl_program program;
  return rb_build_get(session, file, options, &program, err) &&
         get_binary(session, program, bytes, n, err);
}

void rb_build_use(rb_session *session, rb_binaries from) {
  session->binaries = from;
}

/* A driver that gives no binary is left alone: the next session compiles again. */
static void keep(rb_session *session, const program_entry *entry) {
  size_t n = 0;
  void *bytes = NULL;
  rb_err ignored;
  if (get_binary(session, entry->program, &bytes, &n, &ignored))
    rb_cache_put(session->cache, "program", entry->binary_key, entry->n_binary_key, bytes, n);
  free(bytes);
}

void rb_build_close(rb_session *session) {
  /* Now and not after the build: PoCL compiles a kernel when it is first launched, and gives what
   * it has compiled so far. */
  for (program_entry *entry = session->programs; session->cache && entry; entry = entry->next)
    if (entry->binary_key)
      keep(session, entry);
  while (session->programs) {
    program_entry *next = session->programs->next;
    free_entry(session->programs);
    session->programs = next;
  }
}
