"""Write everything about the field machine that is made from a source: `python -m tools.build.field`
(with `--check`: say what differs, exit 1).

- programs.py: weierstrass.prog -> crypto/field/weierstrass.py, x25519.prog -> crypto/field/ladder.py, and the entries' numbers
  (`_DOUBLE = const(0)`) in every module that names them
- inversion.py: `_INVERT_P`, `_INVERT_N` of each curve's module, from its `_P` and `_N`
- viper.py: kernel_viper_*.py
- base_point.py: p256_base.py, and `_TABLE` in p384.py
The Thumb-2 kernels come from tools/build/kernels.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import re
import sys
from pathlib import Path

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

from cryptography.hazmat.primitives.asymmetric import ec

from tools.build.field import base_point, inversion, programs, viper
from tools.build.places import ROOT
from tools.build.plain import command

CRYPTO = ROOT / "firmware/latchkey/crypto"
SOURCE = ROOT / "tools/build/field/weierstrass.prog"
USERS = ("weierstrass.py", "ecdsa.py", "ecdsa_sign.py", "field/machine.py")
CURVES = ("p256.py", "p384.py")
LADDER = ROOT / "tools/build/field/x25519.prog"


def texts() -> dict[Path, str]:
    """What each module should be."""
    assembly = programs.assemble(SOURCE.read_text())
    ladder = programs.assemble(LADDER.read_text())
    made = {
        CRYPTO / "field/weierstrass.py": programs.render(assembly, SOURCE.name),
        CRYPTO / "field/ladder.py": programs.render(ladder, LADDER.name),
    }
    for name in USERS:
        made[CRYPTO / name] = programs.numbered((CRYPTO / name).read_text(), assembly.entries)
    for name in CURVES:
        made[CRYPTO / name] = with_inversions((CRYPTO / name).read_text(), assembly.entries)
    x25519 = (CRYPTO / "x25519.py").read_text()
    made[CRYPTO / "x25519.py"] = with_inversions(programs.numbered(x25519, ladder.entries), ladder.entries, "P")
    p384 = CRYPTO / "p384.py"
    made[p384] = with_bytes(made[p384], "_TABLE", base_point.comb_table(ec.SECP384R1(), int.from_bytes(constant(made[p384], "_N"), "big")))
    for prime in (viper.P256, viper.P384):
        made[CRYPTO / f"field/kernel_viper_{prime.name}.py"] = viper.render(prime)
    made[CRYPTO / "p256_base.py"] = base_point.render()
    return made


def with_inversions(text: str, entries: dict[str, int], letters: str = "PN") -> str:
    """A curve's module with its scripts of inversion made anew."""
    for letter in letters:
        modulus = int.from_bytes(constant(text, f"_{letter}"), "big")
        text = with_bytes(text, f"_INVERT_{letter}", inversion.script(modulus, entries))
    return text


def with_bytes(text: str, name: str, data: bytes) -> str:
    """A module's text with other bytes assigned to a name."""
    made = f"{name} = (\n" + "\n".join(programs.literal_rows(data)) + "\n)\n"
    return re.sub(rf"^{name} = (?:b\"\"|\((?:\n    b\"[^\n]*)+\n\))\n", lambda _: made, text, flags=re.MULTILINE)


def constant(text: str, name: str) -> bytes:
    """The bytes that a module assigns to a name."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            value = ast.literal_eval(node.value)
            assert isinstance(value, bytes)
            return value
    raise KeyError(name)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    arguments = parser.parse_args()
    stale = [(path, text) for path, text in texts().items() if not path.exists() or path.read_text() != text]
    for path, text in stale:
        print(path.relative_to(ROOT), "differs" if arguments.check else "written")
        if not arguments.check:
            path.write_text(text)
    return 1 if arguments.check and stale else 0


if __name__ == "__main__":
    sys.exit(command(main, "field"))
