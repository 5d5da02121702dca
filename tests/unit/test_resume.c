// SPDX-License-Identifier: Apache-2.0
/* Proves: a resumed trace is the old one, byte for byte, with records behind it; wherever the old
 * one was cut the resume begins at the last whole cell, without half its trials; what is damaged,
 * altered, foreign or locked is not gone on with silently, and stays as it is; readers count a cell
 * that ran again once. Fails if a resume rewrites or loses a committed byte, keeps trials without
 * their cell, takes a damaged trace for a cut one, or if the older record of a cell still counts.
 */
#include "trace_fixture.h"
#include <sys/stat.h>
#include "trace/manifest.h"

TestSuite(resume, .init = make_folder, .fini = remove_folder);

static rb_err doubt;

static void add_record(rb_writer *writer, rb_record *record) {
  cr_assert(rb_writer_add(writer, record, &err), "%s", err.text);
  rb_record_free(record);
}

static rb_record *make_trial(unsigned cell, unsigned seed) {
  rb_record *trial = rb_record_new("trial");
  char id[65];
  rb_sha256_hex(&cell, sizeof cell, id);
  rb_record_text(trial, RB_F_cell, id);
  rb_record_integer(trial, RB_F_seed, seed);
  return trial;
}

/* Opens what is there, asserts that nothing speaks against it, and cuts. */
static rb_writer *go_on(size_t n_kept, uint64_t wanted_cut) {
  rb_writer *writer;
  rb_trace kept;
  uint64_t n_cut;
  cr_assert(rb_writer_resume(path, &writer, &kept, &doubt, &err), "%s", err.text);
  cr_assert_eq(doubt.kind, RB_DONE, "%s", doubt.text);
  cr_assert_eq(kept.n_records, n_kept, "%zu records", kept.n_records);
  rb_trace_free(&kept);
  cr_assert(rb_writer_append(writer, &n_cut, &err), "%s", err.text);
  cr_assert_eq(n_cut, wanted_cut, "%" PRIu64, n_cut);
  add_record(writer, rb_record_new("resume"));
  return writer;
}

static void expect_prefix(const uint8_t *old, size_t n_old) {
  size_t n;
  uint8_t *now = read_bytes(path, &n);
  cr_assert(n > n_old && memcmp(now, old, n_old) == 0, "what was committed is as it was");
  free(now);
}

Test(resume, appends_behind_a_sealed_trace) {
  size_t n;
  write_trace(20, 3, true);
  uint8_t *old = read_bytes(path, &n);
  rb_writer *writer = go_on(22, 0);
  rb_verify_report report = verified();
  cr_assert(report.intact && !report.sealed, "unsealed, and whole: %s", report.problem);
  add_cell(writer, 20);
  cr_assert(rb_writer_close(writer, true, &err), "%s", err.text);
  expect_prefix(old, n - RB_BGZF_MARKER_BYTES);
  report = verified();
  cr_assert(report.intact && report.sealed, "%s", report.problem);
  cr_assert(report.n_records == 24 && report.n_cells == 21);
  cr_assert_str_eq(report.run_id, run_id);
  free(old);
}

/* A file cut at every length, beside the manifest of each of its commits: behind the commit the
 * resume keeps whole blocks, in front of it there is a doubt. */
