// SPDX-License-Identifier: Apache-2.0
#include "report/escape.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define INVALID UINT32_MAX
enum { TERMINAL_WIDTH = 400, MOST_BYTES = 12 };

/* Decodes one code point at *at and moves on; INVALID (moving one byte) for what RFC 3629 forbids:
 * stray or missing continuation bytes, overlong forms, surrogates, above U+10FFFF. */
static uint32_t decode(const char **at) {
  const unsigned char *bytes = (const unsigned char *)*at;
  static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
  int more = bytes[0] < 0x80           ? 0
             : (bytes[0] >> 5) == 0x06 ? 1
             : (bytes[0] >> 4) == 0x0E ? 2
             : (bytes[0] >> 3) == 0x1E ? 3
                                       : -1;
  if (more < 0)
    return (*at)++, INVALID;
  uint32_t point = more ? bytes[0] & (0x3Fu >> more) : bytes[0];
  for (int i = 1; i <= more; i++) {
    if ((bytes[i] & 0xC0) != 0x80)
      return (*at)++, INVALID;
    point = point << 6 | (bytes[i] & 0x3Fu);
  }
  if (point < least[more] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
    return (*at)++, INVALID;
  *at += more + 1;
  return point;
}

typedef struct range {
  uint32_t first, last;
} range;

static bool in_ranges(uint32_t point, const range *ranges, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (point >= ranges[i].first && point <= ranges[i].last)
      return true;
  return false;
}

/* Controls beyond C0: C1, line and paragraph separators, bidirectional marks and overrides, BOM,
 * non-characters (no XML may hold them), tags. */
static bool is_control(uint32_t point) {
  static const range controls[] = {{0x7F, 0x9F},     {0x061C, 0x061C}, {0x200B, 0x200F},
                                   {0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF},
                                   {0xFFF9, 0xFFFB}, {0xFFFE, 0xFFFF}, {0xE0000, 0xE0FFF}};
  return point < 0x20 || in_ranges(point, controls, sizeof controls / sizeof controls[0]);
}

static int width_of(uint32_t point) {
  static const range marks[] = {
      {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A}, {0x064B, 0x065F},
      {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};
  static const range wide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},
                               {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},
                               {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F},
                               {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
  if (point < 0x300)
    return 1;
  if (in_ranges(point, marks, sizeof marks / sizeof marks[0]))
    return 0;
  return in_ranges(point, wide, sizeof wide / sizeof wide[0]) ? 2 : 1;
}

size_t rb_escape_width(const char *text) {
  size_t width = 0;
  while (*text)
    width += (size_t)width_of(decode(&text));
  return width;
}

/* What stands for a character that means something in this style; NULL: nothing needs to. */
static const char *reference_of(uint32_t point, rb_escape_style style) {
  static const struct {
    rb_escape_style style;
    uint32_t point;
    const char *text;
  } references[] = {{RB_ESCAPE_XML, '&', "&amp;"},  {RB_ESCAPE_XML, '<', "&lt;"},
                    {RB_ESCAPE_XML, '>', "&gt;"},   {RB_ESCAPE_XML, '"', "&quot;"},
                    {RB_ESCAPE_XML, '\t', "&#9;"},  {RB_ESCAPE_XML, '\n', "&#10;"},
                    {RB_ESCAPE_XML, '\r', "&#13;"}, {RB_ESCAPE_LABEL, '\\', "\\\\"},
                    {RB_ESCAPE_LABEL, '"', "\\\""}, {RB_ESCAPE_LABEL, '\n', "\\n"}};
  for (size_t i = 0; i < sizeof references / sizeof references[0]; i++)
    if (references[i].style == style && references[i].point == point)
      return references[i].text;
  return NULL;
}

static bool is_word(uint32_t point) {
  return (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z') ||
         (point >= '0' && point <= '9') ||
         (point && point < 0x80 && strchr("-._+:,*@", (int)point));
}

/* Every byte of from..to as %1B. */
static void put_percent(const char *from, const char *to, char piece[MOST_BYTES + 1]) {
  for (int at = 0; from < to; from++, at += 3)
    snprintf(piece + at, 4, "%%%02X", (unsigned char)*from);
}

/* The escaped form of the code point that lies at from..to; returns its bytes, *width its columns.
 */
static size_t escape_point(uint32_t point, const char *from, const char *to, rb_escape_style style,
                           char piece[MOST_BYTES + 1], size_t *width) {
  bool passes = style == RB_ESCAPE_UTF8 ||
                (style == RB_ESCAPE_LINES && (point == '\t' || point == '\r' || point == '\n'));
  const char *reference = reference_of(point, style);
  const char *shown = style == RB_ESCAPE_LABEL ? "\\\\" : "\\"; /* the backslash of \x1b */
  if (reference)
    snprintf(piece, MOST_BYTES + 1, "%s", reference);
  else if (style == RB_ESCAPE_WORD && !is_word(point))
    put_percent(from, to, piece);
  else if (point == INVALID && style == RB_ESCAPE_UTF8)
    snprintf(piece, MOST_BYTES + 1, "\xEF\xBF\xBD");
  else if (point == INVALID || (!passes && (point < 0x20 || point == 0x7F)))
    snprintf(piece, MOST_BYTES + 1, "%sx%02x", shown, (unsigned char)*from);
  else if (!passes && is_control(point))
    snprintf(piece, MOST_BYTES + 1, "%su%04x", shown, point);
  else {
    bool slash = style == RB_ESCAPE_MARKDOWN && point < 0x80 && strchr("\\`*[<|", (int)point);
    snprintf(piece, MOST_BYTES + 1, "%s%.*s", slash ? "\\" : "", (int)(to - from), from);
    *width = (size_t)width_of(point) + slash;
    return strlen(piece);
  }
  *width = strlen(piece);
  return strlen(piece);
}

bool rb_escape_copy(const char *text, rb_escape_style style, size_t max_width, char **out,
                    rb_err *err) {
  void *memory = NULL;
  /* A byte becomes at most six (&quot;), two become eight, and "..." may follow. */
  if (!rb_alloc(&memory, strlen(text) + 2, 6, "escaped text", err))
    return false;
  char *copy = memory;
  size_t used = 0, width = 0, cut = 0;
  while (*text) {
    const char *from = text;
    char piece[MOST_BYTES + 1];
    size_t piece_width = 0, n = 0;
    uint32_t point = decode(&text);
    n = escape_point(point, from, text, style, piece, &piece_width);
    if (max_width && width + piece_width > max_width) {
      memcpy(copy + cut, "...", 4);
      break;
    }
    memcpy(copy + used, piece, n + 1);
    used += n;
    width += piece_width;
    if (max_width && width + 3 <= max_width)
      cut = used;
  }
  *out = copy;
  return true;
}

void rb_escape_print(FILE *out, const char *text) {
  rb_err err = {0};
  char *copy = NULL;
  if (!text)
    fputs("-", out);
  else if (rb_escape_copy(text, RB_ESCAPE_TERMINAL, TERMINAL_WIDTH, &copy, &err))
    fputs(copy, out);
  else
    fputs("(memory is out)", out);
  free(copy);
}
