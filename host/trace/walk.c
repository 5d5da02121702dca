// SPDX-License-Identifier: Apache-2.0
#include "trace/walk.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/bgzf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"

/* The window over the file always holds one whole block if the file has it. */
enum { WINDOW_BYTES = 4 * RB_BGZF_MAX_BLOCK, FIRST_BYTES = 1 << 20 };

typedef struct walker {
  const char *path;
  rb_read_mode mode;
  rb_walk_visit *visit;
  void *context;
  rb_walk *walk;
  int fd;
  rb_sha256 *hash;
  /* window[begin, end) is read and not yet used; at is the place of window[begin] in the file */
  uint8_t *window;
  size_t begin, end;
  uint64_t at;
  bool at_eof;
  /* the line whose newline has not come yet */
  char *line;
  size_t n_line, line_room;
  bool skipping;   /* salvage: this line is too long and counted already */
  bool in_doubt;   /* salvage: this line may have lost its beginning */
  bool has_header; /* a header with a schema we know was seen */
  bool at_trial;   /* the last record is a trial */
  uint64_t block;  /* number of the current block, from 1, empty ones left out */
  uint64_t n_lines, n_decoded;
} walker;

/* ---- bytes ---- */

static bool open_file(walker *w, rb_err *err) {
  struct stat about;
  /* Not blocking: a pipe under that name must not stop the program before it is seen to be one. */
  w->fd = rb_file_open(w->path, O_RDONLY | O_NONBLOCK, 0);
  if (w->fd < 0)
    return rb_fail(err, RB_FAILED, "cannot open the trace %s: %s", w->path, strerror(errno));
  if (fstat(w->fd, &about) != 0)
    return rb_fail(err, RB_FAILED, "cannot look at %s: %s", w->path, strerror(errno));
  if (!S_ISREG(about.st_mode))
    return rb_fail(err, RB_FAILED, "%s is not a regular file; give the trace itself", w->path);
  return true;
}

/* Reads until need bytes are in the window or the file ends. */
static bool fill(walker *w, size_t need, rb_err *err) {
  assert(need <= WINDOW_BYTES);
  if (w->end - w->begin >= need || w->at_eof)
    return true;
  memmove(w->window, w->window + w->begin, w->end - w->begin);
  w->end -= w->begin;
  w->begin = 0;
  while (w->end < need && !w->at_eof) {
    ssize_t n = rb_file_read(w->fd, w->window + w->end, WINDOW_BYTES - w->end);
    if (n < 0) {
      w->walk->unreadable = true;
      return rb_fail(err, RB_FAILED, "cannot read %s at byte %" PRIu64 ": %s", w->path,
                     w->at + w->end, strerror(errno));
    }
    rb_sha256_add(w->hash, w->window + w->end, (size_t)n);
    w->walk->n_bytes += (uint64_t)n;
    w->at_eof = n == 0;
    w->end += (size_t)n;
  }
  return true;
}

static void use(walker *w, size_t n) {
  w->begin += n;
  w->at += n;
}

/* ---- damage ---- */

/* err says what is wrong. Salvage counts it and goes on (true); other modes fail. */
static bool pass_over(walker *w, rb_err *err) {
  if (w->mode != RB_READ_SALVAGE)
    return false;
  if (w->walk->n_bad++ == 0)
    w->walk->first = *err;
  if (w->walk->n_bad > RB_WALK_MAX_BAD)
    return rb_fail(err, RB_FAILED, "%s: more than %d bad blocks and lines; this is no trace",
                   w->path, RB_WALK_MAX_BAD);
  return true;
}

/* ---- lines ---- */

