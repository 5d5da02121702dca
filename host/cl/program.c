// SPDX-License-Identifier: Apache-2.0
#include "cl/program.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

enum { MAX_PLANTED = 4 };
static rb_kernel_file planted[MAX_PLANTED];

void rb_program_plant(const char *file, const char *text) {
  int slot = -1;
  for (int i = 0; i < MAX_PLANTED; i++) {
    if (planted[i].name && strcmp(planted[i].name, file) == 0) {
      slot = i;
      break;
    }
    if (planted[i].name == NULL && slot < 0)
      slot = i;
  }
  if (slot >= 0)
    planted[slot] = (rb_kernel_file){text ? file : NULL, text};
}

static const char *find(const char *name) {
  for (int i = 0; i < MAX_PLANTED; i++)
    if (planted[i].name && strcmp(planted[i].name, name) == 0)
      return planted[i].text;
  for (const rb_kernel_file *file = rb_kernel_files; file->name; file++)
    if (strcmp(file->name, name) == 0)
      return file->text;
  return NULL;
}

void rb_program_hash(char out[RB_SHA256_ROOM]) {
  rb_sha256 *hash = rb_sha256_new();
  for (const rb_kernel_file *file = rb_kernel_files; file->name; file++)
    rb_sha256_add(hash, file->text, strlen(file->text) + 1);
  rb_sha256_peek(hash, out);
  rb_sha256_free(hash);
}

bool rb_program_source(const char *file, char **out, rb_err *err) {
  char name[64];
  *out = NULL;
  snprintf(name, sizeof name, "%s.cl", file);
  const char *text = find(name);
  if (text == NULL)
    return rb_fail(err, RB_FAILED, "kernels/%s is not part of this program", name);
  size_t size = 0;
  FILE *stream = rb_mem_stream(out, &size);
  if (stream == NULL)
    return rb_fail(err, RB_FAILED, "kernels/%s: out of memory", name);
  for (const char *line = text; *line;) {
    const char *end = strchr(line, '\n');
    size_t n = end ? (size_t)(end - line) + 1 : strlen(line);
    char header[64];
    if (sscanf(line, "#include \"%60[^\"\n]\"", header) == 1) {
      const char *body = find(header);
      if (body == NULL) {
        fclose(stream);
        free(*out);
        *out = NULL;
        return rb_fail(err, RB_FAILED, "kernels/%s includes %s, which is not part of this program",
                       name, header);
      }
      fputs(body, stream);
    } else {
      fwrite(line, 1, n, stream);
    }
    line += n;
  }
  if (fclose(stream) != 0)
    return rb_fail(err, RB_FAILED, "kernels/%s: out of memory", name);
  return true;
}
