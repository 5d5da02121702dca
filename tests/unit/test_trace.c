// SPDX-License-Identifier: Apache-2.0
/* Proves: what was written comes back record by record, through this reader and through zcat,
 * Python and bgzip; blocks, end marker and manifest are as docs/TRACE.md says at every commit; an
 * existing, a locked and an unwritable file are refused and left alone; after a kill or a full disk
 * every committed record is there; docs/TRACE.md lists every field. Fails if a commit leaves
 * something in memory, a lock or O_EXCL is dropped, an error is retried, or a field is added
 * without a line in the docs. */
#include "trace_fixture.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "trace/manifest.h"

TestSuite(trace, .init = make_folder, .fini = remove_folder);

Test(trace, round_trip) {
  rb_trace trace;
  size_t n_bad = 99;
  write_trace(300, 7, true);
  char *wanted = expected_text(300);
  static const rb_read_mode modes[] = {RB_READ_STRICT, RB_READ_TAIL, RB_READ_SALVAGE};
  for (int i = 0; i < 3; i++) {
    cr_assert(rb_trace_read(path, modes[i], &trace, &n_bad, &err), "%s", err.text);
    char *text = text_of(&trace);
    cr_assert_str_eq(text, wanted);
    cr_assert(n_bad == 0 && trace.bgzf && trace.end_marker && trace.n_records == 302);
    cr_assert_eq(trace.n_blocks, 1 + 43, "the header, 42 commits and the last one");
    free(text);
    rb_trace_free(&trace);
  }
  rb_verify_report report = verified();
  cr_assert(report.intact && report.sealed, "%s", report.problem);
  cr_assert(report.n_records == 302 && report.n_cells == 300 && report.n_wrong == 30);
  cr_assert(report.n_failed == 30 && report.n_blocks == 44);
  cr_assert_str_eq(report.run_id, run_id);
  free(wanted);
}

/* The header alone in the first block, every commit its own blocks of whole records, the marker
 * last. */
Test(trace, blocks_as_documented) {
  static uint8_t payload[RB_BGZF_MAX_INFLATED];
  size_t n, starts[64], used, n_payload;
  write_trace(40, 10, true);
  uint8_t *bytes = read_bytes(path, &n);
  size_t count = find_blocks(bytes, n, starts, 64);
  cr_assert_eq(count, 1 + 4 + 1 + 1);
  cr_assert_eq(n - starts[count - 1], RB_BGZF_MARKER_BYTES);
  for (size_t i = 0; i + 1 < count; i++) {
    cr_assert(rb_bgzf_inflate(bytes + starts[i], n - starts[i], payload, &n_payload, &used, &err));
    size_t lines = 0;
    for (size_t j = 0; j < n_payload; j++)
      lines += payload[j] == '\n';
    cr_assert_eq(lines, i == 0 || i == 5 ? 1 : 10);
    cr_assert_eq(payload[n_payload - 1], '\n');
  }
  free(bytes);
}

/* Queue more than a block: full blocks may go out early, but only at the ends of records. */
Test(trace, many_records_without_commit) {
  rb_trace trace;
  write_trace(1000, 1000000, true);
  cr_assert(rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err), "%s", err.text);
  char *wanted = expected_text(1000), *text = text_of(&trace);
  cr_assert_str_eq(text, wanted);
  cr_assert_gt(trace.n_blocks, 5);
  size_t n, starts[64];
  uint8_t *bytes = read_bytes(path, &n);
  size_t count = find_blocks(bytes, n, starts, 64);
  static uint8_t payload[RB_BGZF_MAX_INFLATED];
  for (size_t i = 0, used, n_payload; i + 1 < count; i++) {
    cr_assert(rb_bgzf_inflate(bytes + starts[i], n - starts[i], payload, &n_payload, &used, &err));
    cr_assert(payload[0] == '{' && payload[n_payload - 1] == '\n', "block %zu", i);
  }
  cr_assert_lt(strlen(wanted) / n, 40, "far from the ratio cap of the reader");
  free(bytes);
  free(text);
  free(wanted);
  rb_trace_free(&trace);
}

