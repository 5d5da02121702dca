// SPDX-License-Identifier: Apache-2.0
/* A trace as reports need it: cells in rows that differ in nothing but the seed, counts, roofs and
 * what is worth a warning. Holds pointers into the trace, which must outlive it. */
#ifndef RB_REPORT_LOAD_H
#define RB_REPORT_LOAD_H
#include <stdio.h>
#include "trace/reader.h"

enum {
  RB_LOAD_MAX_PHASES = 12, /* further kinds count as "other" */
  RB_LOAD_PHASE_ROOM = 40, /* longer ones too */
  RB_LOAD_PHASE_PREFIX = 6 /* length of "share_" */
};

/* Cells equal in everything but the seed (one cell when rows are not grouped). */
typedef struct rb_load_row {
  const rb_record **cells; /* (n_cells) in file order */
  size_t n_cells;
} rb_load_row;

typedef struct rb_load {
  const rb_trace *trace;
  const rb_record *run;    /* first header; NULL for an empty trace */
  const rb_record *end;    /* last end record; NULL if there is none */
  const rb_record **cells; /* (n_cells) in file order */
  size_t n_cells;
  const rb_record *
      *sorted;       /* (n_cells) the cells again, row by row: what rows[].cells point into */
  rb_load_row *rows; /* (n_rows) by first appearance in the file */
  size_t n_rows;
  uint64_t n_planned;    /* by the headers of the trace; n_cells if they do not say */
  int exit_code;         /* the worst of the end records */
  size_t n_runs, n_ends; /* headers and end records: shards may be concatenated */
  size_t n_status[RB_N_STATUS];
  size_t n_verified; /* status ok or outside, and verified */
  bool interrupted;  /* an end record is missing, or says so, or a cell does */
  bool sealed;       /* the end marker is there */
  /* Kinds of phases (what follows the '/'), each with "share_" before it: those of a round in the
   * order of its equations, then others by appearance; at [n_phases] "share_other". Untrusted
   * text. */
  char phases[RB_LOAD_MAX_PHASES + 1][RB_LOAD_PHASE_ROOM];
  size_t n_phases;
} rb_load;

/* The configuration of a cell, seed left out, in the order it is written: what a complexity cell
 * asks comes before the shape. */
extern const rb_field rb_load_key[];
extern const size_t rb_load_n_key;

/* grouped: rows over seeds, else a row per cell. Errors: RB_FAILED when memory is out. */
bool rb_load_trace(const rb_trace *trace, bool grouped, rb_load *out, rb_err *err);
void rb_load_free(rb_load *load);

/* "check", "learn", "time" or "complexity"; "" if the cell names none of them. */
const char *rb_load_mode(const rb_record *cell);
/* A status that this program does not know counts as failed. */
rb_status rb_load_status(const rb_record *cell);
/* What was learned counts: the status is ok or the result was verified. */
bool rb_load_has_learned(const rb_record *cell);
/* The larger of the errors over tolerance; NAN if the cell has none. */
double rb_load_error(const rb_record *cell);
/* What the products did of the flop of a cell, 1 where nothing is said. */
double rb_load_done(const rb_record *cell);
/* GFLOP/s of the roof that a cell's fraction is of; NAN if it has none. */
double rb_load_roof_of(const rb_record *cell);
/* What is to be said about the timing of a cell. */
bool rb_load_is_above_roof(const rb_record *cell);
/* Fell back: the reference has no other clock, and whole pretrainings are timed by no other. */
bool rb_load_is_host_clock(const rb_record *cell);
bool rb_load_is_wide(const rb_record *cell); /* missed the wanted width of the interval */
/* Ran on a smaller tile, as the device refused memory for the one that was wanted. */
bool rb_load_is_small_tile(const rb_record *cell);
/* The cell's rates may be shown: status ok or outside, and not above the roof. */
bool rb_load_is_rated(const rb_record *cell);
/* Share of the time of one repetition (0..1) per name of load->phases, then "other" at [n_phases]:
 * device time under other names and time between commands. The whole is time_ns, or the sum of the
 * phases where that is larger; `compile` is no part of a repetition. NAN in every place if the cell
 * has no phases. */
void rb_load_shares(const rb_load *load, const rb_record *cell,
                    double shares[RB_LOAD_MAX_PHASES + 1]);
/* -1, 0 or 1 by one field; an absent one sorts first. */
int rb_load_compare(const rb_record *a, const rb_record *b, rb_field field);
/* The field is not the same in all cells of the trace. */
bool rb_load_varies(const rb_load *load, rb_field field);
/* A set of fields of rb_load_key, bit i for rb_load_key[i]. */
typedef uint64_t rb_load_set;
rb_load_set rb_load_bit(rb_field field); /* empty for a field that is no key */
/* What tells these cells apart, part and mode left out. Step sizes, tile and chunk belong to it
 * only where nothing varies that they follow from by default. */
rb_load_set rb_load_told(const rb_record *const *cells, size_t n);
/* The step sizes are those that a problem gets when it names none. */
bool rb_load_has_default_steps(const rb_record *cell);
/* Inputs were drawn in all d coordinates, as they are where no sampler is named. */
bool rb_load_is_direct(const rb_record *cell);
/* The cell ran on the host, as the reference does: on no device. */
bool rb_load_is_reference(const rb_record *cell);
/* Writes the fields of set to out, as "clblast single n* d=32 n1=n2=256 shared", or with named as
 * "backend=clblast source=single quantity=n d=32 n1=n2=256 inputs=shared". Unescaped; nothing for
 * an absent field. */
void rb_load_write(const rb_record *cell, rb_load_set set, bool named, FILE *out);
/* Writes "shapes native d=1024 m=1024" to out: part, backend and what tells the cells of its part
 * apart (with_seed: the seed too if it varies). Unescaped. */
void rb_load_name(const rb_load *load, const rb_record *cell, bool with_seed, FILE *out);

#endif
