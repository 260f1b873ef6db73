"""Benchmarks with names: `make bench` writes build/bench.json and prints the same as a table; `make bench ONLY=wire` runs one group.

A group is a module `bench_GROUP.py` beside this file with `metrics() -> [{"name", "value", "unit", "how"}, ...]`. Figures are ratios to a
peer in the same run, counts of instructions, or counts of bytes; never seconds.
"""

import argparse
import importlib
import json
import os
import sys
from pathlib import Path

from tools.build.places import BUILD

RESULT = BUILD / "bench.json"


def groups() -> list[str]:
    return sorted(path.stem for path in (Path(__file__).parent / "groups").glob("[a-z]*.py"))


def run(names: list[str]) -> list[dict]:
    rows = []
    for number, name in enumerate(names, 1):
        print(f"[{number}/{len(names)}] {name} ...", file=sys.stderr, flush=True)
        rows += importlib.import_module(f"tools.bench.groups.{name}").metrics()
    return rows


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
    rows = sorted(run([only] if only else groups()), key=lambda row: row["name"])
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"metrics": merged(rows) if only else rows}, indent=2) + "\n")
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
