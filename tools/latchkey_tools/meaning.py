"""What the firmware's numbers mean: causes, alerts, the lines they come in, and names that the bundle made short."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from . import remedies
from .output import Wrong
from .sources import module

_REFERENCE = re.compile(r"RFC (\d{4,5})(?: sections? ([\d.]+))?")
_CODE = re.compile(r"(?:\(|Errno |\[|Fault |cause |^)-?(\d{3})\b")
_ALERT = re.compile(r"alert (\d{1,3})\b")
# A line of a traceback, and what is said of an attribute that is not there.
_LINE = re.compile(r'(File "(?:.*/)?(\w+)(?:\.m?py)?", line \d+, in )(\w+)')
_ATTRIBUTE = re.compile(r"(has no attribute ')(\w+)(')")
_NAMES = Path(__file__).resolve().parents[2] / "build" / "bundle" / "names.json"

Names = dict[str, dict[str, list[str]]]


@dataclass(frozen=True)
class Cause:
    """A cause as the firmware's catalogue has it. `alert`: what the server is sent, None for nothing."""

    number: int
    name: str
    package: str
    sentence: str
    alert: int | None

    @property
    def remedies(self) -> tuple[str, ...]:
        return remedies.of_cause(self.name, self.package)

    @property
    def rules(self) -> list[str]:
        """Where the rule stands."""
        return references(self.sentence) or [line for rule in remedies.RULES[self.package] for line in references(rule) or [rule]]

    def is_in(self, text: str) -> bool:
        """Whether its sentence stands in a text, whatever its details are."""
        parts = [re.escape(part) for part in self.sentence.split("{}")]
        return re.search(".*".join(parts), text, re.DOTALL) is not None


@cache
def causes() -> dict[int, Cause]:
    """All, by number."""
    errors = module("latchkey.errors")
    found = {}
    for _, package, _ in errors._ALERTS:
        for number, (name, sentence) in module(f"latchkey.errors_text.{package}").TEXT.items():
            found[number] = Cause(number, name, package, sentence, errors.alert_for(number))
    return found


@cache
def alerts() -> dict[int, str]:
    return dict(module("latchkey.errors_text.alerts").NAMES)


def likely(alert: int) -> dict[str, str]:
    """What is likely behind an alert of the server's: when it comes -> what then, alike ones together."""
    refusals = module("latchkey.errors_text.refusals")
    found: dict[str, list[str]] = {}
    for situation, when in remedies.SITUATIONS.items():
        found.setdefault(refusals._likely(alert, situation), []).append(when)
    return {"; ".join(when) if len(when) < len(remedies.SITUATIONS) else "whenever it comes": what for what, when in found.items()}


def alert_rules(alert: int) -> list[str]:
    """Where an alert is defined."""
    return [*references(remedies.ALERT_RULES.get(alert, remedies.OTHER_ALERTS)), remedies.REGISTRY]


def references(text: str) -> list[str]:
    """Where the RFCs that a sentence names are to be read."""
    found = []
    for number, section in _REFERENCE.findall(text):
        section = section.rstrip(".")
        place, anchor = (f" section {section}", f"#section-{section}") if section else ("", "")
        found.append(f"RFC {number}{place}: https://www.rfc-editor.org/rfc/rfc{number}{anchor}")
    return found


def causes_in(text: str) -> list[Cause]:
    """The causes that an error line or a traceback names: by number, else by their sentence."""
    numbered = [causes()[number] for number in map(int, _CODE.findall(text)) if number in causes()]
    return list(dict.fromkeys(numbered)) or [cause for cause in causes().values() if cause.is_in(text)]


def alerts_in(text: str) -> list[int]:
    return [number for number in dict.fromkeys(map(int, _ALERT.findall(text))) if number <= 255]


def is_traceback(text: str) -> bool:
    return "Traceback" in text or _LINE.search(text) is not None


def is_of_a_bundle(text: str) -> bool:
    """The bundle's groups are modules whose names begin with an underscore, compiled without lines."""
    return any(name.startswith("_") and name != "__main__" for _, name, _ in _LINE.findall(text))


def names(path: Path | None) -> Names:
    """What the bundle's names stand for, as `make build` wrote it."""
    try:
        return dict(json.loads((path or _NAMES).read_text()))
    except OSError:
        where = path or "build/bundle/names.json"
        raise Wrong(f"what the bundle's names stand for is in {where}, which is not there: `make build` writes it (--names FILE)") from None


def with_long_names(text: str, told: Names) -> str:
    """A traceback of the bundle with all that a name may stand for in its module."""

    def of(where: str, name: str) -> str:
        return " or ".join(told.get(where, {}).get(name, [name]))

    text = _LINE.sub(lambda match: match[1] + of(match[2], match[3]), text)
    return _ATTRIBUTE.sub(lambda match: match[1] + of("attributes", match[2]) + match[3], text)


def nearest(word: str) -> Iterator[Cause | int]:
    """A cause or an alert by its name, in any letters."""
    wanted = word.upper().replace("-", "_")
    yield from (cause for cause in causes().values() if cause.name == wanted)
    yield from (number for number, name in alerts().items() if name.upper() == wanted)
