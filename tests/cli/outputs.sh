# SPDX-License-Identifier: Apache-2.0
# Proves: a trace is never overwritten unasked, lands where it was asked for or the run says why
# not, and data that cannot be written are a failure (5) said once. Fails if: --force is not needed,
# a full disk goes unnoticed, a folder springs from a typing error or a closed stream hits a trace.
. "$(dirname "$0")/lib.sh"
need_pocl
run() { relubench run tiny.yaml "$@"; }

# Existing files.
run -o a.gz --quiet
expect_exit 0
expect_no_stderr
cp a.gz before.gz
refuses 2 "the trace a.gz is there already; give another name \(-o\), go on with it \(--resume\) or overwrite it \(--force\)" \
  run tiny.yaml -o a.gz
expect "it is untouched" cmp a.gz before.gz
relubench verify a.gz
expect_exit 0
run -o a.gz --force
expect_exit 0
expect "it is new" not cmp -s a.gz before.gz
relubench verify a.gz
expect_exit 0
echo text >foreign
refuses 2 "foreign is there already" run tiny.yaml -o foreign
expect "it is untouched" grep -q text foreign
(
  flock 9
  refuses 5 "cannot lock the trace a.gz: another process is writing it" run tiny.yaml -o a.gz --force
  [ $n_failed = 0 ]
) 9<>a.gz
expect "a trace in use is left alone" [ $? = 0 ]

# What is no file.
mkdir folder
refuses 2 "folder is there already" run tiny.yaml -o folder
refuses 5 "folder: Is a directory" run tiny.yaml -o folder --force
refuses 5 "/dev/full.*not a regular file" run tiny.yaml -o /dev/full --force
refuses 2 "/dev/full is there already" run tiny.yaml -o /dev/full
mkfifo pipe
refuses 5 "pipe.*not a regular file" run tiny.yaml -o pipe --force
refuses 2 "'': it needs a file name" run tiny.yaml -o ''
refuses 2 "'folder/': it needs a file name" run tiny.yaml -o folder/
refuses 2 "nosuch/a.gz: no folder nosuch: No such file" run tiny.yaml -o nosuch/a.gz
refuses 2 "foreign/a.gz: foreign is no folder" run tiny.yaml -o foreign/a.gz
expect "no folder was made" not test -e nosuch
refuses 2 "a path of 5000 bytes is too long" run tiny.yaml -o "$(head -c 5000 /dev/zero | tr '\0' x)"
refuses 5 "File name too long" run tiny.yaml -o "$(head -c 300 /dev/zero | tr '\0' x)"
refuses 5 "cannot create the trace /proc/a.gz" run tiny.yaml -o /proc/a.gz

# No link is followed to a file that someone else may have named, be it there or not.
ln -s target.gz link.gz
for _ in missing there; do
  refuses 2 "link.gz is there already" run tiny.yaml -o link.gz
  refuses 5 "link.gz is a symbolic link; name the trace itself" run tiny.yaml -o link.gz --force
  cp a.gz target.gz
done
expect "the target is untouched" cmp a.gz target.gz
ln -s folder to-folder
run -o to-folder/a.gz
expect_exit 0
expect "the trace is there" test -s folder/a.gz
ln -s loop.gz loop.gz
refuses 2 "loop.gz is there already" run tiny.yaml -o loop.gz
refuses 5 "loop.gz is a symbolic link" run tiny.yaml -o loop.gz --force

# The default place is made, relative to where one is.
mkdir elsewhere && cd elsewhere && mkdir inner && cd inner || exit 2
relubench run ../../tiny.yaml --quiet
expect_exit 0
relubench run ../../tiny.yaml --quiet
expect_exit 0
expect "two traces" [ "$(ls results/runs/tiny-*.jsonl.gz | wc -l)" = 2 ]
relubench verify results/runs/tiny-*.jsonl.gz
expect_exit 0
cd ../..

# Without permission. Root has every permission, so it becomes nobody.
mkdir closed && cp tiny.yaml closed/
chmod 555 closed
nobody=()
[ "$(id -u)" = 0 ] && nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
if "${nobody[@]}" "$RB_PROGRAM" --version >out 2>err && [ -n "$(cat out)" ]; then
  cache=$(mktemp -d) # where nobody may go, whoever owns the build
  chmod 777 "$cache"
  denied() {
    other env -C closed POCL_CACHE_DIR="$cache" "${nobody[@]}" "$RB_PROGRAM" run tiny.yaml "$@"
  }
  denied -o a.gz
  expect_exit 5
  expect_one_line "cannot create the trace a.gz: Permission denied"
  denied
  expect_exit 5
  expect_one_line "cannot make the folder results: Permission denied"
  denied --dry-run
  expect_exit 0
  rm -rf "$cache"
else
  skip "cannot become another user than root: folders without permission were not tried"
fi

# A disk that is full, in the middle of a run: what was committed stays and is whole. Native alone,
# and once without the limit: PoCL compiles into files, aborts when that fails, and CLBlast says so.
relubench run smoke -b native -o whole.gz --quiet
expect_exit 0
full() { # blocks of 1 KiB a file may have
  (ulimit -f "$1" && exec timeout 60 "$RB_PROGRAM" run smoke -b native -o full.gz --force --quiet) \
    >out 2>err
  code=$?
  told="ulimit -f $1; relubench run smoke -b native"
}
full 1
expect_exit 5
expect_one_line "cannot write [0-9]+ bytes to the trace full.gz: File too large"
expect_no_stdout
relubench verify full.gz
expect_exit 6
relubench show full.gz --json
expect_exit 0

# Standard output.
into_full() {
  told="relubench $* >/dev/full"
  "$RB_PROGRAM" "$@" >/dev/full 2>err
  code=$?
  : >out
  expect_exit 5
  expect_one_line "^relubench: cannot write .*No space left on device"
}
into_full list
into_full list --json
for format in table json csv md; do into_full show a.gz --format $format; done
into_full show a.gz --cells
into_full verify a.gz
into_full verify a.gz --json
into_full --help
into_full --version
into_full run --help
into_full run tiny.yaml --dry-run
into_full run tiny.yaml --dry-run --json
into_full run tiny.yaml -o out.gz --quiet
relubench verify out.gz # the trace is not to blame
expect_exit 0
"$RB_PROGRAM" run tiny.yaml -o closed.gz --quiet >&- 2>err
code=$? told="relubench run >&-"
expect_exit 5
expect_one_line "cannot write .*Bad file descriptor"
# While it runs, no file sits where the streams were: its text would land there.
"$RB_PROGRAM" run tiny.yaml -o busy.gz -b reference -a d=2000 -a m=2000 -a T=1000 <&- >&- 2>&- &
pid=$!
told="run with closed streams"
until [ -s busy.gz.manifest.json ]; do sleep .02; done
for fd in 0 1 2; do expect "no file at $fd" [ "$(readlink /proc/$pid/fd/$fd)" = /dev/null ]; done
kill -KILL $pid
wait $pid 2>/dev/null
"$RB_PROGRAM" run tiny.yaml -o closed.gz --force <&- >&- 2>&-
code=$? told="relubench run <&- >&- 2>&-"
expect_exit 5
relubench verify closed.gz
expect_exit 0
finish