static rb_record *long_cell(unsigned i) {
  rb_random random = rb_random_make(i, RB_STREAM_CHECK);
  static double times[RB_RECORD_MAX_REALS];
  rb_record *cell = make_cell(i);
  for (int j = 0; j < RB_RECORD_MAX_REALS; j++)
    times[j] = rb_random_normal(&random);
  rb_record_reals(cell, RB_F_times_ns, times, RB_RECORD_MAX_REALS);
  return cell;
}

Test(trace, record_over_many_blocks) {
  rb_trace trace;
  rb_writer *writer = open_writer(false);
  add_cell(writer, 1);
  for (unsigned i = 2; i < 5; i++) {
    rb_record *cell = long_cell(i);
    cr_assert(rb_writer_add(writer, cell, &err), "%s", err.text);
    rb_record_free(cell);
  }
  add_cell(writer, 5);
  cr_assert(rb_writer_close(writer, true, &err));
  cr_assert(verified().intact);
  cr_assert(rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err), "%s", err.text);
  cr_assert(trace.n_records == 6 && trace.n_blocks > 30);
  for (unsigned i = 2; i < 5; i++) {
    rb_record *cell = long_cell(i);
    char *wanted = rb_record_line(cell), *line = rb_record_line(trace.records[i]);
    cr_assert_str_eq(line, wanted);
    free(line);
    free(wanted);
    rb_record_free(cell);
  }
  rb_trace_free(&trace);
}

/* A record that no reader would take is refused alone; the run goes on. */
Test(trace, record_beyond_a_line) {
  char key[20], *text = calloc(RB_RECORD_MAX_TEXT + 1, 1);
  rb_writer *writer = open_writer(false);
  rb_record *cell = make_cell(1);
  memset(text, 'x', RB_RECORD_MAX_TEXT);
  for (int i = 0; i < 70; i++) {
    snprintf(key, sizeof key, "kernel %d", i);
    rb_record_texts(cell, RB_F_build_options, key, text);
  }
  cr_assert_not(rb_writer_add(writer, cell, &err));
  cr_assert(err.kind == RB_FAILED && strstr(err.text, "left out"), "%s", err.text);
  add_cell(writer, 2);
  cr_assert(rb_writer_close(writer, true, &err), "%s", err.text);
  cr_assert(verified().intact && verified().n_cells == 1);
  rb_record_free(cell);
  free(text);
}

/* ---- manifest ---- */

/* What the manifest says is what the file is, now. */
static void expect_manifest(uint64_t rows, uint64_t blocks, bool sealed) {
  rb_manifest manifest;
  char sha256[RB_SHA256_ROOM], name[320];
  size_t n;
  uint8_t *bytes = read_bytes(path, &n);
  rb_sha256_hex(bytes, n, sha256);
  cr_assert(rb_manifest_read(path, &manifest, &err), "%s", err.text);
  cr_assert_str_eq(manifest.run_id, run_id);
  cr_assert_str_eq(manifest.sha256, sha256);
  cr_assert(manifest.rows == rows && manifest.blocks == blocks && manifest.bytes == n);
  cr_assert(manifest.sealed == sealed && manifest.schema_version == RB_SCHEMA_VERSION);
  snprintf(name, sizeof name, "%s.manifest.json.tmp", path);
  cr_assert_eq(access(name, F_OK), -1, "the temporary manifest is gone");
  rb_verify_report report = verified();
  cr_assert(report.intact && report.sealed == sealed, "%s", report.problem);
  free(bytes);
}

Test(trace, manifest_at_every_commit) {
  rb_writer *writer = open_writer(false);
  cr_assert_str_eq(rb_writer_run_id(writer), run_id);
  expect_manifest(1, 1, false);
  add_cell(writer, 1);
  add_cell(writer, 2);
  expect_manifest(1, 1, false); /* queued, not written */
  cr_assert(rb_writer_commit(writer, &err));
  expect_manifest(3, 2, false);
  cr_assert(rb_writer_commit(writer, &err));
  expect_manifest(3, 2, false); /* nothing queued, nothing done */
  add_cell(writer, 3);
  cr_assert(rb_writer_close(writer, true, &err));
  expect_manifest(4, 3, true);
}

Test(trace, unsealed_run_is_intact) {
  write_trace(12, 5, false);
  expect_manifest(14, 4, false);
  rb_trace trace;
  cr_assert(rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err), "%s", err.text);
  cr_assert(!trace.end_marker && trace.n_records == 14);
  rb_trace_free(&trace);
}

