"""Cases for `on_target_support/symmetric.py`, whose fields go to the target as they are: it needs memory for one at a time."""

from collections.abc import Iterable, Sequence

from host_tests.targets import Target


def ask(target: Target, function: str, cases: Iterable[Sequence[bytes]], *arguments: str) -> list[str]:
    """The answers of `symmetric.function(file, *arguments)` to the cases, a line each."""
    target.put("cases.bin", b"".join(map(_packed, cases)))
    given = "".join(f", {argument!r}" for argument in arguments)
    return target.exec(f"import symmetric\nsymmetric.{function}('cases.bin'{given})").split("\n")[:-1]


def _packed(case: Sequence[bytes]) -> bytes:
    """How many fields, in one octet; each with its length before it, in four."""
    return bytes([len(case)]) + b"".join(len(field).to_bytes(4, "big") + field for field in case)
