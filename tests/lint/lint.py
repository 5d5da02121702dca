#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rules of docs/STYLE.md and docs/ARCHITECTURE.md that a machine can check.

Proves: includes only go down the floors, a library is included only in its home, getenv and exit
stay in app, sizes hold, every file names its licence, documents that are named exist.
Fails when: any of that is broken; `lint.py --self-test` plants each fault once and wants it found.

Usage: lint.py TREE | lint.py --self-test
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

# What a folder of host/ may include besides itself.
FLOORS = {
    "base": set(),
    "model": {"base"},
    "trace": {"base"},
    "cl": {"base"},
    "net": {"cl", "model", "base"},
    "study": {"net", "cl", "model", "trace", "base"},
    "report": {"trace", "model", "base"},
    "app": {"study", "report", "net", "cl", "model", "trace", "base"},
}
# Where a library's header may be included: folders or files of host/.
HOMES = {
    "CL/cl.h": ["cl/"],
    "clblast_c.h": ["cl/blas.c"],
    "zlib.h": ["base/bgzf.c"],
    "openssl/evp.h": ["base/sha256.c"],
    "lapacke.h": ["model/linalg.c"],
    "cblas.h": ["model/linalg.c"],
    "jansson.h": ["trace/", "report/"],
    "yaml.h": ["study/suite.c"],
    "argp.h": ["app/"],
}
# Where a call may stand.
CALLS = {
    r"\bgetenv\s*\(": ["app/env.c"],
    r"(?<![\w.>])_?exit\s*\(": ["app/"],
    r"\b(malloc|calloc|realloc|strn?dup|v?asprintf|open_memstream)\s*\(": ["base/mem.c", "trace/jsontext.c"],
    r"(?<![\w.>])(fsync|fdatasync|ftruncate|p?write)\s*\(": ["base/file.c", "base/child.c"],
    r"\bsetlocale\s*\(": [],
    r"\b(system|popen|wordexp|exec[lv]p?e?|v?fork)\s*\(": [],
    r"\bposix_spawnp?\s*\(": ["base/child.c", "base/peer.c"],
    r"\b(mktemp|tmpnam|tempnam|tmpfile)\s*\(": [],
    r"\b(strcpy|strcat|sprintf|gets)\s*\((?!.*\bsnprintf)": ["app/suitefile.c"],
}
MAX_LINE, MAX_FILE, MAX_FUNCTION = 100, 600, 80
BAD_NAMES = {"util", "utils", "common", "misc", "manager", "helpers"}
SOURCE = (".c", ".h", ".cl")
LICENSED = SOURCE + (".py", ".sh", ".yaml", ".cmake")
LICENSED_NAMES = {"CMakeLists.txt", "quickstart", "run", "peers", "hardening", "analyse", "nightly"}


def tracked(tree):
    """Files of the tree: what git knows, or all of them where there is no repository."""
    if os.path.isdir(os.path.join(tree, ".git")) and shutil.which("git"):
        out = subprocess.run(
            ["git", "-c", "safe.directory=*", "-C", tree, "ls-files", "-co", "--exclude-standard"],
            check=True, capture_output=True, text=True).stdout
        return [name for name in out.splitlines() if os.path.isfile(os.path.join(tree, name))]
    found = []
    for folder, folders, names in os.walk(tree):
        folders[:] = [f for f in folders if not f.startswith("build") and f != ".git"]
        found += [os.path.relpath(os.path.join(folder, n), tree) for n in names]
    return sorted(found)


def at_home(inside, homes):
    return any(inside == home or (home.endswith("/") and inside.startswith(home))
               for home in homes)