/* A header names the schema; only versions that this program knows are read, whatever the mode. */
static bool check_header(walker *w, const rb_record *record, bool *is_header, rb_err *err) {
  *is_header = strcmp(rb_record_get_text(record, RB_F_type), "run") == 0;
  if (!*is_header)
    return true;
  const char *schema = rb_record_get_text(record, RB_F_schema);
  uint64_t version = rb_record_get_integer(record, RB_F_schema_version);
  if (!schema || strcmp(schema, RB_SCHEMA_NAME) != 0)
    return rb_fail(err, RB_FAILED, "%s: line %" PRIu64 ": not a " RB_SCHEMA_NAME " but \"%s\"",
                   w->path, w->n_lines, schema ? schema : "");
  if (version > RB_SCHEMA_VERSION)
    return rb_fail(err, RB_FAILED,
                   "%s: line %" PRIu64 ": schema version %" PRIu64
                   " is newer than this program's %d; try a newer relubench",
                   w->path, w->n_lines, version, RB_SCHEMA_VERSION);
  if (version == 0)
    return rb_fail(err, RB_FAILED, "%s: line %" PRIu64 ": the header has no schema_version",
                   w->path, w->n_lines);
  w->has_header = true;
  return true;
}

/* One line without its newline. */
static bool take_line(walker *w, const char *line, size_t n, rb_err *err) {
  rb_record *record = NULL;
  bool is_header = false, in_doubt = w->in_doubt;
  w->n_lines++;
  w->in_doubt = false;
  if (!rb_record_parse(line, n, &record, err)) {
    if (rb_record_starved()) {
      w->walk->unreadable = true;
      return rb_prefix(err, "%s: line %" PRIu64, w->path, w->n_lines);
    }
    /* The rest of a line whose beginning was in a bad block; that block is counted already. */
    if (in_doubt)
      return true;
    rb_prefix(err, "%s: line %" PRIu64, w->path, w->n_lines);
    return pass_over(w, err);
  }
  if (!check_header(w, record, &is_header, err))
    goto refused;
  if (!w->has_header) {
    rb_fail(err, RB_FAILED, "%s: line %" PRIu64 ": the first record is no header (type run)",
            w->path, w->n_lines);
    if (w->walk->n_bad == 0 && !pass_over(w, err))
      goto refused;
    w->has_header = true; /* said once */
  }
  if (w->walk->n_records == RB_WALK_MAX_RECORDS) {
    rb_fail(err, RB_FAILED, "%s: more than %d records", w->path, RB_WALK_MAX_RECORDS);
    goto refused;
  }
  w->walk->n_records++;
  w->at_trial = strcmp(rb_record_get_text(record, RB_F_type), "trial") == 0;
  return w->visit(w->context, record, err);
refused:
  rb_record_free(record);
  return false;
}

static bool keep_piece(walker *w, const char *piece, size_t n, rb_err *err) {
  void *room = w->line;
  if (!rb_grow(&room, &w->line_room, w->n_line + n, 1, "line of the trace", err))
    return false;
  w->line = room;
  memcpy(w->line + w->n_line, piece, n);
  w->n_line += n;
  return true;
}

/* n more bytes of the line, of which newline is the end. */
static bool take_piece(walker *w, const char *piece, size_t n, bool newline, rb_err *err) {
  if (!w->skipping && w->n_line + n > RB_RECORD_MAX_LINE) {
    rb_fail(err, RB_FAILED, "%s: line %" PRIu64 ": longer than %zu bytes", w->path, w->n_lines + 1,
            RB_RECORD_MAX_LINE);
    if (!pass_over(w, err))
      return false;
    w->skipping = true;
  }
  if (!newline)
    return w->skipping || keep_piece(w, piece, n, err);
  if (w->skipping) {
    w->n_line = 0;
    w->skipping = w->in_doubt = false;
    w->n_lines++;
    return true;
  }
  if (w->n_line == 0)
    return take_line(w, piece, n, err);
  if (!keep_piece(w, piece, n, err))
    return false;
  n = w->n_line;
  w->n_line = 0;
  return take_line(w, w->line, n, err);
}

