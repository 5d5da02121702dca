#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves: whichever OpenCL call of suite `smoke` fails, once or from then on, with whatever code it may
answer, the run ends with a documented exit code and says which call and code it was, in one line or in
the reasons of the cells that failed; the trace verifies, its good cells are those of a run without faults,
a resume of it completes the others to just that, and no OpenCL object is left behind.
Fails if a code is not looked at, an error is not told, a path of an error forgets to release, or the test
layer was not loaded.

Usage: opencl.py [--sample N] [--jobs N] [--only PATTERN]     (no N: every point; PATTERN: of "CALL CODE")
From the environment: what bed.py reads, and RB_LAYER, the test layer (tests/layer/).
"""
import argparse
import os
import re
import shutil
import sys
import bed

LAYER = os.environ["RB_LAYER"]
# What a call may answer, by the specification and by what drivers were seen to: CL_OUT_OF_RESOURCES is -5,
# CL_OUT_OF_HOST_MEMORY -6, CL_INVALID_COMMAND_QUEUE (a lost device) -36, NVIDIA's fault of a kernel -9999.
# "status=": the event of a command that was enqueued well ends so.
CODES = {
    "clGetPlatformIDs": [-1001, -6],
    "clGetPlatformInfo": [-32, -6],
    "clGetDeviceIDs": [-1, -5, -6],
    "clGetDeviceInfo": [-5, -6],
    "clCreateContext": [-2, -5, -6],
    "clGetContextInfo": [-5],
    "clCreateCommandQueue": [-5, -6, -35],
    "clGetCommandQueueInfo": [-5, -6],
    "clCreateBuffer": [-4, -5, -6, -61],
    "clCreateSubBuffer": [-4, -13],
    "clGetMemObjectInfo": [-5, -6],
    "clCreateProgramWithSource": [-5, -6],
    "clCreateProgramWithBinary": [-42, -6],
    "clBuildProgram": [-11, -3, -5, -6],
    "clGetProgramInfo": [-5, -6],
    "clGetProgramBuildInfo": [-5, -6],
    "clCreateKernel": [-46, -45, -6],
    "clSetKernelArg": [-6, -38, -51],
    "clGetKernelInfo": [-5, -6],
    "clGetKernelWorkGroupInfo": [-5, -6],
    "clGetEventInfo": [-5, -6],
    "clGetEventProfilingInfo": [-7, -5],
    "clWaitForEvents": [-14, -5, -6],
    "clFlush": [-36, -5],
    "clFinish": [-36, -5, -6],
    "clEnqueueNDRangeKernel": [-4, -5, -6, -36, -54, -9999, "status=-5", "status=-9999"],
    "clEnqueueFillBuffer": [-4, -5, -6, -36, "status=-5"],
    "clEnqueueCopyBuffer": [-4, -5, -6, -36, "status=-5"],
    "clEnqueueReadBuffer": [-4, -5, -6, -14, -36, "flip"],
    "clEnqueueWriteBuffer": [-4, -5, -6, -14, -36],
    "clEnqueueMarkerWithWaitList": [-5, -6, -36],
    "clReleaseContext": [-34], "clReleaseCommandQueue": [-36], "clReleaseMemObject": [-38],
    "clReleaseProgram": [-44], "clReleaseKernel": [-48], "clReleaseEvent": [-58],
    "clRetainContext": [-34], "clRetainCommandQueue": [-36], "clRetainMemObject": [-38],
    "clRetainProgram": [-44], "clRetainKernel": [-48], "clRetainEvent": [-58],
}
# Calls that a run may do without, once or always: what is released is gone whatever is answered; a binary
# that is not taken is compiled instead, and the record counts that; one that is not given is not kept; and
# platforms that the run does not use may have no devices. So is the wait at the end, behind the last command,
# whose result was read before.
HARMLESS = {name for name in CODES if "Release" in name or "Retain" in name} | {
    "clCreateProgramWithBinary", "clBuildProgram", "clGetProgramInfo", "clGetProgramBuildInfo",
    "clGetEventProfilingInfo", "clGetDeviceIDs"}
ALLOWED = bed.exit_codes() & {0, 3, 5}


def smoke(folder, **more):
    """A run under the layer, with a witness and a trace of its own."""
    for name in ("t.gz", "t.gz.manifest.json", "witness"):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            os.unlink(path)
    return bed.Run(["run", "smoke", "-o", "t.gz", "--quiet", "--format", "csv"], folder, OPENCL_LAYERS=LAYER,
                   RB_LAYER_MARKER=os.path.join(folder, "witness"), **more)


def said_in(text, call, code):
    """Whether text has the code, and the call or the library that made it. CLBlast answers some failures
    with codes of its own, a command that waits for a failed one ends with -14, and CL_DEVICE_NOT_FOUND of
    the driver or the loader is said in words."""
    if "the command answered CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST (-14)" in text:
        return True
    if "CLBlast sgemm" in text or (code in (-1, -1001) and "no OpenCL device found" in text):
        return True
    return f"({code})" in text and (not call or call in text or "the command answered" in text)


def check(loop, clean, harmless, call, k, later, what):
    folder = bed.worker_folder()
    run = smoke(folder, RB_LAYER_ANY=f"{k}{'+' if later else ''}:{what}")
    path = os.path.join(folder, "t.gz")
    if run.code not in (ALLOWED | {4} if what == "flip" else ALLOWED):
        return f"exit code {run.code}; {run.err[-300:]}"
    if not os.path.exists(os.path.join(folder, "witness")):
        return "the layer was not loaded"
    seen = bed.witness(os.path.join(folder, "witness"))
    if seen["RB_LAYER_ANY"][1] == 0 or seen[call][1] == 0:
        return f"the fault did not happen: {seen['RB_LAYER_ANY']}, {call} {seen[call]}"
    if bed.leaks(seen):
        return "left behind: " + ", ".join(bed.leaks(seen))
    code = what if what == "flip" else int(str(what).replace("status=", ""))
    # CLBlast writes one itself, with call and code.
    lines = [line for line in run.err.splitlines() if not line.startswith("CLBlast: OpenCL error: cl")]
    if not os.path.exists(path):
        if run.code == 0 or len(lines) != 1:
            return f"exit code {run.code} without a trace, {len(lines)} lines: {run.err[:300]}"
        return None if said_in(run.err, call if not harmless or not later else "", code) else f"not said: {run.err[:300]}"
    trace = bed.records(path)
    good, reasons = bed.results(trace)
    wrong = None
    if reasons and what != "flip" and loop.is_new(shape(trace)):  # a wrong result stays
        again = os.path.join(folder, "again.gz")
        shutil.copy(path, again)
        shutil.copy(path + ".manifest.json", again + ".manifest.json")
        wrong = bed.resumed(again, clean)
        loop.add_trace(again, run.told + ", resumed")
    loop.add_trace(path, run.told)
    if wrong:
        return wrong
    if lines:
        return f"{len(lines)} lines beside a trace: {run.err[:300]}"
    if trace[-1]["type"] != "end" or trace[-1]["exit_code"] != run.code:
        return f"exit code {run.code}, the last record is {trace[-1]}"
    if len(good) + len(reasons) != len(clean):
        return f"{len(good)} good cells and {len(reasons)} others of {len(clean)}"
    for name, cell in good.items():
        if cell != clean[name]:
            return f"cell {name} differs: " + str({k: (v, clean[name][k]) for k, v in cell.items()
                                                   if v != clean[name][k]})[:400]
    if what == "flip":  # seen, or it changed nothing
        return None if (run.code == 4) == bool(reasons) else f"exit code {run.code}, reasons {reasons}"
    if run.code == 0:
        return None if not reasons and harmless else f"{call} failed and nothing was said"
    if not reasons or not all(said_in(r, "", code) for r in reasons):
        return f"reasons: {reasons[:2]}"
    if not harmless and not any(said_in(r, call, code) for r in reasons):
        return f"{call} is not named: {reasons[:2]}"
    return None


def shape(trace):
    """What a resume goes by: traces alike in it are resumed a few times, not thousands."""
    return tuple((r["type"], r.get("id"), r.get("status")) for r in trace)


def all_points(calls):
    return [(call, k, later, what) for k, call in enumerate(calls, 1) for what in CODES[call]
            for later in ((False,) if what == "flip" else (False, True))]


def sample(points, n):
    """Every call with each of its codes once, then others at equal distances, until there are n."""
    first = {}
    for p in points:
        first.setdefault((p[0], p[2]), p)
    chosen = list(first.values())
    rest = [p for p in points if p not in set(chosen)]
    step = max(1, len(rest) // max(1, n - len(chosen)))
    return chosen + rest[step // 2::step]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", type=int)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    bed.fresh_work()
    if bed.Run(["list"], bed.WORK).code != 0:
        print("SKIPPED: no PoCL device, so nothing of this test was done")
        sys.exit(77)
    log = os.path.join(bed.WORK, "log")
    for _ in range(2):  # the first compiles
        if os.path.exists(log):
            os.unlink(log)
        first = smoke(bed.WORK, RB_LAYER_LOG=log)
    clean, reasons = bed.results(bed.records(os.path.join(bed.WORK, "t.gz")))
    if first.code != 0 or reasons or bed.leaks(bed.witness(os.path.join(bed.WORK, "witness"))):
        sys.exit(f"a run without faults ends with {first.code}: {first.err} {reasons}")
    with open(log, encoding="ascii") as file:
        calls = file.read().split()
    idle = max(k for k, call in enumerate(calls, 1) if call.startswith("clEnqueue"))
    points = [p for p in all_points(calls) if re.search(options.only, f"{p[0]} {p[3]}")]
    if options.sample:
        points = sample(points, options.sample)
    print(f"smoke makes {len(calls)} OpenCL calls of {len(set(calls))} kinds; {len(points)} points", flush=True)
    loop = bed.Loop("OpenCL faults", options.jobs)
    sys.exit(loop.go([(f"call {k}{'+' if later else ''}, {call} answers {what}",
                       lambda c=call, k=k, l=later, w=what: check(
                           loop, clean, c in HARMLESS or (c == "clFinish" and k > idle), c, k, l, w))
                      for call, k, later, what in points]))


main()
