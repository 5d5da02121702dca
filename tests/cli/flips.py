# SPDX-License-Identifier: Apache-2.0
"""flips.py TRACE FOLDER SEED N: N copies of a sealed trace in FOLDER, each with one byte changed at
random, and each with the right manifest; flips.py --check VERDICTS N reads `verify --json` and
wants every one refused with a reason."""
import json
import random
import shutil
import sys

if sys.argv[1] == "--check":
    verdicts = json.load(open(sys.argv[2]))
    passed = [v["trace"] for v in verdicts if v["intact"] or v["sealed"] and not v["problem"]]
    if len(verdicts) != int(sys.argv[3]) or passed:
        sys.exit(f"{len(verdicts)} verdicts, taken for intact: {passed}")
else:
    trace, folder, seed, n = sys.argv[1:]
    whole = open(trace, "rb").read()
    rng = random.Random(int(seed))
    for i in range(int(n)):
        at, change = rng.randrange(len(whole)), rng.randrange(1, 256)
        if rng.randrange(2):
            change = 1 << rng.randrange(8)  # as often a single bit
        name = f"{folder}/{i}-byte{at}-xor{change:02x}.gz"
        copy = bytearray(whole)
        copy[at] ^= change
        open(name, "wb").write(copy)
        shutil.copy(f"{trace}.manifest.json", f"{name}.manifest.json")