Test(trace, manifest_names_fields_of_the_docs) {
  static const char *const keys[] = {"run_id", "rows",   "blocks",        "bytes",
                                     "sha256", "sealed", "schema_version"};
  char name[320], key[40];
  size_t n;
  write_trace(2, 2, true);
  snprintf(name, sizeof name, "%s.manifest.json", path);
  uint8_t *text = read_bytes(name, &n);
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    snprintf(key, sizeof key, "\"%s\": ", keys[i]);
    cr_assert(strstr((char *)text, key), "%s", key);
  }
  free(text);
}

/* ---- refusals ---- */

static bool try_open(const char *name, bool force) {
  rb_writer *writer = NULL;
  rb_record *header = make_header();
  bool ok = rb_writer_open(name, force, header, &writer, &err);
  rb_record_free(header);
  cr_assert_eq(ok, writer != NULL);
  rb_err ignored;
  rb_writer_close(writer, false, &ignored);
  return ok;
}

Test(trace, existing_output_is_refused_and_kept) {
  write_trace(5, 5, true);
  cr_assert_not(try_open(path, false));
  cr_assert(err.kind == RB_USAGE && strstr(err.text, "--force"), "%s", err.text);
  cr_assert(verified().sealed && verified().n_cells == 5);
  cr_assert(try_open(path, true), "%s", err.text);
  cr_assert(verified().intact && verified().n_cells == 0, "%s", verified().problem);
}

Test(trace, locked_output_is_refused_and_kept) {
  rb_writer *writer = open_writer(false);
  add_cell(writer, 1);
  cr_assert(rb_writer_commit(writer, &err));
  cr_assert_not(try_open(path, true));
  cr_assert(err.kind == RB_FAILED && strstr(err.text, "another process"), "%s", err.text);
  add_cell(writer, 2);
  cr_assert(rb_writer_close(writer, true, &err), "%s", err.text);
  cr_assert(verified().sealed && verified().n_cells == 2);
  cr_assert(try_open(path, true), "the lock ends with the writer: %s", err.text);
}

Test(trace, folders_are_made) {
  char name[400];
  snprintf(name, sizeof name, "%s/a//b/c/run.jsonl.gz", folder);
  cr_assert(try_open(name, false), "%s", err.text);
  static const char *const made[] = {"a/b/c/run.jsonl.gz", "a/b/c/run.jsonl.gz.manifest.json",
                                     "a/b/c", "a/b", "a"};
  for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
    snprintf(name, sizeof name, "%s/%s", folder, made[i]);
    cr_assert_eq(remove(name), 0, "%s", name);
  }
}

Test(trace, places_where_nothing_can_be_written) {
  char name[400];
  write_trace(1, 1, true);
  snprintf(name, sizeof name, "%s/below/run.jsonl.gz", path); /* a file is no folder */
  cr_assert_not(try_open(name, false));
  cr_assert(err.kind == RB_FAILED && strstr(err.text, name) == NULL, "%s", err.text);
  cr_assert(strstr(err.text, path), "%s", err.text);
  cr_assert_not(try_open(folder, true));
  cr_assert_not(try_open("/proc/relubench/run.jsonl.gz", false));
  cr_assert_not(try_open("/dev/full", true));
  cr_assert(strstr(err.text, "not a regular file"), "%s", err.text);
  cr_assert_not(try_open("", false));
  cr_assert_eq(err.kind, RB_FAILED);
}

/* --force would empty what the link points to, beside which the manifest of it stays. */
Test(trace, symbolic_link_is_not_followed) {
  char target[320];
  size_t n;
  snprintf(target, sizeof target, "%s/target", folder);
  write_bytes(target, "kept", 4);
  cr_assert_eq(symlink(target, path), 0);
  cr_assert_not(try_open(path, false));
  cr_assert_not(try_open(path, true));
  cr_assert(err.kind == RB_FAILED && strstr(err.text, "symbolic link"), "%s", err.text);
  uint8_t *bytes = read_bytes(target, &n);
  cr_assert(n == 4 && memcmp(bytes, "kept", 4) == 0);
  free(bytes);
}

/* Whatever stands under the manifest's temporary name, a pipe or a link to another file, is taken
 * away and not written to. */
