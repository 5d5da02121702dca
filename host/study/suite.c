// SPDX-License-Identifier: Apache-2.0
/* Suites are read event by event, so that every value keeps its place and nothing nests deeper than
 * the grammar does: a list or mapping where none belongs is refused before it is entered. */
#include "study/suite.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>
#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "study/expression.h"
#include "study/items.h"
#include "study/names.h"

const char *const rb_axis_names[] = {
#define X(name) #name,
    RB_SUITE_AXES(X)
#undef X
        NULL};
const char *const rb_mode_names[] = {"check", "learn", "time", "complexity", NULL};
const char *const rb_expect_names[] = {
    "ratio",      "ratio0",  "ratio_bound",   "alignment",     "alignment0",       "sin_theta",
    "singular_2", "net_max", "gradient_norm", "weights_moved", "features_learned", "star",
    "censored",   NULL};

bool rb_axis_is_downstream(rb_axis_key key) {
  switch (key) {
  case RB_AXIS_n:
  case RB_AXIS_pretrainings:
  case RB_AXIS_trials:
  case RB_AXIS_target:
  case RB_AXIS_precision:
  case RB_AXIS_source:
  case RB_AXIS_task:
  case RB_AXIS_quantity:
  case RB_AXIS_head:
    return true;
  default:
    return false;
  }
}

static const char *const top_names[] = {"suite", "about", "schema", "parts", NULL};
static const char *const part_names[] = {"part",     "mode",  "expect", "repetitions",
                                         "budget_s", "width", "margin", NULL};
static const char *const no_names[] = {NULL};
enum { TOP_SUITE, TOP_ABOUT, TOP_SCHEMA, TOP_PARTS };
enum {
  PART_PART,
  PART_MODE,
  PART_EXPECT,
  PART_REPETITIONS,
  PART_BUDGET,
  PART_WIDTH,
  PART_MARGIN,
  N_PART_KEYS
};
enum { NAME_LENGTH = 64 };

typedef struct reader {
  yaml_parser_t parser;
  yaml_event_t event; /* the current one */
  rb_place at;        /* where it starts */
  const char *text;   /* (n) */
  size_t n;
} reader;

static bool check_name(const char *what, const char *name, const rb_place *place, rb_err *err) {
  size_t n = strlen(name);
  if (n == 0 || n > NAME_LENGTH ||
      strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                   "0123456789-_.") != n)
    return rb_items_refuse(place, err, "%s name '%.64s' must be 1 to %d letters, digits, - _ or .",
                           what, name, NAME_LENGTH);
  return true;
}

/* Events */

static bool yaml_trouble(reader *r, rb_err *err) {
  yaml_parser_t *p = &r->parser;
  if (p->error == YAML_MEMORY_ERROR)
    return rb_fail(err, RB_FAILED, "%.512s: out of memory while reading YAML", r->at.file);
  rb_place place = r->at;
  if (p->error == YAML_READER_ERROR) { /* knows an offset in bytes only */
    place.line = place.column = 1;
    for (size_t i = 0; i < p->problem_offset && i < r->n; i++) {
      place.column = r->text[i] == '\n' ? 1 : place.column + 1;
      place.line += r->text[i] == '\n';
    }
  } else {
    place.line = (int)p->problem_mark.line + 1;
    place.column = (int)p->problem_mark.column + 1;
  }
  return rb_items_refuse(&place, err, "not YAML: %s", p->problem ? p->problem : "unknown problem");
}

/* On to the next event. */
static bool advance(reader *r, rb_err *err) {
  yaml_event_delete(&r->event);
  if (!yaml_parser_parse(&r->parser, &r->event))
    return yaml_trouble(r, err);
  const yaml_event_t *e = &r->event;
  r->at.line = (int)e->start_mark.line + 1;
  r->at.column = (int)e->start_mark.column + 1;
  if (e->type == YAML_ALIAS_EVENT)
    return rb_items_refuse(&r->at, err,
                           "aliases (*name) are not allowed; quote or write the value again");
  bool anchor = false, tag = false;
  if (e->type == YAML_SCALAR_EVENT) {
    anchor = e->data.scalar.anchor != NULL;
    tag = e->data.scalar.tag != NULL;
  } else if (e->type == YAML_SEQUENCE_START_EVENT) {
    anchor = e->data.sequence_start.anchor != NULL;
    tag = e->data.sequence_start.tag != NULL;
  } else if (e->type == YAML_MAPPING_START_EVENT) {
    anchor = e->data.mapping_start.anchor != NULL;
    tag = e->data.mapping_start.tag != NULL;
  }
  if (anchor)
    return rb_items_refuse(&r->at, err, "anchors (&name) are not allowed");
  return !tag || rb_items_refuse(&r->at, err, "tags (!name) are not allowed");
}

