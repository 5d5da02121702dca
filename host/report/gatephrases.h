// SPDX-License-Identifier: Apache-2.0
/* What is said of a comparison, as sentences. Owned by the caller; texts of the gate in them are
 * untrusted. Errors: RB_FAILED when memory is out. */
#ifndef RB_REPORT_GATEPHRASES_H
#define RB_REPORT_GATEPHRASES_H
#include <stdio.h>
#include "report/gate.h"

/* "no regression: of 5 cells 5 same; margin 2.0 %". */
bool rb_gatephrases_claim(const rb_gate *gate, char **out, rb_err *err);
/* What a user does next, i = 0 .. RB_GATEPHRASES_STEPS - 1; *out NULL where there is nothing to
 * say.
 */
enum { RB_GATEPHRASES_STEPS = 7 };
bool rb_gatephrases_step(const rb_gate *gate, int i, char **out, rb_err *err);
/* "+5.1 % (+4.0..+6.2)", the change of time; "" where there is none. */
enum { RB_GATEPHRASES_ROOM = 96 };
void rb_gatephrases_change(const rb_gate_shift *shift, char text[RB_GATEPHRASES_ROOM]);
/* "slower: time +5.1 % (+4.0..+6.2); slower at first, and again on fresh data": state, change, why,
 * and what of the counts differs. */
bool rb_gatephrases_cell(const rb_gate_cell *cell, char **out, rb_err *err);

#endif
