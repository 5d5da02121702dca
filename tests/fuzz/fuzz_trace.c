// SPDX-License-Identifier: Apache-2.0
/* A trace file, read in every mode and verified. The first two bytes choose: the bytes as they are,
 * or as text packed into BGZF blocks or gzip members of a chosen length, so that the fuzzer gets
 * behind the checksums. Proves: what strict reading takes, the other modes take alike; what tail
 * keeps is a beginning of what salvage finds; a trace without a manifest is never intact. */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <unistd.h>
#include "base/bgzf.h"
#include "fuzz.h"
#include "trace/reader.h"

static void write_all(int fd, const void *bytes, size_t n) {
  REQUIRE(write(fd, bytes, n) == (ssize_t)n);
}

/* text in blocks of `piece` bytes, as BGZF with an end marker or as plain gzip members. */
static void write_packed(int fd, const uint8_t *text, size_t n, size_t piece, bool plain) {
  static const uint8_t header[10] = {31, 139, 8, 0, 0, 0, 0, 0, 0, 3};
  static uint8_t block[RB_BGZF_MAX_BLOCK];
  rb_err err;
  for (size_t n_block; n > 0; n -= piece, text += piece) {
    piece = piece < n ? piece : n;
    REQUIRE(rb_bgzf_deflate(text, piece, block, &n_block, &err));
    if (plain)
      write_all(fd, header, sizeof header);
    write_all(fd, block + (plain ? 18 : 0), n_block - (plain ? 18 : 0));
  }
  if (!plain)
    write_all(fd, rb_bgzf_marker, sizeof rb_bgzf_marker);
}

static bool same(const rb_record *a, const rb_record *b) {
  char *x = rb_record_line(a), *y = rb_record_line(b);
  bool ok = strcmp(x, y) == 0;
  free(x);
  free(y);
  return ok;
}

static void expect_beginning(const rb_trace *part, const rb_trace *whole) {
  REQUIRE(part->n_records <= whole->n_records && part->n_bytes <= whole->n_bytes);
  for (size_t i = 0; i < part->n_records; i++)
    REQUIRE(same(part->records[i], whole->records[i]));
}

static void read_all(const char *path, uint64_t n_file) {
  rb_trace traces[3];
  rb_err errors[3] = {0}, err = {0};
  bool ok[3];
  size_t n_bad[3];
  for (int mode = 0; mode < 3; mode++) {
    ok[mode] = rb_trace_read(path, (rb_read_mode)mode, &traces[mode], &n_bad[mode], &errors[mode]);
    REQUIRE(ok[mode] || (errors[mode].kind == RB_FAILED && traces[mode].n_records == 0));
    REQUIRE(mode == RB_READ_SALVAGE || n_bad[mode] == 0);
  }
  const rb_trace *strict = &traces[RB_READ_STRICT], *tail = &traces[RB_READ_TAIL],
                 *salvage = &traces[RB_READ_SALVAGE];
  if (ok[RB_READ_STRICT]) {
    REQUIRE(ok[RB_READ_SALVAGE] && n_bad[RB_READ_SALVAGE] == 0 && strict->n_bytes == n_file);
    REQUIRE(strict->n_records == salvage->n_records);
    REQUIRE(ok[RB_READ_TAIL] == strict->bgzf);
    REQUIRE(!strict->bgzf || tail->n_records == strict->n_records);
    expect_beginning(strict, salvage);
  }
  if (!ok[RB_READ_STRICT] && ok[RB_READ_SALVAGE])
    REQUIRE(n_bad[RB_READ_SALVAGE] > 0 || salvage->n_records == 0);
  if (ok[RB_READ_TAIL] && ok[RB_READ_SALVAGE])
    expect_beginning(tail, salvage);
  rb_verify_report report;
  REQUIRE(rb_trace_verify(path, &report, &err));
  REQUIRE(!report.intact && !report.sealed && report.problem[0] && report.n_bytes == n_file);
  for (int mode = 0; mode < 3; mode++)
    rb_trace_free(&traces[mode]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  char path[40];
  if (n < 2)
    return 0;
  int fd = memfd_create("trace", MFD_CLOEXEC);
  REQUIRE(fd >= 0);
  if (data[0] % 3 == 0)
    write_all(fd, data + 2, n - 2);
  else
    write_packed(fd, data + 2, n - 2, 1 + 8 * (size_t)data[1], data[0] % 3 == 2);
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  read_all(path, (uint64_t)lseek(fd, 0, SEEK_END));
  close(fd);
  return 0;
}
