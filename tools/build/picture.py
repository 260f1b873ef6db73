"""Draws which way imports run, from the ground up: `make picture`.

    python -m tools.build.picture                   # the house, firmware/house.svg: the package's parts, the rooms around it
    python -m tools.build.picture latchkey.x509     # the modules of one package, into build/picture/latchkey.x509.svg

An arrow leads from what imports to what is imported. Left out is an arrow that others already make the way for: where context needs
stream and stream needs tls, none is drawn from context to tls.
"""

import argparse
import importlib.util
import sys
from xml.sax.saxutils import escape

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

import grimp

from tools.build.places import BUILD, FIRMWARE, ROOT
from tools.build.plain import command

HOUSE = FIRMWARE / "house.svg"
FACES = ("latchkey.doctor",)  # what may look into every room hides how the rooms stand to each other

Imports = dict[str, set[str]]

WIDTH, HEIGHT = 118, 30  # of a box
LANE = 4  # for an arrow that passes a floor
ACROSS, UP = 16, 38  # between boxes
MARGIN, TITLE = 22, 34

STYLE = """
  text { font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2933; text-anchor: middle }
  .title { font-weight: 600; text-anchor: start }
  .panel { fill: #f7f8fa; stroke: #d3d9e0 }
  .box { fill: #ffffff; stroke: #52606d; rx: 5px }
  .arrow { fill: none; stroke: #7b8794; marker-end: url(#head) }
"""
HEAD = (
    '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0 8 4 0 8z" fill="#7b8794"/></marker>'
)


def graph() -> grimp.ImportGraph:
    """Of the whole tree."""
    sys.path.insert(0, str(FIRMWARE))
    try:
        return grimp.build_graph("latchkey", "tools", "host_tests", cache_dir=None)
    finally:
        sys.path.remove(str(FIRMWARE))


def parts(whole: grimp.ImportGraph, names: set[str]) -> Imports:
    """What each of `names`, with all that is in it, imports of the others."""

    def home(module: str) -> str | None:
        while module and module not in names:
            module = module.rpartition(".")[0]
        return module or None

    found: Imports = {name: set() for name in names}
    for module in whole.modules:
        mine = home(module)
        others = {home(other) for other in whole.find_modules_directly_imported_by(module)} if mine else set()
        found.get(mine or "", set()).update(other for other in others if other and other != mine)
    return found


def reach(imports: Imports, name: str) -> set[str]:
    """All that `name` needs, by whatever way."""
    found: set[str] = set()
    left = [name]
    while left:
        for other in imports[left.pop()] - found:
            found.add(other)
            left.append(other)
    return found


def without_detours(imports: Imports) -> Imports:
    """Only the arrows that no way over another part stands for."""
    return {name: {to for to in below if not any(to in reach(imports, over) for over in below - {to})} for name, below in imports.items()}


def heights(imports: Imports) -> dict[str, int]:
    """The floor of each: one above the highest that it stands on."""
    found: dict[str, int] = {}
    for name in sorted(imports, key=lambda name: (len(reach(imports, name)), name)):
        found[name] = 1 + max((found[below] for below in imports[name]), default=-1)
    return found


Spot = tuple[str, str]  # (name, ""): a box; (from, to): where an arrow passes a floor
Floors = list[list[Spot]]


