// SPDX-License-Identifier: Apache-2.0
/* Items of a suite and errors that say where they stand: for the reading of suites alone. */
#ifndef RB_STUDY_ITEMS_H
#define RB_STUDY_ITEMS_H
#include "study/suite.h"

/* RB_USAGE with "file:line:column: " first; returns false. */
bool rb_items_refuse(const rb_place *place, rb_err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Appends a copy of text to *items (*n of them, room for *capacity). Errors: RB_USAGE beyond
 * RB_SUITE_ITEMS; RB_FAILED when memory is out. */
bool rb_items_add(rb_item **items, size_t *n, size_t *capacity, const char *text,
                  const rb_place *place, rb_err *err);
void rb_items_free(rb_item *items, size_t n);

#endif