Test(resume, every_cut) {
  enum { N_CELLS = 4 };
  size_t n, ends[N_CELLS + 1] = {0};
  rb_manifest manifests[N_CELLS + 1];
  rb_writer *writer = open_writer(false);
  for (unsigned i = 0; i <= N_CELLS; i++) {
    cr_assert(rb_writer_commit(writer, &err));
    cr_assert(rb_manifest_read(path, &manifests[i], &err));
    ends[i] = manifests[i].bytes;
    add_record(writer, make_trial(i, 1));
    add_cell(writer, i);
  }
  cr_assert(rb_writer_close(writer, false, &err));
  uint8_t *bytes = read_bytes(path, &n);
  for (size_t k = 0; k <= N_CELLS; k++) {
    cr_assert(rb_manifest_write(path, &manifests[k], &err));
    for (size_t cut = ends[0]; cut < n; cut += 1 + cut % 7) {
      size_t whole = 0;
      rb_trace kept;
      while (whole < N_CELLS && ends[whole + 1] <= cut)
        whole++;
      write_bytes(path, bytes, cut);
      cr_assert(rb_writer_resume(path, &writer, &kept, &doubt, &err), "%s", err.text);
      cr_assert_eq(kept.n_records, 1 + 2 * whole, "cut at %zu", cut);
      cr_assert_eq(doubt.kind, cut < ends[k] ? RB_FAILED : RB_DONE, "cut at %zu: %s", cut,
                   doubt.text);
      rb_trace_free(&kept);
      cr_assert(rb_writer_close(writer, false, &err));
      struct stat about;
      cr_assert(stat(path, &about) == 0 && (size_t)about.st_size == cut, "nothing was changed");
    }
  }
  free(bytes);
}

/* More trials than a block holds, and no cell behind them: on disk, and no part of a cell. */
Test(resume, trials_without_their_cell_are_cut) {
  struct stat before, after;
  rb_writer *writer = open_writer(false);
  add_cell(writer, 2);
  cr_assert(rb_writer_commit(writer, &err));
  cr_assert_eq(stat(path, &before), 0);
  for (unsigned i = 0; i < 3000; i++)
    add_record(writer, make_trial(3, i));
  cr_assert_eq(stat(path, &after), 0);
  cr_assert_gt(after.st_size, before.st_size, "a block was full");
  rb_trace kept;
  cr_assert_not(rb_writer_resume(path, &(rb_writer *){NULL}, &kept, &doubt, &err));
  cr_assert(strstr(err.text, "another process is writing it"), "%s", err.text);
  size_t n;
  uint8_t *bytes = read_bytes(path, &n);
  cr_assert(rb_writer_close(writer, false, &err));
  rb_manifest manifest;
  write_bytes(path, bytes, n); /* as a kill would have left it */
  cr_assert(rb_manifest_read(path, &manifest, &err));
  manifest.bytes = (uint64_t)before.st_size;
  rb_sha256_hex(bytes, (size_t)before.st_size, manifest.sha256);
  cr_assert(rb_manifest_write(path, &manifest, &err));
  writer = go_on(2, n - (size_t)before.st_size);
  cr_assert(rb_writer_close(writer, false, &err));
  expect_prefix(bytes, (size_t)before.st_size);
  cr_assert(verified().intact);
  free(bytes);
}

Test(resume, altered_or_without_manifest_is_doubted) {
  size_t n;
  rb_writer *writer;
  rb_trace kept;
  write_trace(5, 5, true);
  uint8_t *bytes = read_bytes(path, &n);
  rb_manifest manifest;
  cr_assert(rb_manifest_read(path, &manifest, &err));
  manifest.sha256[0] = manifest.sha256[0] == '0' ? '1' : '0';
  cr_assert(rb_manifest_write(path, &manifest, &err));
  cr_assert(rb_writer_resume(path, &writer, &kept, &doubt, &err), "%s", err.text);
  cr_assert(doubt.kind == RB_FAILED && strstr(doubt.text, "it was altered"), "%s", doubt.text);
  rb_trace_free(&kept);
  cr_assert(rb_writer_close(writer, false, &err));
  cr_assert(rb_manifest_remove(path, &err));
  cr_assert(rb_writer_resume(path, &writer, &kept, &doubt, &err), "%s", err.text);
  cr_assert(doubt.kind == RB_FAILED && strstr(doubt.text, "there is no manifest"), "%s",
            doubt.text);
  rb_trace_free(&kept);
  cr_assert(rb_writer_close(writer, false, &err));
  expect_prefix(bytes, n - 1);
  free(bytes);
}

