// SPDX-License-Identifier: Apache-2.0
/* What must hold, and where it is kept up:
 *  1. Every block ends where a record ends, unless one record fills several (queue_line), so that
 * the longest good beginning of a cut file is a whole trace.
 *  2. The manifest never counts bytes that are not on disk: write, fsync, then manifest (commit).
 *  3. One writer a file: flock, held until close (open_file). It dies with the process.
 *  4. The first failure of the disk is the last action on it: after a failed fsync the kernel may
 * have dropped the pages and a second fsync would succeed (fail). */
#include "trace/writer.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/bgzf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "trace/manifest.h"

/* What rb_writer_open() does with a file that is there. */
typedef enum opening { OPEN_NEW, OPEN_FORCE, OPEN_RESUME } opening;

struct rb_writer {
  int fd;
  char *path;
  rb_sha256 *hash;      /* of the file's bytes */
  rb_manifest state;    /* of what was written; queued rows are not in it */
  rb_manifest on_disk;  /* at the last commit */
  uint64_t n_extra;     /* resume: bytes in the file behind what is kept.. */
  uint64_t n_marker;    /* ..of which so many are the end marker */
  uint64_t queued_rows; /* records that end in queue */
  size_t n_queue;
  bool created; /* the file is new and nobody else's */
  bool has_failed;
  rb_err failure;                  /* the first one */
  char queue[RB_BGZF_MAX_PAYLOAD]; /* the next block's payload */
  uint8_t block[RB_BGZF_MAX_BLOCK];
};

/* ---- the file ---- */

/* Remembers err as the error of every later call. */
static bool fail(rb_writer *writer, const rb_err *err) {
  if (!writer->has_failed)
    writer->failure = *err;
  writer->has_failed = true;
  return false;
}

static bool has_failed(const rb_writer *writer, rb_err *err) {
  if (writer->has_failed)
    *err = writer->failure;
  return writer->has_failed;
}

static bool write_bytes(rb_writer *writer, const uint8_t *bytes, size_t n, rb_err *err) {
  if (!rb_file_write(writer->fd, bytes, n)) {
    rb_fail(err, RB_FAILED,
            "cannot write %zu bytes to the trace %s: %s; what was committed is whole, and --resume "
            "goes on from there",
            n, writer->path, strerror(errno));
    /* A full disk: without the half block the file is what its manifest says. If this fails too,
     * the file is longer than its manifest, and that is found. */
    rb_file_cut(writer->fd, (off_t)writer->on_disk.bytes);
    return fail(writer, err);
  }
  rb_sha256_add(writer->hash, bytes, n);
  writer->state.bytes += n;
  return true;
}

/* The queue as one block; nothing if it is empty. */
static bool write_queue(rb_writer *writer, rb_err *err) {
  size_t n_block = 0;
  if (writer->n_queue == 0)
    return true;
  if (!rb_bgzf_deflate(writer->queue, writer->n_queue, writer->block, &n_block, err))
    return fail(writer, err);
  if (!write_bytes(writer, writer->block, n_block, err))
    return false;
  writer->state.blocks++;
  writer->state.rows += writer->queued_rows;
  writer->queued_rows = 0;
  writer->n_queue = 0;
  return true;
}

/* Makes what was written so far survive a crash. */
static bool sync_file(rb_writer *writer, rb_err *err) {
  if (!rb_file_sync(writer->fd)) {
    rb_fail(err, RB_FAILED, "cannot flush the trace %s to disk: %s; its last records may be lost",
            writer->path, strerror(errno));
    return fail(writer, err);
  }
  rb_sha256_peek(writer->hash, writer->state.sha256);
  if (!rb_manifest_write(writer->path, &writer->state, err))
    return fail(writer, err);
  writer->on_disk = writer->state;
  return true;
}

/* ---- records ---- */

/* line (n bytes) with a newline; see 1 above. */
static bool queue_line(rb_writer *writer, const char *line, size_t n, rb_err *err) {
  if (n + 1 > sizeof writer->queue - writer->n_queue && !write_queue(writer, err))
    return false;
  while (n + 1 > sizeof writer->queue) {
    memcpy(writer->queue, line, sizeof writer->queue);
    writer->n_queue = sizeof writer->queue;
    if (!write_queue(writer, err))
      return false;
    line += sizeof writer->queue;
    n -= sizeof writer->queue;
  }
  memcpy(writer->queue + writer->n_queue, line, n);
  writer->n_queue += n;
  writer->queue[writer->n_queue++] = '\n';
  writer->queued_rows++;
  return true;
}

