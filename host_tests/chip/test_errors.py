"""What leaves the chip's own API, as somebody at the REPL sees it: a TLSError with a sentence, and for an argument that cannot be right a
ValueError or a TypeError before anything is sent.
"""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tools.laboratory.simulated_chip import ChipBench, bench

pytestmark = pytest.mark.targets("unix")

ALWAYS = 1_000_000
POINT = (lambda numbers: b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big"))(
    ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
)
# `leaves(call)`: what leaves a call, as (type, is an OSError, is more than its numbers).
PRELUDE = f"""
from latchkey import entropy
from latchkey.secure_element.provision import Provision
point = {POINT!r}
class Fixed:
    def fill(self, buf): pass
class Broken:
    def fill(self, buf): raise Fault(700, "none")
def leaves(call):
    try:
        call()
    except Exception as error:
        return type(error).__name__, isinstance(error, OSError), str(error)
def renew():
    global p
    p = Provision(chip)
"""


@pytest.fixture(scope="module")
def module_bench(target):
    with bench(target) as made:
        made.exec(PRELUDE)
        yield made


@pytest.fixture
def chip(module_bench) -> ChipBench:
    module_bench.reset()
    module_bench.exec("renew()")
    return module_bench


WAITING = [
    "chip.report()",
    "chip.sleep()",
    "chip.certificate(b'LKC1')",
    "chip.stored_certificate()",
    "chip.source().fill(bytearray(32))",
    "chip.wait(chip.source().filling(bytearray(32)))",
    "chip.private_key(0).public_key",
    "chip.wait(chip.private_key(0).sign(0x0403, bytes(32)))",
    "chip.key_agreement(2)",
    "chip.wait(agreement.agree(23, point, Fixed()))",
    "chip.wait(chip.verifier().verify(0x0403, (23, point), bytes(32), good))",
    "chip.wait(chip.verifier().verify_stored(11, bytes(32), good))",
    "p.read_config()",
    "p.write_config(config)",
    "p.lock_config(config)",
    "p.generate_key(0)",
    "p.write_slot(8, b'data')",
    "p.write_public_key(11, point)",
    "p.write_slot_encrypted(5, bytes(32), bytes(32), Fixed())",
    "p.read_slot(8, 4)",
    "p.lock_data()",
    "p.lock_slot(0)",
    "p.counter(0)",
    "p.increment(0)",
]


@pytest.mark.parametrize("call", WAITING)
@pytest.mark.parametrize("fault", ["missing", "refuses", "does not know"])
def test_one_kind_of_error_leaves_with_a_sentence(chip, call, fault):
    """Whatever the chip does: it is away, it refuses everything, it answers that it knows no such command."""
    chip.exec("agreement, config = chip.key_agreement(2), p.read_config()\ngood = bytes.fromhex('3006020101020101')")
    if fault == "missing":
        chip.bus.devices.clear()
    else:
        chip.controls.do_fault(kind="status", status=0x0F if fault == "refuses" else 0x03, times=ALWAYS)
    try:
        left = chip.run(f"leaves(lambda: {call})")
    finally:
        if fault == "missing":
            chip.bus.attach(chip.chip)
    if fault != "missing" and call == "chip.sleep()":  # no command
        assert left is None
    else:
        kind, is_oserror, text = left
        assert (kind, is_oserror) == ("TLSError", True) and len(text) > 30 and not text.startswith("("), left


def test_a_stray_fault_of_a_job_reads_as_a_sentence_too(chip):
    assert chip.run("str(Fault(810))") == "another task is using the chip"


def test_the_randomness_that_a_write_is_given_may_fail_like_a_chip(chip):
    kind, _, text = chip.run("leaves(lambda: p.write_slot_encrypted(5, bytes(32), bytes(32), Broken()))")
    assert kind == "TLSError" and text.startswith("no trustworthy source of randomness")


@pytest.mark.parametrize("call", ["chip.ready()", "chip.source().ready()", "chip.source().why_not() != ''", "chip.why_not() != ''"])
def test_who_asks_whether_there_is_a_chip_gets_an_answer(chip, call):
    chip.bus.devices.clear()
    try:
        assert chip.run(call) in (False, True) and chip.run(f"leaves(lambda: {call})") is None
    finally:
        chip.bus.attach(chip.chip)


def test_a_pool_that_does_not_wait_tells_a_busy_chip_from_bad_randomness(chip):
    """Its own error is a TLSError, and does not count as a failed test."""
    chip.exec("""
from latchkey import TLSError
from latchkey.entropy.pool import Pool
pool = Pool([chip.source()])
first = chip.private_key(0).sign(0x0403, bytes(32))
next(first)
try: pool.fill(bytearray(1))
except TLSError: first.close()
""")
    assert chip.run("pool.monitors[0].failure.cause, pool.monitors[0].failures") == (810, 0)


