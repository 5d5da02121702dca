# SPDX-License-Identifier: Apache-2.0
"""docs.py PROGRAM SOURCES: docs/CLI.md against the program. Options: every one that a command's
--help lists stands in its section, its synopsis or the paragraph on all commands, and the other way
round. Exit codes: the table, host/base/err.h and rb_worse() agree. Environment: the table and
host/app/env.c agree. Prints what differs and ends with 1."""
import re
import subprocess
import sys

program, sources = sys.argv[1:]
text = open(f"{sources}/docs/CLI.md").read()
wrong = []


def compare(what, documented, real):
    for name in sorted(set(documented) ^ set(real)):
        where = "docs/CLI.md" if name in documented else "the program"
        wrong.append(f"{what}: {name} is only in {where}")
    if not real:
        wrong.append(f"{what}: nothing was found, so nothing was compared")


def section(title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.S | re.M).group(1)


def options_in(prose):
    spans = " ".join(re.findall(r"`([^`]*)`", prose))
    return set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*|-[a-z])(?![\w-])", spans))


synopsis = re.search(r"```\n(.*?)```", text, re.S).group(1)
common = options_in(text[text.index("Every command also takes") : text.index("## Devices")])
for command in ("list", "run", "tune", "build-kernels", "roof", "show", "compare", "verdict", "scaling", "check", "ab", "calibrate", "plot", "export", "report", "verify"):
    output = subprocess.run([program, command, "--help"], capture_output=True, text=True).stdout
    long_of, real = {}, set()
    for short, name in re.findall(r"^  (?:-(\S), |    )(--[a-z-]+)", output, re.M):
        real.add(name)
        long_of["-" + short] = name
    line = re.search(rf"^relubench {command} .*$", synopsis, re.M).group(0)
    found = options_in(section(command)) | options_in(f"`{line}`") | common
    found -= {"--format", "--json"} if command in ("plot", "export", "report") else set()
    compare(f"{command}: option", {long_of.get(o, o) for o in found}, real)

codes = {n.strip() for row in re.findall(r"^\| ([\d, ]+) \|", section("Exit codes"), re.M) for n in row.split(",")}
header = open(f"{sources}/host/base/err.h").read()
enum = set(re.findall(r"RB_[A-Z_]+ = (\d+)", header)) | {"143"}
compare("exit code", codes, enum)
order = re.search(r"order\[\] = \{([\d, ]+)\}", open(f"{sources}/host/base/err.c").read()).group(1)
compare("exit code of rb_worse()", codes, {n.strip() for n in order.split(",")})
first = re.search(r"the first of ([^i]*) is\s+returned", section("Exit codes")).group(1)
if re.findall(r"\d+", first)[2:] != re.findall(r"\d+", order)[-3:0:-1]:
    wrong.append(f"exit codes: the order {first} is not that of rb_worse(), {order}")

variables = set(re.findall(r"^\| `([A-Z_]+)` \|", section("Environment"), re.M))
compare("environment", variables, set(re.findall(r'value\("([A-Z_]+)"\)', open(f"{sources}/host/app/env.c").read())))
print("\n".join(wrong))
sys.exit(bool(wrong))
