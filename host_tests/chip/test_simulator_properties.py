"""What holds of the simulated chip for any traffic: it answers or refuses, in time, and no private key comes out."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tools.laboratory.atecc_simulator import AddressNack, Bus, Fault, Status, Word, command, setups, storage, unframe
from tools.laboratory.atecc_simulator.bench import Bench
from tools.laboratory.atecc_simulator.clock import MILLISECOND
from tools.laboratory.atecc_simulator.commands.ecc import public_of
from tools.laboratory.atecc_simulator.commands.table import ATECC508A
from tools.laboratory.atecc_simulator.device import Atecc508a
from tools.laboratory.atecc_simulator.host import ADDRESS
from tools.laboratory.atecc_simulator.memory import SLOT_SIZES, Memory
from tools.laboratory.atecc_simulator.policy import Policy

POINT = public_of(0xABCDEF)

sizes = st.sampled_from([0, 0, 3, 4, 20, 32, 36, 64, 68, 77, 83, 128])
payloads = st.one_of(sizes.flatmap(lambda n: st.binary(min_size=n, max_size=n)), st.just(POINT), st.binary(max_size=150))
modes = st.one_of(st.sampled_from([0, 1, 2, 3, 4, 5, 7, 8, 0x0C, 0x10, 0x40, 0x80, 0x81, 0x82, 0xC2]), st.integers(0, 255))
parameters = st.one_of(st.integers(0, 15), st.integers(0, 15).map(lambda n: n << 3), st.integers(0, 0xFFFF))
opcodes = st.one_of(st.sampled_from(sorted(ATECC508A)), st.integers(0, 255))
commands = st.builds(command, opcodes, modes, parameters, payloads)
operations = st.one_of(
    st.tuples(st.just("command"), commands),
    st.tuples(st.just("write"), st.one_of(st.binary(max_size=200), st.binary(max_size=12).map(lambda data: b"\x03" + data))),
    st.tuples(st.just("read"), st.integers(0, 160)),
    st.tuples(st.just("pass"), st.integers(0, 200).map(lambda ms: ms * MILLISECOND)),
    st.tuples(st.just("wake"), st.none()),
    st.tuples(st.just("word"), st.sampled_from(list(Word))),
)


@st.composite
def chips(draw: st.DrawFn) -> Memory:
    """A TLS client, perhaps with any SlotConfig and KeyConfig anywhere, in any lock state."""
    config = bytearray(setups.tls_client().config)
    for place in draw(st.lists(st.sampled_from([*range(20, 52), *range(88, 90), *range(96, 128)]), max_size=24)):
        config[place] = draw(st.integers(0, 255))
    memory = setups.provisioned(bytes(config))
    memory.config[86], memory.config[87] = draw(st.sampled_from([(0, 0), (0, 0), (0x55, 0), (0x55, 0x55)]))
    return memory


def private_keys(chip: Atecc508a) -> set[bytes]:
    return {bytes(chip.memory.slots[n][4:36]) for n in range(16) if Policy.of(chip.memory, n).private}


def perform(bench: Bench, operation: str, argument) -> None:
    try:
        if operation in ("command", "write"):
            bench.bus.writeto(ADDRESS, argument)
        elif operation == "read":
            bench.bus.readfrom(ADDRESS, argument)
        elif operation == "pass":
            bench.clock.advance(argument)
        elif operation == "wake":
            bench.wake()
        else:
            bench.word(argument)
    except AddressNack:
        pass


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(memory=chips(), traffic=st.lists(operations, max_size=30))
def test_any_traffic_is_borne_and_no_private_key_comes_out(memory: Memory, traffic: list) -> None:
    bench = Bench(memory)
    bench.wake()
    keys = private_keys(bench.chip)
    for operation, argument in traffic:
        perform(bench, operation, argument)
        keys |= private_keys(bench.chip)
    chosen_by_host = {bytes(32), b"\xff" * 32}
    read = b"".join(transfer.data for transfer in bench.bus.recording if transfer.read)
    for key in keys - chosen_by_host:
        assert key not in read
        assert key[::-1] not in read
    assert [len(slot) for slot in bench.memory.slots] == SLOT_SIZES
    assert bench.chip.account.total == bench.clock.now


@settings(max_examples=200, deadline=None)
@given(memory=chips(), write=commands)
def test_any_command_is_answered_in_time_with_a_whole_packet(memory: Memory, write: bytes) -> None:
    bench = Bench(memory)
    bench.wake()
    bench.bus.writeto(ADDRESS, write)
    bench.clock.advance(300 * MILLISECOND)
    bench.chip.settle()
    if bench.chip.state == "idle":  # Pause
        return
    answer = bench.bus.readfrom(ADDRESS, 160)
    body = unframe(answer)
    assert len(body) > 1 or body[0] in list(Status)
    assert answer[answer[0] :] == b"\xff" * (160 - answer[0])


@settings(deadline=None)
@given(write=commands, cuts=st.lists(st.integers(1, 20), max_size=12))
def test_it_does_not_matter_how_a_response_is_cut(write: bytes, cuts: list[int]) -> None:
    bench = Bench(setups.tls_client(), random=lambda n: bytes(range(n)))
    bench.wake()
    bench.bus.writeto(ADDRESS, write)
    bench.clock.advance(300 * MILLISECOND)
    bench.chip.settle()
    if bench.chip.state == "idle":
        return
    pieces = b"".join(bench.bus.readfrom(ADDRESS, cut) for cut in cuts)
    bench.word(Word.RESET)
    assert pieces == bench.bus.readfrom(ADDRESS, len(pieces))


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("aswrp"), st.integers(0, 255)), max_size=60))
def test_bits_on_the_wire_in_any_order_are_borne(steps: list) -> None:
    bus = Bus()
    bus.attach(Atecc508a(bus.clock, setups.tls_client()))
    for step, value in steps:
        if step == "a":
            bus.clock.advance(value * 10_000)
        elif step == "s":
            bus.start(ADDRESS if value & 2 else value >> 1, bool(value & 1))
        elif step == "w":
            bus.write(value)
        elif step == "r":
            bus.read()
        else:
            bus.stop()


@given(
    st.binary(min_size=128, max_size=128),
    st.binary(min_size=64, max_size=64),
    st.integers(0, 15),
    st.binary(min_size=36, max_size=36),
    st.dictionaries(st.text(max_size=5), st.integers(0, 1 << 40), max_size=3),
)
def test_any_memory_survives_its_file(config: bytes, otp: bytes, slot: int, data: bytes, wear: dict) -> None:
    memory = Memory(config, otp)
    memory.slots[slot][:36] = data
    memory.wear.update(wear)
    again = storage.parse(storage.dump(memory))
    assert (again.config, again.otp, again.slots, again.wear) == (memory.config, memory.otp, memory.slots, memory.wear)


@given(st.integers(0, 2_097_150))
def test_counters_hold_what_is_put_in(value: int) -> None:
    memory = setups.blank()
    memory.set_counter(0, value)
    assert memory.counter(0) == value
    assert memory.counter(1) == 0


class TempKeyRules(RuleBasedStateMachine):
    """TempKey as 2.5 describes it, beside the chip's. `holds` is None, "input" (Nonce pass-through), "random", "gendig" or "genkey"."""

    NUM_IN = bytes(20)

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench(setups.tls_client())
        self.bench.wake()
        self.holds: str | None = None

    def fresh(self) -> None:
        """Keep the watchdog away."""
        if self.bench.chip.watchdog_left < 600 * MILLISECOND:
            self.idle()

    @rule()
    def idle(self) -> None:
        self.bench.word(Word.IDLE)
        self.bench.wake()

    @rule()
    def sleep(self) -> None:
        self.bench.word(Word.SLEEP)
        self.bench.wake()
        self.holds = None

    @rule()
    def watchdog(self) -> None:
        self.bench.clock.advance(1400 * MILLISECOND)
        self.bench.wake()
        self.holds = None

    @rule()
    def pass_through(self) -> None:
        self.fresh()
        assert self.bench.call(0x16, 3, 0, bytes(32)) == Status.SUCCESS
        self.holds = "input"

    @rule()
    def nonce(self) -> None:
        self.fresh()
        self.bench.get(0x16, 0, 0, self.NUM_IN)
        self.holds = "random"

    @rule(key=st.sampled_from([5, 6]))
    def gendig(self, key: int) -> None:
        self.fresh()
        expected = Status.SUCCESS if self.holds else Status.EXECUTION
        assert self.bench.call(0x15, 2, key) == expected
        self.holds = "gendig" if self.holds else None

    @rule()
    def genkey_digest(self) -> None:
        self.fresh()
        answer = self.bench.call(0x40, 0x08, 0)
        assert isinstance(answer, bytes) == (self.holds is not None)
        self.holds = "genkey" if self.holds else None

    @rule(slot=st.sampled_from([0, 2]), create=st.booleans())
    def genkey(self, slot: int, create: bool) -> None:
        self.fresh()
        assert len(self.bench.get(0x40, 0x04 if create else 0, slot)) == 64

    @rule()
    def refused_genkey(self) -> None:
        self.fresh()
        assert self.bench.call(0x40, 0x04, 5) == Status.EXECUTION
        self.holds = None

    @rule()
    def sign(self) -> None:
        self.fresh()
        answer = self.bench.call(0x41, 0x80, 0)
        assert isinstance(answer, bytes) == (self.holds == "input")
        self.holds = None

    @rule(name=st.sampled_from(["Sign", "GenKey", "Nonce", "Read"]), status=st.sampled_from([Status.ECC_FAULT, Status.COMMUNICATION]))
    def kept_by_fault(self, name: str, status: Status) -> None:
        self.fresh()
        opcode = next(code for code, known in ATECC508A.items() if known.name == name)
        self.bench.chip.faults.add(Fault("status", name, status=status))
        assert self.bench.call(opcode) == status

    @rule()
    def damaged(self) -> None:
        self.fresh()
        write = bytearray(command(0x1B))
        write[3] ^= 0x10
        self.bench.bus.writeto(ADDRESS, bytes(write))
        self.bench.poll()
        assert self.bench.receive() == Status.COMMUNICATION

    @rule(call=st.sampled_from([(0x1B,), (0x02, 0x80), (0x24,), (0x24, 9), (0x08, 0, 5, bytes(32)), (0x99,), (0x28, 0, 5, bytes(77))]))
    def others(self, call: tuple) -> None:
        self.fresh()
        self.bench.call(*call)
        self.holds = None

    @precondition(lambda self: self.holds == "random")
    @rule()
    def nonce_on_top(self) -> None:
        self.fresh()
        self.bench.get(0x16, 0, 0x8000, self.NUM_IN)

    @invariant()
    def the_chip_says_the_same(self) -> None:
        self.fresh()
        state = self.bench.get(0x30, 2)
        assert bool(state[1] & 0x80) == (self.holds is not None)
        if self.holds:
            assert bool(state[0] & 0x20) == (self.holds == "gendig")
            assert bool(state[0] & 0x40) == (self.holds == "genkey")
            if self.holds in ("input", "random"):
                assert bool(state[0] & 0x10) == (self.holds == "input")


TestTempKeyRules = TempKeyRules.TestCase
TestTempKeyRules.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
