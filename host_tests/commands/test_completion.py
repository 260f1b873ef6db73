"""`latchkey completion`: what bash offers, asked of bash."""

import subprocess
from pathlib import Path

import pytest

from tools.latchkey_tools import cli
from tools.latchkey_tools.commands import COMMANDS

ASK = """
{script}
COMP_WORDS=(latchkey {line})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_latchkey
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("''", set(COMMANDS)),
        ("pro", {"provision"}),
        ("trust ''", {"make", "list", "find", "--help"}),
        ("trust ma", {"make"}),
        ("trust make --o", {"--only"}),
        ("chip compare --p", {"--port"}),
        ("provision --n", {"--new-key"}),
        ("provision x.toml --co", {"--commit"}),
        (f"explain {Path(__file__).parent}/test_complet", {__file__}),
    ],
)
def test_bash_offers_commands_options_and_files(capsys: pytest.CaptureFixture[str], line: str, offered: set[str]) -> None:
    assert cli.main(["completion", "bash"]) == 0
    asked = ASK.format(script=capsys.readouterr().out, line=line)
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True)
    assert done.stderr == ""
    assert {word for word in done.stdout.split() if not word.endswith("-")} == offered
