"""What costs more than it did is said: `make bench-check`, and by function `tools.bench.where`."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tools.bench import check, where
from tools.bench.groups import _board, _public


def test_a_figure_that_rose_by_more_than_the_tolerance_fails() -> None:
    before = {"one": 1000, "other": 1000}
    assert check.judged({"one": 1030, "other": 900}, before) == []
    assert check.judged({"one": 1031, "other": 900}, before) == ["one: 1,031, 3.1% above 1,000"]


def test_figures_that_the_file_or_the_bench_lacks_fail() -> None:
    assert check.judged({"new": 1}, {}) == ["new: 1, which counts.json does not have"]
    assert check.judged({}, {"old": 1}) == ["old: not measured any more"]


def test_the_file_has_the_figures_that_are_measured() -> None:
    handshakes = {name for name, _, _ in check.HANDSHAKES} | {"resumed", "psk"}
    names = {"cold_start", "bulk.send_per_kib", "bulk.receive_per_kib", *(f"handshake.{name}" for name in handshakes)}
    assert json.loads(check.KEPT.read_text()).keys() == {f"{name}.instructions" for name in names}


@pytest.mark.parametrize("address, name", [(90, "others"), (100, "first"), (119, "first"), (120, "second"), (130, "others")])
def test_counts_go_to_the_function_that_has_the_address(address: int, name: str) -> None:
    known = [where.Symbol(100, 120, "first"), where.Symbol(120, 130, "second")]
    counts = where.array("Q", bytes(8 * 140))
    counts[address] = 5
    assert where.by_symbol(counts, known) == {name: 5}


@pytest.mark.parametrize("chain", _public.CHAINS.values(), ids=_public.CHAINS)
def test_a_public_chain_has_the_keys_and_signatures_that_it_names(chain: _public.Chain) -> None:
    leaf, intermediate, root = (credential.certificate for credential in _public.credential(chain).path)
    kinds = {"p256": "secp256r1", "p384": "secp384r1", "rsa2048": 2048, "rsa4096": 4096}
    for certificate, kind in ((leaf, chain.leaf), (intermediate, chain.intermediate), (root, chain.root)):
        key = certificate.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)
        assert (key.curve.name if isinstance(key, ec.EllipticCurvePublicKey) else key.key_size) == kinds[kind]
    for certificate, issuer, hash_name in ((leaf, intermediate, chain.intermediate_hash), (intermediate, root, chain.root_hash)):
        certificate.verify_directly_issued_by(issuer)
        assert certificate.signature_hash_algorithm
        assert certificate.signature_hash_algorithm.name == hash_name


class Told(_board.Session):
    """A session that answers what a board would, and keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def call(self, code: str, uarts: tuple[int, ...] = (1,)) -> dict[str, int]:
        self.asked.append(code)
        return {"up": 1, "down": 2}


def test_bulk_is_measured_in_records_of_4_and_of_16_kb_by_buffers_of_that_size() -> None:
    told = Told()
    rows = [(name, count) for name, count, _ in told.bulk("/host")]
    assert rows == [
        ("bulk.send_per_kib", 1),
        ("bulk.receive_per_kib", 2),
        ("bulk.send_per_kib_16k_records", 1),
        ("bulk.receive_per_kib_16k_records", 2),
    ]
    assert [code for code in told.asked if code.startswith("warm")] == ["warm('/host', records=4096)", "warm('/host', records=16384)"]


def test_bulk_by_the_built_in_tls_has_rows_of_its_own() -> None:
    told = Told()
    assert {name for name, _, _ in told.bulk("/host", "SUITE")} == {
        f"builtin_tls.bulk.{direction}_{name}" for direction in ("send", "receive") for name in ("per_kib", "per_kib_16k_records")
    }
    assert not [code for code in told.asked if code.startswith(("warm", "again"))]
