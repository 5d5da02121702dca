# SPDX-License-Identifier: Apache-2.0
"""exports.py FORMAT EXPORT TRACE: an export against the trace it was made from, field by field, by rules of
the format that are written here anew; exports.py harmless EXPORT: no control character in it; exports.py
compare OLD NEW: compare.py of google/benchmark on two of them; exports.py judged XML..: JUnit XML of comparisons
against the JSON beside each. Ends with a message if something is amiss."""
import csv
import gzip
import json
import math
import re
import sys
import xml.etree.ElementTree

OUTCOMES = dict(ok="passed", outside="passed", wrong="wrong", failed="error", interrupted="skipped")
BIGGER = ("samples_per_s", "gflops", "roof_fraction", "alignment", "features_learned")
SMALLER = ("time_ns", "peak_device_bytes", "ratio", "sin_theta", "star")
TITLES = dict(time_ns="time", samples_per_s="samples/s", gflops="GFLOP/s", roof_fraction="roof",
              peak_device_bytes="memory", sin_theta="sin-theta", features_learned="features")
VISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]")


def cells_of(path):
    """The cells, each with what its exports are to say: outcome, {measure: (value, lo, hi)}, times."""
    cells = [r for r in map(json.loads, gzip.open(path, "rt")) if r["type"] == "cell"]
    for cell in cells:
        cell["outcome"] = OUTCOMES[cell["status"]]
        cell["measures"], cell["times"] = measures_of(cell) if cell["outcome"] == "passed" else ({}, [])
    return cells


def measures_of(cell):
    found, times = {}, []
    if cell.get("plausible") and cell.get("time_ns"):
        t = cell["time_ns"]
        found["time_ns"] = (t["median"], t["lo"], t["hi"])
        for name in BIGGER[:3]:
            if cell.get(name) is not None:
                found[name] = (cell[name], cell[name] * t["median"] / t["hi"], cell[name] * t["median"] / t["lo"])
        times = cell["times_ns"]
    for name in BIGGER[3:] + SMALLER[1:4]:
        if cell.get(name) is not None:
            found[name] = (cell[name], None, None)
    if cell.get("star") and not cell["censored"]:
        found["star"] = tuple(cell["star"][k] for k in ("median", "lo", "hi"))
    return found, times


def same(a, b):
    return a == b or (a is not None and b is not None and math.isclose(a, b, rel_tol=1e-12))


def parts_of(name):
    """The name's parts, as they were before %: every character that remains is one that needs no escape."""
    assert re.fullmatch(r"[A-Za-z0-9\-._+:,*@=/%]+", name), name
    assert name.isascii() and len(name) < 1024
    return dict(part.split("=", 1) for part in name.split("/"))


def check_name(name, cell):
    parts = parts_of(name)
    for key in ("mode", "backend", "d", "r", "T", "m", "n1", "n2", "seed"):
        assert parts[key] == str(cell[key]), (key, name)
    assert ("law" in parts) == (cell["law"] != "gaussian") and "sampler" not in parts and "tile" not in parts, name


