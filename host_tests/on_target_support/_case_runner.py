"""Runs one case of a file of cases on the target, and prints how it ended as one line of JSON behind a record separator."""

import gc
import io
import json
import sys
import time


def run(module, name):
    """Call the function `name` of `module`; any exception fails it."""
    gc.collect()
    result = {"name": name, "outcome": "passed"}
    begun = time.ticks_ms()
    try:
        getattr(module, name)()
    except BaseException as error:
        result["ms"] = time.ticks_diff(time.ticks_ms(), begun)
        gc.collect()
        text: Any = io.BytesIO()
        sys.print_exception(error, text)
        result["outcome"] = "failed"
        result["traceback"] = text.getvalue().decode().strip()
        result["message"] = "{}: {}".format(type(error).__name__, error)
    else:
        result["ms"] = time.ticks_diff(time.ticks_ms(), begun)
    print("\x1e" + json.dumps(result))
