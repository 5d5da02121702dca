# SPDX-License-Identifier: Apache-2.0
# Proves: whatever a driver does, hang or crash, in a kernel, in a wait, in its compiler, in the roofs, or
# when it is asked for its devices, `run` ends on time: the cell that it was at is recorded as failed and
# why, the others give what they give without it, and a resume completes the run. A device that always
# fails is retired, and others run. Signals reach a run that hangs, a run that stands still is not late, and
# no process outlives the run. Fails if a worker is not watched, killed or started again, if it is started
# for ever, if a cell is lost, is there twice or is another one, or if a worker outlives its parent.
. "$(dirname "$0")/lib.sh"
need_pocl
if ! command -v python3 >/dev/null; then
  skip "no python3: traces were not compared"
  exit 77
fi
here=$(cd "$(dirname "$0")" && pwd)
cat >small.yaml <<'YAML'
suite: small
parts:
  - part: check
    mode: check
    d: 8
    r: 2
    m: 4
    n1: 8
    n2: 8
    T: 1..6
YAML
count() { zcat "$1" | grep -c "$2"; }
# Processes of this program in this folder or below.
n_processes() {
  local p n=0
  for p in /proc/[0-9]*; do
    [[ $(readlink "$p/exe") = "$RB_PROGRAM" && $(readlink "$p/cwd") = "$PWD"* ]] && n=$((n + 1))
  done
  echo $n
}
none_left() { # a child that was killed takes a moment to go
  local i
  for ((i = 0; i < 250; i++)); do
    [ "$(n_processes)" = 0 ] && return
    sleep .02
  done
  false
}

# Runs begin all at once, each in a folder of its own, as most of them wait for what hangs. The witness of
# the layer is theirs together: a fault that is to happen once happens once.
begin() { # name, suite, arguments; faults come from the environment
  local name=$1 suite=$2
  shift 2
  mkdir "$name"
  cp "$suite" "$name"
  (
    cd "$name" || exit
    export OPENCL_LAYERS=$RB_LAYER RB_LAYER_MARKER=$PWD/witness
    echo "run $suite $* in $name, $(env | grep '^RB_LAYER_[^M]' | tr '\n' ' ')" >told
    "$RB_PROGRAM" run "$suite" -o t.gz --format csv "$@" >out 2>err </dev/null &
    echo $! >pid
    wait $!
    echo $? >code
    echo $SECONDS >seconds
  ) &
}
ended() { # name, exit code
  told=$(cat "$1/told") code=$(cat "$1/code")
  cp "$1/out" "$1/err" .
  expect_exit "$2"
  expect "the layer was loaded" test -e "$1/witness"
  expect "on time" [ "$(cat "$1/seconds")" -lt 100 ]
}
cells() { # name, cells that failed, pattern of their reason, how many with it, trace without faults
  local name=$1 wanted=$2 pattern=$3 n=$4 clean=$5
  expect "$wanted cells failed, the others did not" python3 "$here/resumes.py" failed "$wanted" "$clean" "$name/t.gz"
  expect "$n because of: $pattern" [ "$(count "$name/t.gz" "\"status\":\"failed\",\"reason\":\"$pattern")" = "$n" ]
  expect "the end record has the code" grep -q '"type":"end".*"exit_code":5' <(zcat "$name/t.gz" | tail -n 1)
  relubench verify "$name/t.gz"
  expect_stdout 'intact, sealed'
}
survived() { # name, cells that failed, pattern of their reason, how many with it
  ended "$1" 5
  cells "$1" "$2" "$3" "$4" clean.gz
  expect "people are told" grep -Eq "^relubench: .*(no answer|died by|no longer works|cannot be opened)" "$1/err"
  relubench run small.yaml -o "$1/t.gz" --resume --quiet
  expect_exit 0
  expect "a resume completes it" python3 "$here/resumes.py" same clean.gz "$1/t.gz"
}

relubench run small.yaml -o clean.gz --quiet
expect_exit 0
relubench run small.yaml -o direct.gz --quiet --no-supervisor
expect_exit 0
expect "without a supervisor the same" python3 "$here/resumes.py" same clean.gz direct.gz
OPENCL_LAYERS=$RB_LAYER RB_LAYER_LOG=$PWD/log relubench run tiny.yaml -o tiny.gz --quiet
n_enqueues=$(grep -cE '^clEnqueue(NDRange|Fill|Copy|Read|Write)' log)
expect "enqueues were counted" [ "$n_enqueues" -gt 10 ]
relubench run timed.yaml -o timed.gz --quiet
n_basic() { zcat "$1" | grep '"type":"cell"' | grep -c '"device_name":"basic.*"status":"'"$2"; }
export POCL_DEVICES="basic pthread"
relubench run small.yaml -d all -o both.gz --quiet # compiled here, so that no step takes long later
unset POCL_DEVICES
two=0
if [ $code = 0 ] && [ "$(n_basic both.gz ok)" = 6 ]; then two=1; else skip "PoCL gives no two devices"; fi