def google(path, trace):
    whole = json.load(open(path), parse_constant=lambda word: sys.exit(f"{word} is not JSON"))
    context = whole["context"]
    assert set(whole) == {"context", "benchmarks"} and context["json_schema_version"] == 1
    assert context["date"] == "2026-01-31T12:34:56Z" and context["num_cpus"] == 2 and context["caches"] == []
    assert context["load_avg"] == [0.5, 1.5, 2.5] and context["cpu_scaling_enabled"] is True
    assert context["executable"] == "relubench" and context["library_build_type"] == "release"
    entries = iter(whole["benchmarks"])
    shared = {"name", "family_index", "per_family_instance_index", "run_name", "run_type", "repetitions", "threads",
              "iterations", "real_time", "cpu_time", "time_unit"}
    rates = {"items_per_second", "gflops", "roof_fraction"}
    family = 0
    for cell in cells_of(trace):
        if cell["outcome"] == "passed" and not cell["times"]:
            continue
        rows = [next(entries) for _ in range(len(cell["times"]) + 1 if cell["times"] else 1)]
        for row in rows:
            check_name(row["run_name"], cell)
            assert row["family_index"] == family and row["threads"] == 1 and row["time_unit"] == "ns", row
            assert row["real_time"] == row["cpu_time"] and row["per_family_instance_index"] == 0, row
        family += 1
        if cell["outcome"] != "passed":
            skipped = cell["outcome"] == "skipped"
            flags = {"skipped", "skip_message"} if skipped else {"error_occurred", "error_message"}
            assert set(rows[0]) == shared | {"repetition_index"} | flags, set(rows[0])
            message = rows[0]["skip_message" if skipped else "error_message"]
            assert message == cell.get("reason", "no reason is recorded"), message
            assert rows[0]["real_time"] == 0 == rows[0]["iterations"]
            continue
        for i, (row, time) in enumerate(zip(rows, cell["times"])):
            assert set(row) == shared | {"repetition_index"} | rates, set(row)
            assert row["repetition_index"] == i and row["repetitions"] == len(cell["times"]), row
            assert row["run_type"] == "iteration" and row["iterations"] == 1 and row["name"] == row["run_name"]
            assert row["real_time"] == time
            assert same(row["items_per_second"], cell["samples"] / time * 1e9), row
            roof = cell["roof_fraction"]
            wanted = None if roof is None else roof * cell["time_ns"]["median"] / time
            assert same(row["roof_fraction"], wanted), (row, wanted)
        median = rows[-1]
        assert set(median) == shared | {"aggregate_name", "aggregate_unit"} | rates, set(median)
        assert median["run_type"] == "aggregate" and median["aggregate_name"] == "median"
        assert median["name"] == median["run_name"] + "_median" and median["aggregate_unit"] == "time"
        assert median["real_time"] == cell["time_ns"]["median"]
    assert not list(entries) and family == 6, family


def github(path, trace, wanted):
    entries = iter(json.load(open(path)))
    names = set()
    for cell in cells_of(trace):
        for measure in ("time_ns",) + BIGGER[:3] + SMALLER[1:2] + BIGGER[3:4] + SMALLER[2:4] + BIGGER[4:] + SMALLER[4:]:
            if measure not in wanted or measure not in cell["measures"]:
                continue
            entry, (value, lo, hi) = next(entries), cell["measures"][measure]
            name, title = entry["name"].rsplit(" ", 1)
            check_name(name, cell)
            assert title == TITLES.get(measure, measure), title
            assert set(entry) - {"range"} == {"name", "unit", "value", "extra"}, entry
            assert isinstance(entry["unit"], str) and entry["unit"] and same(entry["value"], value), entry
            assert ("range" in entry) == (lo is not None), entry
            if lo is not None:
                half = re.fullmatch("\u00b1 ([0-9.]+(?:e[+-][0-9]+)?)", entry["range"])
                assert math.isclose(float(half[1]), max(value - lo, hi - value), rel_tol=1e-5), entry
            assert f"device: {cell['device_name']}, driver {cell['driver']}" in entry["extra"], entry
            assert entry["name"] not in names
            names.add(entry["name"])
            if measure == "star":
                assert entry["unit"] == {"n": "samples", "m": "neurons"}[cell["quantity"]]
    assert not list(entries) and names


def bencher(path, trace):
    slugs = dict(time_ns="latency", samples_per_s="throughput", roof_fraction="roof-fraction",
                 peak_device_bytes="peak-device-bytes", sin_theta="sin-theta", features_learned="features-learned")
    whole = json.load(open(path))
    cells = [cell for cell in cells_of(trace) if cell["measures"]]
    assert len(whole) == len(cells) > 5
    for (name, measures), cell in zip(whole.items(), cells):
        check_name(name, cell)
        assert set(measures) == {slugs.get(m, m) for m in cell["measures"]}, measures
        for measure, (value, lo, hi) in cell["measures"].items():
            wanted = {"value": value} if lo is None else {"value": value, "lower_value": lo, "upper_value": hi}
            metric = measures[slugs.get(measure, measure)]
            assert set(metric) == set(wanted) and all(same(metric[k], wanted[k]) for k in wanted), metric
            assert re.fullmatch("[a-z-]{1,64}", slugs.get(measure, measure))


