// SPDX-License-Identifier: Apache-2.0
/* Proves: precedence and grouping of every operator against written-out values, names, min and max,
 * comparisons with infinities and NaN, and for every kind of bad text the exact error with its
 * column. Fails if an operator binds otherwise, if strtod's inf, nan or hexadecimal get in, if
 * checking computes, or if a bound on length or depth is dropped. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "study/expression.h"

static bool look_up(void *context, const char *name, double *value) {
  *(int *)context += 1;
  if (strcmp(name, "d") == 0)
    *value = 50;
  else if (strcmp(name, "n_1") == 0)
    *value = 500;
  else if (strcmp(name, "far") == 0)
    *value = INFINITY;
  else if (strcmp(name, "odd") == 0)
    *value = NAN;
  else
    return false;
  return true;
}

Test(expression, values) {
  static const struct {
    const char *text;
    double value;
  } cases[] = {
      {"7", 7},
      {" 1e3 ", 1000},
      {".5", .5},
      {"5.", 5},
      {"2.5E-1", .25},
      {"2^14", 16384},
      {"2^3^2", 512},
      {"-2^2", -4},
      {"2^-1", .5},
      {"(-2)^2", 4},
      {"- -3", 3},
      {"+3", 3},
      {"1+2*3", 7},
      {"(1+2)*3", 9},
      {"10-4-3", 3},
      {"48/4/3", 4},
      {"2*3^2", 18},
      {"7-2*3+1", 2},
      {"min(3,2)", 2},
      {"max( 3 , 2 )", 3},
      {"max(min(1,2),min(4,3))*2", 6},
      {"8*d", 400},
      {"n_1/d", 10},
      {"min(d,n_1)^2", 2500},
      {"18446744073709551615", 18446744073709551615.0},
  };
  int n_names = 0;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    rb_err err = {0};
    double value = -1;
    cr_assert(rb_expression_value(cases[i].text, look_up, &n_names, &value, &err), "'%s': %s",
              cases[i].text, err.text);
    cr_assert_eq(value, cases[i].value, "'%s' gave %.17g", cases[i].text, value);
  }
  cr_assert_eq(n_names, 5);
}

static void refuse_value(const char *text, const char *wanted) {
  rb_err err = {0};
  double value;
  int n_names = 0;
  cr_assert(!rb_expression_value(text, look_up, &n_names, &value, &err), "'%s' was taken", text);
  cr_assert_eq(err.kind, RB_USAGE);
  cr_assert_str_eq(err.text, wanted, "'%s': got '%s'", text, err.text);
}

Test(expression, errors_name_the_column) {
  static const char *const cases[][2] = {
      {"", "column 1: wanted a number, a name or '(', found the end"},
      {"  ", "column 3: wanted a number, a name or '(', found the end"},
      {"1+", "column 3: wanted a number, a name or '(', found the end"},
      {"1 2", "column 3: wanted an operator or the end, found '2'"},
      {"8d", "column 2: wanted an operator or the end, found 'd'"},
      {"0x10", "column 2: wanted an operator or the end, found 'x'"},
      {"(1", "column 3: wanted ')', found the end"},
      {"1)", "column 2: wanted an operator or the end, found ')'"},
      {"max(1)", "column 6: wanted ',', found ')'"},
      {"max(1,2,3)", "column 8: wanted ')', found ','"},
      {"min 3", "column 5: wanted '(', found '3'"},
      {"1e", "column 2: wanted digits after 'e' of a number such as 1e3"},
      {"1e+", "column 2: wanted digits after 'e' of a number such as 1e3"},
      {".", "column 1: wanted digits beside the point, found '.'"},
      {"inf", "column 1: unknown name 'inf'"},
      {"nan", "column 1: unknown name 'nan'"},
      {"d+q*2", "column 3: unknown name 'q'"},
      {"a_name_of_more_than_thirty_one_letters",
       "column 1: unknown name 'a_name_of_more_than_thirty_one_l...'"},
      {"1/0", "column 2: division by 0"},
      {"2+d/(n_1-500)", "column 4: division by 0"},
      {"1e999", "column 1: the result is not finite"},
      {"(-8)^.5", "column 1: the result is not finite"},
      {"far", "column 1: the result is not finite"},
      {"1 < 2", "column 3: wanted an operator or the end, found '<'"},
      {"1\x01", "column 2: wanted an operator or the end, found byte 0x01"},
      {"1\xc3\xa9", "column 2: wanted an operator or the end, found byte 0xc3"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    refuse_value(cases[i][0], cases[i][1]);
}

Test(expression, names_may_be_forbidden) {
  rb_err err = {0};
  double value;
  cr_assert(!rb_expression_value("2*d", NULL, NULL, &value, &err));
  cr_assert_str_eq(err.text, "column 3: name 'd' where only numbers are allowed");
  cr_assert(rb_expression_value("max(2,3)", NULL, NULL, &value, &err), "%s", err.text);
}

Test(expression, tests) {
  static const struct {
    const char *text;
    bool holds;
    double left;
  } cases[] = {
      {"1 < 2", true, 1},          {"2 < 2", false, 2},        {"2 <= 2", true, 2},
      {"2.5<=2", false, 2.5},      {"3 > 2", true, 3},         {"2 > 2", false, 2},
      {"2 >= 2", true, 2},         {"1 >= 2", false, 1},       {"d == 50", true, 50},
      {"d == 51", false, 50},      {"d+1 < n_1", true, 51},    {"far < 3", false, INFINITY},
      {"far > 3", true, INFINITY}, {"-far<0", true, -INFINITY}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    rb_err err = {0};
    bool holds = !cases[i].holds;
    double left = -1;
    int n_names = 0;
    cr_assert(rb_expression_test(cases[i].text, look_up, &n_names, &holds, &left, &err), "'%s': %s",
              cases[i].text, err.text);
    cr_assert_eq(holds, cases[i].holds, "'%s'", cases[i].text);
    cr_assert_eq(left, cases[i].left, "'%s' has %g on the left", cases[i].text, left);
  }
}

Test(expression, nothing_holds_for_nan) {
  static const char *const cases[] = {"odd < 1", "odd <= 1", "odd > 1", "odd >= 1", "odd == odd"};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    rb_err err = {0};
    bool holds = true;
    double left = 0;
    int n_names = 0;
    cr_assert(rb_expression_test(cases[i], look_up, &n_names, &holds, &left, &err), "%s", err.text);
    cr_assert(!holds && isnan(left), "'%s' holds", cases[i]);
  }
}

Test(expression, bad_tests) {
  static const char *const cases[][2] = {
      {"1", "column 2: wanted an operator or one of < <= > >= ==, found the end"},
      {"d = 50", "column 3: wanted an operator or one of < <= > >= ==, found '='"},
      {"1 < 2 < 3", "column 7: wanted an operator or the end, found '<'"},
      {"d <", "column 4: wanted a number, a name or '(', found the end"},
      {"d < 1/0", "column 6: division by 0"},
      {"d != 1", "column 3: wanted an operator or one of < <= > >= ==, found '!'"},
      {"q < 1", "column 1: unknown name 'q'"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    rb_err err = {0};
    bool holds;
    double left;
    int n_names = 0;
    cr_assert(!rb_expression_test(cases[i][0], look_up, &n_names, &holds, &left, &err));
    cr_assert_eq(err.kind, RB_USAGE);
    cr_assert_str_eq(err.text, cases[i][1], "'%s': got '%s'", cases[i][0], err.text);
  }
}

Test(expression, check_sees_syntax_and_names_but_computes_nothing) {
  rb_err err = {0};
  int n_names = 0;
  cr_assert(rb_expression_check("1/(d-d)", false, look_up, &n_names, &err), "%s", err.text);
  cr_assert_eq(n_names, 2);
  cr_assert(rb_expression_check("(-8)^.5/0 < far", true, look_up, &n_names, &err), "%s", err.text);
  cr_assert(!rb_expression_check("1/(d-", false, look_up, &n_names, &err));
  cr_assert_str_eq(err.text, "column 6: wanted a number, a name or '(', found the end");
  cr_assert(!rb_expression_check("q < 1", true, look_up, &n_names, &err));
  cr_assert_str_eq(err.text, "column 1: unknown name 'q'");
  cr_assert(!rb_expression_check("d", true, look_up, &n_names, &err));
}

/* depth times "(", a 1, depth times ")": the atom within lies depth + 1 deep. */
static bool nested(int depth, rb_err *err) {
  char text[2 * RB_EXPRESSION_DEPTH + 8];
  double value;
  memset(text, '(', (size_t)depth);
  text[depth] = '1';
  memset(text + depth + 1, ')', (size_t)depth);
  text[2 * depth + 1] = 0;
  return rb_expression_value(text, NULL, NULL, &value, err);
}

