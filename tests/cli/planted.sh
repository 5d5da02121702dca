# SPDX-License-Identifier: Apache-2.0
# Proves: in a folder that others can write to, no file is written through a link that they have
# planted under a name of ours, and results are as readable as the umask says while caches are for
# their user alone. Fails if a file is opened by a name that may be a link, or made by another mode.
. "$(dirname "$0")/lib.sh"
need_pocl
umask 027
echo precious >precious && chmod 666 precious
untouched() { expect "$1: the target is untouched" grep -qx precious precious; }
is_file() { # name, mode
  expect "$1 is a file and no link" [ -f "$1" -a ! -L "$1" ]
  expect "$1 has mode $2" [ "$(stat -c %a "$1")" = "$2" ]
}

# A trace, its manifest, and the manifest's temporary name.
for name in a.gz.manifest.json a.gz.manifest.json.tmp; do ln -s precious "$name"; done
relubench run tiny.yaml -o a.gz --quiet
expect_exit 0
untouched "a manifest"
is_file a.gz 640
is_file a.gz.manifest.json 640
relubench verify a.gz
expect_exit 0
rm a.gz && ln -s precious a.gz
refuses 2 "a.gz is there already" run tiny.yaml -o a.gz
refuses 5 "a.gz is a symbolic link; name the trace itself" run tiny.yaml -o a.gz --force
untouched "a trace"
rm a.gz && relubench run tiny.yaml -o a.gz --quiet
expect_exit 0

# What reports write.
for name in x.csv x.html; do ln -s precious "$name"; done
refuses 2 "x.csv: it is not a regular file" export a.gz --to csv -o x.csv --force
refuses 2 "x.html: it is not a regular file" report a.gz -o x.html --force
untouched "a report"
relubench export a.gz --to csv -o y.csv
expect_exit 0
is_file y.csv 640
relubench report a.gz -o y.html
expect_exit 0
is_file y.html 640

# A cache in such a folder: links under every name that is used, none of them followed.
export RELUBENCH_CACHE=$PWD/cache
relubench run tiny.yaml -o b.gz --quiet
expect_exit 0
expect "programs are kept" [ "$(ls cache | wc -l)" -ge 3 ]
for file in cache/*; do is_file "$file" 600; done
expect "the cache is for its user alone" [ "$(stat -c %a cache)" = 700 ]
for file in cache/*; do ln -sf ../precious "$file"; done
relubench run tiny.yaml -o c.gz --quiet
expect_exit 0
untouched "a cache"
for file in cache/*; do is_file "$file" 600; done

# Traces of `ab` are made in a folder of their own, or where --keep says.
mkdir kept && ln -s ../precious kept/1-1-001-A.jsonl.gz && ln -s ../precious kept/1-1-001-B.jsonl.gz
refuses 5 "ended with code 5 .*is a symbolic link" ab timed.yaml --pairs 8 --a '-b native' --keep kept
untouched "a kept trace"
finish