IN_A_HANDSHAKE = """
import io, latchkey
class Wire(io.IOBase):
    sent = b""
    def write(self, buf):
        self.sent += bytes(buf)
        return len(buf)
    def readinto(self, buf): return None
    def close(self): pass
wire = Wire()
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
context.verify_mode = latchkey.CERT_NONE
context.random = chip.source()
tls = context.wrap_socket(wire, do_handshake_on_connect=False)
def causes():
    for _ in range(2):
        try: tls.do_handshake()
        except latchkey.TLSError as error: yield error.cause, error.alert, error.stage
list(causes()), wire.sent
"""


def test_within_a_handshake_it_is_the_connections_own_error(chip):
    """With its alert and stage, and the same for each later call; not a failure of the transport."""
    chip.bus.devices.clear()
    try:
        causes, sent = chip.run(IN_A_HANDSHAKE)
    finally:
        chip.bus.attach(chip.chip)
    assert causes == [(800, 80, "client_hello")] * 2 and sent == b"\x15\x03\x03\x00\x02\x02\x50"


def test_and_so_is_the_tls_error_of_a_source_that_is_asked_outside_of_any_connection_too(chip):
    chip.exec("""
from latchkey.errors import Fault, error_of
class Spent:
    name, trusted, min_entropy = "spent", True, 8
    def ready(self): return True
    def why_not(self): return ""
    def fill(self, buf): raise error_of(Fault(700, "spent: nothing left"))
""")
    causes, sent = chip.run(IN_A_HANDSHAKE.replace("chip.source()", "Spent()"))
    assert causes == [(700, 80, "client_hello")] * 2 and sent == b"\x15\x03\x03\x00\x02\x02\x50"


# Arguments


@pytest.mark.parametrize("wrong", [-1, 16, 256, "'0'", 1.0, None])
@pytest.mark.parametrize(
    "call",
    [
        "chip.private_key({})",
        "chip.key_agreement({})",
        "chip.verifier().verify_stored({}, bytes(32), b'')",
        "chip.certificate(b'LKC1', {})",
        "chip.certificate(b'LKC1', 10, {})",
        "chip.certificate(b'LKC1', 10, 0, {})",
        "chip.stored_certificate({})",
        "p.generate_key({})",
        "p.write_slot({}, b'')",
        "p.write_public_key({}, point)",
        "p.write_slot_encrypted({}, bytes(32), bytes(32), Fixed())",
        "p.read_slot({}, 1)",
        "p.lock_slot({})",
        "p.counter({})",
        "p.increment({})",
    ],
)
def test_a_slot_that_no_chip_has_is_the_callers_error(chip, call, wrong):
    if wrong is None and call.endswith(("key_agreement({})", "10, 0, {})")):
        return  # TempKey; no issuer's key
    made = call.format(wrong)
    made = f"chip.wait({made})" if "verify_stored" in made else made
    kind, *_ = chip.run(f"leaves(lambda: {made})")
    assert kind in ("ValueError", "TypeError")
    assert not chip.controls.do_time()["commands"], "nothing was sent"


