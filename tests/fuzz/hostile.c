// SPDX-License-Identifier: Apache-2.0
#include "hostile.h"
#include <jansson.h>

const char *const hostile_paths[HOSTILE_TRACES] = {
    "a.gz", "\x1b[31mb<b>.gz", "c\xe2\x80\xae\"&'.gz", "d|`e.gz", "e\xff.gz", "f,\n.gz"};

static const char *const templates[] = {
    "{\"type\":\"run\",\"schema\":\"relubench-trace\",\"schema_version\":1,\"run_id\":"
    "\"00112233445566778899aabbccddeeff\",\"tool_version\":\"0.1.0\",\"git_revision\":\"abc\","
    "\"command\":\"relubench run s\",\"started\":\"2026-01-02T03:04:05Z\",\"suite\":\"s\","
    "\"suite_hash\":\"ab\",\"host\":{\"cpu\":\"x\",\"cpus\":\"2\",\"load\":\"0.1 0 0\"},"
    "\"libraries\":{\"CLBlast\":\"1.5.3\"},\"n_cells\":2}",
    "{\"type\":\"roof\",\"device\":\"dev\",\"device_name\":\"D\",\"platform\":\"P\",\"driver\":"
    "\"1\",\"device_facts\":{\"kind\":\"gpu\",\"global_bytes\":\"1000000\"},\"roof_gflops\":100,"
    "\"roof_gb_per_s\":10,\"roof_fma\":\"f\",\"roof_copy\":\"c\",\"when\":\"before\"}",
    "{\"type\":\"cell\",\"id\":\"1\",\"suite\":\"s\",\"part\":\"p\",\"mode\":\"time\","
    "\"workload\":\"multitask\",\"device\":\"dev\",\"device_name\":\"D\",\"platform\":\"P\","
    "\"driver\":\"1\",\"backend\":\"native\",\"variant\":\"v\",\"sampler\":\"direct\",\"seed\":1,"
    "\"d\":64,\"r\":3,\"T\":16,\"m\":64,\"n1\":512,\"n2\":512,\"rounds\":1,\"law\":\"gaussian\","
    "\"tasks\":\"balanced\",\"inputs\":\"per-task\",\"ablation\":\"none\",\"eta_a\":1,\"eta_w\":1,"
    "\"decay\":1,\"tile\":64,\"chunk\":4,\"verified\":true,\"verify_scope\":\"full\","
    "\"verify_error\":0.4,\"status\":\"ok\",\"samples\":16384,\"flop\":4000000,"
    "\"samples_per_s\":16384000,\"gflops\":4,\"roof_fraction\":0.04,\"plausible\":true,"
    "\"time_ns\":{\"median\":1000000,\"lo\":990000,\"hi\":1010000,\"n\":5},"
    "\"times_ns\":[990000,1000000,1000000,1010000,1000000],\"target_met\":true,\"cold_ns\":2000000,"
    "\"phases\":{\"head/generate\":200000,\"representation/product\":700000},"
    "\"launches\":{\"head/generate\":2,\"representation/product\":4},\"clock\":\"device\","
    "\"alignment\":0.9,\"alignment0\":0.1,\"ratio\":0.2,\"ratio0\":5,\"ratio_bound\":0.5,"
    "\"sin_theta\":0.1,\"singular_values\":[1,0.9,0.8],\"features_learned\":3,\"net_max\":2,"
    "\"weights_hash\":\"cd\",\"peak_device_bytes\":1000000}",
    "{\"type\":\"trial\",\"cell\":\"1\",\"device\":\"dev\",\"part\":\"p\",\"source\":\"multitask\","
    "\"task\":\"random\",\"quantity\":\"n\",\"sampler\":\"direct\",\"d\":64,\"r\":3,\"m\":64,"
    "\"n\":100,\"seed\":1,\"pretraining\":0,\"accuracy\":0.9,\"success\":true}",
    "{\"type\":\"end\",\"finished\":\"2026-01-02T03:04:06Z\",\"exit_code\":0,\"n_done\":1}"};
