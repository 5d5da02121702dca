// SPDX-License-Identifier: Apache-2.0
/* Proves: a trace that was cut, extended or altered in any single byte is never called intact, and
 * what a damaged one still yields is what was written; resuming would keep exactly the whole blocks
 * before the damage; hostile files (bombs, endless lines, deep nesting, foreign schemas, garbage)
 * are refused with a line that says why. Fails if verify skips a comparison, a reader takes a half
 * record, or a bound of the reader is lifted. */
#include "trace_fixture.h"
#include <fcntl.h>
#include <sys/stat.h>

TestSuite(damage, .init = make_folder, .fini = remove_folder);

static char *manifest_path(void) {
  static char name[320];
  snprintf(name, sizeof name, "%s.manifest.json", path);
  return name;
}

static void poke(int fd, size_t at, uint8_t value) {
  cr_assert_eq(pwrite(fd, &value, 1, (off_t)at), 1);
}

/* Verify must object; strict reading may not notice what has no checksum (a header byte is checked,
 * the padding bits of deflate are not), but then it must read what was written. */
static void expect_refused(const char *wanted, size_t at) {
  rb_trace trace;
  rb_verify_report report = verified();
  cr_assert_not(report.intact, "byte %zu", at);
  if (rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err)) {
    char *text = text_of(&trace);
    cr_assert_str_eq(text, wanted, "byte %zu", at);
    free(text);
  }
  rb_trace_free(&trace);
}

Test(damage, random_flips) {
  size_t n;
  write_trace(60, 5, true);
  uint8_t *bytes = read_bytes(path, &n);
  char *wanted = expected_text(60);
  rb_random random = rb_random_make(11, RB_STREAM_CHECK);
  int fd = open(path, O_WRONLY);
  cr_assert_geq(fd, 0);
  for (int i = 0; i < 1200; i++) {
    size_t at = rb_random_below(&random, (uint32_t)n);
    poke(fd, at, (uint8_t)(bytes[at] ^ (1 + rb_random_below(&random, 255))));
    expect_refused(wanted, at);
    poke(fd, at, bytes[at]);
  }
  close(fd);
  cr_assert(verified().sealed, "all put back");
  free(bytes);
  free(wanted);
}

Test(damage, every_byte_of_a_small_trace) {
  size_t n;
  write_trace(4, 2, true);
  uint8_t *bytes = read_bytes(path, &n);
  char *wanted = expected_text(4);
  int fd = open(path, O_WRONLY);
  for (size_t at = 0; at < n; at++) {
    poke(fd, at, bytes[at] ^ (uint8_t)(1u << at % 8));
    expect_refused(wanted, at);
    poke(fd, at, bytes[at]);
  }
  close(fd);
  cr_assert(verified().sealed, "all put back");
  free(bytes);
  free(wanted);
}

/* After any cut: not intact; tail keeps the whole blocks before it, and says where they end. */
static void expect_cut(const uint8_t *bytes, size_t cut, const size_t *starts, size_t count,
                       const char *wanted) {
  rb_trace trace;
  size_t kept = 0;
  write_bytes(path, bytes, cut);
  for (size_t i = 0; i < count; i++)
    kept = starts[i] <= cut ? starts[i] : kept;
  cr_assert_not(verified().intact, "cut at %zu", cut);
  cr_assert_not(verified().sealed, "cut at %zu", cut);
  bool at_boundary = cut == kept && cut > 0;
  cr_assert_eq(rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err), at_boundary, "cut at %zu",
               cut);
  cr_assert_not(trace.end_marker);
  rb_trace_free(&trace);
  cr_assert_eq(rb_trace_read(path, RB_READ_TAIL, &trace, NULL, &err), kept > 0, "cut at %zu", cut);
  cr_assert_eq(trace.n_bytes, kept, "cut at %zu", cut);
  char *text = text_of(&trace);
  cr_assert_eq(strncmp(text, wanted, strlen(text)), 0);
  free(text);
  rb_trace_free(&trace);
}

