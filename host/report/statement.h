// SPDX-License-Identifier: Apache-2.0
/* The verdict in sentences. Texts are owned by the caller and, but for names of groups, of this
 * program; unescaped. Errors: RB_FAILED when memory is out. */
#ifndef RB_REPORT_STATEMENT_H
#define RB_REPORT_STATEMENT_H
#include "report/judge.h"

/* "Over d in [64, 4096] the exponent of n* is 0.010 (90 % interval -0.020 .. 0.040), inside the
 * +-0.054 fixed beforehand; nothing is claimed outside that range." */
bool rb_statement_curve(const rb_judge_curve *curve, char **out, rb_err *err);
/* "the claim holds: ..." or why it does not. */
bool rb_statement_claim(const rb_judge *judge, char **out, rb_err *err);
/* "Cost: ns per sample of the pretraining go as d^1.02 (95 % interval 0.98 .. 1.06)", NULL if it
 * is not known. */
bool rb_statement_cost(const rb_judge_curve *curve, char **out, rb_err *err);
/* Things to know about the trace: cells and trials that are missing, doubled or left out; NULL if
 * there is nothing. */
bool rb_statement_rest(const rb_judge *judge, char **out, rb_err *err);
/* "multitask T=64", and with samples where curves of the group differ in nothing else. */
bool rb_statement_source(const rb_judge *judge, const rb_judge_curve *curve, char **out,
                         rb_err *err);

#endif
