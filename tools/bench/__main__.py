"""Benchmarks with names: `make bench` writes build/bench.json and prints the same as a table; `make bench ONLY=wire` runs one group.

A group is a module `groups/GROUP.py` with `metrics() -> [{"name", "value", "unit", "how"}, ...]`. Figures are ratios to a
peer in the same run, counts of instructions, or counts of bytes; never seconds.
"""

import argparse
import importlib
import importlib.util
import json
import os
import sys
import traceback
from pathlib import Path

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

from tools.build.places import BUILD
from tools.build.plain import Plain, command, line_of

RESULT = BUILD / "bench.json"


def groups() -> list[str]:
    return sorted(path.stem for path in (Path(__file__).parent / "groups").glob("[a-z]*.py"))


def run(names: list[str]) -> tuple[list[dict], list[str]]:
    """The rows of the groups that could be measured, each kept as soon as it was; and a line for each group that could not."""
    rows, left_out = [], []
    for number, name in enumerate(names, 1):
        place = f"[{number}/{len(names)}] {name}"
        print(f"{place} ...", file=sys.stderr, flush=True)
        try:
            measured = importlib.import_module(f"tools.bench.groups.{name}").metrics()
        except Plain as reason:
            left_out.append(f"{name}: {reason}")
            print(f"{place}: LEFT OUT: {reason}", file=sys.stderr, flush=True)
            continue
        except Exception as reason:  # the others may be sound
            left_out.append(f"{name}: failed")
            print(f"{place}: failed: {line_of(reason) or traceback.format_exc()}", file=sys.stderr, flush=True)
            continue
        rows += measured
        write(merged(measured))
    return rows, left_out


def write(rows: list[dict]) -> None:
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"metrics": sorted(rows, key=lambda row: row["name"])}, indent=2) + "\n")


def merged(rows: list[dict]) -> list[dict]:
    """The rows of this run over those of earlier runs of other groups, sorted by name."""
    known = {row["name"]: row for row in json.loads(RESULT.read_text())["metrics"]} if RESULT.exists() else {}
    known.update({row["name"]: row for row in rows})
    return [known[name] for name in sorted(known)]


def table(rows: list[dict]) -> str:
    width = max(len(row["name"]) for row in rows)
    return "\n".join(f"{row['name']:{width}}  {row['value']:>14,}  {row['unit']:12}  {row['how']}" for row in rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    only = os.environ.get("ONLY") or None
    parser.add_argument("--only", metavar="GROUP", default=only, help=f"one group of: {', '.join(groups())} (default: $ONLY, else all)")
    only = parser.parse_args().only
    if only and only not in groups():
        parser.error(f"no group {only!r}; there are: {', '.join(groups())}")
    rows, left_out = run([only] if only else groups())
    if not (only or left_out):
        write(rows)  # and none of groups that there are no longer
    if rows:
        print(table(sorted(rows, key=lambda row: row["name"])))
    for line in left_out:
        print(f"LEFT OUT: {line}")
    failed = bool(only) or os.environ.get("CI") == "true" or any(line.endswith(": failed") for line in left_out)
    return 1 if left_out and failed else 0


if __name__ == "__main__":
    sys.exit(command(main, "bench"))
