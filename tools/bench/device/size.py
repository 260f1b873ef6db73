"""What each module of the package holds of the heap by itself, without what it imports."""

import builtins
import gc
import sys


def held():
    gc.collect()
    gc.collect()
    return gc.mem_alloc()


def print_sizes(names):
    """Import all of `names` and print NAME BYTES for each, NAME - for one that cannot be had here (a kernel for another core).

    All are imported once before anything is measured: the interpreter's tables of names and modules grow by leaps, which would fall
    to whichever module came just then. What that leaves to add is the last line.
    """
    before = held()
    own = dict.fromkeys(names, 0)
    missing = [name for name in names if not imported(name)]
    whole = held() - before
    for name in list(sys.modules):
        if name.startswith("latchkey"):
            del sys.modules[name]
    inner = []  # for each import under way, the bytes held by the imports inside it
    real = builtins.__import__

    def measured(name, *rest):
        if not name.startswith("latchkey") or name in sys.modules:
            return real(name, *rest)
        before = held()
        inner.append(0)
        try:
            return real(name, *rest)
        finally:
            gained = held() - before
            own[name] = gained - inner.pop()
            if inner:
                inner[-1] += gained

    builtins.__import__ = measured
    for name in names:
        imported(name)
    builtins.__import__ = real
    for name in names:
        print(name, "-" if name in missing else own[name])
    print("tables", whole - sum(own[name] for name in names if name not in missing))


def imported(name):
    try:
        __import__(name)
    except (ImportError, ValueError, OSError):
        return False
    return True
