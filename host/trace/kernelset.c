// SPDX-License-Identifier: Apache-2.0
#include "trace/kernelset.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <jansson.h>
#include "base/mem.h"

static const char format[] = "relubench-kernels 1";
/* kernels.json has some 10 KB; images of FPGAs have up to some 100 MB. */
enum { MAX_JSON = 1 << 20, MAX_BINARY = 1 << 30 };

/* ---- the set ---- */

/* file, then the options without what all of them have: "forward-VW16-PANEL32". */
static bool name_program(const char *file, const char *options, char name[RB_KERNELSET_TEXT]) {
  size_t n = (size_t)snprintf(name, RB_KERNELSET_TEXT, "%s", file);
  for (const char *at = options; (at = strstr(at, "-D")) != NULL && n + 2 < RB_KERNELSET_TEXT;) {
    name[n++] = '-';
    for (at += 2; *at && *at != ' ' && n + 1 < RB_KERNELSET_TEXT; at++)
      if (isalnum((unsigned char)*at) || *at == '_')
        name[n++] = *at;
  }
  name[n] = '\0';
  return n + 2 < RB_KERNELSET_TEXT;
}

const rb_kernelset_program *rb_kernelset_find(const rb_kernelset *set, const char *file,
                                              const char *options) {
  for (size_t i = 0; i < set->n; i++)
    if (strcmp(set->programs[i].file, file) == 0 && strcmp(set->programs[i].options, options) == 0)
      return &set->programs[i];
  return NULL;
}

/* Whether the entry is among those of the program. */
static bool has_entry(const rb_kernelset_program *program, const char *entry) {
  size_t n = strlen(entry);
  for (const char *at = program->entries; *at;) {
    size_t length = strcspn(at, " ");
    if (length == n && strncmp(at, entry, n) == 0)
      return true;
    at += length + (at[length] == ' ');
  }
  return false;
}

bool rb_kernelset_add(rb_kernelset *set, const char *file, const char *entry, const char *options,
                      rb_err *err) {
  rb_kernelset_program *program = (rb_kernelset_program *)rb_kernelset_find(set, file, options);
  if (program == NULL) {
    void *programs = set->programs;
    if (set->n == RB_KERNELSET_MOST)
      return rb_fail(err, RB_FAILED, "more than %d programs", RB_KERNELSET_MOST);
    if (!rb_grow(&programs, &set->room, set->n + 1, sizeof *set->programs, "programs", err))
      return false;
    set->programs = programs;
    program = &set->programs[set->n++];
    *program = (rb_kernelset_program){0};
    snprintf(program->file, sizeof program->file, "%s", file);
    snprintf(program->options, sizeof program->options, "%s", options);
    if (strcmp(program->options, options) != 0 || strcmp(program->file, file) != 0 ||
        !name_program(file, options, program->name))
      return rb_fail(err, RB_FAILED, "the options of kernels/%s.cl are too long: %s", file,
                     options);
  }
  size_t used = strlen(program->entries);
  if (has_entry(program, entry))
    return true;
  return snprintf(program->entries + used, sizeof program->entries - used, "%s%s", used ? " " : "",
                  entry) < (int)(sizeof program->entries - used) ||
         rb_fail(err, RB_FAILED, "too many entries of kernels/%s.cl", file);
}

void rb_kernelset_free(rb_kernelset *set) {
  free(set->programs);
  *set = (rb_kernelset){0};
}

/* ---- kernels.json ---- */

static json_t *print_program(const rb_kernelset_program *p) {
  return json_pack("{s:s, s:s, s:s, s:s, s:I, s:s}", "name", p->name, "file", p->file, "options",
                   p->options, "entries", p->entries, "bytes", (json_int_t)p->bytes, "sha256",
                   p->sha256);
}

bool rb_kernelset_print(const rb_kernelset *set, char **text, rb_err *err) {
  json_t *object = json_object(), *programs = json_array();
  bool ok = object && programs && json_object_set_new(object, "format", json_string(format)) == 0;
#define X(field) ok = ok && json_object_set_new(object, #field, json_string(set->field)) == 0;
  RB_KERNELSET_TEXTS(X)
#undef X
  for (size_t i = 0; ok && i < set->n; i++)
    ok = json_array_append_new(programs, print_program(&set->programs[i])) == 0;
  ok = ok && json_object_set(object, "programs", programs) == 0;
  *text = ok ? json_dumps(object, JSON_INDENT(1) | JSON_ENSURE_ASCII) : NULL;
  json_decref(programs);
  json_decref(object);
  return *text || rb_fail(err, RB_FAILED,
                          "%s cannot be written: out of memory, or a driver's text is no UTF-8",
                          RB_KERNELSET_FILE);
}

static bool take_text(const json_t *object, const char *key, char *out, size_t room) {
  const char *text = json_string_value(json_object_get(object, key));
  snprintf(out, room, "%s", text ? text : "");
  return text && strlen(text) < room;
}

/* A name becomes a path: letters, digits, - and _ alone. */
static bool is_plain(const char *name) {
  for (const char *c = name; *c; c++)
    if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_')
      return false;
  return *name != '\0';
}

