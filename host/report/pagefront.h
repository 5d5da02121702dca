// SPDX-License-Identifier: Apache-2.0
/* What a page begins with: headline numbers of each trace, and the devices with their roofs.
 * Errors: RB_FAILED when memory is out. */
#ifndef RB_REPORT_PAGEFRONT_H
#define RB_REPORT_PAGEFRONT_H
#include "report/pagedata.h"

/* Writes "quick on NAME", unescaped, what a trace is called. */
void rb_pagefront_name(const rb_pagedata *page, size_t trace, FILE *out);
/* The same as a heading with its number: tag "h2", id: where links lead; NULL: none. */
bool rb_pagefront_heading(const rb_pagedata *page, size_t trace, FILE *out, rb_err *err);
bool rb_pagefront_glance(const rb_pagedata *page, FILE *out, rb_err *err);
/* Whether a trace names a device: else there is no section of devices. */
bool rb_pagefront_has_devices(const rb_pagedata *page);
bool rb_pagefront_devices(const rb_pagedata *page, FILE *out, rb_err *err);

#endif
