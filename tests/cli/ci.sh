# SPDX-License-Identifier: Apache-2.0
# Proves: the recipes of docs/CI.md do what they say: every shell block runs against the program with a
# planted runs, for two nights; YAML there and in .github/workflows is YAML, its steps are shell and name
# files that exist; scripts/gate builds a base (git and cmake are stand-ins here), passes, and says what
# it cannot do. Fails if: an option changes, a file moves, a code is swallowed, or a block has a typo.
. "$(dirname "$0")/lib.sh"
here=$RB_SOURCE_DIR/tests/cli
if ! command -v python3 >/dev/null; then
  skip "no python3, so nothing of this script was tested"
  exit 77
fi
says() { if grep -Eq -- "$1" err; then passed; else failed "on standard error: $1"; fi; }
mkdir build shims planted
ln -s "$RB_SOURCE_DIR/scripts" scripts

# Runs take seconds, and there are many: programs that pass everything on but `run`, of which the real
# one sees the options (--dry-run), and whose traces are planted.
plant() { # program, seed, settings of gatetrace.py
  local name=${1//\//-}
  python3 -B "$here/gatetrace.py" "planted/$name.gz" runs=120 "seed=$2" "${@:3}" || failed "gatetrace.py $*"
  cat >"$1" <<SH
#!/bin/sh
[ "\$1" = run ] || exec "$RB_PROGRAM" "\$@"
"$RB_PROGRAM" "\$@" --dry-run >"$RB_WORK_DIR/dry-run" 2>&1 || exit 2
while [ "\$1" != -o ]; do shift; done
echo "$name" >>"$RB_WORK_DIR/order"
exec cp "$RB_WORK_DIR/planted/$name\$(grep -c . "$RB_WORK_DIR/order").gz" "\$2"
SH
  chmod +x "$1"
}
plant build/relubench 1000 noise=0.003
plant slow 2000 slower=1.08
plant noisy 3000 load=3

# Building another revision takes minutes: these stand in for it, and leave what they were told.
cat >shims/git <<'SH'
#!/bin/sh
echo "git $*" >>"$RB_WORK_DIR/told"
[ "$1 $2 $3 $5" = "worktree add --detach origin/main" ] && mkdir -p "$4"
SH
cat >shims/cmake <<'SH'
#!/bin/sh
echo "cmake $*" >>"$RB_WORK_DIR/told"
case $1 in
-S) mkdir -p "$4" ;;
--build) cp "$RB_WORK_DIR/build/relubench" "$2/relubench" ;;
*) exit 1 ;;
esac
SH
chmod +x shims/*
PATH=$PWD/shims:$PATH

# The blocks, one file each; fewer pairs, as each run takes seconds.
python3 -B - "$RB_SOURCE_DIR" >blocks.err 2>&1 <<'PY'
import glob, os, re, sys
root = sys.argv[1]
page = open(f"{root}/docs/CI.md").read()
blocks = re.findall(r"^```sh\n(.*?)^```$", page, re.S | re.M)
assert len(blocks) >= 6, len(blocks)
for i, block in enumerate(blocks):
    assert "relubench" in block or "scripts/" in block, block
    short = block.replace("scripts/gate ", "scripts/gate -p 8 ").replace("--pairs 20", "--pairs 8")
    open(f"block{i}.sh", "w").write(short)
files = sorted(glob.glob(f"{root}/.github/workflows/*.yml"))
assert files, "no workflows"
try:
    import yaml
except ImportError:
    print("SKIPPED: no yaml module (python3-yaml): YAML was not parsed")
    sys.exit(0)
documents = [yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```$", page, re.S | re.M)]
assert len(documents) >= 3
for path in files:
    document = yaml.safe_load(open(path))
    assert set(document) >= {"name", "jobs", "permissions"} and (True in document or "on" in document), path
    assert all({"runs-on", "container", "timeout-minutes"} <= set(job) for job in document["jobs"].values()), path
    documents.append(document)
n = 0
for document in documents:
    for job in document["jobs"].values():
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step), step
            assert re.fullmatch(r"[\w-]+(/[\w-]+)+@v\d+", step.get("uses", "a/b@v1")), step
            if "run" in step:
                open(f"step{n}.sh", "w").write(step["run"])
                n += 1
                for name in re.findall(r"(?:^|\s)((?:scripts/|\./)[\w-]+)", step["run"]):
                    assert os.access(os.path.join(root, name), os.X_OK), f"{name} is not there"
assert n >= 4, n
PY
code=$? told="python3, on docs/CI.md and workflows"
cp blocks.err err
: >out
expect_exit 0
cat blocks.err
for file in step*.sh block*.sh; do
  [ -f "$file" ] || continue
  expect "$file is shell" bash -n "$file"
done
for file in block*.sh; do
  rm -f order
  other timeout 60 bash -eu "$file"
  expect_exit 0
done
expect "a base was built" grep -q '^cmake --build gate/base/build' told
expect "gate.md has the cells" grep -q '^| ' gate/gate.md
expect "every run is kept" [ "$(find gate/runs -name '*.jsonl.gz' | wc -l)" -ge 10 ]
expect "five runs a night at least, and a baseline" [ "$(ls baseline/*.gz | wc -l) $(ls new/*.gz | wc -l)" \> "5 4" ]
expect "a JSON of both sides" python3 -c "import json; json.load(open('ab.json'))['gate']"
for file in bigger smaller; do
  expect "$file.json" python3 -c "
import json
for row in json.load(open('$file.json')):
    assert row['name'] and row['unit'] and row['value'] > 0, row"
done
for file in junit.xml gate/junit.xml; do
  expect "$file is XML" python3 -c "
import xml.etree.ElementTree as tree
assert tree.parse('$file').getroot().iter('testcase')"
done
# The second night: there is a baseline, which stays.
touch -d 2001-01-01 baseline/1.jsonl.gz
for file in $(grep -l 'new/' block*.sh | head -n 2); do
  rm -f order
  other timeout 60 bash -eu "$file"
  expect_exit 0
done
expect "the baseline is the old one" [ "$(stat -c %Y baseline/1.jsonl.gz)" -lt 1000000000 ]

# What the gate cannot do.
gate() {
  rm -f order
  other timeout 60 "$RB_SOURCE_DIR/scripts/gate" "$@"
}
gate
expect_exit 2
gate -p 8 origin/main gate
expect_exit 2
says 'gate/runs is there from another gate'
gate -P nosuch origin/main new-gate
expect_exit 5
says 'no program nosuch'
gate -p 8 nosuch other-gate
expect_exit 5
says 'the base, nosuch, cannot be built'
gate -p 8 -P ./slow build/relubench slower
expect_exit 1
expect_stdout '^regression'
gate -p 8 -P ./noisy ./noisy unsure
expect_exit 0
expect_stdout '^::warning::gate: this machine cannot tell'
gate -S -p 8 -P ./noisy ./noisy strict
expect_exit 6
printf '#!/bin/sh\nexit 1\n' >broken && chmod +x broken
gate -p 8 -P build/relubench broken third-gate
expect_exit 5
finish