enum { N_TYPES = sizeof templates / sizeof *templates };

/* The last record of each type, and the records of the traces. */
typedef struct maker {
  json_t *last[N_TYPES];
  hostile *made;
  size_t n_records;
} maker;

static void add_record(maker *m, rb_record *record) {
  rb_trace *trace = &m->made->traces[m->made->n];
  if (!trace->records) {
    trace->records = calloc(HOSTILE_RECORDS + HOSTILE_TRACES, sizeof *trace->records);
    REQUIRE(trace->records != NULL);
    *trace = (rb_trace){.records = trace->records, .bgzf = true, .end_marker = true};
  }
  trace->records[trace->n_records++] = record;
}

static bool add_whole(maker *m, const json_t *whole) {
  rb_record *record = NULL;
  rb_err err;
  char *line = json_dumps(whole, JSON_COMPACT);
  bool ok = line && rb_record_parse(line, strlen(line), &record, &err);
  free(line);
  if (ok)
    add_record(m, record);
  return ok;
}

static void take_line(maker *m, const char *line, size_t n) {
  json_t *own = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
  const char *type = json_string_value(json_object_get(own, "type"));
  size_t which = 2;
  for (size_t i = 0; type && i < N_TYPES; i++)
    if (strcmp(type, json_string_value(json_object_get(m->last[i], "type"))) == 0)
      which = i;
  if (json_is_object(own) && m->made->n < HOSTILE_TRACES && m->n_records < HOSTILE_RECORDS) {
    bool begins = m->made->traces[m->made->n].n_records == 0;
    json_t *whole = json_copy(m->last[which]);
    json_object_update(whole, own);
    json_object_set(whole, "type", json_object_get(m->last[which], "type"));
    if (begins && which != 0)
      add_whole(m, m->last[0]);
    if (add_whole(m, whole)) {
      json_decref(m->last[which]);
      m->last[which] = json_incref(whole);
    }
    m->n_records++;
    json_decref(whole);
  }
  json_decref(own);
}

/* A header of another schema or version would have been refused by the reader. */
static void drop_foreign(rb_trace *trace) {
  size_t kept = 0;
  for (size_t i = 0; i < trace->n_records; i++) {
    rb_record *record = trace->records[i];
    const char *schema = rb_record_get_text(record, RB_F_schema);
    bool header = strcmp(rb_record_get_text(record, RB_F_type), "run") == 0;
    if (header && (!schema || strcmp(schema, RB_SCHEMA_NAME) != 0 ||
                   rb_record_get_integer(record, RB_F_schema_version) != RB_SCHEMA_VERSION))
      rb_record_free(record);
    else
      trace->records[kept++] = record;
  }
  trace->n_records = kept;
}

hostile hostile_read(const uint8_t *data, size_t n) {
  hostile made = {.n = 0};
  maker m = {.made = &made};
  const char *text = (const char *)data;
  static json_t *first[N_TYPES];
  for (size_t i = 0; i < N_TYPES; i++) {
    first[i] = first[i] ? first[i] : json_loads(templates[i], 0, NULL);
    REQUIRE((m.last[i] = json_incref(first[i])) != NULL);
  }
  while (n > 0) {
    const char *newline = memchr(text, '\n', n);
    size_t length = newline ? (size_t)(newline - text) : n;
    if (length == 0 && made.n < HOSTILE_TRACES && made.traces[made.n].n_records > 0)
      made.n++;
    else
      take_line(&m, text, length);
    length += newline != NULL;
    text += length;
    n -= length;
  }
  if (made.n < HOSTILE_TRACES && made.traces[made.n].n_records > 0)
    made.n++;
  for (size_t i = 0; i < N_TYPES; i++)
    json_decref(m.last[i]);
  for (size_t i = 0; i < made.n; i++)
    drop_foreign(&made.traces[i]);
  return made;
}

void hostile_free(hostile *h) {
  for (size_t i = 0; i < h->n; i++)
    rb_trace_free(&h->traces[i]);
}