Test(damage, cuts_everywhere) {
  size_t n, starts[64];
  write_trace(60, 6, true);
  uint8_t *bytes = read_bytes(path, &n);
  char *wanted = expected_text(60);
  size_t count = find_blocks(bytes, n, starts, 64);
  cr_assert_eq(count, 13);
  for (size_t i = 0; i < count; i++)
    for (size_t side = 0; side < 3; side++)
      if (starts[i] + side > 0)
        expect_cut(bytes, starts[i] + side - (starts[i] > 0), starts, count, wanted);
  for (size_t cut = 0; cut < n; cut += 37)
    expect_cut(bytes, cut, starts, count, wanted);
  for (size_t cut = n - 30; cut < n; cut++)
    expect_cut(bytes, cut, starts, count, wanted);
  write_bytes(path, bytes, n);
  cr_assert(verified().sealed);
  free(bytes);
  free(wanted);
}

Test(damage, bytes_behind_the_end) {
  size_t n, n_bad;
  rb_trace trace;
  write_trace(5, 5, true);
  uint8_t *bytes = read_bytes(path, &n);
  bytes = realloc(bytes, n + 100);
  static const char *const tails[] = {"x", "\x1f", "\x1f\x8b\x08\x04", "garbage behind the end"};
  for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
    memcpy(bytes + n, tails[i], strlen(tails[i]));
    write_bytes(path, bytes, n + strlen(tails[i]));
    cr_assert_not(verified().intact);
    cr_assert_not(rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err));
    cr_assert(strstr(err.text, "block 4"), "%s", err.text);
    cr_assert(rb_trace_read(path, RB_READ_SALVAGE, &trace, &n_bad, &err), "%s", err.text);
    cr_assert(n_bad == 1 && trace.n_records == 7 && !trace.end_marker);
    rb_trace_free(&trace);
  }
  bytes[n] = 0;
  write_bytes(path, bytes, n + 1);
  cr_assert_not(rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err), "one zero byte");
  /* A second end marker is well-formed: only the manifest can tell. */
  memcpy(bytes + n, rb_bgzf_marker, 28);
  write_bytes(path, bytes, n + 28);
  rb_verify_report report = verified();
  cr_assert(!report.intact && strstr(report.problem, "bytes were added"), "%s", report.problem);
  free(bytes);
}

/* What a resume appends to ends before the end marker, whatever follows it. */
Test(damage, tail_leaves_out_the_end_marker) {
  size_t n;
  rb_trace trace;
  write_trace(5, 5, true);
  uint8_t *bytes = read_bytes(path, &n);
  bytes = realloc(bytes, n + RB_BGZF_MARKER_BYTES);
  memcpy(bytes + n, rb_bgzf_marker, RB_BGZF_MARKER_BYTES);
  for (size_t more = 0; more <= RB_BGZF_MARKER_BYTES; more += 14) {
    write_bytes(path, bytes, n + more);
    cr_assert(rb_trace_read(path, RB_READ_TAIL, &trace, NULL, &err), "%s", err.text);
    cr_assert_eq(trace.n_bytes, n - RB_BGZF_MARKER_BYTES, "%zu bytes more", more);
    cr_assert(trace.n_records == 7 && trace.n_blocks == 3);
    cr_assert_eq(trace.end_marker, more != 14);
    rb_trace_free(&trace);
  }
  free(bytes);
}

/* The records of every other block survive a bad one, and their order too. */
Test(damage, salvage_skips_one_block) {
  size_t n, starts[64], n_bad;
  rb_trace trace;
  write_trace(60, 6, true);
  uint8_t *bytes = read_bytes(path, &n);
  size_t count = find_blocks(bytes, n, starts, 64);
  static const size_t places[] = {0, 3, 16, 17, 18, 30}; /* of the header, the length, the data */
  for (size_t i = 0; i + 1 < count; i++)
    for (size_t j = 0; j < sizeof places / sizeof *places; j++) {
      size_t at = starts[i] + places[j];
      bytes[at] ^= 0x55;
      write_bytes(path, bytes, n);
      bool ok = rb_trace_read(path, RB_READ_SALVAGE, &trace, &n_bad, &err);
      cr_assert(ok && n_bad == 1 && trace.end_marker, "block %zu, byte %zu: %s, %zu bad", i,
                places[j], ok ? "read" : err.text, n_bad);
      cr_assert_eq(trace.n_records, i == 0 || i == 11 ? 61 : 56);
      for (size_t k = 1; k < trace.n_records; k++)
        cr_assert_leq(rb_record_get_integer(trace.records[k - 1], RB_F_seed) *
                          rb_record_has(trace.records[k], RB_F_seed),
                      rb_record_get_integer(trace.records[k], RB_F_seed));
      rb_trace_free(&trace);
      cr_assert_not(rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err));
      char number[60];
      snprintf(number, sizeof number, "block %zu at byte %zu:", i + 1, starts[i]);
      cr_assert(strstr(err.text, number), "%s", err.text);
      cr_assert(verified().problem[0]);
      bytes[at] ^= 0x55;
    }
  free(bytes);
}

