// SPDX-License-Identifier: Apache-2.0
/* Traces that a fuzzer makes, for everything that reads records, and what must hold of what is
 * written about them.
 *
 * A trace is written short, as one JSON object a line: a record that has every field of the one of
 * its type before it, the first of each type those of a whole run (the templates), and then its
 * own. "type" is cell where it is not given; an empty line begins the next trace; a line that is
 * not a record is passed over. So each change of a byte is one of a field, and whole traces stay
 * small. */
#ifndef HOSTILE_H
#define HOSTILE_H
#include "fuzz.h"
#include "report/table.h"
#include "trace/reader.h"

enum { HOSTILE_TRACES = 6, HOSTILE_RECORDS = 96 /* of one input */ };

typedef struct hostile {
  rb_trace traces[HOSTILE_TRACES]; /* (n) each with a header */
  size_t n;
} hostile;

hostile hostile_read(const uint8_t *data, size_t n);
void hostile_free(hostile *h);
extern const char *const hostile_paths[HOSTILE_TRACES]; /* names with what a terminal would obey */

/* A report in memory: begin, write to out, then one of the checks below, which frees it. */
typedef struct written {
  FILE *out;
  char *text;
  size_t n;
} written;
void written_begin(written *w);
void written_drop(written *w);
/* No byte but printable ones and line ends, no control or override of the direction in UTF-8. */
void written_is_plain(written *w);
void written_is_json(written *w);
void written_is_csv(written *w); /* every row has as many fields as the first */
/* Every element is closed, attributes are quoted, no entity but those of XML; nothing that a
 * browser would run, no address but those in the same page. */
void written_is_xml(written *w);
void written_is(written *w, rb_format format); /* the one that belongs to the format */
/* The report was written, or it failed as an error should. */
void written_or_failed(written *w, bool ok, const rb_err *err, void (*check)(written *));

#endif