def go(path, trace):
    """Lines as benchfmt of golang.org/x/perf reads them."""
    config, units, found = {}, {}, {}
    for line in open(path):
        fields = line.split()
        pair = re.fullmatch(r"([^\sA-Z:][^\sA-Z:]*):(?:[ \t]+(.*))?\n", line)
        if line.startswith("Benchmark"):
            assert fields[1] == "1" and len(fields) % 2 == 0, line
            values = {unit: float(value) for value, unit in zip(fields[2::2], fields[3::2])}
            assert len(values) == len(fields) // 2 - 1, line
            found.setdefault(fields[0], []).append((values, config["device"]))
        elif fields[:1] == ["Unit"]:
            units[fields[1]] = dict(field.split("=") for field in fields[2:])
        elif pair and line[0].islower():
            config[pair[1]] = pair[2]
        else:
            assert line.startswith("--- ") or line.startswith("    "), line
    assert units["samples/s"] == {"better": "higher"} == units["flop/s"] == units["of-roof"]
    assert set(config) == {"suite", "device"}
    cells = [cell for cell in cells_of(trace) if cell["times"]]
    assert len(found) == len(cells) == 3
    for (name, lines), cell in zip(found.items(), cells):
        base, name = name.split("/", 1)
        assert base == "BenchmarkRound" and not re.search(r"-[0-9]+$", name), name
        check_name(name, cell)
        assert len(lines) == len(cell["times"])
        for (values, device), time in zip(lines, cell["times"]):
            assert device == shown(cell["device_name"]), device
            assert values.pop("ns/op") == time and values.pop("peak-bytes") == cell["peak_device_bytes"]
            assert same(values.pop("samples/s"), cell["samples"] / time * 1e9)
            assert same(values.pop("flop/s"), cell["gflops"] * 1e9 * cell["time_ns"]["median"] / time)
            assert ("of-roof" in values) == (cell["roof_fraction"] is not None) and len(values) < 2, values
    text = open(path).read()
    assert text.count("\n--- FAIL: BenchmarkRound/") == 2 and text.count("\n--- SKIP: BenchmarkRound/") == 1


def shown(text, keep=""):
    """Control characters as this program shows them."""
    return VISIBLE.sub(lambda m: m[0] if m[0] in keep else
                       f"\\x{ord(m[0]):02x}" if m[0] < " " or m[0] == "\x7f" else f"\\u{ord(m[0]):04x}", text)


def openmetrics(path, trace):
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
    families = {f.name: f for f in text_string_to_metric_families(open(path, newline="").read())}
    names = dict(time_ns=("time", "seconds", 1e-9), samples_per_s=("throughput", "samples_per_second", 1),
                 gflops=("compute", "flop_per_second", 1e9), roof_fraction=("roof", "ratio", 1),
                 peak_device_bytes=("peak_device", "bytes", 1), alignment=("alignment", "ratio", 1),
                 ratio=("residue", "ratio", 1), sin_theta=("sin_theta", "", 1),
                 features_learned=("learned", "features", 1), star=("needed", "", 1))
    cells = cells_of(trace)
    for measure, (name, unit, scale) in names.items():
        for part, ending in enumerate(("", "_low", "_high")):
            wanted = [(c, c["measures"][measure][part]) for c in cells if measure in c["measures"]]
            wanted = [(c, value) for c, value in wanted if value is not None]
            family = families.pop("_".join(filter(None, ["relubench", name + ending, unit])), None)
            assert (family is None) == (not wanted), (measure, ending)
            if family is None:
                continue
            assert family.type == "gauge" and family.unit == unit and family.documentation, family
            assert len(family.samples) == len(wanted), measure
            for sample, (cell, value) in zip(family.samples, wanted):
                check_labels(sample.labels, cell)
                assert same(sample.value, value * scale), (measure, sample.value, value)
    passed = families.pop("relubench_passed")
    assert [s.value for s in passed.samples] == [cell["outcome"] == "passed" for cell in cells]
    for sample, cell in zip(passed.samples, cells):
        check_labels(sample.labels, cell)
    info = families.pop("relubench_run")
    assert info.type == "info" and info.samples[0].labels["git_revision"] == "abc" and not families, families.keys()


def check_labels(labels, cell):
    assert labels["outcome"] == cell["outcome"]
    for key in ("suite", "part", "device", "device_name"):
        assert labels[key] == shown(cell[key], "\n"), (labels[key], cell[key])
    assert labels["d"] == str(cell["d"]) and labels["seed"] == str(cell["seed"])