/* The current event as text, owned by the event; `what` names it in errors. */
static bool scalar(reader *r, const char *what, const char **out, rb_err *err) {
  if (r->event.type != YAML_SCALAR_EVENT)
    return rb_items_refuse(&r->at, err, "%s must be a single value, not a %s", what,
                           r->event.type == YAML_SEQUENCE_START_EVENT ? "list" : "mapping");
  const unsigned char *text = r->event.data.scalar.value;
  size_t n = r->event.data.scalar.length;
  bool prose = strcmp(what, "about") == 0;
  for (size_t i = 0; i < n; i++)
    if (text[i] < 0x20 || text[i] == 0x7f || (text[i] >= 0x80 && !prose))
      return rb_items_refuse(&r->at, err, "%s holds byte 0x%02x; allowed is one line of %s", what,
                             text[i], prose ? "text" : "printable ASCII");
  if (n == 0 && !prose)
    return rb_items_refuse(&r->at, err, "%s is empty", what);
  *out = (const char *)text;
  return true;
}

/* A key that is new in its mapping; known: the index in names or, from n_names on, in more. */
static bool key(reader *r, const char *kind, const char *const *const lists[2], bool *seen,
                int *known, rb_err *err) {
  const char *word;
  if (!scalar(r, "a key", &word, err))
    return false;
  int n_first = 0;
  while (lists[0][n_first])
    n_first++;
  *known = rb_names_find(word, lists[0]);
  if (*known < 0) {
    *known = rb_names_find(word, lists[1]);
    if (*known < 0)
      return rb_names_unknown(kind, word, lists[0], lists[1], err) || rb_suite_locate(&r->at, err);
    *known += n_first;
  }
  if (seen[*known])
    return rb_items_refuse(&r->at, err, "'%s' is written twice", word);
  seen[*known] = true;
  return true;
}

/* Parts */

/* A value or a list of values. */
static bool read_items(reader *r, const char *what, rb_item **items, size_t *n, rb_err *err) {
  size_t capacity = 0;
  const char *text;
  char item[NAME_LENGTH];
  if (r->event.type != YAML_SEQUENCE_START_EVENT)
    return scalar(r, what, &text, err) && rb_items_add(items, n, &capacity, text, &r->at, err);
  rb_place list = r->at;
  snprintf(item, sizeof item, "an item of %s", what);
  for (;;) {
    if (!advance(r, err))
      return false;
    if (r->event.type == YAML_SEQUENCE_END_EVENT)
      return *n > 0 || rb_items_refuse(&list, err, "%s is an empty list", what);
    if (!scalar(r, item, &text, err) || !rb_items_add(items, n, &capacity, text, &r->at, err))
      return false;
  }
}

static bool read_axis(reader *r, rb_axis_key axis_key, rb_part *part, size_t *capacity,
                      rb_err *err) {
  void *grown = part->axes;
  if (!rb_grow(&grown, capacity, part->n_axes + 1, sizeof *part->axes, "axes", err))
    return false;
  part->axes = grown;
  rb_axis *axis = &part->axes[part->n_axes++];
  axis->key = axis_key;
  return read_items(r, rb_axis_names[axis_key], &axis->items, &axis->n_items, err);
}

static bool read_setting(reader *r, const char *name, double lo, double hi, double *out,
                         rb_err *err) {
  const char *text;
  if (!scalar(r, name, &text, err))
    return false;
  if (!rb_expression_value(text, NULL, NULL, out, err)) {
    rb_prefix(err, "%s '%.64s'", name, text);
    return rb_suite_locate(&r->at, err);
  }
  return (*out >= lo && *out <= hi) ||
         rb_items_refuse(&r->at, err, "%s = %.17g is outside %g..%g", name, *out, lo, hi);
}

