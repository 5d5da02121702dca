// SPDX-License-Identifier: Apache-2.0
/* What the tests of traces share: a folder of their own, a trace with known records, files as
 * bytes. */
#ifndef TRACE_FIXTURE_H
#define TRACE_FIXTURE_H
#include <criterion/criterion.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/bgzf.h"
#include "base/philox.h"
#include "base/sha256.h"
#include "trace/reader.h"
#include "trace/writer.h"

static char folder[] = "/tmp/rb-trace-XXXXXX";
static char path[300];
static rb_err err;

static inline void make_folder(void) {
  cr_assert_not_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/run.jsonl.gz", folder);
}

static inline void remove_folder(void) {
  char name[600];
  DIR *dir = opendir(folder);
  for (struct dirent *entry; dir && (entry = readdir(dir));) {
    snprintf(name, sizeof name, "%s/%s", folder, entry->d_name);
    if (entry->d_name[0] != '.')
      unlink(name);
  }
  if (dir)
    closedir(dir);
  rmdir(folder);
}

/* Criterion shows a skipped test only if asked to, and turns a logged warning into a failure;
 * .fini is not called then. */
static inline void skip(const char *what, const char *why) {
  fprintf(stderr, "SKIPPED: %s: %s\n", what, why);
  remove_folder();
  cr_skip("%s", why);
}

static const char run_id[] = "00112233445566778899aabbccddeeff";

static inline rb_record *make_header(void) {
  rb_record *header = rb_record_new("run");
  rb_record_text(header, RB_F_run_id, run_id);
  rb_record_text(header, RB_F_suite, "recovery");
  rb_record_texts(header, RB_F_host, "cpu", "a \"CPU\" \xff");
  return header;
}

/* Cell i with an identity as random as a hash; every 10th is wrong, every 10th + 1 failed. */
static inline rb_record *make_cell(unsigned i) {
  rb_random random = rb_random_make(i, RB_STREAM_CHECK);
  rb_record *cell = rb_record_new("cell");
  char id[65];
  double times[20];
  rb_sha256_hex(&i, sizeof i, id);
  rb_record_text(cell, RB_F_id, id);
  rb_record_text(cell, RB_F_status, i % 10 == 0 ? "wrong" : i % 10 == 1 ? "failed" : "ok");
  rb_record_integer(cell, RB_F_seed, i);
  rb_record_integer(cell, RB_F_d, 64);
  for (int j = 0; j < 20; j++)
    times[j] = 1e6 * rb_random_uniform(&random);
  rb_record_reals(cell, RB_F_times_ns, times, 20);
  rb_record_map(cell, RB_F_phases, "head/product", times[0]);
  return cell;
}

static inline void add_cell(rb_writer *writer, unsigned i) {
  rb_record *cell = make_cell(i);
  cr_assert(rb_writer_add(writer, cell, &err), "%s", err.text);
  rb_record_free(cell);
}

static inline rb_writer *open_writer(bool force) {
  rb_record *header = make_header();
  rb_writer *writer = NULL;
  cr_assert(rb_writer_open(path, force, header, &writer, &err), "%s", err.text);
  rb_record_free(header);
  return writer;
}

/* A header, n_cells cells with a commit after every per_commit of them, and an end record. */
static inline void write_trace(unsigned n_cells, unsigned per_commit, bool seal) {
  rb_writer *writer = open_writer(true);
  for (unsigned i = 0; i < n_cells; i++) {
    add_cell(writer, i);
    if ((i + 1) % per_commit == 0)
      cr_assert(rb_writer_commit(writer, &err), "%s", err.text);
  }
  rb_record *end = rb_record_new("end");
  rb_record_integer(end, RB_F_n_done, n_cells);
  cr_assert(rb_writer_add(writer, end, &err), "%s", err.text);
  rb_record_free(end);
  cr_assert(rb_writer_close(writer, seal, &err), "%s", err.text);
}

/* The text that such a trace holds; owned by the caller. */
static inline char *expected_text(unsigned n_cells) {
  char *text = NULL;
  size_t n = 0;
  FILE *out = open_memstream(&text, &n);
  for (unsigned i = 0; i < n_cells + 2; i++) {
    rb_record *record = i == 0             ? make_header()
                        : i == n_cells + 1 ? rb_record_new("end")
                                           : make_cell(i - 1);
    if (i == n_cells + 1)
      rb_record_integer(record, RB_F_n_done, n_cells);
    char *line = rb_record_line(record);
    fprintf(out, "%s\n", line);
    free(line);
    rb_record_free(record);
  }
  fclose(out);
  return text;
}

/* The lines of a trace that was read; owned by the caller. */
static inline char *text_of(const rb_trace *trace) {
  char *text = NULL;
  size_t n = 0;
  FILE *out = open_memstream(&text, &n);
  for (size_t i = 0; i < trace->n_records; i++) {
    char *line = rb_record_line(trace->records[i]);
    fprintf(out, "%s\n", line);
    free(line);
  }
  fclose(out);
  return text;
}

static inline uint8_t *read_bytes(const char *name, size_t *n) {
  FILE *file = fopen(name, "rb");
  cr_assert_not_null(file, "%s", name);
  fseek(file, 0, SEEK_END);
  *n = (size_t)ftell(file);
  rewind(file);
  uint8_t *bytes = malloc(*n + 1);
  cr_assert_eq(fread(bytes, 1, *n, file), *n);
  bytes[*n] = '\0';
  fclose(file);
  return bytes;
}

static inline void write_bytes(const char *name, const void *bytes, size_t n) {
  FILE *file = fopen(name, "wb");
  cr_assert_not_null(file, "%s", name);
  cr_assert_eq(fwrite(bytes, 1, n, file), n);
  cr_assert_eq(fclose(file), 0);
}

static inline rb_verify_report verified(void) {
  rb_verify_report report;
  cr_assert(rb_trace_verify(path, &report, &err), "%s", err.text);
  cr_assert_eq(report.intact, report.problem[0] == '\0');
  return report;
}

/* Where each block of a trace begins; returns how many there are, end marker included. */
static inline size_t find_blocks(const uint8_t *bytes, size_t n, size_t *starts, size_t room) {
  size_t count = 0;
  for (size_t at = 0; at < n; at += rb_bgzf_claimed(bytes + at, n - at)) {
    cr_assert(count < room && rb_bgzf_claimed(bytes + at, n - at) > 0);
    starts[count++] = at;
  }
  return count;
}

#endif
