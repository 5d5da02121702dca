// SPDX-License-Identifier: Apache-2.0
#include "study/names.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { LENGTH = 64 }; /* longer words are near to nothing */

int rb_names_find(const char *word, const char *const *names) {
  for (int i = 0; names[i]; i++)
    if (strcmp(word, names[i]) == 0)
      return i;
  return -1;
}

/* Levenshtein distance, upper and lower case alike; b at most LENGTH long. */
static size_t distance(const char *a, const char *b) {
  size_t row[LENGTH + 1], n = strlen(b);
  for (size_t k = 0; k <= n; k++)
    row[k] = k;
  for (size_t i = 1; a[i - 1]; i++) {
    size_t corner = row[0];
    row[0] = i;
    for (size_t k = 1; k <= n; k++) {
      bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[k - 1]);
      size_t best = corner + (same ? 0 : 1);
      corner = row[k];
      best = row[k] + 1 < best ? row[k] + 1 : best;
      row[k] = row[k - 1] + 1 < best ? row[k - 1] + 1 : best;
    }
  }
  return row[n];
}

/* The nearest name at less than *least edits, which becomes its distance; else `nearest`. A word
 * that would lose more than half of its letters is not near. */
static const char *improve(const char *word, const char *const *names, const char *nearest,
                           size_t *least) {
  size_t length = strlen(word);
  for (const char *const *name = names; *name; name++) {
    size_t longest = strlen(*name) > length ? strlen(*name) : length;
    size_t away = distance(*name, word);
    if (away < *least && 2 * away <= longest) {
      *least = away;
      nearest = *name;
    }
  }
  return nearest;
}

const char *rb_names_list(const char *const *names, char *text, size_t room) {
  size_t used = 0;
  text[0] = 0;
  for (int i = 0; names[i] && used < room; i++) {
    int n = snprintf(text + used, room - used, "%s%s", i ? ", " : "", names[i]);
    used += n < 0 ? 0 : (size_t)n;
  }
  return text;
}

bool rb_names_unknown(const char *kind, const char *word, const char *const *first,
                      const char *const *second, rb_err *err) {
  static const char *const none[] = {NULL};
  const char *nearest = NULL;
  size_t least = 3;
  char a[256], b[256];
  second = second ? second : none;
  if (strlen(word) <= LENGTH)
    nearest = improve(word, second, improve(word, first, NULL, &least), &least);
  if (nearest != NULL)
    return rb_fail(err, RB_USAGE, "unknown %s '%.64s'; did you mean '%s'?", kind, word, nearest);
  rb_names_list(first, a, sizeof a);
  rb_names_list(second, b, sizeof b);
  return rb_fail(err, RB_USAGE, "unknown %s '%.64s'; known: %s%s%s", kind, word, a,
                 a[0] && b[0] ? ", " : "", b);
}
