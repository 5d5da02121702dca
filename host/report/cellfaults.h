// SPDX-License-Identifier: Apache-2.0
/* Faults that many cells may share: the first is told by name, the others are counted. */
#ifndef RB_REPORT_CELLFAULTS_H
#define RB_REPORT_CELLFAULTS_H
#include "report/publish.h"

typedef struct rb_cellfaults_kind {
  rb_publish_area area;
  rb_kind code;
} rb_cellfaults_kind;

typedef struct rb_cellfaults {
  size_t n;
  const rb_record *first;
  char what[RB_PUBLISH_TEXT / 2];
} rb_cellfaults;

/* One more cell with this fault; the text is kept of the first. */
void rb_cellfaults_add(rb_cellfaults *fault, const rb_record *cell, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A line for each of n kinds that has a cell: "speed native d=256: <what> (and 3 cells more)".
 * Errors: RB_FAILED when memory is out. */
bool rb_cellfaults_say(const rb_load *load, const rb_cellfaults *faults,
                       const rb_cellfaults_kind *kinds, size_t n, rb_publish *out, rb_err *err);

#endif