static bool take_program(const json_t *object, rb_kernelset_program *p) {
  json_t *bytes = json_object_get(object, "bytes");
  bool ok = take_text(object, "name", p->name, sizeof p->name) && is_plain(p->name) &&
            take_text(object, "file", p->file, sizeof p->file) &&
            take_text(object, "options", p->options, sizeof p->options) &&
            take_text(object, "entries", p->entries, sizeof p->entries) &&
            take_text(object, "sha256", p->sha256, sizeof p->sha256) &&
            strspn(p->sha256, "0123456789abcdef") == RB_SHA256_ROOM - 1 && json_is_integer(bytes) &&
            json_integer_value(bytes) > 0;
  p->bytes = ok ? (uint64_t)json_integer_value(bytes) : 0;
  return ok;
}

static bool take_programs(const json_t *list, rb_kernelset *out, rb_err *err) {
  size_t n = json_array_size(list); /* 0 if it is no array */
  if (n == 0 || n > RB_KERNELSET_MOST)
    return rb_fail(err, RB_FAILED, "it has %zu programs, not 1 to %d", n, RB_KERNELSET_MOST);
  if (!rb_alloc((void **)&out->programs, n, sizeof *out->programs, "programs", err))
    return false;
  for (out->n = 0; out->n < n; out->n++)
    if (!take_program(json_array_get(list, out->n), &out->programs[out->n]))
      return rb_fail(err, RB_FAILED, "program %zu lacks a field or has a wrong one", out->n + 1);
  out->room = n;
  return true;
}

bool rb_kernelset_parse(const char *name, const char *text, size_t n, rb_kernelset *out,
                        rb_err *err) {
  json_error_t why;
  char found[sizeof format];
  *out = (rb_kernelset){0};
  json_t *object = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
  if (!object)
    return rb_fail(err, RB_FAILED, "%s is not JSON: %s at line %d", name, why.text, why.line);
  bool ok = (take_text(object, "format", found, sizeof found) && strcmp(found, format) == 0) ||
            rb_fail(err, RB_FAILED, "its format is not \"%s\"", format);
#define X(field)                                                                                   \
  ok = ok && (take_text(object, #field, out->field, sizeof out->field) ||                          \
              rb_fail(err, RB_FAILED, "'%s' is not there, no text or too long", #field));
  RB_KERNELSET_TEXTS(X)
#undef X
  ok = ok && take_programs(json_object_get(object, "programs"), out, err);
  json_decref(object);
  if (ok)
    return true;
  rb_kernelset_free(out);
  return rb_prefix(err, "%s", name);
}

/* ---- files ---- */

/* The whole of a regular file of at most `most` bytes. */
static bool read_file(const char *path, size_t most, void **out, size_t *n, rb_err *err) {
  struct stat about;
  *out = NULL;
  *n = 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe would wait for a writer */
  if (fd < 0)
    return rb_fail(err, errno == ENOENT ? RB_USAGE : RB_FAILED, "cannot open %.512s: %s", path,
                   strerror(errno));
  bool ok = (fstat(fd, &about) == 0 && S_ISREG(about.st_mode)) ||
            rb_fail(err, RB_FAILED, "%.512s is not a regular file", path);
  ok = ok && ((uint64_t)about.st_size <= most ||
              rb_fail(err, RB_FAILED, "%.512s has more than %zu bytes", path, most));
  ok = ok && rb_alloc(out, (size_t)about.st_size, 1, "file", err);
  while (ok && *n < (size_t)about.st_size) {
    ssize_t step = read(fd, (char *)*out + *n, (size_t)about.st_size - *n);
    if (step == 0 || (step < 0 && errno != EINTR))
      ok = rb_fail(err, RB_FAILED, "cannot read %.512s: %s", path,
                   step == 0 ? "it became shorter" : strerror(errno));
    *n += step > 0 ? (size_t)step : 0;
  }
  close(fd);
  if (!ok) {
    free(*out);
    *out = NULL;
  }
  return ok;
}

bool rb_kernelset_read(const char *folder, rb_kernelset *out, rb_err *err) {
  char path[PATH_MAX];
  void *text = NULL;
  size_t n = 0;
  *out = (rb_kernelset){0};
  snprintf(path, sizeof path, "%.4000s/" RB_KERNELSET_FILE, folder);
  if (!read_file(path, MAX_JSON, &text, &n, err))
    return err->kind == RB_USAGE
               ? rb_fail(err, RB_USAGE,
                         "there is no %.512s: `relubench build-kernels -o %.512s` writes it", path,
                         folder)
               : false;
  bool ok = rb_kernelset_parse(path, text, n, out, err);
  free(text);
  return ok;
}

bool rb_kernelset_binary(const char *folder, const rb_kernelset_program *program, void **bytes,
                         size_t *n, rb_err *err) {
  char path[PATH_MAX], hash[RB_SHA256_ROOM];
  snprintf(path, sizeof path, "%.3500s/%s.bin", folder, program->name);
  if (!read_file(path, MAX_BINARY, bytes, n, err)) {
    err->kind = RB_FAILED;
    return rb_prefix(err, "the program of kernels/%s.cl with '%s'", program->file,
                     program->options);
  }
  rb_sha256_hex(*bytes, *n, hash);
  if (program->sha256[0] == '\0' || (*n == program->bytes && strcmp(hash, program->sha256) == 0))
    return true;
  free(*bytes);
  *bytes = NULL;
  return rb_fail(err, RB_FAILED,
                 "%.512s is not what " RB_KERNELSET_FILE
                 " says: %zu bytes, SHA-256 %.12s.., not %llu, %.12s..",
                 path, *n, hash, (unsigned long long)program->bytes, program->sha256);
}