/* A record over several blocks: one of them bad loses this record and no other. */
Test(damage, salvage_of_a_record_over_many_blocks) {
  size_t n, starts[64], n_bad;
  static double times[RB_RECORD_MAX_REALS];
  rb_trace trace;
  rb_random random = rb_random_make(3, RB_STREAM_CHECK);
  for (int i = 0; i < RB_RECORD_MAX_REALS; i++)
    times[i] = rb_random_normal(&random);
  rb_writer *writer = open_writer(false);
  add_cell(writer, 1);
  rb_record *cell = make_cell(2);
  rb_record_reals(cell, RB_F_times_ns, times, RB_RECORD_MAX_REALS);
  cr_assert(rb_writer_add(writer, cell, &err));
  add_cell(writer, 3);
  cr_assert(rb_writer_close(writer, true, &err));
  uint8_t *bytes = read_bytes(path, &n);
  size_t count = find_blocks(bytes, n, starts, 64);
  cr_assert_gt(count, 8);
  for (size_t i = 2; i + 3 < count; i++) {
    bytes[starts[i] + 500] ^= 1;
    write_bytes(path, bytes, n);
    cr_assert(rb_trace_read(path, RB_READ_SALVAGE, &trace, &n_bad, &err), "%s", err.text);
    cr_assert(n_bad == 1 && trace.n_records == 3, "%zu bad, %zu records", n_bad, trace.n_records);
    cr_assert_eq(rb_record_get_integer(trace.records[1], RB_F_seed), 1);
    cr_assert_eq(rb_record_get_integer(trace.records[2], RB_F_seed), 3);
    rb_trace_free(&trace);
    /* What a resume keeps ends before the half record. */
    cr_assert(rb_trace_read(path, RB_READ_TAIL, &trace, NULL, &err), "%s", err.text);
    cr_assert(trace.n_records == 2 && trace.n_bytes == starts[2] && trace.n_blocks == 2);
    rb_trace_free(&trace);
    bytes[starts[i] + 500] ^= 1;
  }
  rb_record_free(cell);
  free(bytes);
}

/* ---- manifest ---- */

static void expect_problem(const char *words) {
  rb_verify_report report = verified();
  cr_assert(!report.intact && strstr(report.problem, words), "%s", report.problem);
}

Test(damage, manifest_missing_or_wrong) {
  size_t n;
  write_trace(5, 5, true);
  char *text = (char *)read_bytes(manifest_path(), &n), other[1000];
  unlink(manifest_path());
  expect_problem("there is no manifest");
  static const char *const changes[][3] = {
      {"\"run_id\": \"00", "\"run_id\": \"01", "another run"},
      {"\"rows\": 7", "\"rows\": 8", "counts 8"},
      {"\"blocks\": 3", "\"blocks\": 4", "in 4"},
      {"\"bytes\": ", "\"bytes\": 1", "it was cut"},
      {"\"sealed\": true", "\"sealed\": false", "not sealed"},
      {"\"schema_version\": 1", "\"schema_version\": 2", "schema version"},
      {"\"sha256\": \"", "\"sha256\": \"g", "lacks a field"},
      {"\"rows\": 7", "\"rows\": -7", "lacks a field"},
      {"\"rows\": 7", "\"lines\": 7", "lacks a field"},
      {"\"sealed\": true", "\"sealed\": 1", "lacks a field"},
      {"{", "", "not JSON"},
      {"{", "{\"rows\": 7,", "not JSON"}};
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    char *place = strstr(text, changes[i][0]);
    cr_assert_not_null(place, "%s", changes[i][0]);
    snprintf(other, sizeof other, "%.*s%s%s", (int)(place - text), text, changes[i][1],
             place + strlen(changes[i][0]));
    write_bytes(manifest_path(), other, strlen(other));
    expect_problem(changes[i][2]);
  }
  char *sha256 = strstr(text, "\"sha256\": \"") + 11;
  *sha256 = *sha256 == '0' ? '1' : '0';
  write_bytes(manifest_path(), text, n);
  expect_problem("SHA-256");
  char *endless = calloc(1, 100000);
  memset(endless, ' ', 100000);
  write_bytes(manifest_path(), endless, 100000);
  expect_problem("65536 bytes or more");
  unlink(manifest_path());
  cr_assert_eq(mkfifo(manifest_path(), 0600), 0);
  expect_problem("manifest");
  free(endless);
  free(text);
}

