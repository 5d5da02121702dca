// SPDX-License-Identifier: Apache-2.0
#include "trace/manifest.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <jansson.h>
#include "base/file.h"
#include "base/mem.h"
#include "trace/jsontext.h"

/* A manifest has some 300 bytes. */
enum { MAX_BYTES = 65536 };

/* path followed by ending, owned by the caller. */
static bool join(char **out, const char *path, const char *ending, rb_err *err) {
  size_t n = strlen(path) + strlen(ending) + 1;
  void *memory = NULL;
  if (!rb_alloc(&memory, n, 1, "name of the manifest", err))
    return false;
  *out = memory;
  snprintf(*out, n, "%s%s", path, ending);
  return true;
}

bool rb_manifest_sync_folder(const char *path, rb_err *err) {
  char *folder = NULL;
  if (!rb_copy_text(&folder, path, err))
    return false;
  char *slash = strrchr(folder, '/');
  if (slash)
    slash[slash == folder] = '\0'; /* "/name" lies in "/" */
  const char *name = slash ? folder : ".";
  int fd = rb_file_open(name, O_RDONLY | O_DIRECTORY, 0);
  bool ok = fd >= 0 && rb_file_sync(fd);
  /* Some network and FUSE file systems know no fsync of folders and say so with EINVAL. */
  if (!ok && !(fd >= 0 && errno == EINVAL))
    rb_fail(err, RB_FAILED, "cannot flush the folder %s to disk: %s", name, strerror(errno));
  else
    ok = true;
  if (fd >= 0)
    rb_file_close(fd);
  free(folder);
  return ok;
}

/* A new file: what a killed run or somebody else left under that name (a pipe would block, a link
 * leads elsewhere) goes away first. */
static bool write_file(const char *path, const char *text, rb_err *err) {
  if (unlink(path) != 0 && errno != ENOENT)
    return rb_fail(err, RB_FAILED, "cannot remove the old %s: %s", path, strerror(errno));
  int fd = rb_file_open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (fd < 0)
    return rb_fail(err, RB_FAILED, "cannot create the manifest %s: %s", path, strerror(errno));
  bool ok = rb_file_write(fd, text, strlen(text)) && rb_file_sync(fd);
  if (!ok)
    rb_fail(err, RB_FAILED, "cannot write the manifest %s: %s", path, strerror(errno));
  if (!rb_file_close(fd) && ok)
    ok = rb_fail(err, RB_FAILED, "cannot close the manifest %s: %s", path, strerror(errno));
  return ok;
}

bool rb_manifest_write(const char *path, const rb_manifest *manifest, rb_err *err) {
  char *name = NULL, *temporary = NULL, *text = NULL;
  bool ok = false;
  json_t *object =
      json_pack("{s:s, s:I, s:I, s:I, s:s, s:b, s:I}", "run_id", manifest->run_id, "rows",
                (json_int_t)manifest->rows, "blocks", (json_int_t)manifest->blocks, "bytes",
                (json_int_t)manifest->bytes, "sha256", manifest->sha256, "sealed", manifest->sealed,
                "schema_version", (json_int_t)manifest->schema_version);
  text = object ? rb_jsontext_dump(object, JSON_INDENT(1)) : NULL;
  if (!text) {
    rb_fail(err, RB_FAILED, "out of memory while making the manifest of %s", path);
    goto done;
  }
  /* One writer a trace (its lock), so the temporary name is nobody else's. */
  if (!join(&name, path, ".manifest.json", err) || !join(&temporary, name, ".tmp", err) ||
      !write_file(temporary, text, err))
    goto done;
  if (rename(temporary, name) != 0) {
    rb_fail(err, RB_FAILED, "cannot rename the manifest to %s: %s", name, strerror(errno));
    goto done;
  }
  ok = rb_manifest_sync_folder(name, err);
done:
  if (!ok && temporary)
    unlink(temporary);
  json_decref(object);
  free(text);
  free(temporary);
  free(name);
  return ok;
}

/* Is text exactly n lower-case hexadecimal digits? */
static bool is_hex(const char *text, size_t n) {
  return strlen(text) == n && strspn(text, "0123456789abcdef") == n;
}

static bool take_count(const json_t *object, const char *key, uint64_t *out) {
  json_t *value = json_object_get(object, key);
  bool ok = json_is_integer(value) && json_integer_value(value) >= 0;
  *out = ok ? (uint64_t)json_integer_value(value) : 0;
  return ok;
}

static bool take_hex(const json_t *object, const char *key, char *out, size_t n) {
  const char *text = json_string_value(json_object_get(object, key));
  bool ok = text && is_hex(text, n);
  memcpy(out, ok ? text : "", ok ? n + 1 : 1);
  return ok;
}

bool rb_manifest_parse(const char *name, const char *text, size_t n, rb_manifest *out,
                       rb_err *err) {
  json_error_t why;
  *out = (rb_manifest){0};
  json_t *object = rb_jsontext_load(text, n, &why);
  if (rb_jsontext_starved()) {
    json_decref(object);
    return rb_fail(err, RB_FAILED, "out of memory while reading the manifest %s", name);
  }
  if (!object)
    return rb_fail(err, RB_FAILED, "the manifest %s is not JSON: %s at line %d", name, why.text,
                   why.line);
  json_t *sealed = json_object_get(object, "sealed");
  bool ok = take_hex(object, "run_id", out->run_id, 32) && take_count(object, "rows", &out->rows) &&
            take_count(object, "blocks", &out->blocks) &&
            take_count(object, "bytes", &out->bytes) &&
            take_hex(object, "sha256", out->sha256, 64) && json_is_boolean(sealed) &&
            take_count(object, "schema_version", &out->schema_version);
  out->sealed = json_is_true(sealed);
  json_decref(object);
  if (!ok)
    return rb_fail(err, RB_FAILED, "the manifest %s lacks a field or has a wrong one", name);
  return true;
}

bool rb_manifest_read(const char *path, rb_manifest *out, rb_err *err) {
  char *name = NULL, text[MAX_BYTES];
  FILE *file = NULL;
  bool ok = false;
  *out = (rb_manifest){0};
  if (!join(&name, path, ".manifest.json", err))
    return false;
  /* Not blocking: a pipe under that name must not stop the program. */
  int fd = rb_file_open(name, O_RDONLY | O_NONBLOCK, 0);
  file = fd < 0 ? NULL : fdopen(fd, "rb");
  if (!file) {
    if (errno == ENOENT)
      rb_fail(err, RB_FAILED, "there is no manifest %s, so a cut file could look whole", name);
    else
      rb_fail(err, RB_FAILED, "cannot open the manifest %s: %s", name, strerror(errno));
    goto done;
  }
  size_t n = fread(text, 1, sizeof text, file);
  if (ferror(file))
    rb_fail(err, RB_FAILED, "cannot read the manifest %s: %s", name, strerror(errno));
  else if (n == sizeof text)
    rb_fail(err, RB_FAILED, "the manifest %s has %d bytes or more", name, MAX_BYTES);
  else
    ok = rb_manifest_parse(name, text, n, out, err);
done:
  if (file)
    fclose(file);
  else if (fd >= 0)
    rb_file_close(fd);
  free(name);
  return ok;
}

bool rb_manifest_remove(const char *path, rb_err *err) {
  char *name = NULL;
  if (!join(&name, path, ".manifest.json", err))
    return false;
  bool ok = unlink(name) == 0 || errno == ENOENT;
  if (!ok)
    rb_fail(err, RB_FAILED, "cannot remove the old manifest %s: %s", name, strerror(errno));
  free(name);
  return ok;
}
