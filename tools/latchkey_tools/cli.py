"""The command `latchkey`: a table of commands, and the one place where an error becomes a line and an exit status.

    0    done                          2    the command line is wrong
    1    something is wrong: a line    130  interrupted
         on stderr says what to do

With --json the result is one JSON document on stdout; where something is wrong, {"error": "..."}. Progress and notes go to stderr.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType

from .commands import COMMANDS
from .output import Output, Wrong

INTERRUPTED = 130  # as a shell has it after Ctrl-C
PROGRAM = "latchkey"

_EPILOG = """\
`latchkey COMMAND --help` teaches a command. Exit status: 0 done, 1 something is wrong (a line on stderr says what to do), 2 a wrong
command line, 130 interrupted.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    name = _chosen(given)
    try:
        module = _module(name)
    except Wrong as reason:
        print(f"{PROGRAM}: {reason}", file=sys.stderr)
        return 1
    line = module.meant(given[1:]) if hasattr(module, "meant") else given[1:]
    options = parser_of(name, module).parse_args(line)
    return run(f"{PROGRAM} {name}", module, options)


def run(title: str, module: ModuleType, options: argparse.Namespace) -> int:
    """A command whose line was read; whatever may go wrong with files, ports and boards ends in a line."""
    from mpremote.transport import TransportError

    out = Output(options.json)
    try:
        status = int(module.run(options, out))
        out.end()
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (Wrong, TransportError, OSError, ValueError) as reason:
        text = str(reason).strip() or type(reason).__name__
        out.fail(text)
        print(f"{title}: {text}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{title}: interrupted", file=sys.stderr)
        return INTERRUPTED


def parser_of(name: str, module: ModuleType) -> argparse.ArgumentParser:
    """The parser of one command; its module's first lines are what --help teaches."""
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} {name}", description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    module.arguments(parser)
    for leaf in _leaves(parser):
        leaf.add_argument("--json", action="store_true", help="the result as JSON on stdout, for scripts")
    return parser


def _leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parsers that end a command line: those of the subcommands, where there are any."""
    inner = [action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    for choices in inner:
        for choice in choices.values():
            yield from _leaves(choice)
    if not inner:
        yield parser


def _module(name: str) -> ModuleType:
    """A command's module, loaded when it is asked for."""
    try:
        return importlib.import_module(f".commands.{name}", __package__)
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith(__package__ or PROGRAM):
            raise
        raise Wrong(f"Python's package {missing.name} is missing: install by `pipx install .` in the clone, which brings it") from None


def _chosen(given: list[str]) -> str:
    """The command that the line names; without one, or with one that is none, argparse says which there are."""
    width = max(map(len, COMMANDS))
    table = "\n".join(f"  {name:{width}}  {does}" for name, does in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [-h] COMMAND ...",
        description=f"What a person does on a computer for boards that run latchkey.\n\ncommands:\n{table}",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of these")
    if not given:
        parser.print_help(sys.stderr)
        sys.exit(2)
    return str(parser.parse_args(given[:1]).command)
