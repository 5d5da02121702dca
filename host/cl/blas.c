// SPDX-License-Identifier: Apache-2.0
#include "cl/blas.h"
#include <clblast_c.h>
#include <stdio.h>
#include "base/clock.h"
#include "cl/internal.h"

static const char *status_name(CLBlastStatusCode status) {
  static const struct {
    CLBlastStatusCode status;
    const char *name;
  } names[] = {
#define N(name) {CLBlast##name, #name}
      N(NotImplemented),         N(InvalidMatrixA),
      N(InvalidMatrixB),         N(InvalidMatrixC),
      N(InvalidDimension),       N(InvalidLeadDimA),
      N(InvalidLeadDimB),        N(InvalidLeadDimC),
      N(InsufficientMemoryA),    N(InsufficientMemoryB),
      N(InsufficientMemoryC),    N(InsufficientMemoryTemp),
      N(InvalidLocalMemUsage),   N(InvalidLocalThreadsTotal),
      N(InvalidLocalThreadsDim), N(DatabaseError),
      N(UnknownError),           N(UnexpectedError),
#undef N
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (names[i].status == status)
      return names[i].name;
  return rb_cl_error_name((cl_int)status); /* the rest are OpenCL's own codes */
}

static bool blas_failed(const rb_session *session, CLBlastStatusCode status, const rb_gemm *g,
                        rb_err *err) {
  rb_fail(err, RB_FAILED,
          "CLBlast sgemm %zu x %zu x %zu (lda %zu, ldb %zu, ldc %zu): %s (%d) on device '%s'; "
          "try -b native",
          g->m, g->n, g->k, g->lda, g->ldb, g->ldc, status_name(status), (int)status,
          session->info->name);
  err->memory = (int)status == CL_MEM_OBJECT_ALLOCATION_FAILURE;
  return false;
}

static CLBlastTranspose transposed(bool yes) {
  return yes ? CLBlastTransposeYes : CLBlastTransposeNo;
}

bool rb_blas_scratch_bytes(rb_session *session, const rb_gemm *g, size_t *bytes, rb_err *err) {
  *bytes = 0;
  CLBlastStatusCode status = CLBlastSGemmTempBufferSize(
      CLBlastLayoutRowMajor, transposed(g->transpose_a), transposed(g->transpose_b), g->m, g->n,
      g->k, 0, g->lda, 0, g->ldb, 0, g->ldc, &session->queue, bytes);
  return status == CLBlastSuccess || blas_failed(session, status, g, err);
}

/* Remembers the shape; true the first time. Beyond the table's size every shape counts as seen. */
static bool first_time(rb_session *session, const rb_gemm *g) {
  blas_shape shape = {g->transpose_a, g->transpose_b, g->m, g->n, g->k};
  for (size_t i = 0; i < session->n_blas_shapes; i++) {
    const blas_shape *s = &session->blas_shapes[i];
    if (s->transpose_a == shape.transpose_a && s->transpose_b == shape.transpose_b &&
        s->m == shape.m && s->n == shape.n && s->k == shape.k)
      return false;
  }
  if (session->n_blas_shapes == RB_MAX_BLAS_SHAPES)
    return false;
  session->blas_shapes[session->n_blas_shapes++] = shape;
  return true;
}

/* Behind everything on the queue; after: an event that its end depends on, or NULL. */
static bool marker(rb_session *session, const cl_event *after, cl_event *event, rb_err *err) {
  cl_int code = clEnqueueMarkerWithWaitList(session->queue, after != NULL, after, event);
  return code == CL_SUCCESS || rb_cl_fail(session, "clEnqueueMarkerWithWaitList", code, err,
                                          "placing a marker around CLBlast");
}

bool rb_blas_gemm(rb_session *session, const rb_gemm *g, rb_buffer *scratch, const char *phase,
                  rb_err *err) {
  cl_event first = NULL, last = NULL, product = NULL;
  if (!marker(session, NULL, &first, err))
    return false;
  rb_host_time start = rb_clock_now();
  CLBlastStatusCode status = CLBlastSgemmWithTempBuffer(
      CLBlastLayoutRowMajor, transposed(g->transpose_a), transposed(g->transpose_b), g->m, g->n,
      g->k, g->alpha, g->a->mem, 0, g->lda, g->b->mem, 0, g->ldb, g->beta, g->c->mem, 0, g->ldc,
      &session->queue, &product, scratch ? scratch->mem : NULL);
  if (first_time(session, g))
    session->builds.compile_ns += rb_clock_between_ns(start, rb_clock_now());
  if (status != CLBlastSuccess) {
    clReleaseEvent(first);
    return blas_failed(session, status, g, err);
  }
  /* The event covers CLBlast's last kernel alone, so times are the markers'. A product that is
   * enqueued well and fails later makes the marker that depends on it fail. */
  if (!marker(session, product ? &product : NULL, &last, err)) {
    clReleaseEvent(first);
    if (product)
      clReleaseEvent(product);
    return false;
  }
  cl_event events[RB_TAPE_EVENTS] = {first, product ? product : last, last};
  return rb_tape_add(session, events, product ? 3 : 2, phase, err);
}

void rb_blas_version(char *text, size_t room) {
  snprintf(text, room, "%d.%d.%d", CLBLAST_VERSION_MAJOR, CLBLAST_VERSION_MINOR,
           CLBLAST_VERSION_PATCH);
}

bool rb_blas_use(rb_session *session, const char *parameters, rb_err *err) {
  enum { PARAMETERS = 32, NAME = 16 };
  char names[PARAMETERS][NAME];
  const char *pointers[PARAMETERS];
  size_t values[PARAMETERS], n = 0;
  const char *at = parameters;
  for (int length = 0; *at && n < PARAMETERS; at += length, n++) {
    unsigned value;
    if (sscanf(at, " %15[A-Z0-9]=%4u%n", names[n], &value, &length) != 2)
      break;
    pointers[n] = names[n];
    values[n] = value;
  }
  if (*at || n == 0 || at - parameters >= RB_BLAS_TEXT)
    return rb_fail(err, RB_USAGE, "'%.64s' are no parameters of CLBlast: NAME=VALUE ..",
                   parameters);
  CLBlastStatusCode status = CLBlastOverrideParameters(session->device, "Xgemm",
                                                       CLBlastPrecisionSingle, n, pointers, values);
  if (status != CLBlastSuccess)
    return rb_fail(err, RB_USAGE, "CLBlast does not take '%s' for Xgemm: %s (%d)", parameters,
                   status_name(status), (int)status);
  snprintf(session->blas_parameters, sizeof session->blas_parameters, "%s", parameters);
  session->n_blas_shapes = 0; /* they are compiled anew */
  return true;
}

void rb_blas_describe(const rb_session *session, char *text, size_t room) {
  char version[32];
  rb_blas_version(version, sizeof version);
  if (session->blas_parameters[0])
    snprintf(text, room, "CLBlast %s, tuned: %s", version, session->blas_parameters);
  else
    snprintf(text, room, "CLBlast %s, parameters as shipped for '%s'", version,
             session->info->name);
}