late=(--timeout 5)
RB_LAYER_ENQUEUE=60:hang begin kernel small.yaml "${late[@]}"
RB_LAYER_WAIT=3:hang begin wait small.yaml "${late[@]}"
RB_LAYER_CALL=clBuildProgram:2:hang begin compiler small.yaml "${late[@]}"
RB_LAYER_CALL=clGetPlatformIDs:1:hang begin platforms small.yaml "${late[@]}"
RB_LAYER_CALL=clCreateContext:1:hang begin context small.yaml "${late[@]}"
RB_LAYER_ENQUEUE=$((n_enqueues + 3)):hang begin roofs timed.yaml "${late[@]}"
RB_LAYER_ENQUEUE=60:hang begin changed small.yaml "${late[@]}"
RB_LAYER_ENQUEUE=60:hang begin signal small.yaml "${late[@]}"
RB_LAYER_ENQUEUE=60:hang begin killed small.yaml
RB_LAYER_ENQUEUE=60:crash begin crash small.yaml
RB_LAYER_ENQUEUE=1+:kill begin dies small.yaml
RB_LAYER_ENQUEUE=1+:-36 begin lost small.yaml
RB_LAYER_CALL=clCreateContext:1+:-6 begin alone small.yaml
if [ $two = 1 ]; then
  export POCL_DEVICES="basic pthread"
  RB_LAYER_DEVICE=basic RB_LAYER_ENQUEUE=1+:crash begin two small.yaml -d all
  RB_LAYER_DEVICE=basic RB_LAYER_CALL=clCreateContext:1+:-6 begin closed small.yaml -d all
  unset POCL_DEVICES
fi

# While three of them hang, the suite of one is changed, one is told to stop and one is killed.
for name in changed signal killed; do
  for ((i = 0; i < 1500; i++)); do
    python3 - "$name/witness" <<'PY' && break
import struct, sys
data = open(sys.argv[1], "rb").read()
sys.exit(not any(n.startswith(b"RB_LAYER_ENQUEUE") and hit for n, _, hit in struct.iter_unpack("=48sQQ", data)))
PY
    sleep .02
  done 2>/dev/null
done
sed -i 's/1\.\.6/1..7/' changed/small.yaml
kill -TERM "$(cat signal/pid)"
expect "a worker hangs" [ "$(pgrep -cP "$(cat killed/pid)")" = 1 ]
kill -KILL "$(cat killed/pid)"
wait
expect "no process is left" none_left

survived kernel 1 'no answer from the device for 5 s while verifying; its process was killed"' 1
survived wait 1 'no answer from the device for 5 s while verifying; its process was killed"' 1
survived compiler 1 'no answer from the device for 5 s while verifying; its process was killed"' 1
survived context 6 'device retired, as it cannot be opened: no answer from the device for 5 s while opening the device;' 6
survived crash 1 "the device's process died by signal 11 (Segmentation fault) while verifying\"" 1
survived dies 6 "the device's process died by signal 9 (Killed) while verifying\"" 3
expect "it was retired" [ "$(count dies/t.gz "\"reason\":\"device retired, as it failed three times in a row, at last: the device's process died")" = 3 ]
survived lost 6 '[^"]*clEnqueue[A-Za-z]* answered CL_INVALID_COMMAND_QUEUE (-36)' 6
ended platforms 5
expect_one_line '^relubench: no answer from the device for 5 s while looking for devices; its process was killed$'
expect "no trace of no device" not test -e platforms/t.gz
ended alone 5
expect_one_line '^relubench: .*clCreateContext answered CL_OUT_OF_HOST_MEMORY [(]-6[)]'
expect "no trace of what did nothing" not test -e alone/t.gz
ended roofs 5
cells roofs 0 'no answer from the device for 5 s while measuring roofs; its process was killed"' 1 timed.gz
expect "it is the roofs that failed" grep -q '"type":"roof".*"status":"failed"' <(zcat roofs/t.gz)
expect "and they were left alone" [ "$(count roofs/t.gz '"type":"roof"')" = 1 ]
ended changed 5 # of the cell that hung; to change a suite is 2
expect "it says so" grep -q '^relubench: suite small was changed while it ran' changed/err
expect "nothing of the new one is there" [ "$(count changed/t.gz '"type":"cell"')" -lt 6 ]
ended signal 143
relubench verify signal/t.gz
expect_exit 6
expect_stdout 'intact, not sealed'
relubench run small.yaml -o signal/t.gz --resume --quiet
expect_exit 0
expect "a resume completes it" python3 "$here/resumes.py" same clean.gz signal/t.gz
ended killed 137
if [ $two = 1 ]; then
  for name in two closed; do
    ended $name 5
    expect "the device that works does all of its cells" [ "$(count $name/t.gz '"status":"ok"')" = 6 ]
    expect "the other one none" [ "$(n_basic $name/t.gz failed)" = 6 ]
    cells $name 6 "device retired, as it " "$([ $name = two ] && echo 3 || echo 6)" both.gz
  done
fi

# A run that stands still is not late: no time passes for it.
sed 's/budget_s: 0/budget_s: 4\n    width: 0.000001/; s/repetitions: 4/repetitions: 10/; s/suite: timed/suite: slow/' timed.yaml >slow.yaml
begin still slow.yaml --timeout 3
for ((i = 0; i < 500; i++)); do
  zcat still/t.gz 2>/dev/null | grep -q '"when":"before"' && break
  sleep .02
done
pid=$(cat still/pid)
worker=$(pgrep -P "$pid")
kill -STOP "$pid" "$worker"
sleep 4
kill -CONT "$pid" "$worker"
wait
ended still 0

refuses 2 '^relubench run: --timeout 0.5: seconds, 1 or more, or 0 for none$' run small.yaml --timeout 0.5
refuses 2 'give one of them' run small.yaml --timeout 5 --no-supervisor
refuses 2 '^relubench: --worker is what the program gives to itself$' run small.yaml --worker
finish
