// SPDX-License-Identifier: Apache-2.0
/* The product X W^T and what it ends with, on fresh inputs, against the host in double. */
#ifndef RB_TEST_FORWARDS_H
#define RB_TEST_FORWARDS_H
#include "bed.h"

void forwards_check_product(bed *w);    /* Z */
void forwards_check_head(bed *w);       /* A, whether or not Z is kept between */
void forwards_check_activation(bed *w); /* D and net, whether or not Z and D are kept */

#endif
