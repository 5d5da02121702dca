// SPDX-License-Identifier: Apache-2.0
/* What the files of host/cl share; nobody else includes this. */
#ifndef RB_CL_INTERNAL_H
#define RB_CL_INTERNAL_H
#include <CL/cl.h>
#include <stddef.h>
#include "base/err.h"
#include "cl/blas.h"
#include "cl/build.h"
#include "cl/buffer.h"
#include "cl/device.h"
#include "cl/launch.h"
#include "cl/session.h"

struct rb_buffer {
  cl_mem parent; /* with guard words around; NULL when not checking */
  cl_mem mem;    /* what kernels see */
  rb_session *session;
  const char *name;
  size_t bytes, guard_bytes;
  struct rb_buffer *previous, *next; /* the session's live buffers */
};

/* What brackets a library's commands, and its own event between. */
enum { RB_TAPE_EVENTS = 3 };
typedef struct tape_entry {
  cl_event events[RB_TAPE_EVENTS]; /* (n) in order; the last one tells how the commands ended */
  unsigned n;
  const char *phase;
} tape_entry;

typedef struct phase_total {
  const char *phase;
  double ns;
  uint64_t launches;
} phase_total;

typedef struct blas_shape {
  bool transpose_a, transpose_b;
  size_t m, n, k;
} blas_shape;

enum { RB_MAX_PHASES = 32, RB_MAX_BLAS_SHAPES = 64 };

struct rb_kernel {
  cl_kernel kernel;
  char *key; /* file, entry, options */
  const char *entry;
  unsigned n_args;
  struct rb_kernel *next;
};

typedef struct program_entry {
  cl_program program;
  char *key;        /* file and options */
  char *binary_key; /* (n_binary_key) under which the cache shall keep it, or NULL */
  size_t n_binary_key;
  struct program_entry *next;
} program_entry;

struct rb_session {
  cl_device_id device;
  cl_context context;
  cl_command_queue queue;
  bool checking;
  const rb_device *info;
  uint64_t live_bytes, peak_bytes;
  rb_buffer *buffers;
  program_entry *programs;
  rb_kernel *kernels;
  rb_cache *cache;      /* not owned, or NULL */
  rb_binaries binaries; /* get NULL: the compiler */
  rb_builds builds;
  blas_shape blas_shapes[RB_MAX_BLAS_SHAPES]; /* products seen so far (blas.c) */
  size_t n_blas_shapes;
  char blas_parameters[RB_BLAS_TEXT]; /* in use; empty = as shipped */
  /* event tape (spans.c) */
  tape_entry *tape;
  size_t n_tape, tape_room;
  size_t n_ended; /* of them that are known to have ended well */
  phase_total totals[RB_MAX_PHASES];
  size_t n_totals;
  uint64_t first_ns, last_ns;
  bool clock_bad;
  char clock_reason[160];
};

/* kernels/<file>.cl built with options: from the session's table, else from its binaries where it
 * has some, else from the cache, else from source. Errors: RB_FAILED with the build log, whole. */
bool rb_build_get(rb_session *session, const char *file, const char *options, cl_program *out,
                  rb_err *err);
/* Puts what was compiled into the cache and releases all programs. Kernels must still be there. */
void rb_build_close(rb_session *session);
const char *rb_cl_error_name(cl_int code); /* "CL_OUT_OF_RESOURCES"; never NULL */
/* "what failed: call answered CL_NAME (code) on device": RB_FAILED, returns false. call: the name
 * of the function of OpenCL. Sets err->memory for the codes that always speak of a buffer's memory.
 */
bool rb_cl_fail(const rb_session *session, const char *call, cl_int code, rb_err *err,
                const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Takes over n events (at most RB_TAPE_EVENTS) of one phase onto the tape, whose time is from the
 * earliest start to the latest end among them. Harvests when long. */
bool rb_tape_add(rb_session *session, const cl_event *events, unsigned n, const char *phase,
                 rb_err *err);

#endif