bool rb_writer_add(rb_writer *writer, const rb_record *record, rb_err *err) {
  if (has_failed(writer, err))
    return false;
  char *line = rb_record_line(record);
  if (line == NULL)
    return rb_fail(err, RB_FAILED, "out of memory while making a record of the trace %s",
                   writer->path);
  size_t n = strlen(line);
  bool ok = n <= RB_RECORD_MAX_LINE
                ? queue_line(writer, line, n, err)
                : rb_fail(err, RB_FAILED,
                          "a record of %zu bytes is left out of the trace %s; at most %zu are read",
                          n, writer->path, RB_RECORD_MAX_LINE);
  free(line);
  return ok;
}

bool rb_writer_commit(rb_writer *writer, rb_err *err) {
  if (has_failed(writer, err))
    return false;
  if (!write_queue(writer, err))
    return false;
  return writer->state.bytes == writer->on_disk.bytes || sync_file(writer, err);
}

/* ---- open ---- */

/* Every folder above path that is missing. */
static bool make_folders(const char *path, rb_err *err) {
  char *part = NULL;
  bool ok = true;
  if (path[0] == '\0')
    return rb_fail(err, RB_FAILED, "the trace needs a file name");
  if (!rb_copy_text(&part, path, err))
    return false;
  for (char *slash = strchr(part + 1, '/'); ok && slash; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    if (mkdir(part, 0777) == 0)
      ok = rb_manifest_sync_folder(part, err);
    else if (errno != EEXIST)
      ok = rb_fail(err, RB_FAILED, "cannot make the folder %s: %s", part, strerror(errno));
    *slash = '/';
  }
  free(part);
  return ok;
}

/* Opens and locks. */
static bool open_file(rb_writer *writer, opening how, rb_err *err) {
  const char *path = writer->path;
  struct stat open_one, named;
  const int flags = O_RDWR | O_NONBLOCK;
  writer->fd = rb_file_open(path, flags | O_CREAT | O_EXCL, 0666);
  bool is_new = writer->fd >= 0;
  if (!is_new && errno == EEXIST && how == OPEN_NEW)
    return rb_fail(err, RB_USAGE,
                   "the trace %s is there already; give another name (-o), go on with it "
                   "(--resume) or overwrite it (--force)",
                   path);
  if (!is_new && errno == EEXIST)
    writer->fd = rb_file_open(path, flags | O_NOFOLLOW, 0);
  if (writer->fd < 0 && errno == ELOOP)
    return rb_fail(err, RB_FAILED, "%s is a symbolic link; name the trace itself", path);
  if (writer->fd < 0)
    return rb_fail(err, RB_FAILED, "cannot create the trace %s: %s", path, strerror(errno));
  bool is_locked = flock(writer->fd, LOCK_EX | LOCK_NB) == 0;
  writer->created = is_new && (is_locked || errno != EWOULDBLOCK);
  if (!is_locked)
    return rb_fail(err, RB_FAILED, "cannot lock the trace %s: %s", path,
                   errno == EWOULDBLOCK ? "another process is writing it" : strerror(errno));
  if (fstat(writer->fd, &open_one) != 0)
    return rb_fail(err, RB_FAILED, "cannot look at the trace %s: %s", path, strerror(errno));
  if (!S_ISREG(open_one.st_mode))
    return rb_fail(err, RB_FAILED, "cannot write a trace to %s: it is not a regular file", path);
  /* Removed or replaced between open and lock: the lock would be on a file that nobody finds. */
  bool found = stat(path, &named) == 0;
  if (!found && errno != ENOENT)
    return rb_fail(err, RB_FAILED, "cannot look at the trace %s: %s", path, strerror(errno));
  if (!found || named.st_dev != open_one.st_dev || named.st_ino != open_one.st_ino) {
    writer->created = false;
    return rb_fail(err, RB_FAILED, "the trace %s was replaced while it was opened; try again",
                   path);
  }
  return true;
}

static void free_writer(rb_writer *writer) {
  rb_err ignored = {0};
  if (writer->created && writer->on_disk.bytes == 0) {
    /* In this order: once the name is free, another run may write its manifest. */
    rb_manifest_remove(writer->path, &ignored);
    unlink(writer->path);
  }
  if (writer->fd >= 0)
    rb_file_close(writer->fd);
  rb_sha256_free(writer->hash);
  free(writer->path);
  free(writer);
}

