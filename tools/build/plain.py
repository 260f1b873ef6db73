"""How a tool ends where something is wrong: with a line that says what to do, and no traceback."""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

INTERRUPTED = 130  # as a shell has it after Ctrl-C
_LONGEST = 500  # letters of a line

# What a program, a board, a server or the system did: mpremote's TransportError by its name, for this module stands below what loads that.
_FROM_OUTSIDE = {"OSError", "RuntimeError", "SubprocessError", "TransportError"}
_OWN_FAULTS = (NotImplementedError, RecursionError)


class Plain(Exception):
    """What stands in the way; the message is for a person."""


class Missing(Plain):
    """What has to be installed first, and how."""


def line_of(reason: Exception) -> str:
    """What stood in a tool's way, in a line; "" where the fault is the tool's own, and a traceback is what helps."""
    if isinstance(reason, Plain):
        return str(reason)
    if isinstance(reason, _OWN_FAULTS) or _FROM_OUTSIDE.isdisjoint(kind.__name__ for kind in type(reason).__mro__):
        return ""
    if isinstance(reason, subprocess.TimeoutExpired):
        return f"{_program(reason.cmd)} did not end within {reason.timeout:g} s; a busy machine may be why: try again"
    if isinstance(reason, subprocess.CalledProcessError):
        said = reason.stderr or reason.stdout or b""
        return _short(
            f"{_program(reason.cmd)} ended with {reason.returncode}: " + (said if isinstance(said, str) else said.decode(errors="replace"))
        )
    return _short(str(reason) or type(reason).__name__)


def _program(command: object) -> str:
    words = (
        shlex.split(command) if isinstance(command, str) else [str(word) for word in command] if isinstance(command, list | tuple) else []
    )
    return Path(words[0]).name if words else "a program"


def _short(text: str) -> str:
    """In one line: its beginning, and its end, where a log has what matters."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST // 2]} ... {line[-_LONGEST // 2 :]}"


def command(main: Callable[[], int], name: str) -> int:
    """A tool's exit status; `name` begins the line."""
    try:
        return main()
    except KeyboardInterrupt:
        print(f"\n{name}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as reason:
        line = line_of(reason)
        if not line:
            raise
        print(f"{name}: {line}", file=sys.stderr)
        return 1