static bool take_payload(walker *w, const uint8_t *payload, size_t n, rb_err *err) {
  const char *text = (const char *)payload;
  w->n_decoded += n;
  if (w->n_decoded > FIRST_BYTES + RB_WALK_MAX_RATIO * w->at)
    return rb_fail(err, RB_FAILED,
                   "%s: the first %" PRIu64 " bytes decode to more than %d times as many; this is "
                   "no trace",
                   w->path, w->at, RB_WALK_MAX_RATIO);
  while (n > 0) {
    const char *newline = memchr(text, '\n', n);
    size_t length = newline ? (size_t)(newline - text) : n;
    if (!take_piece(w, text, length, newline != NULL, err))
      return false;
    length += newline != NULL;
    text += length;
    n -= length;
  }
  return true;
}

/* The unfinished line is lost: its end was in a bad block or beyond the end of the file. */
static void drop_line(walker *w) {
  w->n_line = 0;
  w->skipping = false;
  w->in_doubt = true;
}

/* ---- blocks ---- */

/* Goes on behind a bad block, at the next bytes that look like a block's header. Its own length is
 * not believed. */
static bool skip_block(walker *w, rb_err *err) {
  use(w, 1);
  while (fill(w, RB_BGZF_MAX_BLOCK, err) && w->begin < w->end) {
    size_t n = w->end - w->begin;
    const uint8_t *from = w->window + w->begin, *next = memchr(from, rb_bgzf_prefix[0], n);
    use(w, next ? (size_t)(next - from) : n);
    /* Filled again, as the header may go on behind the window. */
    if (!fill(w, RB_BGZF_MAX_BLOCK, err) ||
        rb_bgzf_claimed(w->window + w->begin, w->end - w->begin))
      break;
    use(w, next != NULL);
  }
  return !w->walk->unreadable;
}

/* One block: *stop says that the walk is over, at the end of the file or, in tail mode, at damage.
 */
static bool take_block(walker *w, uint8_t *payload, bool *stop, rb_err *err) {
  rb_walk *walk = w->walk;
  size_t n_payload = 0, n_block = 0;
  if (!fill(w, RB_BGZF_MAX_BLOCK, err))
    return false;
  *stop = w->begin == w->end;
  if (*stop)
    return true;
  const uint8_t *block = w->window + w->begin;
  if (!rb_bgzf_inflate(block, w->end - w->begin, payload, &n_payload, &n_block, err)) {
    rb_prefix(err, "%s: block %" PRIu64 " at byte %" PRIu64, w->path, ++w->block, w->at);
    walk->end_marker = false;
    *stop = w->mode == RB_READ_TAIL;
    if (*stop)
      return true;
    if (!pass_over(w, err))
      return false;
    drop_line(w);
    return skip_block(w, err);
  }
  walk->end_marker = n_block == RB_BGZF_MARKER_BYTES && memcmp(block, rb_bgzf_marker, n_block) == 0;
  w->block += n_payload > 0;
  walk->n_blocks += n_payload > 0;
  use(w, n_block);
  if (!take_payload(w, payload, n_payload, err))
    return false;
  if (n_payload > 0 && w->n_line == 0 && !w->at_trial && !w->skipping && walk->n_bad == 0) {
    walk->kept_blocks = walk->n_blocks;
    walk->kept_bytes = w->at;
    walk->kept_records = walk->n_records;
  }
  return true;
}

static bool take_foreign(walker *w, uint8_t *payload, rb_err *err) {
  rb_bgzf_foreign *foreign = NULL;
  bool ok = false;
  if (!rb_bgzf_foreign_open(&foreign, err))
    return false;
  while (fill(w, 1, err)) {
    if (w->begin == w->end && rb_bgzf_foreign_at_end(foreign)) {
      ok = true;
      goto done;
    }
    rb_bgzf_step step = {
        w->window + w->begin, w->end - w->begin, payload, RB_BGZF_MAX_INFLATED, 0, 0};
    if (w->begin == w->end || !rb_bgzf_foreign_next(foreign, &step, err)) {
      if (w->begin == w->end)
        rb_fail(err, RB_FAILED, "the gzip data are cut");
      rb_prefix(err, "%s: byte %" PRIu64, w->path, w->at);
      /* Nothing behind the damage can be found again in a plain gzip member. */
      ok = pass_over(w, err);
      drop_line(w);
      goto done;
    }
    use(w, step.n_used);
    if (!take_payload(w, payload, step.n_out, err))
      goto done;
  }
done:
  rb_bgzf_foreign_free(foreign);
  return ok;
}

