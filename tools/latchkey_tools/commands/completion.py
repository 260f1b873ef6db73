"""Completion for a shell: commands, subcommands and options.

latchkey completion bash > ~/.local/share/bash-completion/completions/latchkey
echo 'autoload -U bashcompinit && bashcompinit && eval "$(latchkey completion bash)"' >> ~/.zshrc
"""

import argparse
import importlib
from collections.abc import Iterator

from ..output import Output
from . import COMMANDS

_SCRIPT = """\
_latchkey() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" words line=""
    [ "$COMP_CWORD" -lt 2 ] || line="${{COMP_WORDS[1]}} "
    [ "$COMP_CWORD" -lt 3 ] || line+="${{COMP_WORDS[2]}} "
    case "$line" in
{cases}
        *) words="{commands}" ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    [ "${{#COMPREPLY[@]}}" -gt 0 ] || COMPREPLY=($(compgen -f -- "$word"))
}}
complete -o filenames -F _latchkey latchkey"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=["bash"], help="bash; zsh takes it by bashcompinit")


def run(options: argparse.Namespace, out: Output) -> int:
    cases = [f'        "{line}"*) words="{" ".join(words)}" ;;' for line, words in sorted(_words(), reverse=True)]
    script = _SCRIPT.format(cases="\n".join(cases), commands=" ".join(COMMANDS))
    out.say(script)
    out.give(shell=options.shell, script=script)
    return 0


def _words() -> Iterator[tuple[str, list[str]]]:
    """Each command, and each with a subcommand: what may follow."""
    for name in COMMANDS:
        parser = argparse.ArgumentParser()
        importlib.import_module(f".{name}", __package__).arguments(parser)
        yield f"{name} ", _of(parser)
        for inner, choice in _inner(parser).items():
            yield f"{name} {inner} ", _of(choice)


def _of(parser: argparse.ArgumentParser) -> list[str]:
    options = [option for action in parser._actions for option in action.option_strings if option.startswith("--")]
    return [*_inner(parser), *options, *([] if _inner(parser) else ["--json"])]


def _inner(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Its subcommands."""
    found: dict[str, argparse.ArgumentParser] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found.update(action.choices)
    return found
