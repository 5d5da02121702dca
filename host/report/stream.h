// SPDX-License-Identifier: Apache-2.0
/* The rows that every export and page is made from: one a cell, in the order of the traces, with a
 * name, an outcome and its measures. Holds pointers into the traces, which must outlive it. */
#ifndef RB_REPORT_STREAM_H
#define RB_REPORT_STREAM_H
#include "report/table.h"
#include "trace/reader.h"

/* From good to bad. */
typedef enum rb_stream_outcome {
  RB_STREAM_PASSED,     /* status ok or outside */
  RB_STREAM_SKIPPED,    /* was not run to its end */
  RB_STREAM_TROUBLE,    /* driver, build or memory */
  RB_STREAM_REGRESSION, /* no trace says so: for whoever compares it with a baseline to set */
  RB_STREAM_WRONG,      /* differs from the reference, or from what the suite expects */
  RB_STREAM_N_OUTCOMES
} rb_stream_outcome;
/* passed, skipped, error, regression, wrong; index = enum value. */
extern const char *const rb_stream_outcomes[];

/* What is measured: X(field of the cell, title, unit, way that is better, type of its column). The
 * unit of star is that of the cell's quantity, samples or neurons. */
#define RB_STREAM_MEASURES(X)                                                                      \
  X(time_ns, "time", "ns", RB_STREAM_LOWER, RB_COLUMN_TIME)                                        \
  X(samples_per_s, "samples/s", "samples/s", RB_STREAM_HIGHER, RB_COLUMN_SI)                       \
  X(gflops, "GFLOP/s", "GFLOP/s", RB_STREAM_HIGHER, RB_COLUMN_REAL)                                \
  X(roof_fraction, "roof", "of the roof", RB_STREAM_HIGHER, RB_COLUMN_PERCENT)                     \
  X(peak_device_bytes, "memory", "bytes", RB_STREAM_LOWER, RB_COLUMN_BYTES)                        \
  X(alignment, "alignment", "alignment", RB_STREAM_HIGHER, RB_COLUMN_PLAIN)                        \
  X(ratio, "ratio", "ratio", RB_STREAM_LOWER, RB_COLUMN_PLAIN)                                     \
  X(sin_theta, "sin-theta", "sin-theta", RB_STREAM_LOWER, RB_COLUMN_PLAIN)                         \
  X(features_learned, "features", "features", RB_STREAM_HIGHER, RB_COLUMN_PLAIN)                   \
  X(star, "star", "", RB_STREAM_LOWER, RB_COLUMN_REAL)

typedef enum rb_stream_measure {
#define X(field, title, unit, better, type) RB_STREAM_##field,
  RB_STREAM_MEASURES(X)
#undef X
      RB_STREAM_N_MEASURES
} rb_stream_measure;

typedef enum rb_stream_better { RB_STREAM_LOWER, RB_STREAM_HIGHER } rb_stream_better;

typedef struct rb_stream_info {
  rb_field field;
  const char *title, *unit; /* rb_stream_unit() knows that of star */
  rb_stream_better better;
  rb_column_type type;
  bool ranged; /* carries a 95 % interval */
} rb_stream_info;
extern const rb_stream_info rb_stream_measures[RB_STREAM_N_MEASURES];

/* A part of a name; the value is owned and untrusted. */
typedef struct rb_stream_label {
  const char *key;
  char *value;
} rb_stream_label;
enum { RB_STREAM_MAX_LABELS = 40 };

/* A header and its cells; a trace of several shards has several, one without a header one. */
typedef struct rb_stream_run {
  const rb_record *header; /* NULL: the trace has none */
  const rb_record *device; /* the first record that names one; NULL: none does */
  const char *path;
  size_t first, n_rows; /* in rows */
  uint64_t n_planned;   /* n_rows where the header does not say */
  bool ended;           /* it has an end record that speaks of no interruption */
} rb_stream_run;

typedef struct rb_stream_row {
  const rb_record *cell;
  size_t run; /* in runs */
  /* "suite=quick/part=speed/mode=time/backend=native/d=256/..": unique in the stream, and the same
   * for the same cell in any trace; ASCII without spaces, other bytes as %1B. What has its usual
   * value is left out. Variant, tile and searches are in it only where it would not be unique
   * without, the device only if the stream has several, the run only if a cell is there from
   * several runs. */
  char *name;
  rb_stream_label labels[RB_STREAM_MAX_LABELS]; /* (n_labels) what the name is made of */
  size_t n_labels;
  rb_stream_outcome outcome;
  const char *why;                          /* unless passed; untrusted */
  double measures[RB_STREAM_N_MEASURES][3]; /* value, and its 95 % interval if it has one; NAN where
                                              there is none: all of them unless passed */
} rb_stream_row;

typedef struct rb_stream {
  rb_stream_run *runs; /* (n_runs) */
  size_t n_runs;
  rb_stream_row *rows; /* (n_rows) run by run */
  size_t n_rows;
} rb_stream;

/* traces, paths (n_traces): read in any mode. Errors: RB_USAGE if a cell is there twice from the
 * same run (a trace named twice), RB_FAILED when memory is out. */
bool rb_stream_make(const rb_trace *traces, const char *const *paths, size_t n_traces,
                    rb_stream *out, rb_err *err);
void rb_stream_free(rb_stream *stream);

/* The times of the repetitions in ns, all above 0; *out (n) owned by the caller, n = 0 unless
 * time_ns is a measure of the row. Errors: RB_FAILED when memory is out. */
bool rb_stream_times(const rb_stream_row *row, double **out, size_t *n, rb_err *err);
bool rb_stream_has(const rb_stream_row *row, rb_stream_measure measure);
const char *rb_stream_unit(const rb_stream_row *row, rb_stream_measure measure);

#endif