/* Which of the two containers, from the first bytes: 16 bytes in front of a block's length, of
 * which byte 3 has the bit for an extra field (RFC 1952) and bytes 10 to 15 are that of BGZF. */
static bool find_container(walker *w, rb_err *err) {
  if (!fill(w, RB_BGZF_MAX_BLOCK, err))
    return false;
  const uint8_t *bytes = w->window + w->begin;
  size_t n = w->end - w->begin;
  if (n == 0)
    return rb_fail(err, RB_FAILED, "%s is empty, not a trace", w->path);
  if (n >= RB_BGZF_PREFIX_BYTES && memcmp(bytes + 10, rb_bgzf_prefix + 10, 6) == 0) {
    w->walk->bgzf = true;
    return true;
  }
  if (n < 4 || memcmp(bytes, rb_bgzf_prefix, 3) != 0)
    return rb_fail(err, RB_FAILED, "%s is not a trace: it does not start as gzip does", w->path);
  /* Gzip with any other extra field is taken for a damaged block: better refused than read as
   * whole. */
  w->walk->bgzf = (bytes[3] & 4) != 0;
  if (!w->walk->bgzf && w->mode == RB_READ_TAIL)
    return rb_fail(err, RB_FAILED, "%s is gzip, but not in BGZF blocks; nothing can be appended",
                   w->path);
  return true;
}

/* ---- the whole ---- */

static bool walk_all(walker *w, uint8_t *payload, rb_err *err) {
  bool stop = false;
  if (!find_container(w, err))
    return false;
  if (!w->walk->bgzf && !take_foreign(w, payload, err))
    return false;
  while (w->walk->bgzf && !stop)
    if (!take_block(w, payload, &stop, err))
      return false;
  if (w->mode != RB_READ_TAIL && (w->n_line > 0 || w->skipping)) {
    rb_fail(err, RB_FAILED, "%s: the last line has no end: the file is cut", w->path);
    if (!pass_over(w, err))
      return false;
  }
  uint64_t n_records = w->mode == RB_READ_TAIL ? w->walk->kept_records : w->walk->n_records;
  if (n_records == 0 && w->mode != RB_READ_SALVAGE)
    return rb_fail(err, RB_FAILED, "%s: no record is in it, not even a header", w->path);
  return true;
}

bool rb_walk_file(const char *path, rb_read_mode mode, rb_walk_visit *visit, void *context,
                  rb_walk *walk, rb_err *err) {
  *walk = (rb_walk){.unreadable = true};
  walker w = {
      .path = path, .mode = mode, .visit = visit, .context = context, .walk = walk, .fd = -1};
  void *window = NULL, *payload = NULL;
  bool ok = false;
  w.hash = rb_sha256_new();
  if (!open_file(&w, err) || !rb_alloc(&window, WINDOW_BYTES, 1, "window over the trace", err) ||
      !rb_alloc(&payload, RB_BGZF_MAX_INFLATED, 1, "block of the trace", err))
    goto done;
  w.window = window;
  walk->unreadable = false;
  ok = walk_all(&w, payload, err);
  /* A damaged file still has a length and a hash. */
  rb_err unread = {0};
  while (mode == RB_READ_SALVAGE && !walk->unreadable && !w.at_eof) {
    use(&w, w.end - w.begin);
    if (!fill(&w, 1, &unread))
      ok = rb_fail(err, unread.kind, "%s", unread.text);
  }
  rb_sha256_peek(w.hash, walk->sha256);
done:
  if (w.fd >= 0)
    rb_file_close(w.fd);
  rb_sha256_free(w.hash);
  free(payload);
  free(window);
  free(w.line);
  return ok;
}
