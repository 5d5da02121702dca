# SPDX-License-Identifier: Apache-2.0
# Proves: show and verify survive every file there is: cut, altered, foreign, hostile or none. A
# damaged trace is never called intact (exit code 5), an unsealed one is 6, and nothing reaches a
# terminal raw. Fails if: a byte can change unseen, a cut between blocks looks whole, a limit of
# docs/TRACE.md is gone, or a control character of a trace is printed.
. "$(dirname "$0")/lib.sh"
need_pocl
# Fails are said on standard output as data, one verdict a trace; standard error stays empty.
damaged() { # pattern of the verdict, trace
  relubench verify "$2"
  expect_exit 5
  expect_stdout ': DAMAGED'
  expect_stdout "^  .*($1)"
  expect_no_stderr
  relubench verify "$2" --json
  expect_exit 5
  expect_stdout '"intact": false'
}
unreadable() { refuses 5 "$1" show "$2" && damaged "$1" "$2"; }
relubench run smoke -o whole.gz --quiet
relubench verify whole.gz
expect_exit 0
expect_stdout '^whole.gz: intact, sealed$'
size=$(stat -c %s whole.gz)

# No file, or no trace.
unreadable "cannot open the trace nosuch.gz: No such file" nosuch.gz
unreadable "cannot open the trace : No such file" ''
mkdir folder
unreadable "folder is not a regular file" folder
mkfifo pipe
unreadable "pipe is not a regular file" pipe
unreadable "/dev/zero is not a regular file" /dev/zero
: >empty.gz
unreadable "empty.gz is empty" empty.gz
unreadable "tiny.yaml is not a trace: it does not start as gzip does" tiny.yaml
unreadable "is not a trace" "$RB_PROGRAM"
refuses 2 "one trace at a time: unexpected 'b'" show a b

# Cut: before, at and after each block's boundary, in every header, and at 40 other places. Some cuts
# between blocks are whole to zcat; only the manifest knows.
starts=$(LC_ALL=C grep -aboP '\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff\x06\x00BC' whole.gz | cut -d: -f1)
cuts=''
for at in $starts; do cuts+=" $at $((at + 1)) $((at + 17)) $((at + 18)) $((at + 30)) $((at - 1))"; done
for ((i = 0; i < 40; i++)); do cuts+=" $((size * i / 40))"; done
cp whole.gz.manifest.json cut.gz.manifest.json
for at in $cuts; do
  { [ "$at" -gt 0 ] && [ "$at" -lt "$size" ]; } || continue
  head -c "$at" whole.gz >cut.gz
  relubench verify cut.gz
  expect_exit 5
  expect_stdout 'DAMAGED'
done
expect "there were several blocks to cut between" [ "$(wc -w <<<"$starts")" -ge 3 ]
last=$(tail -n 1 <<<"$starts") # the end marker
head -c "$last" whole.gz >cut.gz
expect "zcat takes it for whole" zcat cut.gz
damaged "its manifest counts $size: it was cut" cut.gz
relubench show cut.gz
expect_exit 0
expect_stdout 'not sealed'
head -c $((size - 1)) whole.gz >cut.gz
refuses 5 "cut.gz: block [0-9]+ at byte $last: the block is cut: 27 of 28" show cut.gz

# Extended.
for more in ' ' "$(printf '\n')x" "$(printf '\037\213')"; do
  { cat whole.gz && printf '%s' "$more"; } >cut.gz
  relubench verify cut.gz
  expect_exit 5
done
cat whole.gz whole.gz >cut.gz
damaged "bytes were added|another run" cut.gz

# Altered: 1000 random bytes.
if command -v python3 >/dev/null; then
  seed=${RB_FLIP_SEED:-$RANDOM}
  echo "flips: seed $seed (RB_FLIP_SEED)"
  mkdir flips
  expect "flips are made" python3 "$(dirname "$0")/flips.py" whole.gz flips "$seed" 1000
  relubench verify flips/*.gz --json
  expect_exit 5
  expect "all 1000 are refused" python3 "$(dirname "$0")/flips.py" --check out 1000
  for flip in $(ls flips/*.gz | head -n 20); do
    relubench verify "$flip"
    expect_exit 5
  done
else
  skip "no python3: flipped bytes were not tried"
fi

# Manifests.
edited() { # sed command, pattern
  cp whole.gz edited.gz
  sed "$1" whole.gz.manifest.json >edited.gz.manifest.json
  expect "the manifest was edited: $1" not cmp -s whole.gz.manifest.json edited.gz.manifest.json
  damaged "$2" edited.gz
  relubench show edited.gz # needs no manifest
  expect_exit 0
}
edited 's/"rows": *[0-9]*/"rows": 3/' "records in .* its manifest counts 3"
edited 's/"blocks": *[0-9]*/"blocks": 77/' "its manifest counts .* in 77"
edited 's/"bytes": *[0-9]*/"bytes": 1/' "its manifest counts 1"
edited 's/"sha256": *"./"sha256": "X/' "lacks a field or has a wrong one"
edited 's/"sha256": *"..../"sha256": "0000/' "SHA-256 is not that of its manifest"
edited 's/"run_id": *"..../"run_id": "0000/' "its manifest is of another run"
edited 's/true/false/' "has an end marker, but its manifest says not sealed"
edited 's/"schema_version": *1/"schema_version": 9/' "its manifest says 9"
edited 's/{/[/' "is not JSON"
edited 's/.*//' "is not JSON"
edited 's/"rows"/"row"/' "lacks a field"
cp whole.gz alone.gz
damaged "there is no manifest alone.gz.manifest.json, so a cut file could look whole" alone.gz
relubench run smoke -o other.gz --quiet
cp other.gz.manifest.json alone.gz.manifest.json
damaged "manifest" alone.gz
rm alone.gz.manifest.json && mkfifo alone.gz.manifest.json
damaged "manifest alone.gz.manifest.json" alone.gz
rm alone.gz.manifest.json && head -c 100000 /dev/zero >alone.gz.manifest.json
damaged "the manifest alone.gz.manifest.json has [0-9]+ bytes or more" alone.gz

