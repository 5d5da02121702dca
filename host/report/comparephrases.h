// SPDX-License-Identifier: Apache-2.0
/* Sentences of a comparison. Texts are unescaped and owned by the caller; NULL where there is
 * nothing to say. Systems are called by their numbers, from 1. Errors: RB_FAILED when memory is
 * out.
 */
#ifndef RB_REPORT_COMPAREPHRASES_H
#define RB_REPORT_COMPAREPHRASES_H
#include "report/compare.h"

/* "3 systems in 2 traces: 20 pieces of work compared, 2 not comparable" */
bool rb_comparephrases_claim(const rb_compare *compare, char **out, rb_err *err);
/* Device, driver, backend, suite, build and trace of system i, from 0; numbered: its number first.
 */
bool rb_comparephrases_system(const rb_compare *compare, size_t i, bool numbered, char **out,
                              rb_err *err);
/* "2 against 1: 1.52 times as fast (geometric mean of 10, 0.98 to 3.1): faster in 8, ..." */
bool rb_comparephrases_pair(const rb_compare_pair *pair, char **out, rb_err *err);
/* In how many cells the target is reached, missed or not known. */
bool rb_comparephrases_target(const rb_compare *compare, const rb_compare_pair *pair, char **out,
                              rb_err *err);
/* "over n at d=256 m=256: 2 overtakes 1 at n = 340 (between 256 and 512)" */
bool rb_comparephrases_crossover(const rb_compare_pair *pair, const rb_crossover *crossover,
                                 char **out, rb_err *err);
/* What the energy of system i was read from, or why it was not. */
bool rb_comparephrases_energy(const rb_compare *compare, size_t i, char **out, rb_err *err);
/* What a reader must not overlook, beside the warnings of each trace; `which` from 0. */
enum { RB_COMPAREPHRASES_NOTES = 4 };
bool rb_comparephrases_note(const rb_compare *compare, int which, char **out, rb_err *err);

#endif
