"""How a tool ends where something is wrong: with a line that says what to do, and no traceback."""

import os
import sys
from collections.abc import Callable

INTERRUPTED = 130  # as a shell has it after Ctrl-C


class Plain(Exception):
    """What stands in the way; the message is for a person."""


class Missing(Plain):
    """What has to be installed first, and how."""


def command(main: Callable[[], int], name: str) -> int:
    """A tool's exit status; `name` begins the line."""
    try:
        return main()
    except Plain as reason:
        print(f"{name}: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{name}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
