// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <jansson.h>
#include "hostile.h"

void written_begin(written *w) {
  *w = (written){0};
  REQUIRE((w->out = open_memstream(&w->text, &w->n)) != NULL);
}

void written_drop(written *w) {
  if (w->out)
    fclose(w->out);
  free(w->text);
  *w = (written){0};
}

static void end(written *w) {
  REQUIRE(fclose(w->out) == 0);
  w->out = NULL;
}

/* What steers a terminal, in UTF-8: C1 controls, marks and overrides of direction, separators. */
static bool steers(const unsigned char *c) {
  if (c[0] == 0xc2)
    return c[1] >= 0x80 && c[1] < 0xa0;
  if (c[0] != 0xe2)
    return false;
  return (c[1] == 0x80 && ((c[2] >= 0x8b && c[2] <= 0x8f) || (c[2] >= 0xa8 && c[2] <= 0xae))) ||
         (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xaf);
}

static void require_plain(const written *w, const char *allowed) {
  for (size_t i = 0; i < w->n; i++) {
    unsigned char c = (unsigned char)w->text[i];
    REQUIRE((c >= 0x20 && c != 0x7f) || (c != 0 && strchr(allowed, c)));
    REQUIRE(!steers((unsigned char *)w->text + i)); /* open_memstream() ends it with a zero */
  }
}

void written_is_plain(written *w) {
  end(w);
  require_plain(w, "\n");
  written_drop(w);
}

void written_is_json(written *w) {
  end(w);
  json_t *value = json_loadb(w->text, w->n, JSON_REJECT_DUPLICATES, NULL);
  REQUIRE(value != NULL);
  json_decref(value);
  require_plain(w, "\n");
  written_drop(w);
}

void written_is_csv(written *w) {
  size_t n_fields = 1, wanted = 0;
  bool quoted = false;
  end(w);
  require_plain(w, "\t\r\n");
  for (size_t i = 0; i < w->n; i++) {
    char c = w->text[i];
    if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      n_fields++;
    } else if (!quoted && c == '\n') {
      REQUIRE(wanted == 0 || n_fields == wanted);
      wanted = n_fields;
      n_fields = 1;
    }
  }
  REQUIRE(!quoted && (w->n == 0 || w->text[w->n - 1] == '\n'));
  written_drop(w);
}

/* ---- XML ---- */

enum { MAX_DEPTH = 64, MAX_NAME = 32 };

typedef struct reader {
  const char *at;
  char open[MAX_DEPTH][MAX_NAME];
  size_t depth;
} reader;

static void take_name(reader *r, char out[MAX_NAME]) {
  size_t n = 0;
  while (isalnum((unsigned char)*r->at) || (*r->at && strchr("-_:", *r->at))) {
    REQUIRE(n + 1 < MAX_NAME);
    out[n++] = *r->at++;
  }
  REQUIRE(n > 0);
  out[n] = 0;
}

static void take_entity(reader *r) {
  static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strncmp(r->at, known[i], strlen(known[i])) == 0) {
      r->at += strlen(known[i]);
      return;
    }
  REQUIRE(strncmp(r->at, "&#", 2) == 0);
  r->at += 2 + strspn(r->at + 2, "x0123456789abcdefABCDEF");
  REQUIRE(*r->at++ == ';');
}

/* Nothing that loads or runs may carry a text from outside. */
static void take_attribute(reader *r) {
  char name[MAX_NAME];
  take_name(r, name);
  REQUIRE(strncmp(name, "on", 2) != 0 && strcmp(name, "src") != 0);
  REQUIRE(strncmp(r->at, "=\"", 2) == 0);
  r->at += 2;
  REQUIRE(strcmp(name, "href") != 0 || *r->at == '#' || strncmp(r->at, "data:,\"", 7) == 0);
  while (*r->at != '"')
    if (*r->at == '&') {
      take_entity(r);
    } else {
      REQUIRE(*r->at && *r->at != '<');
      r->at++;
    }
  r->at++;
}

static void take_element(reader *r) {
  static const char *const forbidden[] = {"script", "iframe", "object", "embed", "img", "base"};
  bool closes = r->at[1] == '/';
  char name[MAX_NAME];
  r->at += 1 + closes;
  take_name(r, name);
  if (closes) {
    REQUIRE(r->depth > 0 && strcmp(r->open[--r->depth], name) == 0 && *r->at == '>');
    r->at++;
    return;
  }
  for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
    REQUIRE(strcmp(name, forbidden[i]) != 0);
  for (; isspace((unsigned char)*r->at); take_attribute(r)) {
    r->at += strspn(r->at, " \n");
    if (*r->at == '/' || *r->at == '>')
      break;
  }
  bool empty = *r->at == '/';
  r->at += empty;
  REQUIRE(*r->at++ == '>');
  if (!empty) {
    REQUIRE(r->depth < MAX_DEPTH);
    memcpy(r->open[r->depth++], name, MAX_NAME);
  }
}

void written_is_xml(written *w) {
  end(w);
  require_plain(w, "\n");
  reader r = {.at = w->text};
  while (*r.at)
    if (strncmp(r.at, "<!DOCTYPE html>", 15) == 0 || strncmp(r.at, "<!doctype html>", 15) == 0) {
      r.at += 15;
    } else if (strncmp(r.at, "<?xml", 5) == 0) {
      REQUIRE((r.at = strstr(r.at, "?>")) != NULL);
      r.at += 2;
    } else if (*r.at == '<') {
      take_element(&r);
    } else if (*r.at == '&') {
      take_entity(&r);
    } else {
      r.at++;
    }
  REQUIRE(r.depth == 0 && r.at == w->text + w->n);
  written_drop(w);
}

void written_is(written *w, rb_format format) {
  if (format == RB_FORMAT_JSON)
    written_is_json(w);
  else if (format == RB_FORMAT_CSV)
    written_is_csv(w);
  else
    written_is_plain(w);
}

void written_or_failed(written *w, bool ok, const rb_err *err, void (*check)(written *)) {
  if (ok) {
    check(w);
    return;
  }
  REQUIRE((err->kind == RB_USAGE || err->kind == RB_INCONCLUSIVE) && err->text[0]);
  written_drop(w);
}
