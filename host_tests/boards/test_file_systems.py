"""What the pages have copied to a board fits into its file system, and what they have frozen would not: files of `make build`, on
a file system in memory of the size and kind that MicroPython's own tree gives the board.
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.build import debian_source, mpy, parts
from tools.build.places import BUILD, ROOT
from tools.laboratory.micropython_process import micropython_process

DEVICE = Path(__file__).parent / "device"
BOARDS = sorted(path.parent.name for path in ROOT.glob("boards/*/board.py"))
ITS_FIRMWARE = {"M5STACK_CORE2_AWS": "ESP32_GENERIC"}  # where MicroPython has no folder of the board's name
CERTIFICATE = 2048  # octets of root.pem
FREEZES = "make firmware BOARD={} MPY_DIR=~/micropython"


@dataclass(frozen=True)
class FileSystem:
    kind: str
    block: int
    size: int


@pytest.fixture(scope="module")
def tree() -> Path:
    return Path(debian_source.fetch("micropython", BUILD / "debian"))


def file_system(tree: Path, board: str) -> FileSystem:
    """As stock firmware of the board makes it."""
    [folder] = tree.glob(f"ports/*/boards/{ITS_FIRMWARE.get(board, board)}")
    return {"stm32": stm32, "rp2": rp2, "esp32": esp32}[folder.parents[1].name](folder)


def stm32(folder: Path) -> FileSystem:
    made = (folder / "mpconfigboard.mk").read_text()
    script = re.search(r"boards/stm32\w+\.ld", made)
    assert script
    sizes = re.findall(r"FLASH_FS2? \(\w+\)\s*:.*LENGTH = (\d+)K", (folder.parents[1] / script[0]).read_text())
    return FileSystem("littlefs" if "MICROPY_VFS_LFS2 = 1" in made else "fat", 512, sum(map(int, sizes)) * 1024)


def rp2(folder: Path) -> FileSystem:
    found = re.search(r"FLASH_STORAGE_BYTES\s+\((.*)\)", (folder / "mpconfigboard.h").read_text())
    assert found
    whole, _, less = found[1].rpartition("PICO_FLASH_SIZE_BYTES - ")
    product = [int(number) for number in re.findall(r"\d+", less or whole)]
    size = product[0] * product[1]
    return FileSystem("littlefs", 4096, (4 << 20) - size if "PICO_FLASH_SIZE_BYTES" in found[1] else size)


def esp32(folder: Path) -> FileSystem:
    own = folder / "sdkconfig.board"
    named = re.search(r"partitions-\w+\.csv", own.read_text() if own.exists() else "")
    table = (folder.parents[1] / (named[0] if named else "partitions-4MiB.csv")).read_text()
    found = re.search(r"^vfs,.*, (0x\w+),", table, re.MULTILINE)
    assert found
    return FileSystem("littlefs", 4096, int(found[1], 16))


def arch(board: str) -> str:
    found = re.search(r"manifests/(\w+)/", (ROOT / "boards" / board / "manifest.py").read_text())
    assert found
    return found[1]


def fits(place: FileSystem, board: str, names: list[str], small: bool = False) -> bool:
    """Whether these parts, the board's file and a certificate do."""
    built = arch(board)
    mpy.build(built)
    folder = BUILD / "mpy" / (built + mpy.SMALL * small)
    every = parts.files(folder, built)
    files = [(f"lib/{name}", str(folder / name)) for name in sorted({name for part in names for name in every[part]})]
    files += [("lib/latchkey_board.py", str(ROOT / "boards" / board / "board.py")), ("root.pem", CERTIFICATE)]
    code = f"import file_system\nprint(file_system.fits({place.kind!r}, {place.block}, {place.size}, {files!r}))"
    done = micropython_process(code, heapsize="16M", path=[DEVICE])
    assert done.stdout in ("True\n", "False\n"), done.stderr
    return done.stdout == "True\n"


def first_command(board: str) -> str:
    """What the board's page has a person do first."""
    steps = (ROOT / "boards" / board / "README.md").read_text().partition("\n## First steps\n")[2]
    return re.findall(r"^    (\S.*)$", steps, re.MULTILINE)[0]


def option(command: str, name: str, otherwise: str = "") -> str:
    words = shlex.split(command)
    return words[words.index(name) + 1] if name in words else otherwise


@pytest.mark.parametrize("board", BOARDS)
def test_what_a_boards_page_installs_fits(board: str, tree: Path) -> None:
    command, place = first_command(board), file_system(tree, board)
    if command == FREEZES.format(board):
        assert not fits(place, board, ["core"]) or board in SHORT_OF_HEAP
        return
    assert command.startswith("latchkey flash ") and option(command, "--board") == f"boards/{board}" and command.endswith(" root.pem")
    assert fits(place, board, option(command, "--parts", "all").split(","), "--small" in command)
    assert "--parts" not in command or not fits(place, board, ["all"]), "all would fit"


SHORT_OF_HEAP = {"ESP32_GENERIC_C3"}  # its page says so


def test_the_table_of_boards_has_their_file_systems_and_the_same_commands(tree: Path) -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\d,]+) \| (.*?) \|", (ROOT / "boards/README.md").read_text(), re.MULTILINE)
    said = {board: (int(size.replace(",", "")), how) for board, size, how in rows}
    wanted = {}
    for board in BOARDS:
        command = first_command(board)
        chosen = [word for word in ("--small", "--parts " + option(command, "--parts")) if word.rstrip() in command and word[-1] != " "]
        how = "frozen" if command == FREEZES.format(board) else f"`{' '.join(chosen)}`" if chosen else "all of it"
        wanted[board] = (file_system(tree, board).size // 1024, how)
    assert said == wanted


def test_what_the_readme_says_a_copy_takes_is_so() -> None:
    found = re.search(
        r"takes (\d+) KB where\s+blocks have 512 bytes \(STM32\), (\d+) KB where they have 4 KB", (ROOT / "README.md").read_text()
    )
    assert found
    for block, said in ((512, int(found[1])), (4096, int(found[2]))):
        folder = BUILD / "mpy" / "armv7emsp"
        taken = sum(-(-(folder / name).stat().st_size // block) * block for name in parts.files(folder, "armv7emsp")[parts.ALL]) // 1024
        assert abs(taken - said) < 0.03 * said, taken
