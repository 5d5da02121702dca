// SPDX-License-Identifier: Apache-2.0
/* The one table of trace fields: name, type, unit, meaning. docs/TRACE.md is checked against it. */
#ifndef RB_TRACE_SCHEMA_H
#define RB_TRACE_SCHEMA_H

#define RB_SCHEMA_NAME "relubench-trace"
#define RB_SCHEMA_VERSION 1

/* X(name, type, unit, meaning). Types: text, integer (u64), real (null if not finite), truth,
 * reals (array), spread ({median, lo, hi, n}), map (object of name -> real), texts (object of name
 * -> text). */
#define RB_SCHEMA_FIELDS(X)                                                                        \
  X(type, text, "", "kind of record: run, resume, roof, trial, cell, end")                         \
  /* run: the header */                                                                            \
  X(schema, text, "", "name of the schema: " RB_SCHEMA_NAME)                                       \
  X(schema_version, integer, "", "version of the schema")                                          \
  X(run_id, text, "", "random identity of the run, 32 hexadecimal digits")                         \
  X(tool_version, text, "", "version of relubench")                                                \
  X(git_revision, text, "", "revision it was built from, or unknown")                              \
  X(command, text, "", "command line")                                                             \
  X(started, text, "", "UTC, ISO 8601")                                                            \
  X(suite, text, "", "name of the suite")                                                          \
  X(suite_hash, text, "", "SHA-256 of the suite file and of the overrides")                        \
  X(overrides, texts, "", "axes and backend set on the command line")                              \
  X(host, texts, "", "CPU model, governor, load, memory, kernel, container")                       \
  X(libraries, texts, "", "ICD loader, CLBlast and other versions")                                \
  X(layers, text, "", "OpenCL layers loaded")                                                      \
  X(energy, text, "", "energy counters of the host, or why there are none")                        \
  X(n_cells, integer, "", "cells planned")                                                         \
  /* resume: the run went on */                                                                    \
  X(n_kept, integer, "", "cells that were done before it")                                         \
  X(cut_bytes, integer, "bytes", "cut off the end: what came after the last whole cell")           \
  X(mixed, text, "", "what is not as it was in the run so far, taken with --resume-anyway")        \
  X(resumed, integer, "",                                                                          \
    "resumes until then; cells and roofs of the same number belong together")                      \
  /* device identity, in roof and cell records */                                                  \
  X(device, text, "", "stable identity of the device")                                             \
  X(device_name, text, "", "as the driver reports it")                                             \
  X(platform, text, "", "as the driver reports it")                                                \
  X(driver, text, "", "driver version")                                                            \
  X(device_facts, texts, "", "further facts, as in list --json")                                   \
  /* roof */                                                                                       \
  X(roof_gflops, real, "GFLOP/s", "measured by the compute probe in this run")                     \
  X(roof_gb_per_s, real, "GB/s", "measured by the copy probe in this run, read + written")         \
  X(roof_fma, text, "", "shape of the compute probe that was the fastest")                         \
  X(roof_copy, text, "", "way of copying that was the fastest")                                    \
  X(when, text, "", "before, between or after the timed cells")                                    \
  /* cell */                                                                                       \
  X(id, text, "", "hash of the effective configuration")                                           \
  X(part, text, "", "part of the suite")                                                           \
  X(mode, text, "", "check, learn, time or complexity")                                            \
  X(workload, text, "", "multitask")                                                               \
  X(backend, text, "", "native, clblast or reference")                                             \
  X(variant, text, "", "kernel variant of the products")                                           \
  X(sampler, text, "", "direct or collapsed")                                                      \
  X(seed, integer, "", "master seed")                                                              \
  X(d, integer, "", "input dimension")                                                             \
  X(r, integer, "", "subspace dimension")                                                          \
  X(T, integer, "", "tasks")                                                                       \
  X(m, integer, "", "neurons")                                                                     \
  X(n1, integer, "", "samples per task, head step")                                                \
  X(n2, integer, "", "samples per task, representation step")                                      \
  X(rounds, integer, "", "rounds")                                                                 \
  X(law, text, "", "input law: gaussian or rademacher")                                            \
  X(tasks, text, "", "task law: balanced or iid")                                                  \
  X(inputs, text, "", "per-task or shared")                                                        \
  X(ablation, text, "", "none, no-head or same-batch")                                             \
  X(eta_a, real, "", "head step size")                                                             \
  X(eta_w, real, "", "representation step size")                                                   \
  X(decay, real, "", "eta_w * lam_w")                                                              \
  X(source, text, "", "features of a complexity cell: multitask, single, random or true")          \
  X(task, text, "", "downstream task: random or parity")                                           \
  X(quantity, text, "", "what is searched for: n (samples) or m (neurons)")                        \
  X(head, text, "", "downstream head: ridge or hinge")                                             \
  X(n, integer, "", "downstream samples; of a cell with quantity n the most that are tried")       \
  X(target, real, "", "accuracy that makes a trial a success")                                     \
  X(pretrainings, integer, "", "pretrainings of a complexity cell, each with a seed of its own")   \
  X(trials, integer, "", "most trials of a complexity cell")                                       \
  X(precision, real, "",                                                                           \
    "trials end when the 95 % interval of star is within a factor of this both ways")              \
  X(margin, real, "", "largest ratio of n* or m* over the range of d that counts as independence") \
  X(tile, integer, "samples", "samples in a tile on the device")                                   \
  X(chunk, integer, "tasks", "tasks in a chunk on the device")                                     \
  X(tile_refused, integer, "samples", "largest tile for which the device refused memory")          \
  X(tile_reason, text, "", "what the device said to that")                                         \
  X(verified, truth, "", "the device's result agreed with the reference")                          \
  X(verify_scope, text, "", "full, neurons (some rows) or neurons+samples (also fewer samples)")   \
  X(verify_error, real, "", "largest error over its tolerance; 1 is the limit")                    \
  X(status, text, "", "ok, outside, wrong, failed or interrupted")                                 \
  X(reason, text, "", "why the status is not ok")                                                  \
  X(expectations, texts, "", "expectations of the suite: expression -> what was seen")             \
  X(samples, real, "", "inputs drawn in one repetition")                                           \
  X(flop, real, "flop", "of one repetition")                                                       \
  X(samples_per_s, real, "1/s", "samples over the median time")                                    \
  X(gflops, real, "GFLOP/s", "flop over the median time")                                          \
  X(operations, real, "flop", "done of them: less where sums over subsets or integers spare some") \
  X(roof_fraction, real, "", "operations over the median time, over roof_gflops")                  \
  X(plausible, truth, "", "no rate exceeds its roof")                                              \
  X(time_ns, spread, "ns", "one repetition: median, 95 % interval of it, count")                   \
  X(times_ns, reals, "ns", "every repetition")                                                     \
  X(target_met, truth, "", "the interval is as narrow as the suite asks")                          \
  X(energy_j, real, "J",                                                                           \
    "of one repetition, mean: the host's processors and memory, all that ran meanwhile included")  \
  X(cold_ns, real, "ns", "first execution, warm-up included, compile excluded")                    \
  X(compile_ns, real, "ns", "host time of building programs from source for this cell")            \
  X(n_compiled, integer, "", "programs so built, CLBlast's left out")                              \
  X(load_ns, real, "ns",                                                                           \
    "host time of building programs from binaries, cached or of --kernels, for this cell")         \
  X(n_loaded, integer, "", "programs so built")                                                    \
  X(phases, map, "ns", "median device time by phase")                                              \
  X(launches, map, "", "launches by phase in one repetition")                                      \
  X(n_again, integer, "", "repetitions made again: their device times could not be trusted")       \
  X(clock, text, "", "device or host, and why if host")                                            \
  X(alignment, real, "", "||W+ M^T||_F^2 / ||W+||_F^2")                                            \
  X(alignment0, real, "", "the same of W0")                                                        \
  X(ratio, real, "", "||W+ (I-P)||_2 / sigma_r(W+ M^T)")                                           \
  X(ratio0, real, "", "the same of W0")                                                            \
  X(ratio_bound, real, "",                                                                         \
    "square root of oracle 6 for the tables drawn; null where it says nothing")                    \
  X(sin_theta, real, "", "||(I - V V^T) M^T||_2")                                                  \
  X(sin_theta_rounds, reals, "", "the same after each round, where there are several")             \
  X(singular_values, reals, "", "of W+ M^T over the largest")                                      \
  X(features_learned, real, "",                                                                    \
    "principal angles below 45 degrees between M and those of the top r right singular vectors "   \
    "of W+ that are not weaker than a tenth of the strongest; over pretrainings the mean")         \
  X(star, spread, "",                                                                              \
    "n* or m*: 95 % interval of the search, n = trials; the verdict is from the trials")           \
  X(censored, truth, "", "the target is not reached at the largest n or m")                        \
  X(n_trials, integer, "", "trial records of this cell")                                           \
  X(feature_error, real, "",                                                                       \
    "largest error of downstream features, Gram matrix and head over its tolerance")               \
  X(gradient_norm, real, "", "||G||_F of the last round")                                          \
  X(weights_moved, real, "", "||W+ - W||_F / ||W||_F of the last round")                           \
  X(net_max, real, "", "largest |net| of any batch")                                               \
  X(net_kind, text, "", "exact, or bound (shared inputs)")                                         \
  X(weights_hash, text, "", "SHA-256 of W+ as stored, padding left out")                           \
  X(peak_device_bytes, integer, "bytes", "largest sum of live buffers")                            \
  X(build_options, texts, "", "per kernel")                                                        \
  X(blas, text, "", "CLBlast version and whether its parameters are tuned for the device")         \
  /* trial, which also carries part, source, task, quantity, sampler, d, r, m, n and seed */       \
  X(cell, text, "", "id of the cell that the trial belongs to")                                    \
  X(pretraining, integer, "", "which pretraining of the cell, from 0")                             \
  X(accuracy, real, "", "of the new task, on fresh test samples")                                  \
  X(success, truth, "", "accuracy >= target")                                                      \
  /* end */                                                                                        \
  X(finished, text, "", "UTC, ISO 8601")                                                           \
  X(exit_code, integer, "", "of the run")                                                          \
  X(n_done, integer, "", "cell records written")