/* A whole trace in place of another: well-formed, but not what the manifest is of. */
Test(damage, another_trace_under_the_manifest) {
  size_t n, n_other;
  write_trace(6, 5, true);
  uint8_t *other = read_bytes(path, &n_other);
  write_trace(5, 5, true);
  uint8_t *bytes = read_bytes(path, &n);
  write_bytes(path, other, n_other);
  expect_problem("manifest");
  write_bytes(path, bytes, n);
  cr_assert(verified().sealed);
  free(bytes);
  free(other);
}

Test(damage, file_that_cannot_be_read) {
  rb_verify_report report;
  rb_trace trace;
  cr_assert_not(rb_trace_verify(path, &report, &err));
  cr_assert(err.kind == RB_FAILED && strstr(err.text, "No such file"), "%s", err.text);
  cr_assert_not(rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err));
  cr_assert_not(rb_trace_verify(folder, &report, &err));
  cr_assert(strstr(err.text, "not a regular file"), "%s", err.text);
  cr_assert_eq(mkfifo(path, 0600), 0);
  cr_assert_not(rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err), "a pipe must not block");
}

/* ---- hostile files ---- */

#define HEADER "{\"type\":\"run\",\"schema\":\"relubench-trace\",\"schema_version\":1}\n"

/* text as a file: BGZF, or plain gzip members made of the same deflate data. */
static void write_file(const char *text, size_t n, bool plain) {
  static const uint8_t header[10] = {31, 139, 8, 0, 0, 0, 0, 0, 0, 3};
  static uint8_t block[RB_BGZF_MAX_BLOCK];
  FILE *file = fopen(path, "wb");
  for (size_t n_block, piece; n > 0; n -= piece, text += piece) {
    piece = n < RB_BGZF_MAX_PAYLOAD ? n : RB_BGZF_MAX_PAYLOAD;
    cr_assert(rb_bgzf_deflate(text, piece, block, &n_block, &err));
    if (plain)
      fwrite(header, 1, sizeof header, file);
    fwrite(block + (plain ? 18 : 0), 1, n_block - (plain ? 18 : 0), file);
  }
  fclose(file);
}

/* Both containers: strict says words, verify is not deceived, salvage keeps the other records if it
 * may. */
static void expect_hostile(const char *text, size_t n, const char *words, size_t n_salvaged) {
  rb_trace trace;
  for (int plain = 0; plain < 2; plain++) {
    write_file(text, n, plain);
    cr_assert_not(rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err));
    cr_assert(err.kind == RB_FAILED && strstr(err.text, words), "%s: %s", words, err.text);
    cr_assert(strstr(err.text, path), "%s", err.text);
    cr_assert_eq(trace.n_records, 0);
    cr_assert_not(verified().intact);
    size_t n_bad = 0;
    bool ok = rb_trace_read(path, RB_READ_SALVAGE, &trace, &n_bad, &err);
    cr_assert_eq(trace.n_records, n_salvaged, "%s: %zu", words, trace.n_records);
    cr_assert(!ok || n_bad > 0);
    rb_trace_free(&trace);
  }
}

static void expect_hostile_text(const char *text, const char *words, size_t n_salvaged) {
  expect_hostile(text, strlen(text), words, n_salvaged);
}

Test(damage, hostile_records) {
  expect_hostile_text(HEADER "{\"type\":\"cell\",\"seed\":\"x\"}\n{\"type\":\"end\"}\n",
                      "line 2: field seed", 2);
  expect_hostile_text(HEADER "{\"type\":\"cell\"\n", "line 2: not JSON", 1);
  expect_hostile_text(HEADER "\n{\"type\":\"cell\"}\n", "line 2", 2);
  expect_hostile_text(HEADER "{\"type\":\"cell\"}", "the file is cut", 1);
  expect_hostile_text("{\"type\":\"cell\"}\n", "no header", 1);
  expect_hostile_text("\n", "line 1", 0);
  expect_hostile_text("x", "the file is cut", 0);
}

