// SPDX-License-Identifier: Apache-2.0
/* Numbers of half precision: IEEE 754 binary16, 11 bits of significand. */
#ifndef RB_BASE_HALF_H
#define RB_BASE_HALF_H

/* x to the nearest such number, to the even one of two; infinite from 65520 on. NaN stays NaN. */
float rb_half_round(float x);

#endif
