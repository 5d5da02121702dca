// SPDX-License-Identifier: Apache-2.0
/* What `verdict` and `plot` say of a hostile trace (hostile.h); the first byte chooses which and
 * the format. Proves: a verdict is said whole and has one of its codes; in a script for gnuplot no
 * text of a trace stands outside of quotes. */
#include "hostile.h"
#include "report/plot.h"
#include "report/verdict.h"

static void judge(const rb_trace *trace, rb_format format) {
  rb_verdict_options options = {format, hostile_paths[1]};
  rb_judge judge = {0};
  written w;
  rb_err err = {0};
  written_begin(&w);
  if (rb_judge_trace(trace, &judge, &err)) {
    REQUIRE(judge.code == RB_DONE || judge.code == RB_WRONG || judge.code == RB_INCONCLUSIVE);
    REQUIRE_OK(rb_verdict_show(&judge, &options, w.out, &err), err);
    written_is(&w, format);
  } else {
    written_or_failed(&w, false, &err, NULL);
  }
  rb_judge_free(&judge);
}

/* Outside of quotes nothing may begin a shell command or a macro. */
static void check_script(written *w) {
  char quote = 0;
  REQUIRE(fflush(w->out) == 0);
  for (const char *c = w->text; *c; c++) {
    if (quote) {
      quote = *c == quote ? 0 : quote;
      REQUIRE(*c != '\n' && *c != '`');
    } else {
      REQUIRE(*c != '`' && *c != '@' && !(*c == '!' && (c == w->text || c[-1] == '\n')));
      quote = *c == '\'' || *c == '"' ? *c : 0;
    }
  }
  REQUIRE(!quote);
  written_is_plain(w);
}

static void plot(const rb_trace *trace, unsigned which) {
  rb_plot_options options = {.figure = (rb_plot_figure)(which % 3),
                             .terminal = (rb_plot_terminal)(which / 3 % 3)};
  written script, talk;
  rb_err err = {0};
  written_begin(&script);
  written_begin(&talk);
  bool ok = rb_plot_write(trace, &options, script.out, talk.out, &err);
  written_or_failed(&script, ok, &err, check_script);
  written_is_plain(&talk);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  if (n < 2)
    return 0;
  hostile h = hostile_read(data + 1, n - 1);
  for (size_t i = 0; i < h.n; i++)
    if (data[0] & 1)
      plot(&h.traces[i], data[0] / 2u);
    else
      judge(&h.traces[i], (rb_format)(data[0] / 2 % 4));
  hostile_free(&h);
  return 0;
}
