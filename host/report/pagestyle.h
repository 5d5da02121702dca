// SPDX-License-Identifier: Apache-2.0
/* The style of the page, all of it. */
#ifndef RB_REPORT_PAGESTYLE_H
#define RB_REPORT_PAGESTYLE_H

/* CSS in parts, NULL at the end; holds none of < & and ]]>. */
extern const char *const rb_pagestyle[];

#endif