def junit(path, trace):
    from junitparser import Error, Failure, JUnitXml, Skipped
    (suite,) = JUnitXml.fromfile(path)
    cells = cells_of(trace)
    header = json.loads(gzip.open(trace, "rt").readline())
    missing = header["n_cells"] > len(cells)
    count = [cell["outcome"] for cell in cells].count
    assert suite.tests == len(cells) + missing and suite.failures == count("wrong"), suite
    assert suite.errors == count("error") + missing and suite.skipped == count("skipped"), suite
    assert suite.name == shown(header["suite"], "\t\r\n"), (suite.name, header["suite"])
    assert suite.timestamp == "2026-01-31T12:34:56"
    properties = {p.name: p.value for p in suite.properties()}
    assert properties["device_name"] == shown(header["suite"], "\t\r\n") and properties["git_revision"] == "abc"
    kinds = dict(wrong=Failure, error=Error, skipped=Skipped)
    types = dict(wrong="wrong-result", error="device-trouble", skipped=None)
    for case, cell in zip(suite, cells):
        check_name(case.name, cell)
        assert case.classname == shown(cell["suite"] + "." + cell["part"], "\t\r\n"), case.classname
        assert math.isclose(float(case.time), sum(cell["times"]) / 1e9, abs_tol=6e-4), case.time
        assert len(case.result) == (cell["outcome"] != "passed"), case.result
        for result in case.result:
            assert type(result) is kinds[cell["outcome"]] and result.type == types[cell["outcome"]], result
            assert result.message == shown(cell.get("reason", "no reason is recorded"), "\t\r\n"), result.message
    last = list(suite)[-1]
    if missing:
        assert last.name == "all planned cells" and type(last.result[0]) is Error, last
        assert last.result[0].message.startswith(f"{len(cells)} of {header['n_cells']} planned"), last
    tree = xml.etree.ElementTree.parse(path).getroot()
    assert int(tree.get("tests")) == suite.tests and int(tree.get("failures")) == suite.failures


def judged(*paths):
    for path in paths:
        judge_one(xml.etree.ElementTree.parse(path).getroot(), json.load(open(path.replace(".xml", ".json"))))


def judge_one(root, whole):
    (suite,) = root
    cases, count = suite.findall("testcase"), [0, 0, 0]
    assert suite.get("name") == "relubench " + whole["gate"]["kind"] and len(cases) == len(whole["cells"])
    told = {p.get("name"): p.get("value") for p in suite.iter("property")}
    assert told["exit_code"] == str(whole["gate"]["exit_code"]) and float(told["margin"]) == whole["gate"]["margin"]
    for case, cell in zip(cases, whole["cells"]):
        reason = cell["reason"] or ""
        wanted = {"same": (None, None), "faster": (None, None), "unsure": ("skipped", None),
                  "not-comparable": ("skipped", None), "slower": ("failure", "regression"),
                  "wrong": ("failure", "wrong-result"),
                  "missing": ("error", "device-trouble" if reason.startswith("failed") else "missing-cell")}[cell["state"]]
        if cell["counts_differ"] and wanted[0] in (None, "skipped"):
            wanted = ("failure", "counts-differ")
        found = [(e.tag, e.get("type")) for e in case if e.tag != "system-out"]
        assert found == ([wanted] if wanted[0] else []), (found, wanted)
        assert case.get("name") == cell["case"] and case.get("classname").endswith("." + cell["part"]), case.attrib
        message = next(iter(case)).get("message") if wanted[0] else case.findtext("system-out")
        assert message.startswith(cell["state"]) and reason in message and (cell["counts"] or "") in message, message
        if wanted[0]:
            count[["failure", "error", "skipped"].index(wanted[0])] += 1
    assert [int(suite.get(key)) for key in ("failures", "errors", "skipped")] == count, count
    assert (count[0] + count[1] > 0) == (whole["gate"]["exit_code"] not in (0, 6)), count
    lines = suite.findtext("system-out").splitlines()
    assert lines[0] == whole["gate"]["text"], lines
    assert lines[1:] == ["note: " + n for n in whole["gate"]["notes"]] + ["next: " + n for n in whole["gate"]["next"]]


