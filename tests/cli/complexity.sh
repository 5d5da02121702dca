# SPDX-License-Identifier: Apache-2.0
# Proves: a run of mode complexity writes every trial before its cell, with seeds of their own and a
# success that is the accuracy's; the same seed runs the same trials; another master seed does not;
# cells that share pretrainings measure the same features; a signal leaves whole cells that a verdict
# can read, and the run can be started again; what such a suite may not say is refused with its place.
# Fails if: a trial is lost or belongs to no cell, a search depends on time, or an interrupted cell
# counts as done.
. "$(dirname "$0")/lib.sh"
need_pocl
cat >small.yaml <<'YAML'
suite: small
parts:
  - part: features
    mode: complexity
    r: 2
    m: 12
    T: 16
    inputs: shared
    n1: 24*d
    n2: n1
    task: parity
    n: 128
    target: 0.7
    pretrainings: 2
    trials: 60
    d: [16, 40]
    sampler: [direct, collapsed]
    source: [multitask, single, random, true]
    quantity: [n, m]
YAML
cat >records.py <<'PY'
import gzip, json, sys
trials, cells, seeds = [], [], set()
for line in gzip.open(sys.argv[1], "rt"):
    r = json.loads(line)
    if r["type"] == "trial":
        trials.append(r)
    elif r["type"] == "cell":
        own, trials = trials, []
        if r["status"] == "interrupted":
            continue
        assert r["status"] == "ok" and r["verified"], r["reason"]
        assert len(own) == r["n_trials"] == r["star"]["n"] and 32 <= len(own) <= r["trials"], r["id"]
        for i, t in enumerate(own):
            assert t["cell"] == r["id"] and t["device"] == r["device"]
            for key in ("part", "source", "task", "quantity", "sampler", "d", "r"):
                assert t[key] == r[key], key
            assert t["success"] == (t["accuracy"] >= r["target"]) and 0 <= t["accuracy"] <= 1
            assert t["pretraining"] == i % r["pretrainings"]
            assert (t["m"] == r["m"] and 2 <= t["n"] <= r["n"]) if r["quantity"] == "n" else \
                   (t["n"] == r["n"] and 1 <= t["m"] <= r["m"])
        assert len({t["seed"] for t in own}) == len(own)
        assert r["feature_error"] <= 1 and r["verify_error"] <= 1
        assert (r["star"]["median"] is None) == r["censored"]
        trained = r["source"] in ("multitask", "single")
        assert (r["time_ns"] is not None) == trained and (r["gradient_norm"] is not None) == trained
        assert r["T"] == (1 if r["source"] == "single" else 16) and r["margin"] == 1.25
        cells.append((r["id"], r["d"], r["sampler"], r["source"], r["quantity"], r["alignment"],
                      r["features_learned"], [(t["seed"], t["n"], t["m"], t["accuracy"]) for t in own], r["seed"]))
assert not trials, "trials without a cell"
pairs = {}
for c in cells:
    pairs.setdefault((c[8],) + c[1:4], set()).add((c[5], c[6]))
assert all(len(p) == 1 for p in pairs.values()), "the same features differ"
assert all(c[6] == 2 for c in cells if c[3] == "true")
json.dump(cells, open(sys.argv[2], "w"))
print(len(cells))
PY
records() { # trace, where its trials go, cells there must be at least
  other python3 records.py "$1" "$2"
  expect_exit 0
  expect "$1 has at least $3 cells" [ "$(cat out)" -ge "$3" ]
}

relubench run small.yaml -o a.gz
expect_exit 0
records a.gz a.json 32
relubench verify a.gz
expect_exit 0
relubench run small.yaml -o b.gz --check
records b.gz b.json 32
expect "the same seed runs the same trials" cmp -s a.json b.json
relubench run small.yaml -o c.gz --seed 2 -a d=16
records c.gz c.json 16
expect "another seed runs other trials" not cmp -s a.json c.json
relubench run small.yaml -o h.gz -a d=16 -a head=hinge -a task=random -a source=true
records h.gz h.json 4
relubench verdict a.gz
expect_exit 6 # two values of d are too few
expect_stdout 'at least 5 are needed'

# A signal while trials run.
set -m
"$RB_PROGRAM" run small.yaml -o int.gz -a 'seed=1..50' >out 2>err </dev/null &
pid=$!
set +m
for ((i = 0; i < 1000; i++)); do
  zcat int.gz 2>/dev/null | grep -q '"type":"cell"' && break
  sleep .02
done
kill -INT -- -"$pid"
wait "$pid"
code=$?
expect_exit 130
records int.gz int.json 1
relubench verdict int.gz
expect_exit 6
relubench run small.yaml -o int.gz --force -a d=16 -a source=true
expect_exit 0
records int.gz int.json 4

refused() { # what the line of the task becomes, what must be said
  sed "s/^    task: parity/    $1/; s/^suite: small/suite: bad/" small.yaml >bad.yaml
  refuses 2 "$2" run bad.yaml
}
refused 'quantity: m' "'quantity' is written twice"
refused 'head: lasso' "head 'lasso' is none of: ridge, hinge"
refused 'law: rademacher' 'law rademacher is not known to mode complexity'
refused 'backend: reference' 'backend reference has no mode complexity'
refused 'width: 0.1' 'sets width, which only mode time uses'
refused 'margin: 1' 'margin = 1 is outside 1.01..100'
sed 's/mode: complexity/mode: learn/; s/^suite: small/suite: bad/' small.yaml >bad.yaml
refuses 2 'bad.yaml:[0-9:]+ part .features. sets task, which only mode complexity uses' run bad.yaml
refuses 2 'precision = 1 is outside 1..100, 1 excluded' run small.yaml -a precision=1
refuses 2 'pretrainings = 65 is outside 1..64' run small.yaml -a pretrainings=65
refuses 2 'd = 1073741824 is outside 1..1000000000' run small.yaml -a d=1073741824 -a n1=9 \
  -a sampler=collapsed
refuses 2 'sampler collapsed needs law gaussian' run tiny.yaml -a sampler=collapsed \
  -a law=rademacher
finish