class Panel:
    """Boxes on floors, and room between them for the arrows that go further down than to the next floor."""

    def __init__(self, title: str, imports: Imports) -> None:
        self.title = title
        arrows = without_detours(imports)
        height = heights(imports)
        self.floors: Floors = [[] for _ in range(1 + max(height.values()))]
        for name in sorted(imports):
            self.floors[height[name]].append((name, ""))
        self.ways: dict[Spot, list[Spot]] = {}  # each arrow's, from its box down to the other
        for name in sorted(arrows):
            for to in sorted(arrows[name]):
                between = range(height[to] + 1, height[name])
                self.ways[name, to] = [(name, ""), *[(name, to)] * len(between), (to, "")]
                for floor in between:
                    self.floors[floor].append((name, to))
        self._settle()
        self.width = max(map(_width, self.floors)) + 2 * MARGIN
        self.height = len(self.floors) * (HEIGHT + UP) - UP + 2 * MARGIN + TITLE

    def _settle(self) -> None:
        """Put each spot near those that it is joined to, floor by floor, up and down a few times."""
        for turn in range(8):
            for floor in range(1, len(self.floors)) if turn % 2 == 0 else range(len(self.floors) - 2, -1, -1):
                beside = _middles(self.floors[floor - 1 if turn % 2 == 0 else floor + 1])
                here = _middles(self.floors[floor])
                self.floors[floor].sort(key=lambda spot, beside=beside, here=here: (self._pull(spot, beside, here[spot]), spot))

    def _pull(self, spot: Spot, beside: dict[Spot, float], here: float) -> float:
        joined = [beside[other] for way in self.ways.values() if spot in way for other in way if other != spot and other in beside]
        if spot in self.ways and spot in beside:
            joined.append(beside[spot])
        return sum(joined) / len(joined) if joined else here

    def svg(self, left: float, ground: float) -> list[str]:
        """Drawn with its lower left corner at (`left`, `ground`)."""
        middles = [{spot: left + self.width / 2 + x for spot, x in _middles(row).items()} for row in self.floors]
        levels = [ground - MARGIN - HEIGHT / 2 - floor * (HEIGHT + UP) for floor in range(len(self.floors))]
        top = ground - self.height
        drawn = [f'<rect class="panel" x="{left:g}" y="{top:g}" width="{self.width:g}" height="{self.height:g}" rx="8"/>']
        drawn += [f'<text class="title" x="{left + MARGIN:g}" y="{top + MARGIN + 4:g}">{escape(self.title)}</text>']
        for way in self.ways.values():
            floor = next(number for number, row in enumerate(self.floors) if way[0] in row)
            drawn.append(_arrow([(middles[floor - step][spot], levels[floor - step]) for step, spot in enumerate(way)]))
        for row, y in zip(middles, levels, strict=True):
            for (name, to), x in row.items():
                if not to:
                    drawn += [f'<rect class="box" x="{x - WIDTH / 2:g}" y="{y - HEIGHT / 2:g}" width="{WIDTH}" height="{HEIGHT}"/>']
                    drawn += [f'<text x="{x:g}" y="{y + 4.5:g}">{escape(name.rpartition(".")[2])}</text>']
        return drawn


def _width(row: list[Spot]) -> float:
    return sum(LANE if to else WIDTH for _, to in row) + ACROSS * (len(row) - 1)


def _middles(row: list[Spot]) -> dict[Spot, float]:
    """How far each spot of a floor stands from the floor's middle."""
    x = -_width(row) / 2
    found = {}
    for spot in row:
        width = LANE if spot[1] else WIDTH
        found[spot] = x + width / 2
        x += width + ACROSS
    return found


def _arrow(points: list[tuple[float, float]]) -> str:
    """From the foot of the first box to the head of the last; a floor between is passed straight down."""
    (x, y), *between, (to_x, to_y) = points
    path = f"M{x:g} {y + HEIGHT / 2:g}"
    at = (x, y + HEIGHT / 2)
    for x, y in between:
        path += _curve(at, (x, y - HEIGHT / 2)) + f"V{y + HEIGHT / 2:g}"
        at = (x, y + HEIGHT / 2)
    return f'<path class="arrow" d="{path}{_curve(at, (to_x, to_y - HEIGHT / 2 - 1))}"/>'


def _curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    bend = (end[1] - start[1]) / 2
    return f"C{start[0]:g} {start[1] + bend:g} {end[0]:g} {end[1] - bend:g} {end[0]:g} {end[1]:g}"


def svg(panels: list[Panel]) -> str:
    """The panels side by side, all standing on one ground."""
    ground = max(panel.height for panel in panels) + 1
    drawn, left = [], 1.0
    for panel in panels:
        drawn += panel.svg(left, ground)
        left += panel.width + ACROSS
    size = f'viewBox="0 0 {left - ACROSS + 1:g} {ground + 1:g}" width="{left - ACROSS + 1:g}" height="{ground + 1:g}"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', f"<style>{STYLE}</style>", HEAD, *drawn, "</svg>", ""])


def house(whole: grimp.ImportGraph) -> str:
    """The package's parts, and beside them the rooms of the tools with the tests on top."""
    package = parts(whole, whole.find_children("latchkey") - {*FACES})
    rooms = parts(whole, whole.find_children("tools") | {"host_tests"})
    return svg([Panel("firmware/latchkey", package), Panel("tools, host_tests", rooms)])


def inside(whole: grimp.ImportGraph, package: str) -> str:
    """The modules and packages that stand in one package."""
    return svg([Panel(package, parts(whole, whole.find_children(package)))])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", nargs="?", help="draw what is in this one, e.g. latchkey.x509 or tools.laboratory")
    package = parser.parse_args().package
    whole = graph()
    if package and not (package in whole.modules and whole.find_children(package)):
        parser.error(f"no package {package!r}")
    path = BUILD / "picture" / f"{package}.svg" if package else HOUSE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(inside(whole, package) if package else house(whole))
    print(f"picture: {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(command(main, "picture"))