Test(expression, depth_and_length_are_bounded) {
  rb_err err = {0};
  double value;
  char text[RB_EXPRESSION_LENGTH + 2];
  cr_assert(nested(RB_EXPRESSION_DEPTH - 1, &err), "%s", err.text);
  cr_assert(!nested(RB_EXPRESSION_DEPTH, &err));
  cr_assert_str_eq(err.text, "column 51: nested more than 50 deep");
  memset(text, '-', sizeof text);
  text[900] = 0;
  cr_assert(!rb_expression_value(text, NULL, NULL, &value, &err));
  cr_assert_str_eq(err.text, "column 51: nested more than 50 deep");
  for (int i = 0; i < 900; i++) /* long, but not deep */
    text[i] = i % 2 ? '+' : '1';
  text[899] = 0;
  cr_assert(rb_expression_value(text, NULL, NULL, &value, &err), "%s", err.text);
  cr_assert_eq(value, 450);
  memset(text, '1', sizeof text);
  text[RB_EXPRESSION_LENGTH] = 0;
  cr_assert(!rb_expression_value(text, NULL, NULL, &value, &err));
  cr_assert_str_eq(err.text, "column 1: the result is not finite");
  text[RB_EXPRESSION_LENGTH] = '1';
  text[RB_EXPRESSION_LENGTH + 1] = 0;
  cr_assert(!rb_expression_value(text, NULL, NULL, &value, &err));
  cr_assert_str_eq(err.text, "column 1001: longer than 1000 bytes");
}