/* context: room for a name that is not known (NAME_LENGTH bytes). */
static bool look_up_expect(void *context, const char *name, double *value) {
  int axis = rb_names_find(name, rb_axis_names);
  *value = 1;
  if (rb_names_find(name, rb_expect_names) >= 0 || (axis >= 0 && axis < RB_AXIS_FIRST_WORD))
    return true;
  snprintf(context, NAME_LENGTH, "%s", name);
  return false;
}

static bool check_expects(const rb_part *part, rb_err *err) {
  const char *numbers[RB_AXIS_FIRST_WORD + 1] = {NULL};
  for (int i = 0; i < RB_AXIS_FIRST_WORD; i++)
    numbers[i] = rb_axis_names[i];
  for (size_t i = 0; i < part->n_expects; i++) {
    char missing[NAME_LENGTH] = "";
    const rb_item *item = &part->expects[i];
    if (rb_expression_check(item->text, true, look_up_expect, missing, err))
      continue;
    if (missing[0])
      rb_names_unknown("name", missing, rb_expect_names, numbers, err);
    rb_prefix(err, "expect '%.200s'", item->text);
    return rb_suite_locate(&item->place, err);
  }
  return true;
}

/* What only the whole part shows. */
static bool check_part(const rb_part *part, const bool *seen, rb_err *err) {
  if (!seen[PART_PART])
    return rb_items_refuse(&part->place, err, "this part has no name; write part: NAME");
  if (!seen[PART_MODE])
    return rb_items_refuse(&part->place, err,
                           "part '%s' has no mode; write mode: check, learn, time or complexity",
                           part->name);
  if (seen[PART_EXPECT] && part->mode == RB_MODE_CHECK)
    return rb_items_refuse(
        &part->expects[0].place, err,
        "part '%s' expects something of training, but mode check does not train; use "
        "mode learn",
        part->name);
  for (int i = PART_REPETITIONS; i <= PART_WIDTH; i++)
    if (seen[i] && part->mode != RB_MODE_TIME)
      return rb_items_refuse(&part->place, err, "part '%s' sets %s, which only mode time uses",
                             part->name, part_names[i]);
  if (seen[PART_MARGIN] && part->mode != RB_MODE_COMPLEXITY)
    return rb_items_refuse(&part->place, err,
                           "part '%s' sets margin, which only mode complexity uses", part->name);
  for (size_t i = 0; i < part->n_axes && part->mode != RB_MODE_COMPLEXITY; i++)
    if (rb_axis_is_downstream(part->axes[i].key))
      return rb_items_refuse(&part->axes[i].items[0].place, err,
                             "part '%s' sets %s, which only mode complexity uses", part->name,
                             rb_axis_names[part->axes[i].key]);
  return check_expects(part, err);
}

static bool read_mode(reader *r, rb_mode *mode, rb_err *err) {
  const char *text;
  if (!scalar(r, "mode", &text, err))
    return false;
  int known = rb_names_find(text, rb_mode_names);
  *mode = (rb_mode)known;
  return known >= 0 ||
         rb_items_refuse(&r->at, err, "mode '%.64s' is none of: check, learn, time, complexity",
                         text);
}

static bool read_part_value(reader *r, int known, rb_part *part, size_t *capacity, rb_err *err) {
  const char *text;
  double number;
  switch (known) {
  case PART_PART:
    return scalar(r, "part", &text, err) && check_name("part", text, &r->at, err) &&
           rb_copy_text(&part->name, text, err);
  case PART_MODE:
    return read_mode(r, &part->mode, err);
  case PART_EXPECT:
    return read_items(r, "expect", &part->expects, &part->n_expects, err);
  case PART_REPETITIONS:
    if (!read_setting(r, "repetitions", 1, 100000, &number, err))
      return false;
    part->repetitions = (unsigned)number;
    return part->repetitions == number ||
           rb_items_refuse(&r->at, err, "repetitions = %.17g is not a whole number", number);
  case PART_BUDGET:
    return read_setting(r, "budget_s", 0, 86400, &part->budget_s, err);
  case PART_WIDTH:
    return read_setting(r, "width", 1e-6, 1, &part->width, err);
  case PART_MARGIN:
    return read_setting(r, "margin", 1.01, 100, &part->margin, err);
  default:
    return read_axis(r, (rb_axis_key)(known - N_PART_KEYS), part, capacity, err);
  }
}

