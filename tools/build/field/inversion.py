"""Scripts that invert by Fermat: one for each prime, carried by the curve's module.

x^(p - 2) from the left: squarings, and multiplications by powers from a table of 16: 0 to 7 are the odd powers x^1 .. x^15, 8 and up are
runs of ones x^(2^8 - 1), x^(2^16 - 1) .. x^(2^128 - 1). The exponent is public, so the script is the same for every x.
"""

from __future__ import annotations

LONGEST = 32  # squarings in one entry of a script, for the sake of slices
RUNS = {2: 1, 4: 7, 8: 8, 16: 9, 32: 10, 64: 11, 128: 12}  # ones in a row -> entry of the table


def script(modulus: int, entries: dict[str, int]) -> bytes:
    """Pairs (program, argument) that take t1 to t1^(modulus - 2)."""
    steps = windows(bin(modulus - 2)[2:])
    used = {entry for entry, _ in steps}
    pairs: list[tuple[str, int]] = [("POWER_BASE", 0)]
    if used & set(range(2, 7)):
        pairs += [("POWER_ODD", i) for i in range(1, 8)]
        runs = [n for n in RUNS if n > 4]
    else:
        runs = list(RUNS)
    last = max((n for n, entry in RUNS.items() if entry in used), default=0)
    for run in (n for n in runs if n <= last):
        half = RUNS.get(run // 2, 0)
        pairs += [("POWER_FIRST", half), *_squarings(run // 2), ("POWER_NEXT", half), ("POWER_PUT", RUNS[run])]
    for i, (entry, squarings) in enumerate(steps):
        if i:
            pairs += _squarings(squarings)
        if entry is not None:
            pairs.append(("POWER_NEXT" if i else "POWER_FIRST", entry))
    return bytes(byte for name, argument in pairs for byte in (entries[name], argument))


def windows(bits: str) -> list[tuple[int | None, int]]:
    """[(entry of the table to multiply by, squarings before)], None at the end where zeros are left."""
    steps: list[tuple[int | None, int]] = []
    squarings = 0
    while bits:
        if bits[0] == "0":
            squarings, bits = squarings + 1, bits[1:]
            continue
        ones = len(bits) - len(bits.lstrip("1"))
        run = max((n for n in RUNS if n <= ones and n >= 8), default=0)
        if run:
            entry, length = RUNS[run], run
        else:
            window = bits[:4].rstrip("0")
            entry, length = int(window, 2) >> 1, len(window)
        steps.append((entry, squarings + length))
        squarings, bits = 0, bits[length:]
    return steps + ([(None, squarings)] if squarings else [])


def _squarings(count: int) -> list[tuple[str, int]]:
    full, rest = divmod(count, LONGEST)
    return [("SQUARE", LONGEST)] * full + ([("SQUARE", rest)] if rest else [])
