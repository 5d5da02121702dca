// SPDX-License-Identifier: Apache-2.0
#include "study/squeeze.h"
#include <stdio.h>
#include "cl/spans.h"
#include "net/layout.h"

bool rb_squeeze_again(rb_squeeze *s, rb_session *session, uint32_t tile, rb_err *err) {
  uint32_t half = tile / 2 / RB_LAYOUT_TILE_MINIMUM * RB_LAYOUT_TILE_MINIMUM;
  if (!err->memory)
    return false;
  if (half == 0)
    return rb_prefix(err, "no memory for a tile of %u samples, and less than %d are not tried",
                     tile, RB_LAYOUT_TILE_MINIMUM);
  if (s->refused == 0) {
    s->refused = tile;
    snprintf(s->said, sizeof s->said, "%.*s", (int)sizeof s->said - 1, err->text);
  }
  s->tile = half;
  rb_spans_begin(session); /* events of what failed are not the next try's */
  return true;
}
