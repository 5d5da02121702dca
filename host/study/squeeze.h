// SPDX-License-Identifier: Apache-2.0
/* Smaller tiles for a device that refuses memory. The tile says how samples are worked through, not
 * what comes out: a cell keeps its id, and its record says what was refused.
 *
 * Only what a cell does before it is timed is tried again: later on its W+ must be what it was, bit
 * by bit, and another tile sums in another order. */
#ifndef RB_STUDY_SQUEEZE_H
#define RB_STUDY_SQUEEZE_H
#include "cl/session.h"

typedef struct rb_squeeze {
  uint32_t tile;    /* to lay out with: what the suite asks for (0 = chosen), then less */
  uint32_t refused; /* the largest tile that was refused; 0 = none */
  char said[512];   /* the refusal of that */
} rb_squeeze;

/* After a step with tiles of `tile` samples failed with err: true if the device refused memory and
 * half the tile, in whole multiples of RB_LAYOUT_TILE_MINIMUM, is left to try: s->tile then is
 * that, and the session is ready for it. False: err stays, and says if no smaller tile is left. */
bool rb_squeeze_again(rb_squeeze *s, rb_session *session, uint32_t tile, rb_err *err);

#endif