def without_comments(text):
    """Comments and string literals blanked, line numbers kept."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"'
    return re.sub(pattern, lambda m: re.sub(r"[^\n]", " ", m.group(0)), text, flags=re.S)


def lint_host(name, text, say):
    inside = name[len("host/"):]
    floor = inside.split("/")[0]
    if floor not in FLOORS:
        say(name, 1, f"host/{floor} is no floor that docs/ARCHITECTURE.md knows")
        return
    for number, line in enumerate(text.splitlines(), 1):
        own = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        library = re.match(r"\s*#\s*include\s+<([^>]+)>", line)
        if own and "/" in own.group(1):
            target = own.group(1).split("/")[0]
            if target != floor and target not in FLOORS[floor]:
                say(name, number, f"floor {floor} may not include {own.group(1)}")
        if library and library.group(1) in HOMES and not at_home(inside, HOMES[library.group(1)]):
            say(name, number, f"<{library.group(1)}> belongs to {HOMES[library.group(1)]}")
    for number, line in enumerate(without_comments(text).splitlines(), 1):
        for call, homes in CALLS.items():
            if re.search(call, line) and not at_home(inside, homes):
                say(name, number, f"'{line.strip()[:40]}' may only stand in {homes or 'no file'}")
        if re.match(r"^[a-z][\w \*]*\b(?!rb_|main\b)[a-z]\w*\([^;]*\{$", line) and \
                name.endswith(".c") and not re.match(r"^(static|typedef|struct|enum|union)\b", line) \
                and not re.search(r"\brb_\w+\(|\bmain\(", line):
            say(name, number, "a function that other files see begins with rb_")


def lint_sizes(name, text, say):
    lines = text.splitlines()
    if len(lines) > MAX_FILE:
        say(name, len(lines), f"{len(lines)} lines in a file, at most {MAX_FILE}")
    start = None
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE:
            say(name, number, f"{len(line)} columns, at most {MAX_LINE}")
        if re.match(r"^\s*#\s*if\s+0\b", line):
            say(name, number, "#if 0: delete what is dead")
        if re.match(r"^[A-Za-z_].*\)\s*\{$", line) or re.match(r"^[ ]{2,}.*\)\s*\{$", line) and \
                start is None and number > 1 and re.match(r"^[a-z_].*[,(]$", lines[number - 2]):
            start = number
        if line.startswith("}") and start is not None:
            if number - start + 1 > MAX_FUNCTION:
                say(name, start, f"function of {number - start + 1} lines, at most {MAX_FUNCTION}")
            start = None


def lint_documents(names, texts, say):
    """Markdown links and documents named in code exist."""
    known = set(names)
    for name, text in texts.items():
        for number, line in enumerate(text.splitlines(), 1):
            for target in re.findall(r"\bdocs/[\w-]+\.md\b", line):
                if target not in known:
                    say(name, number, f"{target} does not exist")
            if not name.endswith(".md"):
                continue
            for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", line):
                path = os.path.normpath(os.path.join(os.path.dirname(name), target))
                if path not in known and not any(k.startswith(path + "/") for k in known):
                    say(name, number, f"link to {target}, which does not exist")


def lint_kernels(texts, say):
    """kernels/README.md has every file and entry point; no function is plain inline."""
    table = texts.get("kernels/README.md", "")
    for name, text in texts.items():
        if not name.startswith("kernels/") or name.endswith(".md"):
            continue
        base = os.path.basename(name)
        if base not in table:
            say(name, 1, f"{base} is not in kernels/README.md")
        for entry in re.finditer(r"\bvoid\s+(\w+)\s*\(", text):
            declared = text[text.rfind("\n\n", 0, entry.start()) + 1:entry.start()]
            if "__kernel" in declared and f"`{entry.group(1)}`" not in table:
                say(name, text.count("\n", 0, entry.start()) + 1,
                    f"kernel {entry.group(1)} is not in kernels/README.md")
        for number, line in enumerate(text.splitlines(), 1):
            if re.match(r"\s*inline\b", line):
                say(name, number, "inline without static has no definition to link in C99")


def lint_layout(tree, names, say):
    program = shutil.which("clang-format-14") or shutil.which("clang-format")
    if program is None:
        print("lint: no clang-format-14 here: layout not checked")
        return
    version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    if not re.search(r"version 14\.", version):
        print(f"lint: {version.strip()}: layout is only checked with version 14")
        return
    out = subprocess.run([program, "--dry-run"] + names, cwd=tree, capture_output=True, text=True)
    for match in re.finditer(r"^(.+?):(\d+):\d+: warning:", out.stderr, re.M):
        say(match.group(1), int(match.group(2)), "clang-format differs")


def lint(tree):
    faults, names, texts = [], tracked(tree), {}

    def say(name, number, what):
        faults.append(f"{name}:{number}: {what}")

    for name in names:
        base, extension = os.path.basename(name), os.path.splitext(name)[1]
        if extension not in LICENSED + (".md",) and base not in LICENSED_NAMES:
            continue
        with open(os.path.join(tree, name), encoding="utf-8") as file:
            text = texts[name] = file.read()
        if extension != ".md" and "fixtures/" not in name and \
                not any("SPDX-License-Identifier: Apache-2.0" in line
                        for line in text.splitlines()[:2]):
            say(name, 1, "no SPDX-License-Identifier in the first lines")
        if os.path.splitext(base)[0] in BAD_NAMES:
            say(name, 1, "a name that says nothing")
        if extension in SOURCE:
            lint_sizes(name, text, say)
        if name.startswith("host/") and extension in SOURCE:
            lint_host(name, text, say)
    lint_documents(names, texts, say)
    lint_kernels(texts, say)
    formatted = [n for n in names if n.endswith((".c", ".h"))]
    if formatted:
        lint_layout(tree, formatted, say)
    return faults


SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
PLANTS = {  # file: (text, what the fault must say)
    "host/model/up.c": (SPDX + '#include "net/round.h"\n', "may not include"),
    "host/report/device.c": (SPDX + '#include "cl/device.h"\n', "may not include"),
    "host/net/raw.c": (SPDX + "#include <CL/cl.h>\n", "belongs to"),
    "host/strange/new.c": (SPDX, "no floor"),
    "host/cl/env.c": (SPDX + 'const char *rb_a(void) {\n  return getenv("A");\n}\n',
                      "may only stand"),
    "host/study/quit.c": (SPDX + "void rb_quit(void) {\n  exit(1);\n}\n", "may only stand"),
    "host/app/shell.c": (SPDX + 'void rb_s(char *a) {\n  system(a);\n}\n', "may only stand"),
    "host/app/start.c": (SPDX + "void rb_s(void) {\n  execvp(0, 0);\n}\n", "may only stand"),
    "host/app/named.c": (SPDX + "void rb_s(char *a) {\n  mktemp(a);\n}\n", "may only stand"),
    "host/study/bare.c": (SPDX + "int bare(void) {\n  return 0;\n}\n", "begins with rb_"),
    "host/study/own.c": (SPDX + "static void *g(void) {\n  return malloc(1);\n}\n", "may only stand in"),
    "host/trace/sync.c": (SPDX + "static int s(void) {\n  return fsync(1);\n}\n", "may only stand in"),
    "host/base/util.h": (SPDX, "says nothing"),
    "host/base/plain.h": ("#define A 1\n", "no SPDX"),
    "host/base/wide.h": (SPDX + "// " + "x" * 100 + "\n", "columns"),
    "host/base/dead.h": (SPDX + "#if 0\n#endif\n", "#if 0"),
    "host/base/tall.c": (SPDX + "\n" * 600, "lines in a file"),
    "host/base/long.c": (SPDX + "int rb_l(void) {\n" + "  rb_l();\n" * 80 + "}\n",
                         "function of"),
    "kernels/new.cl": (SPDX, "new.cl is not in"),
    "kernels/entry.cl": (SPDX + "\n__kernel GROUP void\nentry_new(int a) {\n}\n",
                         "entry_new is not in"),
    "kernels/plain.h": (SPDX + "inline int f(int a) {\n  return a;\n}\n", "without static"),
    "README.md": ("[a](docs/" + "NONE.md)\n", "does not exist"),
}


def self_test():
    failed = 0
    with tempfile.TemporaryDirectory() as tree:
        for name, (text, _) in PLANTS.items():
            os.makedirs(os.path.dirname(os.path.join(tree, name)) or tree, exist_ok=True)
            with open(os.path.join(tree, name), "w", encoding="utf-8") as file:
                file.write(text)
        faults = lint(tree)
    for name, (_, want) in PLANTS.items():
        if not any(f.startswith(name + ":") and want in f for f in faults):
            print(f"self-test: the fault in {name} ({want}) was not found")
            failed += 1
    print(f"self-test: {len(PLANTS) - failed} of {len(PLANTS)} planted faults found")
    return failed


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if sys.argv[1] == "--self-test":
        sys.exit(1 if self_test() else 0)
    faults = lint(sys.argv[1])
    for fault in faults:
        print(fault)
    print(f"lint: {len(faults)} faults")
    sys.exit(1 if faults else 0)


main()
