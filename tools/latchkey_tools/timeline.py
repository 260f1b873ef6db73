"""A handshake as a picture: a time axis between the board and the server, in SVG, and as lines for a terminal."""

from collections.abc import Iterator
from html import escape
from pathlib import Path

from .handshake import KINDS, Trace
from .meaning import alerts, causes

COLOURS = {"connect": "#b07aa1", "radio": "#4e79a7", "waiting": "#d0d0d0", "chip": "#59a14f", "arithmetic": "#f28e2b"}
_WIDTH, _TOP, _ROW = 900, 96, 22
_BOARD, _SERVER = 300, 640  # where the two lifelines are
_BAR = 40  # columns of a terminal's bars


def headline(trace: Trace) -> list[str]:
    """What there is to say first: of a failure the last message, the rule and the remedy."""
    where = f"{trace.host}:{trace.port}"
    if trace.failed is None:
        how = "resumed" if trace.report.get("resumed") else "full handshake"
        certificate = ", with the board's certificate" if trace.report.get("client_certificate") else ""
        first = f"{where}: {how}{certificate} in {_ms(trace.end)} ms, {trace.report.get('cipher')}"
        return [first, f"the server: {trace.report.get('peer')}"]
    cause = causes().get(trace.failed.get("cause") or 0)
    lines = [f"{where}: FAILED after {trace.last}: {trace.failed['text']}"]
    if cause:
        lines += [f"rule: {rule}" for rule in cause.rules[:1]]
        lines += [f"try: {remedy}" for remedy in cause.remedies[:1]]
    else:
        lines.append("try: whether the board is on its network, and the server's name and port")
    return lines


def text(trace: Trace) -> list[str]:
    """The timeline for a terminal."""
    lines = [f"{'ms':>9}  {'bytes':>6}"]
    for at, direction, name, size, note in trace.messages:
        arrow = f"board ── {name} ──▶" if direction == ">" else f"      ◀── {name} ── server"
        lines.append(f"{_ms(at):>9}  {size:6}  {arrow}  {_noted(name, note)}".rstrip())
    if trace.failed:
        lines.append(f"{_ms(trace.end):>9}          ✗ {trace.failed['text']}")
    return [*lines, "", *bars(trace)]


def bars(trace: Trace) -> list[str]:
    """Where the time went."""
    totals = trace.totals()
    whole = max(1, sum(totals.values()))
    return [
        f"{KINDS[kind]:>11} {_ms(us):>9} ms  {'█' * round(_BAR * us / whole)}{' ' if us else ''}{us / whole:.0%}"
        for kind, us in totals.items()
    ]


def compared(ours: Trace, other: Trace) -> list[str]:
    """Two traces side by side: each message's time, then where the time went."""
    lines = [f"{'':>26} {'this':>10} {'against':>10} {'difference':>11}  (ms)"]
    for name in dict.fromkeys(_steps(ours)) | dict.fromkeys(_steps(other)):
        lines.append(_row(name, _steps(ours).get(name), _steps(other).get(name)))
    mine, theirs = ours.totals(), other.totals()
    lines += [_row(KINDS[kind], mine[kind], theirs[kind]) for kind in KINDS]
    return [*lines, _row("all of it", ours.end, other.end)]


def _steps(trace: Trace) -> dict[str, int]:
    return {f"{direction} {name}": at for at, direction, name, _, _ in trace.messages}


def _row(name: str, ours: int | None, other: int | None) -> str:
    shown = [_ms(one) if one is not None else "-" for one in (ours, other)]
    difference = f"{(ours - other) / 1000:+.1f}" if ours is not None and other is not None else ""
    return f"{name:>26} {shown[0]:>10} {shown[1]:>10} {difference:>11}"


def svg(trace: Trace, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(_svg(trace)) + "\n")


def _svg(trace: Trace) -> Iterator[str]:
    span = max(trace.end, 1)
    height = max(260, _ROW * (len(trace.messages) + 2))
    places = _spread([height * message[0] / span for message in trace.messages], height)
    bottom = _TOP + max([height, *places])
    whole = bottom + 150
    yield f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{whole:.0f}" font-family="sans-serif" font-size="13">'
    yield '<rect width="100%" height="100%" fill="white"/>'
    for row, line in enumerate(headline(trace)):
        colour = "#c00000" if trace.failed else "#202020"
        weight = ' font-weight="bold" font-size="12"' if row == 0 else ""
        yield f'<text x="20" y="{24 + 18 * row}" fill="{colour}"{weight}>{escape(_short(line))}</text>'
    for x, who in ((_BOARD, "board"), (_SERVER, trace.name)):
        yield f'<text x="{x}" y="{_TOP - 10}" text-anchor="middle" font-weight="bold">{escape(who)}</text>'
        yield f'<line x1="{x}" y1="{_TOP}" x2="{x}" y2="{bottom:.0f}" stroke="#909090"/>'
    yield f'<rect x="{_BOARD - 7}" y="{_TOP}" width="14" height="{height}" fill="{COLOURS["arithmetic"]}"/>'
    for kind, since, until, _ in trace.spans:
        tall = max(0.5, height * (until - since) / span)
        yield (
            f'<rect x="{_BOARD - 7}" y="{_TOP + height * since / span:.1f}" width="14" height="{tall:.1f}" fill="{COLOURS[kind]}">'
            f"<title>{KINDS[kind]}: {_ms(until - since)} ms</title></rect>"
        )
    for message, y in zip(trace.messages, places, strict=True):
        yield from _arrow(message, _TOP + height * message[0] / span, _TOP + y)
    if trace.failed:
        yield f'<text x="{_BOARD}" y="{_TOP + height + 6}" text-anchor="middle" font-size="22" fill="#c00000">✗</text>'
    yield from _legend(trace, bottom + 30)
    yield "</svg>"