Test(trace, temporary_manifest_is_a_new_file) {
  char name[330], other[320];
  size_t n;
  alarm(20); /* opening a pipe to write waits for a reader */
  snprintf(name, sizeof name, "%s.manifest.json.tmp", path);
  snprintf(other, sizeof other, "%s/other", folder);
  cr_assert_eq(mkfifo(name, 0600), 0);
  cr_assert(try_open(path, false), "%s", err.text);
  write_bytes(other, "kept", 4);
  cr_assert_eq(link(other, name), 0);
  cr_assert(try_open(path, true), "%s", err.text);
  uint8_t *bytes = read_bytes(other, &n);
  cr_assert(n == 4 && memcmp(bytes, "kept", 4) == 0);
  free(bytes);
  cr_assert(verified().intact);
}

Test(trace, folder_without_write_permission) {
  char name[400];
  if (geteuid() == 0)
    skip("a folder without write permission", "run by root, who may write everywhere");
  snprintf(name, sizeof name, "%s/locked", folder);
  cr_assert_eq(mkdir(name, 0555), 0);
  snprintf(name, sizeof name, "%s/locked/run.jsonl.gz", folder);
  cr_assert_not(try_open(name, false));
  cr_assert(strstr(err.text, "Permission denied"), "%s", err.text);
  snprintf(name, sizeof name, "%s/locked", folder);
  rmdir(name);
}

Test(trace, header_without_identity_is_refused) {
  static const char *const ids[] = {NULL, "", "0011", "00112233445566778899AABBCCDDEEFF"};
  for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
    rb_record *header = make_header();
    rb_writer *writer = NULL;
    rb_record_text(header, RB_F_run_id, ids[i]);
    cr_assert_not(rb_writer_open(path, false, header, &writer, &err));
    cr_assert_eq(access(path, F_OK), -1, "nothing is left behind");
    rb_record_free(header);
  }
}

/* ---- crashes ---- */

