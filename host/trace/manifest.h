// SPDX-License-Identifier: Apache-2.0
/* The manifest beside a trace, <trace>.manifest.json: what the file held at the last commit. A gzip
 * file cut exactly between two blocks looks whole to every reader; only the manifest and the end
 * marker tell. */
#ifndef RB_TRACE_MANIFEST_H
#define RB_TRACE_MANIFEST_H
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

typedef struct rb_manifest {
  char run_id[33]; /* that of the header record */
  uint64_t rows;   /* records, header included */
  uint64_t blocks; /* blocks that hold data; the end marker is none */
  uint64_t bytes;  /* of the whole file, end marker included */
  char sha256[65]; /* of those bytes */
  bool sealed;     /* the run is over and its end marker written */
  uint64_t schema_version;
} rb_manifest;

/* Writes the manifest of the trace at path: temporary name, fsync, rename, fsync of the folder, so
 * that there is always the old or the new one. Errors: RB_FAILED. */
bool rb_manifest_write(const char *path, const rb_manifest *manifest, rb_err *err);
/* Untrusted input. Errors (RB_FAILED): none there, unreadable, longer than 64 KiB, not what is
 * written. */
bool rb_manifest_read(const char *path, rb_manifest *out, rb_err *err);
/* The same from n bytes of memory; name is for errors, and nothing is opened (the fuzz target). */
bool rb_manifest_parse(const char *name, const char *text, size_t n, rb_manifest *out, rb_err *err);
/* Removes it; none there is no error. Errors: RB_FAILED. */
bool rb_manifest_remove(const char *path, rb_err *err);
/* fsync of the folder that holds path, after which a file created or renamed there is found again
 * after a crash. Errors: RB_FAILED. */
bool rb_manifest_sync_folder(const char *path, rb_err *err);

#endif