def _arrow(message: list, at: float, y: float) -> Iterator[str]:
    """A message: its arrow at the height of its label, which a line leads to from its time where others are in the way."""
    when, direction, name, size, note = message
    left, right = _BOARD + 40, _SERVER - 12
    tip, head = (right, -8) if direction == ">" else (left, 8)
    wrong = name == "alert"
    colour = "#c00000" if wrong else "#303030"
    yield f'<polyline points="{_BOARD + 7},{at:.1f} {left - 4},{y:.1f}" fill="none" stroke="#b0b0b0"/>'
    yield f'<line x1="{left}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="{colour}"/>'
    yield f'<polygon points="{tip},{y:.1f} {tip + head},{y - 4:.1f} {tip + head},{y + 4:.1f}" fill="{colour}"/>'
    label = f"{name}, {size} bytes" + (f" ({_noted(name, note)})" if wrong else "")
    yield f'<text x="{(left + right) / 2}" y="{y - 3:.1f}" text-anchor="middle" font-size="11" fill="{colour}">{escape(label)}</text>'
    yield f'<text x="{_BOARD - 16}" y="{y + 4:.1f}" text-anchor="end" font-size="11" fill="#606060">{_ms(when)} ms</text>'


def _legend(trace: Trace, y: float) -> Iterator[str]:
    totals = trace.totals()
    whole = max(1, sum(totals.values()))
    x = 20.0
    for kind, us in totals.items():
        wide = 860 * us / whole
        yield f'<rect x="{x:.1f}" y="{y:.0f}" width="{wide:.1f}" height="18" fill="{COLOURS[kind]}"/>'
        x += wide
    for place, (kind, us) in enumerate(totals.items()):
        x = 20 + 172 * place
        yield f'<rect x="{x}" y="{y + 30:.0f}" width="10" height="10" fill="{COLOURS[kind]}"/>'
        yield f'<text x="{x + 16}" y="{y + 39:.0f}" font-size="12">{KINDS[kind]} {_ms(us)} ms</text>'
    facts = [f"heap: {trace.peak:,} bytes at most"] if trace.heap else []
    facts += ["randomness: " + ", ".join(source["name"] for source in trace.randomness)] if trace.randomness else []
    yield f'<text x="20" y="{y + 66:.0f}" font-size="12">{escape(_short("; ".join(facts)))}</text>'
    if trace.board:
        yield f'<text x="20" y="{y + 86:.0f}" font-size="12" fill="#606060">{escape(_short(str(trace.board.get("machine"))))}</text>'


def heap_svg(trace: Trace, path: Path) -> None:
    """The heap over a handshake: what is alive at each event, its peak marked."""
    left, top, width, height = 80, 50, 780, 260
    base = trace.before.get("live", 0)
    points = [(point["at"], point["live"] - base, point["what"]) for point in trace.heap]
    most = max([1, *(live for _, live, _ in points)])
    span = max([1, *(at for at, _, _ in points)])
    spots = [(left + width * at / span, top + height - height * max(live, 0) / most) for at, live, _ in points]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="420" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="20" y="24" font-weight="bold">heap that is alive over a handshake, beyond what was before: {trace.peak:,} bytes</text>',
        f'<line x1="{left}" y1="{top + height}" x2="{left + width}" y2="{top + height}" stroke="#909090"/>',
        f'<text x="{left - 8}" y="{top + 4}" text-anchor="end">{most:,}</text>',
        f'<text x="{left - 8}" y="{top + height + 4}" text-anchor="end">0</text>',
    ]
    if spots:
        path_points = " ".join(f"{x:.1f},{y:.1f}" for x, y in [(left, top + height), *spots, (spots[-1][0], top + height)])
        lines.append(f'<polygon points="{path_points}" fill="#a0cbe8" stroke="{COLOURS["radio"]}"/>')
    named = [(x, what) for (x, _), (_, _, what) in zip(spots, points, strict=True) if what not in ("read", "write")]
    shown = _spread([x for x, _ in named], left + width, 16)
    for (x, what), place in zip(named, shown, strict=True):
        turned = f'transform="rotate(55 {place:.1f} {top + height + 16})"'
        lines.append(f'<line x1="{x:.1f}" y1="{top + height}" x2="{place:.1f}" y2="{top + height + 10}" stroke="#b0b0b0"/>')
        lines.append(f'<text x="{place:.1f}" y="{top + height + 16}" font-size="10" {turned}>{escape(what)}</text>')
    path.write_text("\n".join([*lines, "</svg>"]) + "\n")


def _spread(places: list[float], end: float, apart: float = _ROW) -> list[float]:
    """The same places, but no two nearer than a row, and the last ones not beyond the end if there is room before it."""
    found = list(places)
    for i in range(len(found)):
        found[i] = max(found[i], found[i - 1] + apart if i else apart / 2)
    limit = end
    for i in reversed(range(len(found))):
        found[i] = min(found[i], limit)
        limit = found[i] - apart
    return found


def _noted(name: str, note: str) -> str:
    if name != "alert":
        return note
    number = note.rpartition(" ")[2]
    return f"{note} {alerts().get(int(number), '')}".strip() if number.isdigit() else note


def _short(line: str) -> str:
    return line if len(line) <= 120 else line[:117] + "..."


def _ms(us: int) -> str:
    return f"{us / 1000:.1f}"
