// SPDX-License-Identifier: Apache-2.0
#include "app/progress.h"
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool rb_progress_wanted(void) {
  return isatty(STDERR_FILENO) != 0;
}

static char shown[256]; /* the line that stands on the terminal; empty: none */

void rb_progress_line(const char *line) {
  struct winsize size = {0};
  size_t width =
      ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
  if (strcmp(line, shown) == 0) /* a step that goes on */
    return;
  snprintf(shown, sizeof shown, "%s", line);
  fprintf(stderr, "\r\033[K%.*s", (int)width - 1, line);
  fflush(stderr);
}

void rb_progress_clear(void) {
  if (shown[0])
    fputs("\r\033[K", stderr);
  shown[0] = 0;
}

/* "1:05" or "2:01:05". */
static void duration(double seconds, char *text, size_t room) {
  unsigned s = seconds < 4e9 ? (unsigned)seconds : 4000000000u;
  if (s >= 3600)
    snprintf(text, room, "%u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
  else
    snprintf(text, room, "%u:%02u", s / 60, s % 60);
}

void rb_progress_show(void *context, const rb_progress *p) {
  (void)context;
  char line[256], left[32], cell[128] = "";
  /* Steps differ in size, so the time left is a guess that gets better; at the start there is none.
   */
  if (p->done > 0)
    duration(p->elapsed_s / (double)p->done * (double)(p->all - p->done), left, sizeof left);
  else
    snprintf(left, sizeof left, "?");
  if (p->cell)
    snprintf(cell, sizeof cell, " %s: %s d=%u m=%u T=%u n=%u", p->cell->part->name,
             rb_backend_names[p->cell->backend], p->cell->problem.d, p->cell->problem.m,
             p->cell->problem.T, p->cell->problem.n2);
  if (p->all == 0)
    snprintf(line, sizeof line, "%s", p->doing);
  else
    snprintf(line, sizeof line, "[%zu/%zu] %3.0f %%, about %s left, %s%s", p->done, p->all,
             100.0 * (double)p->done / (double)p->all, left, p->doing, cell);
  rb_progress_line(line);
}
