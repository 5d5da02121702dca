// SPDX-License-Identifier: Apache-2.0
#include "app/work.h"
#include <string.h>
#include "app/command.h"
#include "app/direct.h"
#include "app/env.h"
#include "app/stop.h"
#include "app/suitefile.h"
#include "study/worker.h"

/* The suite and its cells, as the supervisor has them. */
static bool read_plan(const rb_runopts *opts, const rb_job *job, rb_suite *suite, rb_plan *plan,
                      rb_err *err) {
  return rb_suitefile_plan(opts, suite, plan, err) &&
         (strcmp(suite->hash, job->suite_hash) == 0 ||
          rb_fail(err, RB_USAGE,
                  "suite %.80s was changed while it ran; what is recorded is of the old one",
                  suite->name));
}

/* Makes the device of the job the first. */
static bool find_again(rb_direct *direct, const rb_job *job, rb_err *err) {
  size_t n = direct->devices ? direct->n : 0, found = n;
  for (size_t i = 0; i < n; i++) {
    const rb_device *device = &direct->devices[i];
    bool same_place =
        device->platform_index == job->platform_index && device->device_index == job->device_index;
    if (strcmp(device->identity, job->identity) == 0 && (found == n || same_place))
      found = i;
  }
  if (found == n)
    return rb_fail(err, RB_NO_DEVICE, "device %.200s is not there any more", job->identity);
  direct->devices[0] = direct->devices[found];
  return true;
}

static bool tell_devices(rb_peer *supervisor, const rb_direct *direct, rb_err *err) {
  for (size_t i = 0; direct->devices && i < direct->n; i++)
    if (!rb_worker_tell(supervisor, RB_WORKER_DEVICE, 0, rb_direct_device(direct, i),
                        sizeof(rb_device), err))
      return false;
  return true;
}

static bool open_device(rb_peer *supervisor, const rb_runopts *opts, const rb_job *job,
                        const rb_plan *plan, rb_direct *direct, rb_err *err) {
  char loader[256];
  if (!rb_direct_choose(opts, plan, direct, err) ||
      !(job->is_known ? find_again(direct, job, err) : tell_devices(supervisor, direct, err)))
    return false;
  rb_session_loader(loader, sizeof loader);
  return rb_worker_tell(supervisor, RB_WORKER_LOADER, 0, loader, strlen(loader), err) &&
         rb_direct_open(direct, 0, !opts->quiet && !job->is_known, err);
}

int rb_work_serve(const rb_runopts *opts) {
  rb_peer supervisor;
  rb_job job;
  rb_suite suite = {0};
  rb_plan plan = {0};
  rb_direct direct = {0};
  rb_energy *energy = NULL;
  rb_err err;
  const atomic_int *stop = rb_stop_obey();
  bool ok = rb_worker_join(&supervisor, &job, &err);
  if (!ok && supervisor.fd < 0)
    return rb_command_fail(&err);
  ok = ok && rb_stop_install(&err) && read_plan(opts, &job, &suite, &plan, &err) &&
       rb_energy_open(rb_env_powercap(), &energy, &err) &&
       open_device(&supervisor, opts, &job, &plan, &direct, &err);
  if (ok) {
    rb_run run = {.plan = &plan,
                  .session = direct.sessions[0],
                  .order_seed = plan.cells[0].problem.seed,
                  .energy = energy,
                  .stop = stop};
    ok = rb_worker_run(&supervisor, &run, &err);
  }
  if (!ok)
    rb_worker_fail(&supervisor, &err);
  rb_direct_close(&direct, *stop != 0, opts->quiet || !ok);
  rb_energy_close(energy);
  rb_plan_free(&plan);
  rb_suite_free(&suite);
  rb_peer_end(&supervisor, 0, (char[RB_PEER_HOW]){0});
  return RB_DONE;
}
