// SPDX-License-Identifier: Apache-2.0
/* Records of what is known about cells, trials and roofs. */
#ifndef RB_STUDY_RECORDING_H
#define RB_STUDY_RECORDING_H
#include "study/result.h"
#include "study/roof.h"
#include "trace/record.h"

/* In the place of a device, for cells of the reference. */
#define RB_RECORDING_HOST "host reference"

/* A record of type cell, owned by the caller. session: NULL for a cell of the reference. roof NULL:
 * not measured. */
rb_record *rb_recording_cell(const rb_result *result, rb_session *session, const rb_roof *roof);
/* Of a cell that nothing is known of but why it failed; device: NULL where no cell needs one. */
rb_record *rb_recording_failed(const rb_cell *cell, const rb_device *device, const char *reason);
/* A record of type trial, for trial i of result->complexity; owned by the caller. */
rb_record *rb_recording_trial(const rb_result *result, size_t i, const rb_device *device);
/* A record of type roof; reason: why it could not be measured, or NULL. */
rb_record *rb_recording_roof(const rb_roof *roof, const rb_device *device, const char *when,
                             const char *reason);

#endif
