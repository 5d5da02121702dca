// SPDX-License-Identifier: Apache-2.0
/* Pieces of the page (page.h). It is HTML5 written as XML: every element is closed, attributes are
 * quoted with ", and no entity but those of XML is used, so that any reader of XML can check it.
 *
 * Texts from outside enter a page only through rb_html_text(), in an element or in a quoted
 * attribute. Attributes that hold addresses (href, src), styles or scripts never hold any of them.
 */
#ifndef RB_REPORT_HTML_H
#define RB_REPORT_HTML_H
#include <stdio.h>
#include "base/err.h"

/* Writes text escaped; NULL is nothing. Where memory is out it says so in place of the text. */
void rb_html_text(FILE *out, const char *text);
/* The same of a heading or link, where a long text is cut. */
void rb_html_label(FILE *out, const char *text);
/* Writes <tag>text</tag> and frees text; NULL is nothing. tag may carry attributes: "p
 * class=\"x\"".
 */
void rb_html_sentence(FILE *out, const char *tag, char *text);
/* Begins and ends what is shown when the reader asks for it. */
void rb_html_fold(FILE *out, const char *summary);
void rb_html_unfold(FILE *out);

#endif