/* kill -9 after the second commit, with full blocks of a third one on their way. */
Test(trace, killed_writer_keeps_what_was_committed) {
  pid_t child = fork();
  if (child == 0) {
    rb_writer *writer = open_writer(false);
    for (unsigned i = 0; i < 20; i++) {
      add_cell(writer, i);
      if (i % 10 == 9 && !rb_writer_commit(writer, &err))
        _exit(1);
    }
    for (unsigned i = 20; i < 520; i++)
      add_cell(writer, i);
    raise(SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  cr_assert(WIFSIGNALED(status));
  rb_verify_report report = verified();
  cr_assert(!report.intact && !report.sealed && strstr(report.problem, "manifest"), "%s",
            report.problem);
  rb_trace trace;
  cr_assert(rb_trace_read(path, RB_READ_TAIL, &trace, NULL, &err), "%s", err.text);
  cr_assert_geq(trace.n_records, 21);
  char *wanted = expected_text(520), *text = text_of(&trace);
  cr_assert(strncmp(text, wanted, strlen(text)) == 0, "in order, unaltered");
  free(text);
  free(wanted);
  rb_trace_free(&trace);
  cr_assert(try_open(path, true), "the lock died with its owner: %s", err.text);
}

/* A full disk, played by a limit on the length of files: the first error stays, and the file is
 * what its manifest says. */
Test(trace, full_disk) {
  struct rlimit limit;
  rb_err second = {0};
  unsigned n_committed = 0;
  getrlimit(RLIMIT_FSIZE, &limit);
  signal(SIGXFSZ, SIG_IGN);
  rb_writer *writer = open_writer(false);
  rb_record *cell = make_cell(0);
  limit.rlim_cur = 20000;
  setrlimit(RLIMIT_FSIZE, &limit);
  while (rb_writer_add(writer, cell, &err) && rb_writer_commit(writer, &err))
    n_committed++;
  cr_assert(err.kind == RB_FAILED && strstr(err.text, path), "%s", err.text);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_FSIZE, &limit);
  cr_assert_not(rb_writer_add(writer, cell, &second));
  cr_assert_str_eq(second.text, err.text);
  cr_assert_not(rb_writer_commit(writer, &second), "no second try, even with room again");
  cr_assert_not(rb_writer_close(writer, true, &second));
  cr_assert_str_eq(second.text, err.text);
  rb_record_free(cell);
  rb_verify_report report = verified();
  cr_assert(report.intact && !report.sealed, "%s", report.problem);
  cr_assert(n_committed > 10 && report.n_cells == n_committed);
}

/* However little room there is: a trace and its manifest, or neither. */
Test(trace, full_disk_from_the_start) {
  static const char *const endings[] = {"", ".manifest.json", ".manifest.json.tmp"};
  struct rlimit limit;
  unsigned n_opened = 0, n_refused = 0;
  getrlimit(RLIMIT_FSIZE, &limit);
  signal(SIGXFSZ, SIG_IGN);
  for (limit.rlim_cur = 0; limit.rlim_cur < 1000; limit.rlim_cur += 10) {
    setrlimit(RLIMIT_FSIZE, &limit);
    bool ok = try_open(path, false);
    cr_assert(ok || (err.kind == RB_FAILED && strstr(err.text, path)), "%s", err.text);
    n_opened += ok;
    n_refused += !ok;
    for (size_t i = 0; i < 3; i++) {
      char name[330];
      snprintf(name, sizeof name, "%s%s", path, endings[i]);
      cr_assert_eq(unlink(name), ok && i < 2 ? 0 : -1, "%s, %zu bytes", name,
                   (size_t)limit.rlim_cur);
    }
  }
  cr_assert(n_opened > 10 && n_refused > 10);
}

/* ---- other readers ---- */

/* Runs command with the trace as standard input; its output must be the lines of the trace. Skips
 * aloud if tool is not there. */
static void expect_read_by(const char *tool, const char *command) {
  char line[700];
  snprintf(line, sizeof line, "command -v %s > /dev/null 2>&1", tool);
  if (system(line) != 0)
    skip(tool, "not installed");
  write_trace(700, 100, true);
  snprintf(line, sizeof line, "%s < %s > %s/out", command, path, folder);
  cr_assert_eq(system(line), 0, "%s", line);
  snprintf(line, sizeof line, "%s/out", folder);
  size_t n;
  char *text = (char *)read_bytes(line, &n), *wanted = expected_text(700);
  cr_assert_eq(n, strlen(wanted));
  cr_assert(memcmp(text, wanted, n) == 0);
  free(text);
  free(wanted);
}

Test(trace, read_by_zcat) {
  expect_read_by("zcat", "zcat");
}

Test(trace, read_by_bgzip) {
  expect_read_by("bgzip", "bgzip -d -c");
}

/* Not only unpacked but understood: written again by Python's json, with the spaces of this
 * program. */
Test(trace, read_by_python) {
  expect_read_by("python3", "python3 -c 'import gzip, json, sys\n"
                            "for line in gzip.open(sys.stdin.buffer, \"rt\"):\n"
                            "    json.loads(line)\n"
                            "    sys.stdout.write(line)'");
}

/* ---- docs ---- */

Test(trace, docs_list_every_field) {
  static const char *const types[] = {"text",  "integer", "real", "truth",
                                      "reals", "spread",  "map",  "texts"};
  char name[1000], row[600];
  const char *source = getenv("RB_SOURCE_DIR");
  if (!source)
    skip("docs/TRACE.md", "RB_SOURCE_DIR is not set");
  snprintf(name, sizeof name, "%s/docs/TRACE.md", source);
  size_t n, n_rows = 0;
  char *text = (char *)read_bytes(name, &n);
  for (int i = 0; i < RB_N_FIELDS; i++) {
    /* A bar inside a table is escaped. */
    char *to = row + sprintf(row, "\n| `%s` | %s | %s | ", rb_schema[i].name,
                             types[rb_schema[i].type], rb_schema[i].unit);
    for (const char *c = rb_schema[i].meaning; *c; c++) {
      if (*c == '|')
        *to++ = '\\';
      *to++ = *c;
    }
    strcpy(to, " |\n");
    cr_expect(strstr(text, row), "docs/TRACE.md lacks this row:%s", row);
  }
  /* And no row of a field that is no more. */
  for (const char *c = text; (c = strstr(c, "\n| `")); c++)
    n_rows++;
  cr_expect_eq(n_rows, (size_t)RB_N_FIELDS, "rows of fields in docs/TRACE.md");
  free(text);
}