/* A schema that is not ours is never read, in no mode. */
Test(damage, foreign_schemas) {
  static const char *const texts[][2] = {
      {"{\"type\":\"run\",\"schema\":\"other\",\"schema_version\":1}\n", "\"other\""},
      {"{\"type\":\"run\",\"schema_version\":1}\n", "not a relubench-trace"},
      {"{\"type\":\"run\",\"schema\":\"relubench-trace\"}\n", "no schema_version"},
      {"{\"type\":\"run\",\"schema\":\"relubench-trace\",\"schema_version\":2}\n", "newer"},
      {"{\"type\":\"run\",\"schema\":\"relubench-trace\",\"schema_version\":"
       "\"18446744073709551615\"}\n",
       "newer"}};
  rb_trace trace;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    for (int mode = RB_READ_STRICT; mode <= RB_READ_SALVAGE; mode++) {
      write_file(texts[i][0], strlen(texts[i][0]), false);
      cr_assert_not(rb_trace_read(path, (rb_read_mode)mode, &trace, NULL, &err));
      cr_assert(strstr(err.text, texts[i][1]), "%s", err.text);
    }
  /* Also further on, where a merge may have put it. */
  const char *late =
      HEADER "{\"type\":\"run\",\"schema\":\"relubench-trace\",\"schema_version\":2}\n";
  write_file(late, strlen(late), false);
  cr_assert_not(rb_trace_read(path, RB_READ_SALVAGE, &trace, NULL, &err));
}

/* Returns HEADER, n times c, then tail; owned by the caller. */
static char *long_text(char c, size_t n, const char *tail) {
  char *text = malloc(strlen(HEADER) + n + strlen(tail) + 1);
  strcpy(text, HEADER);
  memset(text + strlen(HEADER), c, n);
  strcpy(text + strlen(HEADER) + n, tail);
  return text;
}

Test(damage, endless_and_deep_lines) {
  const char *tail = "\n{\"type\":\"cell\"}\n";
  rb_random random = rb_random_make(4, RB_STREAM_CHECK);
  char *text = long_text('x', 3 << 20, tail);
  for (size_t i = strlen(HEADER); i < strlen(HEADER) + (3 << 20); i++)
    text[i] =
        (char)('!' + rb_random_below(&random, 90)); /* so that the ratio is not what refuses it */
  expect_hostile_text(text, "line 2: longer than 1048576 bytes", 2);
  text[strlen(HEADER) + (3 << 20)] = '\0';
  expect_hostile_text(text, "line 2: longer than 1048576 bytes", 1);
  free(text);
  text = long_text('[', 200000, tail);
  expect_hostile_text(text, "line 2: nested deeper", 2);
  free(text);
}

/* 40 MB of spaces, newlines or zeros in some 60 KB. */
Test(damage, bombs) {
  static const char kinds[] = {' ', '\n', '\0'};
  static const char *const words[] = {"more than 256 times", "more than 10000 bad",
                                      "more than 256 times"};
  size_t n = 40 << 20;
  rb_trace trace;
  struct stat about;
  char *text = malloc(n);
  for (size_t i = 0; i < sizeof kinds; i++) {
    memset(text, kinds[i], n);
    memcpy(text, HEADER, strlen(HEADER));
    for (int plain = 0; plain < 2; plain++) {
      write_file(text, n, plain);
      stat(path, &about);
      cr_assert_gt(n / (size_t)about.st_size, 300);
      cr_assert_not(rb_trace_read(path, RB_READ_SALVAGE, &trace, NULL, &err));
      cr_assert(strstr(err.text, words[i]), "%s", err.text);
      cr_assert_not(verified().intact);
    }
  }
  free(text);
}

