// SPDX-License-Identifier: Apache-2.0
/* A section of a summary for people: the cells of one mode. */
#ifndef RB_REPORT_SECTION_H
#define RB_REPORT_SECTION_H
#include "report/load.h"

enum { RB_SECTION_WIDTH = 120 }; /* no line of a table is wider */

/* mode: check, learn, time, complexity or "" for cells of no known mode. cells: load has a row for
 * each cell and checks are not folded. Writes nothing if there is no row; else an empty line ends
 * it. Errors: RB_FAILED when memory is out. */
bool rb_section_show(const rb_load *load, const char *mode, bool cells, FILE *out, rb_err *err);

#endif
