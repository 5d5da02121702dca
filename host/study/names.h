// SPDX-License-Identifier: Apache-2.0
/* Words of suites: looking one up in a list, and what was probably meant by one that is not there.
 */
#ifndef RB_STUDY_NAMES_H
#define RB_STUDY_NAMES_H
#include <stddef.h>
#include "base/err.h"

/* Index of word in names (NULL-terminated), or -1. */
int rb_names_find(const char *word, const char *const *names);
/* Sets err (RB_USAGE) to "unknown <kind> 'lab'; did you mean 'law'?" or, with nothing near, to the
 * known ones; returns false. first and second: NULL-terminated lists; second may be NULL. */
bool rb_names_unknown(const char *kind, const char *word, const char *const *first,
                      const char *const *second, rb_err *err);
/* "a, b, c" into text, cut to room bytes; returns text. */
const char *rb_names_list(const char *const *names, char *text, size_t room);

#endif
