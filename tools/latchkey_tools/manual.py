"""The page of all causes, firmware/manual/causes.md, out of the firmware's catalogue and what `latchkey explain` knows beside it:

python -m tools.latchkey_tools.manual          # a test holds it up to date
"""

import textwrap
from pathlib import Path

from . import remedies
from .meaning import causes

PAGE = Path(__file__).resolve().parents[2] / "firmware" / "manual" / "causes.md"
_HEAD = """# Causes

`TLSError.cause`, as `latchkey explain` has it: the sentence with `...` for what it was of, what the
server is told, what to try. Written by `.venv/bin/python -m tools.latchkey_tools.manual`.
"""
_TITLES = {
    "connection": "Connection and policy",
    "tls": "TLS",
    "x509": "Certificates",
    "crypto": "Arithmetic",
    "entropy": "Randomness",
    "secure_element": "Chips",
}
_WIDTH = 98


def page() -> str:
    lines = [_HEAD]
    package = ""
    for cause in causes().values():
        if cause.package != package:
            package = cause.package
            lines.append(f"## {_TITLES[package]}\n\nWhatever it is:\n")
            lines += [*map(_item, remedies.PACKAGES[package]), ""]
        told = "nothing is sent" if cause.alert is None else f"alert {cause.alert}"
        lines.append(f"### {cause.number} {cause.name}\n")
        lines.append(_item(cause.sentence.replace("{}", "...") + f" ({told})"))
        lines += [_item(remedy, "Try: ") for remedy in cause.remedies if remedy not in remedies.PACKAGES[package]]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _item(text: str, before: str = "") -> str:
    return textwrap.fill(before + text, _WIDTH, initial_indent="- ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


if __name__ == "__main__":
    PAGE.write_text(page())