typedef enum rb_field {
#define X(name, type, unit, meaning) RB_F_##name,
  RB_SCHEMA_FIELDS(X)
#undef X
      RB_N_FIELDS
} rb_field;

typedef enum rb_field_type {
  RB_TYPE_text,
  RB_TYPE_integer,
  RB_TYPE_real,
  RB_TYPE_truth,
  RB_TYPE_reals,
  RB_TYPE_spread,
  RB_TYPE_map,
  RB_TYPE_texts
} rb_field_type;

typedef struct rb_field_info {
  const char *name;
  rb_field_type type;
  const char *unit, *meaning;
} rb_field_info;

extern const rb_field_info rb_schema[RB_N_FIELDS];

/* What became of a cell: field `status`, from good to bad. */
typedef enum rb_status {
  RB_STATUS_OK,
  RB_STATUS_OUTSIDE,     /* |net| < 1 does not hold: not what the theory speaks about */
  RB_STATUS_INTERRUPTED, /* a signal came before the cell was done */
  RB_STATUS_FAILED,      /* driver, build or memory */
  RB_STATUS_WRONG, /* differs from the reference, from itself, or from what the suite expects */
  RB_N_STATUS
} rb_status;
extern const char *const rb_status_names[]; /* index = enum value, NULL at the end */

#endif
