// SPDX-License-Identifier: Apache-2.0
/* Text from outside (traces, drivers, paths) made harmless and measured in terminal columns.
 *
 * A terminal obeys what it is sent: a device or suite name may hold escape sequences, C1 controls,
 * line ends or bidirectional overrides. None of them leaves this module raw; they become visible as
 * \x1b (C0 controls, DEL and bytes that are not UTF-8) or \u202e (the rest). */
#ifndef RB_REPORT_ESCAPE_H
#define RB_REPORT_ESCAPE_H
#include <stdio.h>
#include "base/err.h"

typedef enum rb_escape_style {
  RB_ESCAPE_TERMINAL, /* as above */
  RB_ESCAPE_MARKDOWN, /* also a backslash before \ ` * [ < | so that a cell stays one cell of plain
                         text */
  RB_ESCAPE_LINES,    /* as TERMINAL but tab, CR and LF pass: CSV quotes them */
  RB_ESCAPE_XML,      /* as TERMINAL, but & < > " tab, CR and LF are references: for text and quoted
                         attributes */
  RB_ESCAPE_LABEL, /* as TERMINAL, for a label of OpenMetrics: a backslash before \ and ", LF is \n
                    */
  RB_ESCAPE_WORD,  /* for a part of a name: every byte but letters, digits and -._+:,*@ as %1B */
  RB_ESCAPE_UTF8   /* only invalid bytes are replaced, by U+FFFD: for writers that escape themselves
                    */
} rb_escape_style;

/* The escaped copy of text (zero-ended), owned by the caller. max_width > 0 cuts after that many
 * columns less three and adds "...". Errors: RB_FAILED when memory is out. */
bool rb_escape_copy(const char *text, rb_escape_style style, size_t max_width, char **out,
                    rb_err *err);
/* Writes the terminal-safe form of text to out; "-" for NULL. */
void rb_escape_print(FILE *out, const char *text);
/* Terminal columns of valid UTF-8: 0 for combining marks, 2 for wide East Asian and emoji, else 1.
 * Ranges after Markus Kuhn's wcwidth (2007) and Unicode's EastAsianWidth.txt, blocks only. */
size_t rb_escape_width(const char *text);

#endif
