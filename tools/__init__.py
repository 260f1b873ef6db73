"""The host's side, in four rooms: what a user runs (latchkey_tools), what builds, what measures (bench), and the laboratory."""

import importlib.util
import sys

if sys.argv[:1] == ["-m"] and importlib.util.find_spec("mpremote") is None:  # `python3 -m tools.bench`: by a Python without the packages
    sys.exit(f"{sys.executable} lacks what the tools need: run `make setup`, then .venv/bin/python {' '.join(sys.orig_argv[1:])}")