static bool read_part(reader *r, rb_part *part, rb_err *err) {
  if (r->event.type != YAML_MAPPING_START_EVENT)
    return rb_items_refuse(&r->at, err, "a part must be a mapping that begins with - part: NAME");
  const char *const *const lists[2] = {part_names, rb_axis_names};
  bool seen[N_PART_KEYS + RB_N_AXES] = {false};
  size_t capacity = 0;
  *part = (rb_part){.repetitions = 10, .budget_s = 3, .width = .05, .margin = 1.25, .place = r->at};
  for (;;) {
    int known;
    if (!advance(r, err))
      return false;
    if (r->event.type == YAML_MAPPING_END_EVENT)
      return check_part(part, seen, err);
    if (!key(r, "axis", lists, seen, &known, err) || !advance(r, err) ||
        !read_part_value(r, known, part, &capacity, err))
      return false;
  }
}

static bool read_parts(reader *r, rb_suite *suite, rb_err *err) {
  size_t capacity = 0;
  rb_place list = r->at;
  if (r->event.type != YAML_SEQUENCE_START_EVENT)
    return rb_items_refuse(&r->at, err, "parts must be a list of parts");
  for (;;) {
    if (!advance(r, err))
      return false;
    if (r->event.type == YAML_SEQUENCE_END_EVENT)
      return suite->n_parts > 0 || rb_items_refuse(&list, err, "parts is an empty list");
    if (suite->n_parts >= RB_SUITE_PARTS)
      return rb_items_refuse(&r->at, err, "more than %d parts", RB_SUITE_PARTS);
    void *grown = suite->parts;
    if (!rb_grow(&grown, &capacity, suite->n_parts + 1, sizeof *suite->parts, "parts", err))
      return false;
    suite->parts = grown;
    rb_part *part = &suite->parts[suite->n_parts++];
    if (!read_part(r, part, err))
      return false;
    for (size_t i = 0; i + 1 < suite->n_parts; i++)
      if (strcmp(suite->parts[i].name, part->name) == 0)
        return rb_items_refuse(&part->place, err, "part '%s' is there twice, first in line %d",
                               part->name, suite->parts[i].place.line);
  }
}

/* The document */

static bool read_name(reader *r, rb_suite *suite, rb_err *err) {
  const char *text, *slash = strrchr(suite->path, '/');
  const char *base = slash ? slash + 1 : suite->path, *dot = strrchr(base, '.');
  size_t n = dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0) ? (size_t)(dot - base)
                                                                            : strlen(base);
  if (!scalar(r, "suite", &text, err) || !check_name("suite", text, &r->at, err))
    return false;
  if (strlen(text) != n || strncmp(text, base, n) != 0)
    return rb_items_refuse(&r->at, err, "suite '%s' is in a file named '%.64s'; the two must agree",
                           text, base);
  return rb_copy_text(&suite->name, text, err);
}

static bool read_top_value(reader *r, int known, rb_suite *suite, rb_err *err) {
  const char *text;
  switch (known) {
  case TOP_SUITE:
    return read_name(r, suite, err);
  case TOP_ABOUT:
    return scalar(r, "about", &text, err) && rb_copy_text(&suite->about, text, err);
  case TOP_SCHEMA:
    return scalar(r, "schema", &text, err) &&
           (strcmp(text, "1") == 0 ||
            rb_items_refuse(&r->at, err, "schema '%.64s' is not known; this version reads schema 1",
                            text));
  default:
    return read_parts(r, suite, err);
  }
}