/* Killed before the first record was whole: nothing there, or the beginning of a block. Anything
 * else is somebody's file. */
Test(resume, begins_what_was_never_begun) {
  size_t n;
  rb_writer *writer;
  rb_trace kept;
  rb_record *header = make_header();
  write_trace(1, 1, false);
  uint8_t *bytes = read_bytes(path, &n);
  size_t n_header = rb_bgzf_claimed(bytes, n);
  for (size_t cut = 0; cut < n_header; cut += 1 + cut / 3) {
    write_bytes(path, bytes, cut);
    cr_assert(rb_manifest_remove(path, &err));
    cr_assert(rb_writer_resume(path, &writer, &kept, &doubt, &err), "%zu: %s", cut, err.text);
    cr_assert(kept.n_records == 0 && doubt.kind == RB_DONE);
    cr_assert(rb_writer_begin(writer, header, &err), "%s", err.text);
    cr_assert(rb_writer_close(writer, true, &err), "%s", err.text);
    cr_assert(verified().sealed);
  }
  cr_assert(rb_manifest_remove(path, &err));
  static const char *const others[] = {"x", "\x1f\x8b\x08\x04y", "suite: mine\n"};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    write_bytes(path, others[i], strlen(others[i]));
    cr_assert_not(rb_writer_resume(path, &writer, &kept, &doubt, &err));
    uint8_t *left = read_bytes(path, &n);
    cr_assert_str_eq((char *)left, others[i]);
    free(left);
  }
  cr_assert_eq(unlink(path), 0);
  cr_assert(rb_writer_resume(path, &writer, &kept, &doubt, &err), "%s", err.text);
  cr_assert(rb_writer_close(writer, false, &err));
  cr_assert_neq(access(path, F_OK), 0, "nothing was begun, so nothing is left");
  rb_record_free(header);
  free(bytes);
}

/* Cells 1 (failed) and 11 (failed), 2 (ok): a resume runs 1 again, and before it there was an end.
 * Trials of 1 come before both of its records. */
Test(resume, readers_count_a_cell_once) {
  rb_trace trace;
  rb_writer *writer = open_writer(false);
  add_record(writer, make_trial(1, 7));
  add_cell(writer, 1);
  add_cell(writer, 11);
  add_record(writer, make_trial(2, 8));
  add_cell(writer, 2);
  add_cell(writer, 0); /* wrong: it stays, whatever comes behind it */
  add_record(writer, rb_record_new("end"));
  cr_assert(rb_writer_close(writer, false, &err));
  cr_assert(rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err), "%s", err.text);
  cr_assert(trace.n_records == 8 && trace.n_lines == 8, "no resume, nothing is left out");
  rb_trace_free(&trace);
  writer = go_on(8, 0);
  add_record(writer, make_trial(1, 7));
  rb_record *again = make_cell(1);
  rb_record_text(again, RB_F_status, "ok");
  add_record(writer, again);
  add_cell(writer, 0);
  add_record(writer, rb_record_new("end"));
  cr_assert(rb_writer_close(writer, true, &err));
  static const rb_read_mode modes[] = {RB_READ_STRICT, RB_READ_TAIL, RB_READ_SALVAGE};
  static const char wanted[] = "run cell trial cell cell resume trial cell cell end ";
  for (int i = 0; i < 3; i++) {
    char types[200] = "";
    cr_assert(rb_trace_read(path, modes[i], &trace, NULL, &err), "%s", err.text);
    for (size_t k = 0; k < trace.n_records; k++) {
      strcat(types, rb_record_get_text(trace.records[k], RB_F_type));
      strcat(types, " ");
    }
    cr_assert_str_eq(types, wanted);
    cr_assert_eq(trace.n_lines, 13);
    rb_trace_free(&trace);
  }
  rb_verify_report report = verified();
  cr_assert(report.intact && report.n_records == 13 && report.n_cells == 5);
  cr_assert_eq(report.n_failed, 1, "that of cell 11, which did not run again");
}