# Several at once: each has its verdict, the worst decides.
relubench verify whole.gz alone.gz other.gz
expect_exit 5
expect "three verdicts" [ "$(grep -c '^[a-z]*.gz: ' out)" = 3 ]

# Foreign gzip is shown, but never called intact.
zcat whole.gz | gzip -n >plain.gz
relubench show plain.gz --format csv
expect_exit 0
expect_stdout '^inputs,check,'
damaged "plain.gz is gzip, but not in BGZF blocks" plain.gz
head -c 500 plain.gz >half.gz
unreadable "half.gz: byte [0-9]+: the gzip data are cut" half.gz
echo hello | gzip >hello.gz
unreadable "hello.gz: line 1: not JSON" hello.gz
: | gzip >nothing.gz
refuses 5 "nothing.gz: no record is in it" show nothing.gz

# Hostile contents behind a right header.
zcat whole.gz | head -n 1 >header
hostile() { # pattern; the lines after the header come from standard input
  cat header - | gzip >hostile.gz
  unreadable "$1" hostile.gz
}
head -c 60000000 /dev/zero | hostile "decode to more than 256 times as many|longer than 1048576"
yes '{"type":"note"}' | head -c 60000000 | hostile "decode to more than 256 times as many"
{ printf '{"type":"cell","x":"' && head -c 2000000 /dev/urandom | base64 -w 0 | head -c 2000000 &&
  echo '"}'; } | hostile "line 2: longer than 1048576 bytes"
{ printf '{"type":"cell","x":' && printf '%.0s[' {1..5000} && printf '%.0s]' {1..5000} && echo '}'; } |
  hostile "line 2: nested deeper than 8 levels"
{ printf '{"type":"cell","x":[0' && printf ',%d' {1..70000} && echo ']}'; } |
  hostile "line 2: more than 65536 values"
printf '{"type":"cell","part":"\377\376"}\n' | hostile "line 2: not JSON: unable to decode byte 0xff"
printf '{"type":"cell","d":"many"}\n' | hostile "line 2: field d is not an integer"
printf '{"type":"cell","d":8,"d":9}\n' | hostile "line 2: not JSON: duplicate"
printf '{"d":8}\n' | hostile "line 2: the record has no type"
printf '[]\n' | hostile "line 2: the line is not a JSON object"
printf '{"type":"cell"' | hostile "the last line has no end: the file is cut"
printf '\n' | hostile "line 2: not JSON"
sed 's/"schema_version":1/"schema_version":2/' header | hostile "schema version 2 is newer"
sed 's/relubench-trace/other-trace/' header | hostile 'not a relubench-trace but "other-trace"'

# Text that would steer a terminal: nothing but printable ASCII, line ends and spaces comes out.
printf '%s\n' '{"type":"cell","part":"\u001b[31m\u0007","mode":"check","device":"\u202eevil\u009b2J",' \
  '"backend":"a|b`c`\"\n,d","reason":"\u001b]0;title\u0007","status":"failed",' \
  '"device_name":"\u001b[2J\u200b","platform":"<b>","driver":"\u2028"}' | tr -d '\n' >line
{ sed 's/"suite":"smoke"/"suite":"\\u001b[1msmoke"/' header && cat line && echo; } | gzip >steer.gz
for format in table md csv json; do
  for cells in '' --cells; do
    relubench show steer.gz --format $format $cells
    expect_exit 0
    [ $format = md ] || expect_stdout 'evil' # which leaves out the device if there is only one
    expect "$format $cells is plain text" not grep -aPq '[^\x09\x0a\x0d\x20-\x7e]' out
  done
done
relubench verify steer.gz
expect "the verdict is plain text" not grep -aPq '[^\x0a\x20-\x7e]' out
mkdir "$(printf 'a\033[31mb')"
relubench show "$(printf 'a\033[31mb')"
expect_exit 5
expect "the error is plain text" not grep -aPq '[^\x0a\x20-\x7e]' err
finish