static bool read_document(reader *r, rb_suite *suite, rb_err *err) {
  const char *const *const lists[2] = {top_names, no_names};
  bool seen[sizeof top_names / sizeof *top_names] = {false};
  if (!advance(r, err) || !advance(r, err)) /* start of stream, start of document */
    return false;
  rb_place start = {.file = r->at.file, .line = 1, .column = 1};
  if (r->event.type == YAML_STREAM_END_EVENT)
    return rb_items_refuse(&start, err, "the file is empty; a suite needs suite: and parts:");
  if (!advance(r, err))
    return false;
  if (r->event.type != YAML_MAPPING_START_EVENT)
    return rb_items_refuse(&r->at, err, "a suite must be a mapping that begins with suite: NAME");
  for (;;) {
    int known;
    if (!advance(r, err))
      return false;
    if (r->event.type == YAML_MAPPING_END_EVENT)
      break;
    if (!key(r, "key", lists, seen, &known, err) || !advance(r, err) ||
        !read_top_value(r, known, suite, err))
      return false;
  }
  if (!seen[TOP_SUITE])
    return rb_items_refuse(&start, err,
                           "the suite has no name; write suite: NAME, the file's name");
  if (!seen[TOP_PARTS])
    return rb_items_refuse(&start, err, "the suite has no parts:");
  if (!seen[TOP_ABOUT] && !rb_copy_text(&suite->about, "", err))
    return false;
  if (!advance(r, err) || !advance(r, err)) /* end of document, end of stream */
    return false;
  return r->event.type == YAML_STREAM_END_EVENT ||
         rb_items_refuse(&r->at, err, "a second document; a suite is one");
}

/* libyaml compares every %TAG with all before it, so that a megabyte of them takes minutes. */
static bool check_directives(const char *path, const char *text, size_t n, rb_err *err) {
  rb_place place = {.file = path, .line = 1, .column = 1};
  for (size_t i = 0; i + 4 <= n; i++) {
    if (memcmp(text + i, "%TAG", 4) == 0)
      return rb_items_refuse(&place, err, "%%TAG directives are not allowed");
    place.column = text[i] == '\n' ? 1 : place.column + 1;
    place.line += text[i] == '\n';
  }
  return true;
}

bool rb_suite_parse(const char *path, const char *text, size_t n, rb_suite *out, rb_err *err) {
  reader r = {.text = text, .n = n};
  bool done = false;
  *out = (rb_suite){0};
  if (!rb_copy_text(&out->path, path, err))
    return false;
  rb_sha256_hex(text, n, out->hash);
  r.at = (rb_place){.file = out->path, .line = 1, .column = 1};
  if (n > RB_SUITE_BYTES)
    rb_items_refuse(&r.at, err, "the file is larger than %d bytes", RB_SUITE_BYTES);
  else if (!yaml_parser_initialize(&r.parser))
    rb_fail(err, RB_FAILED, "%.512s: out of memory for the YAML parser", path);
  else {
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, n);
    done = check_directives(out->path, text, n, err) && read_document(&r, out, err);
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
  }
  if (!done)
    rb_suite_free(out);
  return done;
}

bool rb_suite_read(const char *path, rb_suite *out, rb_err *err) {
  *out = (rb_suite){0};
  bool done = false;
  void *text = NULL;
  size_t n = 0;
  /* Not blocking: a pipe under that name must not stop the program. */
  int fd = rb_file_open(path, O_RDONLY | O_NONBLOCK, 0);
  FILE *file = fd < 0 ? NULL : fdopen(fd, "rb");
  if (file == NULL) {
    rb_fail(err, RB_USAGE, "cannot open suite %.512s: %s", path, strerror(errno));
    if (fd >= 0)
      rb_file_close(fd);
    return false;
  }
  if (!rb_alloc(&text, RB_SUITE_BYTES + 1, 1, "suite", err))
    goto done;
  n = fread(text, 1, RB_SUITE_BYTES + 1, file);
  if (ferror(file))
    rb_fail(err, RB_USAGE, "cannot read suite %.512s: %s", path, strerror(errno));
  else
    done = rb_suite_parse(path, text, n, out, err);
done:
  free(text);
  fclose(file);
  return done;
}

void rb_suite_free(rb_suite *suite) {
  for (size_t i = 0; i < suite->n_parts; i++) {
    rb_part *part = &suite->parts[i];
    for (size_t k = 0; k < part->n_axes; k++)
      rb_items_free(part->axes[k].items, part->axes[k].n_items);
    free(part->axes);
    rb_items_free(part->expects, part->n_expects);
    free(part->name);
  }
  for (size_t i = 0; i < suite->n_overrides; i++)
    free(suite->overrides[i]);
  free(suite->overrides);
  free(suite->parts);
  free(suite->name);
  free(suite->about);
  free(suite->path);
  *suite = (rb_suite){0};
}