Test(damage, not_a_trace_at_all) {
  static const char *const texts[] = {
      "", "x", "\x1f\x8b", "PK\x03\x04 some other archive", HEADER, "\x1f\x8b\x08"};
  rb_trace trace;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    for (int mode = RB_READ_STRICT; mode <= RB_READ_SALVAGE; mode++) {
      write_bytes(path, texts[i], strlen(texts[i]));
      cr_assert_not(rb_trace_read(path, (rb_read_mode)mode, &trace, NULL, &err), "%zu", i);
      cr_assert(strstr(err.text, path) && trace.n_records == 0, "%s", err.text);
      cr_assert_not(verified().intact);
    }
  /* Nothing but an end marker. */
  write_bytes(path, rb_bgzf_marker, RB_BGZF_MARKER_BYTES);
  cr_assert_not(rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err));
  cr_assert(strstr(err.text, "not even a header"), "%s", err.text);
}

/* Blocks of another writer end anywhere: a resume keeps no record whose block also begins one that
 * the damage has cut. */
Test(damage, tail_of_blocks_that_split_records) {
  static const char *const pieces[] = {HEADER "{\"type\":\"cell\"}\n",
                                       "{\"type\":\"cell\"}\n{\"type\":\"ce",
                                       "ll\"}\n{\"type\":\"end\"}\n"};
  static uint8_t file[RB_BGZF_MAX_BLOCK];
  rb_trace trace;
  size_t n = 0, n_block, ends[3];
  for (int i = 0; i < 3; i++) {
    cr_assert(rb_bgzf_deflate(pieces[i], strlen(pieces[i]), file + n, &n_block, &err));
    ends[i] = n += n_block;
  }
  for (int i = 0; i < 3; i++) {
    write_bytes(path, file, ends[i] - (i == 2));
    cr_assert(rb_trace_read(path, RB_READ_TAIL, &trace, NULL, &err), "%s", err.text);
    cr_assert(trace.n_records == 2 && trace.n_blocks == 1 && trace.n_bytes == ends[0]);
    rb_trace_free(&trace);
  }
  write_bytes(path, file, n);
  cr_assert(rb_trace_read(path, RB_READ_TAIL, &trace, NULL, &err), "%s", err.text);
  cr_assert(trace.n_records == 5 && trace.n_blocks == 3 && trace.n_bytes == n);
  rb_trace_free(&trace);
}

/* ---- foreign gzip and merged traces ---- */

Test(damage, plain_gzip_is_read_but_never_intact) {
  size_t n, n_bad;
  rb_trace trace;
  char *wanted = expected_text(100);
  write_file(wanted, strlen(wanted), true);
  cr_assert(rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err), "%s", err.text);
  cr_assert(!trace.bgzf && !trace.end_marker && trace.n_blocks == 0);
  char *text = text_of(&trace);
  cr_assert_str_eq(text, wanted);
  rb_trace_free(&trace);
  expect_problem("not in BGZF blocks");
  cr_assert_not(rb_trace_read(path, RB_READ_TAIL, &trace, NULL, &err));
  cr_assert(strstr(err.text, "nothing can be appended"), "%s", err.text);
  uint8_t *bytes = read_bytes(path, &n);
  rb_random random = rb_random_make(12, RB_STREAM_CHECK);
  for (int i = 0; i < 200; i++) {
    size_t cut = 1 + rb_random_below(&random, (uint32_t)n - 1);
    write_bytes(path, bytes, cut);
    if (rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err))
      cr_assert_fail("cut at %zu of %zu", cut, n);
    bool ok = rb_trace_read(path, RB_READ_SALVAGE, &trace, &n_bad, &err);
    if (ok) {
      char *part = text_of(&trace);
      cr_assert(n_bad > 0 && strncmp(part, wanted, strlen(part)) == 0);
      free(part);
    }
    rb_trace_free(&trace);
  }
  free(bytes);
  free(text);
  free(wanted);
}

/* One trace behind the other, end marker in between: read as both, but of no manifest. */
Test(damage, concatenated_traces) {
  size_t n;
  rb_trace trace;
  write_trace(30, 10, true);
  uint8_t *bytes = read_bytes(path, &n), *both = malloc(2 * n);
  memcpy(both, bytes, n);
  memcpy(both + n, bytes, n);
  write_bytes(path, both, 2 * n);
  cr_assert(rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err), "%s", err.text);
  cr_assert(trace.n_records == 64 && trace.end_marker && trace.n_blocks == 10);
  rb_trace_free(&trace);
  expect_problem("manifest");
  free(both);
  free(bytes);
}
