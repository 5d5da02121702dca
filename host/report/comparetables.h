// SPDX-License-Identifier: Apache-2.0
/* A comparison as tables for programs: numbers of systems (from 1) join them. */
#ifndef RB_REPORT_COMPARETABLES_H
#define RB_REPORT_COMPARETABLES_H
#include "report/compare.h"
#include "report/table.h"

/* A row for each system. Errors of all: RB_FAILED when memory is out; the tables are the caller's.
 */
bool rb_comparetables_systems(const rb_compare *compare, rb_table **out, rb_err *err);
/* A row for each pair of systems and each piece of work in either of them, with state and reason.
 */
bool rb_comparetables_cells(const rb_compare *compare, rb_table **out, rb_err *err);
/* A row for each crossover, and for each curve without one. What a curve varies is null. */
bool rb_comparetables_crossovers(const rb_compare *compare, rb_table **out, rb_err *err);

#endif
