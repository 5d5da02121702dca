// SPDX-License-Identifier: Apache-2.0
/* Numbers as people read them: three significant digits and a fitting prefix ("1.22 ms", "187
 * GFLOP/s"). Percentages take two digits, shares none behind the point. Decimal point always: the
 * program never calls setlocale(). */
#ifndef RB_REPORT_FIGURE_H
#define RB_REPORT_FIGURE_H

typedef enum rb_figure {
  RB_FIGURE_REAL,    /* 0.177, 12345, 1.23e-07 */
  RB_FIGURE_PLAIN,   /* as REAL, of a number around 1: at most three decimals, "0.092" */
  RB_FIGURE_PERCENT, /* of a fraction: 0.482 -> "48 %", 0.0062 -> "0.62 %" */
  RB_FIGURE_SHARE,   /* of a fraction: 0.482 -> "48 %", 0.0062 -> "1 %" */
  RB_FIGURE_TIME,    /* of nanoseconds: ns, us, ms, s */
  RB_FIGURE_SI,      /* prefixes k M G T P from 1000 up: "1.53 M" */
  RB_FIGURE_BYTES    /* B, KiB, MiB, GiB, TiB */
} rb_figure;

enum { RB_FIGURE_ROOM = 160 };

/* value into text. unit: what follows a real or SI number, "" for nothing; the other kinds bring
 * their own. A value that is not finite, as it is or as it would be printed, is "-". */
void rb_figure_one(char text[RB_FIGURE_ROOM], rb_figure kind, double value, const char *unit);
/* "28.2 ms (27.3..35.8)": lo and hi with the prefix and the decimals of value; left out when both
 * equal it or are NAN. */
void rb_figure_range(char text[RB_FIGURE_ROOM], rb_figure kind, const double value_lo_hi[3],
                     const char *unit);

#endif