def sheet(path, trace):
    rows = list(csv.DictReader(open(path, newline="")))
    check_rows(rows, trace, lambda text: None if text == "" else float(text))


def check_rows(rows, trace, number):
    cells = cells_of(trace)
    assert len(rows) == len(cells)
    for row, cell in zip(rows, cells):
        check_name(row["case"], cell)
        assert row["outcome"] == cell["outcome"] and row["id"] == cell["id"]
        for name in ("device_name", "device", "part", "suite"):
            assert row[name] == shown(cell[name], "\t\r\n"), (name, row[name])
        for name in BIGGER + SMALLER:
            value = cell["measures"].get(name, (None, None, None))
            ranged = name in ("time_ns", "samples_per_s", "gflops", "roof_fraction", "star")
            for part, ending in enumerate(("", "_lo", "_hi") if ranged else ("",)):
                assert same(number(row[name + ending]), value[part]), (name + ending, row[name + ending])
        assert number(row["d"]) == cell["d"] and number(row["repetitions"]) == (len(cell["times"]) or None)


def frame(path, trace):
    """pandas, on the export and on the trace itself."""
    import pandas
    rows = pandas.read_csv(path).to_dict("records")
    check_rows(rows, trace, lambda x: None if pandas.isna(x) else float(x))
    records = pandas.read_json(trace, lines=True)
    assert (records["type"] == "cell").sum() == len(rows)


def duck(path, trace):
    """DuckDB, on the export and on the trace itself."""
    import duckdb
    rows = duckdb.sql(f"SELECT * FROM read_csv('{path}', header = true, all_varchar = true)")
    names = rows.columns
    rows = [dict(zip(names, ("" if v is None else v for v in row))) for row in rows.fetchall()]
    check_rows(rows, trace, lambda text: None if text == "" else float(text))
    whole = duckdb.sql(f"SELECT id FROM read_json('{trace}', format = 'newline_delimited') WHERE type = 'cell'")
    assert [id for (id,) in whole.fetchall()] == [row["id"] for row in rows]


def md(path, trace):
    lines = open(path).read().split("\n")
    cells = cells_of(trace)
    assert len(lines) == len(cells) + 3 and lines[-1] == "", len(lines)
    assert {len(re.split(r"(?<!\\)\|", line)) for line in lines[:-1]} == {len(lines[1].split("|"))}
    for line, cell in zip(lines[2:], cells):
        assert f"| {cell['outcome']} |" in line, line


def harmless(path):
    for line in open(path, newline="" if path.endswith(".csv") else None):
        text = re.sub(r"[\t\r\n]", "", line) if path.endswith(".csv") else line.rstrip("\n")
        assert not VISIBLE.search(text), ascii(line)


def compare(old, new):
    """Runs compare.py with a stand-in for SciPy where that is not installed: the U test is left out then."""
    import runpy
    import types
    import unittest.mock
    flags = []
    try:
        import scipy.stats
    except ImportError:
        class array(list):
            def any(self):
                return any(self)

        def gmean(rows):
            return array(math.exp(sum(map(math.log, column)) / len(rows)) if min(column) > 0 else 0.0
                         for column in zip(*rows))

        stats = types.SimpleNamespace(gmean=gmean, mannwhitneyu=None)
        sys.modules.update({"scipy": types.SimpleNamespace(stats=stats), "scipy.stats": stats,
                            "numpy": types.SimpleNamespace(array=array)})
        flags = ["--no-utest"]
    folder = "/usr/share/benchmark"
    sys.path.insert(0, folder)
    sys.argv = ["compare.py", "--no-color"] + flags + ["benchmarks", old, new]
    with unittest.mock.patch.object(sys, "exit", lambda code=0: None):
        runpy.run_path(folder + "/compare.py", run_name="__main__")


if __name__ == "__main__":
    formats = {"google": google, "github-bigger": lambda *a: github(*a, BIGGER),
               "github-smaller": lambda *a: github(*a, SMALLER), "bencher": bencher, "go": go,
               "openmetrics": openmetrics, "junit": junit, "csv": sheet, "md": md, "pandas": frame, "duckdb": duck,
               "harmless": harmless, "compare": compare, "judged": judged}
    formats[sys.argv[1]](*sys.argv[2:])
