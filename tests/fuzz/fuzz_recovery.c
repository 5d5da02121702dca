// SPDX-License-Identifier: Apache-2.0
/* A sealed trace of some blocks, damaged step by step as the bytes say: bits flipped, cut, pieces
 * left out, put twice, moved or filled. Proves: only the trace as it was is called intact; no mode
 * of reading yields a record that was not written; what a resume would keep is the beginning of the
 * trace, and is read as whole once the rest is cut off. At most 3 bits are flipped, and no other
 * bytes than the trace's own come in but zeros and ones: a fuzzer that may choose them learns to
 * forge a CRC-32. */
#include <fcntl.h>
#include <unistd.h>
#include "base/bgzf.h"
#include "base/sha256.h"
#include "fuzz.h"
#include "trace/manifest.h"
#include "trace/reader.h"

enum { MAX_FILE = 1 << 16, MAX_FLIPS = 3, N_CELLS = 14 };
static char folder[] = "/tmp/rb-fuzz-recovery-XXXXXX", path[sizeof folder + 16];
static uint8_t whole[MAX_FILE], bytes[MAX_FILE];
static size_t n_whole, n_bytes;
static char *lines[N_CELLS + 2]; /* of the records written */
static int fd = -1;

/* ---- the trace ---- */

static void remove_folder(void) {
  char manifest[sizeof path + 20];
  snprintf(manifest, sizeof manifest, "%s.manifest.json", path);
  unlink(path);
  unlink(manifest);
  rmdir(folder);
}

static void add_block(int first, int last) {
  char text[16384];
  size_t n_block, n = 0;
  rb_err err;
  for (int i = first; i < last; i++)
    n += (size_t)snprintf(text + n, sizeof text - n, "%s\n", lines[i]);
  REQUIRE(n < sizeof text);
  REQUIRE(rb_bgzf_deflate(text, n, whole + n_whole, &n_block, &err));
  n_whole += n_block;
}

static char *make_line(int i) {
  const char *type = i == 0 ? "run" : i == N_CELLS + 1 ? "end" : "cell";
  char id[65];
  rb_record *record = rb_record_new(type);
  rb_sha256_hex(&i, sizeof i, id);
  if (i == 0) {
    rb_record_text(record, RB_F_run_id, "00112233445566778899aabbccddeeff");
  } else {
    rb_record_text(record, RB_F_id, id);
    rb_record_integer(record, RB_F_seed, (uint64_t)i);
    rb_record_text(record, RB_F_status, "ok");
  }
  char *line = rb_record_line(record);
  rb_record_free(record);
  return line;
}

static void begin(void) {
  static const int ends[] = {1, 2, 4, 7, 8, 12, N_CELLS + 2};
  rb_err err = {0};
  if (fd >= 0)
    return;
  for (int i = 0; i < N_CELLS + 2; i++)
    lines[i] = make_line(i);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    add_block(i ? ends[i - 1] : 0, ends[i]);
  memcpy(whole + n_whole, rb_bgzf_marker, RB_BGZF_MARKER_BYTES);
  n_whole += RB_BGZF_MARKER_BYTES;
  REQUIRE(mkdtemp(folder) != NULL);
  atexit(remove_folder);
  snprintf(path, sizeof path, "%s/t.gz", folder);
  fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
  REQUIRE(fd >= 0);
  rb_manifest manifest = {.run_id = "00112233445566778899aabbccddeeff",
                          .rows = N_CELLS + 2,
                          .blocks = sizeof ends / sizeof *ends,
                          .bytes = n_whole,
                          .sealed = true,
                          .schema_version = RB_SCHEMA_VERSION};
  rb_sha256_hex(whole, n_whole, manifest.sha256);
  REQUIRE(rb_manifest_write(path, &manifest, &err));
}

/* ---- damage ---- */

/* One step from 7 bytes: what, a place, a length, another place. */
static void damage(const uint8_t *step, int *n_flips, bool *moved) {
  size_t at = ((size_t)step[1] << 8 | step[2]) % (n_bytes + 1);
  size_t n = ((size_t)step[3] << 8 | step[4]) % (n_bytes - at + 1);
  size_t to = ((size_t)step[5] << 8 | step[6]) % (n_bytes + 1);
  static uint8_t piece[MAX_FILE];
  memcpy(piece, bytes + at, n);
  switch (step[0] % 6) {
  case 0:
    if (at < n_bytes && (*n_flips)++ < MAX_FLIPS)
      bytes[at] ^= (uint8_t)(1u << (step[0] / 6 & 7));
    return;
  case 1:
    n_bytes = at;
    return;
  case 2: /* left out */
    memmove(bytes + at, bytes + at + n, n_bytes - at - n);
    n_bytes -= n;
    *moved = true;
    return;
  case 3: /* put twice */
    if (n_bytes + n > MAX_FILE)
      return;
    memmove(bytes + to + n, bytes + to, n_bytes - to);
    memcpy(bytes + to, piece, n);
    n_bytes += n;
    *moved = true;
    return;
  case 4: /* written over by another part */
    n = n < n_bytes - to ? n : n_bytes - to;
    memcpy(bytes + to, piece, n);
    *moved = true;
    return;
  default:
    memset(bytes + at, step[5] & 1 ? 0xff : 0, n);
  }
}

/* ---- what is read ---- */

/* Each record is one that was written; in_order: the first, the second and so on. */
static void check_records(const rb_trace *trace, bool in_order) {
  for (size_t i = 0; i < trace->n_records; i++) {
    char *line = rb_record_line(trace->records[i]);
    bool known = false;
    for (size_t k = in_order ? i : 0; !known && k < (in_order ? i + 1 : N_CELLS + 2); k++)
      known = k < N_CELLS + 2 && strcmp(line, lines[k]) == 0;
    REQUIRE(known);
    free(line);
  }
}

static void check_kept(size_t n_records, uint64_t n_kept) {
  rb_trace trace;
  rb_err err = {0};
  REQUIRE(n_kept <= n_bytes && ftruncate(fd, (off_t)n_kept) == 0);
  REQUIRE(rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err));
  REQUIRE(trace.n_records == n_records && trace.n_bytes == n_kept && !trace.end_marker);
  rb_trace_free(&trace);
}

static void check_file(bool moved) {
  bool same = n_bytes == n_whole && memcmp(bytes, whole, n_whole) == 0;
  rb_verify_report report;
  rb_trace trace;
  rb_err err = {0};
  REQUIRE(rb_trace_verify(path, &report, &err));
  REQUIRE(report.intact == same && (same || report.problem[0]));
  if (rb_trace_read(path, RB_READ_SALVAGE, &trace, NULL, &err))
    check_records(&trace, false);
  rb_trace_free(&trace);
  if (rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err))
    check_records(&trace, !moved);
  else
    REQUIRE(err.kind == RB_FAILED && err.text[0] && !same);
  rb_trace_free(&trace);
  if (rb_trace_read(path, RB_READ_TAIL, &trace, NULL, &err)) {
    check_records(&trace, !moved);
    check_kept(trace.n_records, trace.n_bytes);
  }
  rb_trace_free(&trace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  int n_flips = 0;
  bool moved = false;
  begin();
  memcpy(bytes, whole, n_whole);
  n_bytes = n_whole;
  for (; n >= 7 && n_bytes > 0; n -= 7, data += 7)
    damage(data, &n_flips, &moved);
  REQUIRE(pwrite(fd, bytes, n_bytes, 0) == (ssize_t)n_bytes && ftruncate(fd, (off_t)n_bytes) == 0);
  check_file(moved);
  return 0;
}