/* Starts the manifest from the header. */
static bool take_header(rb_writer *writer, const rb_record *header, rb_err *err) {
  const char *type = rb_record_get_text(header, RB_F_type);
  const char *run_id = rb_record_get_text(header, RB_F_run_id);
  if (!type || strcmp(type, "run") != 0 || !run_id || strlen(run_id) != 32 ||
      strspn(run_id, "0123456789abcdef") != 32)
    return rb_fail(
        err, RB_FAILED,
        "the header of the trace %s needs type run and a run_id of 32 hexadecimal digits",
        writer->path);
  memcpy(writer->state.run_id, run_id, 33);
  writer->state.schema_version = rb_record_get_integer(header, RB_F_schema_version);
  return true;
}

static bool new_writer(const char *path, opening how, rb_writer **out, rb_err *err) {
  void *memory = NULL;
  *out = NULL;
  if (!rb_alloc(&memory, 1, sizeof(rb_writer), "writer of the trace", err))
    return false;
  rb_writer *writer = memory;
  writer->fd = -1;
  writer->hash = rb_sha256_new();
  bool ok = rb_copy_text(&writer->path, path, err) && make_folders(path, err) &&
            open_file(writer, how, err);
  if (ok)
    *out = writer;
  else
    free_writer(writer);
  return ok;
}

bool rb_writer_begin(rb_writer *writer, const rb_record *header, rb_err *err) {
  if (!take_header(writer, header, err))
    return false;
  /* The manifest goes first, so that it never stands beside a file that it does not describe. */
  if (!rb_manifest_remove(writer->path, err))
    return false;
  if (!rb_file_cut(writer->fd, 0))
    return rb_fail(err, RB_FAILED, "cannot empty the old trace %s: %s", writer->path,
                   strerror(errno));
  return rb_manifest_sync_folder(writer->path, err) && rb_writer_add(writer, header, err) &&
         rb_writer_commit(writer, err);
}

bool rb_writer_open(const char *path, bool force, const rb_record *header, rb_writer **out,
                    rb_err *err) {
  if (!new_writer(path, force ? OPEN_FORCE : OPEN_NEW, out, err))
    return false;
  if (rb_writer_begin(*out, header, err))
    return true;
  free_writer(*out);
  *out = NULL;
  return false;
}

/* ---- resume ---- */

/* Adds bytes [from, to) of the file to the hash. */
static bool hash_bytes(rb_writer *writer, uint64_t from, uint64_t to, rb_err *err) {
  while (from < to) {
    size_t n = to - from < sizeof writer->block ? (size_t)(to - from) : sizeof writer->block;
    ssize_t step = rb_file_read_at(writer->fd, writer->block, n, (off_t)from);
    if (step <= 0)
      return rb_fail(err, RB_FAILED, "cannot read the trace %s at byte %" PRIu64 ": %s",
                     writer->path, from, step < 0 ? strerror(errno) : "it ends there");
    rb_sha256_add(writer->hash, writer->block, (size_t)step);
    from += (uint64_t)step;
  }
  return true;
}

/* Whether a killed run may have left this: no byte, or the beginning of a block, and no manifest.
 */
static bool is_unbegun(rb_writer *writer, uint64_t n_file, bool has_manifest) {
  ssize_t n = rb_file_read_at(writer->fd, writer->block, sizeof writer->block, 0);
  if (writer->created)
    return true;
  if (n < 0 || has_manifest)
    return false;
  size_t n_prefix = (size_t)n < RB_BGZF_PREFIX_BYTES ? (size_t)n : RB_BGZF_PREFIX_BYTES;
  size_t claimed = rb_bgzf_claimed(writer->block, (size_t)n);
  return memcmp(writer->block, rb_bgzf_prefix, n_prefix) == 0 && (!claimed || claimed > n_file) &&
         n_file < RB_BGZF_MAX_BLOCK;
}

/* Hashes what is kept, and compares it with the manifest on the way. */
static bool compare(rb_writer *writer, const rb_manifest *manifest, rb_err *doubt, rb_err *err) {
  const uint64_t kept = writer->state.bytes;
  const uint64_t committed = manifest->bytes - (manifest->sealed ? RB_BGZF_MARKER_BYTES : 0);
  char hash[RB_SHA256_ROOM];
  if (manifest->bytes < RB_BGZF_MARKER_BYTES || kept < committed) {
    rb_fail(doubt, RB_FAILED,
            "%s is whole up to byte %" PRIu64 " only, but its manifest counts %" PRIu64
            ": it was cut or damaged, and cells that were done are lost",
            writer->path, kept, manifest->bytes);
    return hash_bytes(writer, 0, kept, err);
  }
  if (!hash_bytes(writer, 0, committed, err))
    return false;
  /* The hash of a sealed one goes on over the marker, which is no part of what is kept. */
  rb_sha256 *whole = rb_sha256_copy(writer->hash);
  if (manifest->sealed)
    rb_sha256_add(whole, rb_bgzf_marker, sizeof rb_bgzf_marker);
  rb_sha256_peek(whole, hash);
  rb_sha256_free(whole);
  if (strcmp(hash, manifest->sha256) != 0)
    rb_fail(doubt, RB_FAILED, "%s: the SHA-256 is not that of its manifest: it was altered",
            writer->path);
  return hash_bytes(writer, committed, kept, err);
}

