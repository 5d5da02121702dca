// SPDX-License-Identifier: Apache-2.0
/* The environment: the only place that reads it (docs/CLI.md lists every variable). */
#ifndef RB_APP_ENV_H
#define RB_APP_ENV_H

const char *rb_env_device(void);     /* RELUBENCH_DEVICE: as -d; NULL if unset or empty */
const char *rb_env_suites(void);     /* RELUBENCH_SUITES: folder with suites */
const char *rb_env_cache(void);      /* RELUBENCH_CACHE: folder of the cache */
const char *rb_env_cache_base(void); /* XDG_CACHE_HOME: folder of all caches */
const char *rb_env_home(void);       /* HOME */
const char *rb_env_powercap(void);   /* RELUBENCH_POWERCAP: folder of the energy counters */
const char *rb_env_layers(void);     /* OPENCL_LAYERS: what the loader was asked to load */
const char *rb_env_temporary(void);  /* TMPDIR: folder for what is gone at the end */

#endif
