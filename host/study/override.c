// SPDX-License-Identifier: Apache-2.0
/* Axes that the command line sets: rb_suite_override(). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/sha256.h"
#include "study/expression.h"
#include "study/items.h"
#include "study/names.h"

/* Items of "a,max(b,c)" into items; commas inside parentheses do not split. */
static bool split(const char *text, const rb_place *place, rb_item **items, size_t *n,
                  rb_err *err) {
  size_t capacity = 0;
  for (const char *from = text;;) {
    const char *to = from;
    for (int depth = 0; *to && (*to != ',' || depth > 0); to++)
      depth += (*to == '(') - (*to == ')');
    const char *next = *to ? to + 1 : NULL;
    from += strspn(from, " \t");
    while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
      to--;
    if (to <= from)
      return rb_items_refuse(place, err, "item %zu is empty; write -a AXIS=ITEM,ITEM", *n + 1);
    char item[RB_EXPRESSION_LENGTH + 1];
    if ((size_t)(to - from) > RB_EXPRESSION_LENGTH)
      return rb_items_refuse(place, err, "item %zu is longer than %d bytes", *n + 1,
                             RB_EXPRESSION_LENGTH);
    memcpy(item, from, (size_t)(to - from));
    item[to - from] = 0;
    if (!rb_items_add(items, n, &capacity, item, place, err))
      return false;
    if (next == NULL)
      return true;
    from = next;
  }
}

/* Puts copies of items in place of the part's axis; the part keeps its old axis on failure. */
static bool replace(rb_part *part, rb_axis_key axis_key, const rb_item *items, size_t n,
                    rb_err *err) {
  rb_axis fresh = {.key = axis_key};
  size_t capacity = 0, k = 0;
  for (size_t i = 0; i < n; i++)
    if (!rb_items_add(&fresh.items, &fresh.n_items, &capacity, items[i].text, &items[i].place, err))
      goto failed;
  while (k < part->n_axes && part->axes[k].key != axis_key)
    k++;
  if (k == part->n_axes) {
    size_t room = part->n_axes;
    void *grown = part->axes;
    if (!rb_grow(&grown, &room, k + 1, sizeof *part->axes, "axes", err))
      goto failed;
    part->axes = grown;
    part->n_axes++;
  } else {
    rb_items_free(part->axes[k].items, part->axes[k].n_items);
  }
  part->axes[k] = fresh;
  return true;
failed:
  rb_items_free(fresh.items, fresh.n_items);
  return false;
}

static void add_to_hash(rb_suite *suite, const char *assignment) {
  rb_sha256 *hash = rb_sha256_new();
  rb_sha256_add(hash, suite->hash, strlen(suite->hash));
  rb_sha256_add(hash, " ", 1);
  rb_sha256_add(hash, assignment, strlen(assignment));
  rb_sha256_peek(hash, suite->hash);
  rb_sha256_free(hash);
}

bool rb_suite_override(rb_suite *suite, const char *assignment, rb_err *err) {
  char word[64], origin[256], *label = NULL;
  const char *equals = strchr(assignment, '=');
  rb_item *items = NULL;
  size_t n = 0, room = suite->n_overrides;
  void *grown = suite->overrides;
  bool done = false;
  snprintf(origin, sizeof origin, "-a %.240s", assignment);
  rb_place place = {.file = origin};
  if (equals == NULL)
    return rb_items_refuse(&place, err, "no '='; write -a AXIS=ITEM,ITEM");
  snprintf(word, sizeof word, "%.*s", (int)strcspn(assignment, "= \t"), assignment);
  int axis = rb_names_find(word, rb_axis_names);
  if (axis < 0)
    return rb_names_unknown("axis", word, rb_axis_names, NULL, err) || rb_suite_locate(&place, err);
  if (!rb_copy_text(&label, origin, err))
    return false;
  place.file = label;
  if (!split(equals + 1, &place, &items, &n, err) ||
      !rb_grow(&grown, &room, suite->n_overrides + 1, sizeof *suite->overrides, "overrides", err))
    goto done;
  suite->overrides = grown;
  suite->overrides[suite->n_overrides++] = label;
  label = NULL;
  for (size_t i = 0; i < suite->n_parts; i++)
    if (!replace(&suite->parts[i], (rb_axis_key)axis, items, n, err))
      goto done;
  add_to_hash(suite, assignment);
  done = true;
done:
  rb_items_free(items, n);
  free(label);
  return done;
}