@pytest.mark.parametrize(
    "call",
    [
        "p.write_slot(10, bytes(73))",
        "p.write_slot(10, bytes(41), 32)",
        "p.write_slot(3, bytes(37))",
        "p.write_slot(8, bytes(417))",
        "p.write_slot(8, bytes(1), 416)",
        "p.write_slot(8, b'x', -32)",
        "p.write_slot(8, b'x', 8)",
        "p.write_slot(8, 5)",
        "p.write_slot(8, [1, 2])",
        "p.read_slot(10, 73)",
        "p.read_slot(10, 1, 72)",
        "p.read_slot(8, -1)",
        "p.read_slot(8, 1, -1)",
        "p.write_slot_encrypted(5, bytes(31), bytes(32), Fixed())",
        "p.write_slot_encrypted(5, bytes(32), bytes(33), Fixed())",
        "p.write_slot_encrypted(5, bytes(32), 32, Fixed())",
        "p.write_slot_encrypted(5, bytes(32), bytes(32), Fixed(), 1)",
        "p.write_slot_encrypted(8, bytes(32), bytes(32), Fixed(), 13)",
        "p.write_slot_encrypted(8, bytes(32), bytes(32), Fixed(), -1)",
        "p.write_public_key(7, point)",
        "p.write_public_key(11, point[:64])",
        "p.write_public_key(11, point + b'0')",
        "p.write_public_key(11, b'\\x05' + point[1:])",
        "p.write_public_key(11, point[:64] + bytes([point[64] ^ 1]))",
        "p.write_public_key(11, bytes(65))",
        "p.write_public_key(11, 65)",
        "p.write_config(bytes(127))",
        "p.write_config(128)",
        "p.lock_config(bytes(129))",
        "p.lock_data(0x10000)",
        "p.lock_data(-1)",
        "p.lock_data(b'01')",
        "p.counter(2)",
        "chip.certificate(b'LKC1', 7)",
        "chip.stored_certificate(7)",
        "chip.key_agreement(1, bytes(32))",
        "chip.key_agreement(2, bytes(31))",
        "chip.key_agreement(None, bytes(32))",
        "chip.wait(chip.verifier().verify_stored(7, bytes(32), b''))",
        "chip.wait(chip.verifier().verify_stored(11, bytes(31), b''))",
        "chip.wait(chip.private_key(0).sign(0x0403, bytes(31)))",
        "chip.wait(chip.private_key(0).sign(0x0503, bytes(48)))",
        "ATECC(i2c, address=0xC0)",
        "ATECC(i2c, address='0x60')",
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_sent(chip, call):
    kind, *_ = chip.run(f"leaves(lambda: {call})")
    assert kind in ("ValueError", "TypeError")
    assert not chip.controls.do_time()["commands"]


def test_a_group_that_is_not_the_agreements_is_refused(chip):
    assert chip.run("leaves(lambda: chip.wait(chip.key_agreement(2).agree(24, point, Fixed())))")[0] == "ValueError"


@pytest.mark.parametrize(("slot", "size"), [(8, 416), (10, 72), (13, 72)])
def test_a_slot_takes_and_gives_all_that_it_has(chip, slot, size):
    data = bytes(n & 255 for n in range(size))
    assert chip.run(f"p.write_slot({slot}, {data!r}) or bytes(p.read_slot({slot}, {size}))") == data


# Refusals with their reason


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("p.read_slot(0, 4)", "slot 0: it holds a private key"),
        ("p.read_slot(5, 4)", "slot 5: it is never readable"),
        ("p.write_slot(0, b'x')", "slot 0: it holds a private key"),
        ("p.write_slot(5, b'x')", "slot 5: it is never writable"),
        ("p.lock_slot(2)", "slot 2: it is not configured as lockable"),
        ("p.generate_key(8)", "slot 8: it is not configured as a private key"),
        ("chip.wait(chip.private_key(2).sign(0x0403, bytes(32)))", "slot 2: its key may not sign external messages"),
        ("chip.wait(chip.verifier().verify_stored(8, bytes(32), good))", "slot 8: it is not configured as a P-256 public key"),
        ("chip.private_key(5).public_key", "slot 5: it is not configured as a private key"),
        ("chip.certificate(template, 10, 5)", "slot 5: it is not configured as a private key (KeyConfig Private), and too short"),
        ("chip.key_agreement(0)", "slot 0: its key may not be used for ECDH"),
        ("chip.key_agreement()", "only a 608 keeps an ephemeral key in TempKey"),
    ],
)
def test_a_refusal_says_what_forbids_it(chip, call, words):
    chip.exec("template, good = b'LKC1\\x00\\x30\\x82', bytes.fromhex('3006020101020101')")
    kind, _, text = chip.run(f"leaves(lambda: {call})")
    assert kind == "TLSError" and words in text


@pytest.mark.parametrize("call", ["p.lock_slot(0)", "p.write_slot(8, b'x')"])
def test_a_slot_that_was_locked_says_so(chip, call):
    chip.controls.do_poke("config", 88, "fefe")
    kind, _, text = chip.run(f"leaves(lambda: {call})")
    assert kind == "TLSError" and ("locked already" in text or "it is locked, and keeps what it has" in text)


@pytest.mark.parametrize("call", ["chip.wait(chip.private_key(0).sign(0x0403, bytes(32)))", "chip.private_key(0).public_key"])
def test_a_slot_without_a_key_says_so(chip, call):
    chip.reset(keys=False)
    kind, _, text = chip.run(f"leaves(lambda: {call})")
    assert kind == "TLSError" and text.startswith("there is no private key in slot 0")


def test_before_the_data_zone_is_locked_reading_says_so(chip):
    chip.reset(lock_data=False)
    chip.exec("renew()")
    for call in ("p.read_slot(8, 1)", "chip.stored_certificate()", "chip.certificate(b'LKC1\\x00\\x30\\x82')"):
        _, _, text = chip.run(f"leaves(lambda: {call})")
        assert "the data zone is not locked, and no slot can be read before" in text


# The report


@pytest.mark.parametrize("command", ["Counter", "Info"])
@pytest.mark.parametrize("status", [0x03, 0x0F])
def test_the_report_outlives_a_command_that_the_chip_does_not_know(chip, command, status):
    chip.exec("chip.ready()")
    chip.controls.do_fault(kind="status", command=command, status=status, times=ALWAYS)
    lines = chip.exec("chip.report()").splitlines()
    (told,) = [line for line in lines if "not known: the chip" in line]
    assert told.startswith("I2C address 0x60; counters not known" if command == "Counter" else "private keys: not known")
    assert len([line for line in lines if line.startswith("slot ")]) == 16


def test_the_report_names_the_slots_that_have_keys(chip):
    assert "private keys in slots: 0, 1, 2; none yet: -" in [line.strip() for line in chip.exec("chip.report()").splitlines()]
    chip.reset(keys=False)
    chip.controls.do_poke("config", 20, "8180")  # slot 0 gets none any more
    lines = [line.strip() for line in chip.exec("chip.report()").splitlines()]
    assert "private keys in slots: -; none yet: 0, 1, 2" in lines
    assert "WARNING: slot 0: it has no key, and none can be made in it any more" in lines