/* Takes over what the file holds. */
static bool take_file(rb_writer *writer, rb_trace *kept, rb_err *doubt, rb_err *err) {
  struct stat about;
  rb_manifest manifest = {0};
  rb_err missing = {0};
  if (fstat(writer->fd, &about) != 0)
    return rb_fail(err, RB_FAILED, "cannot look at %s: %s", writer->path, strerror(errno));
  const uint64_t n_file = (uint64_t)about.st_size;
  bool has_manifest = rb_manifest_read(writer->path, &manifest, &missing);
  if (is_unbegun(writer, n_file, has_manifest))
    return true;
  if (!rb_trace_read(writer->path, RB_READ_TAIL, kept, NULL, err) ||
      !take_header(writer, kept->records[0], err))
    return false;
  for (size_t i = 1; i < kept->n_records; i++)
    if (strcmp(rb_record_get_text(kept->records[i], RB_F_type), "run") == 0)
      return rb_fail(err, RB_FAILED, "%s holds several runs; a resume goes on with one",
                     writer->path);
  writer->state.rows = kept->n_lines;
  writer->state.blocks = kept->n_blocks;
  writer->state.bytes = kept->n_bytes;
  writer->n_extra = n_file - kept->n_bytes;
  writer->n_marker = kept->end_marker ? RB_BGZF_MARKER_BYTES : 0;
  kept->end_marker = kept->end_marker && manifest.sealed;
  if (has_manifest) {
    if (!compare(writer, &manifest, doubt, err))
      return false;
  } else {
    if (kept->n_lines > 1) /* a run killed before its first manifest has no more */
      *doubt = missing;
    if (!hash_bytes(writer, 0, kept->n_bytes, err))
      return false;
  }
  rb_sha256_peek(writer->hash, writer->state.sha256);
  writer->on_disk = writer->state;
  return lseek(writer->fd, (off_t)kept->n_bytes, SEEK_SET) >= 0 ||
         rb_fail(err, RB_FAILED, "cannot go to the end of %s: %s", writer->path, strerror(errno));
}

bool rb_writer_resume(const char *path, rb_writer **out, rb_trace *kept, rb_err *doubt,
                      rb_err *err) {
  *kept = (rb_trace){0};
  *doubt = (rb_err){.kind = RB_DONE};
  if (!new_writer(path, OPEN_RESUME, out, err))
    return false;
  if (take_file(*out, kept, doubt, err))
    return true;
  free_writer(*out);
  *out = NULL;
  rb_trace_free(kept);
  return false;
}

/* The manifest goes back first: killed on the way, the file is longer than its manifest, as after a
 * kill in a commit, and never shorter. */
bool rb_writer_append(rb_writer *writer, uint64_t *n_cut, rb_err *err) {
  *n_cut = writer->n_extra - writer->n_marker;
  if (!sync_file(writer, err))
    return false;
  if (writer->n_extra && !rb_file_cut(writer->fd, (off_t)writer->state.bytes)) {
    rb_fail(err, RB_FAILED, "cannot cut the trace %s: %s", writer->path, strerror(errno));
    return fail(writer, err);
  }
  return writer->n_extra == 0 || sync_file(writer, err);
}

/* ---- close ---- */

/* The end marker is on disk before the manifest says sealed; in between the file is longer than its
 * manifest, which a reader refuses and a resume mends. */
static bool seal_file(rb_writer *writer, rb_err *err) {
  if (!write_bytes(writer, rb_bgzf_marker, sizeof rb_bgzf_marker, err))
    return false;
  writer->state.sealed = true;
  return sync_file(writer, err);
}

bool rb_writer_close(rb_writer *writer, bool seal, rb_err *err) {
  if (!writer)
    return true;
  bool ok = rb_writer_commit(writer, err) && (!seal || seal_file(writer, err));
  /* NFS reports some failed writes only here. */
  if (!rb_file_close(writer->fd) && ok)
    ok = rb_fail(err, RB_FAILED, "cannot close the trace %s: %s", writer->path, strerror(errno));
  writer->fd = -1;
  free_writer(writer);
  return ok;
}

const char *rb_writer_run_id(const rb_writer *writer) {
  return writer->state.run_id;
}
