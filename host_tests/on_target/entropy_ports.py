"""Each port's own sources: what makes them fit, and the words with which each refuses. The hardware is stood in for by objects."""

from latchkey.crypto.job import run
from latchkey.entropy.health import Monitor
from latchkey.entropy.pool import Pool
from latchkey.entropy.seeding import draw
from latchkey.errors import Fault, TLSError


class _With:
    """Attributes of modules replaced for the time of a `with`."""

    def __init__(self, **modules):
        self.modules = modules

    def __enter__(self):
        import sys

        self.kept = {name: sys.modules.get(name) for name in self.modules}
        sys.modules.update(self.modules)

    def __exit__(self, *args):
        import sys

        for name, module in self.kept.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


class _Namespace:
    def __init__(self, **attributes):
        for name, value in attributes.items():
            setattr(self, name, value)


class _OS:
    """An `os` whose urandom gives words from a function of their number."""

    def __init__(self, word):
        self.word = word
        self.count = 0

    def urandom(self, length):
        out = b""
        while len(out) < length:
            self.count += 1
            out += self.word(self.count)
        return out[:length]


def _good(n):
    import hashlib

    return hashlib.sha256(str(n).encode()).digest()[:4]


def _sentence(source):
    """What a pool over this source alone says when it refuses; None if it gives."""
    pool = Pool([source])
    try:
        pool.fill(bytearray(4))
    except TLSError as error:
        return str(error)
    return None


def _network(sta=False, ap=False):
    return _Namespace(STA_IF=0, AP_IF=1, WLAN=lambda interface: _Namespace(active=lambda: (sta, ap)[interface]))


def _bluetooth(on):
    return _Namespace(BLE=lambda: _Namespace(active=lambda: on))


def rejects_an_esp32_with_the_radio_off():
    from latchkey.entropy.esp32 import ESP32

    with _With(network=_network(), bluetooth=_bluetooth(False)):
        sentence = _sentence(ESP32())
    assert "radio is off" in sentence and "network.WLAN(network.STA_IF).active(True)" in sentence


def an_esp32_with_wifi_or_bluetooth_on_is_trusted():
    from latchkey.entropy.esp32 import ESP32

    for radio in (_network(sta=True), _bluetooth(False)), (_network(ap=True), _bluetooth(False)), (_network(), _bluetooth(True)):
        with _With(network=radio[0], bluetooth=radio[1]):
            source = ESP32()
            assert source.ready() and source.why_not() == "" and source.trusted
            assert _sentence(source) is None


def rejects_members_of_the_esp32_family_whose_radio_is_another_chip():
    """An ESP32-P4's `network` and `bluetooth` are those of an ESP32-C6 beside it; a name that says nothing is not believed either."""
    names = (
        "Generic ESP32P4 module with ESP32P4",
        "Generic ESP32P4 module with WIFI module of external ESP32C6 with ESP32P4",
        "ESP32-P4 with ESP32-P4NRW32",
        "a board of tomorrow with ESP32-X1",
        "a board with a name",
        "",
    )
    with _With(network=_network(sta=True), bluetooth=_bluetooth(True)):
        for name in names:
            (source,) = _sources("esp32", name)
            assert not source.trusted, name
            sentence = _sentence(source)
            assert "no radio of its own" in sentence and "attach a chip" in sentence, name


def members_of_the_esp32_family_with_a_radio_are_known_by_their_name():
    names = ("ESP32", "ESP32S2", "ESP32-S3R8", "ESP32C3", "ESP32-C5", "ESP32-PICO-D4", "ESP32-WROVER-B", "ESP32-D0WD")
    with _With(network=_network(sta=True), bluetooth=_bluetooth(False)):
        for name in names:
            (source,) = _sources("esp32", "board of an ESP32P4 maker with " + name)
            assert source.trusted and source.ready(), name


def an_esp32_whose_radio_cannot_be_asked_has_none():
    from latchkey.entropy.esp32 import ESP32

    def fails(*_):
        raise RuntimeError("Wifi Unknown Error 0x0101")

    wifi, ble = _network(sta=True), _bluetooth(True)
    for module, name in ((wifi, "WLAN"), (ble, "BLE")):
        setattr(module, name, fails)
    with _With(network=wifi, bluetooth=ble):
        source = ESP32()
        assert not source.ready() and "the radio is off" in source.why_not()


def an_esp32_h2_has_bluetooth_alone():
    for on in (False, True):
        with _With(network=_network(sta=True), bluetooth=_bluetooth(on)):
            (source,) = _sources("esp32", "Generic ESP32H2 module with ESP32H2")
            assert source.trusted and source.ready() == on
            assert on or "bluetooth.BLE().active(True)" in source.why_not()


class _Radio:
    """Stands for `network`: Wi-Fi is on for the first `looks` times that it is asked for."""

    STA_IF = 0
    AP_IF = 1

    def __init__(self, looks):
        self.looks = looks

    def WLAN(self, interface):
        self.looks -= interface == self.STA_IF
        return _Namespace(active=lambda: interface == self.STA_IF and self.looks >= 0)


def bytes_drawn_while_the_radio_is_switched_off_do_not_count():
    """Two draws of the start-up test and one of the seed, each with a look before and after it; the monitor's own look comes first."""
    from latchkey.entropy.esp32 import ESP32

    left = 0
    while True:
        radio = _Radio(left)
        with _With(network=radio, bluetooth=_bluetooth(False)):
            pool = Pool([ESP32()])
            try:
                pool.fill(bytearray(4))
                break
            except TLSError as error:
                assert "radio is off" in str(error)
        left += 1
        assert left < 100
    assert left == 1 + 3 * 2, left


def _stm32(word, **registers):
    """(what a pool says, memory afterwards) with this generator behind os.urandom; `registers` by address."""
    from latchkey.entropy import stm32

    memory = {0x50060800: 4, 0x50060804: 1}
    memory.update({int(address[1:], 16): value for address, value in registers.items()})
    stm = _Namespace(RNG=0x50060800, RNG_CR=0, RNG_SR=4, mem32=memory)
    real, stm32.os = stm32.os, _OS(word)
    try:
        with _With(stm=stm):
            return _sentence(stm32.STM32()), memory
    finally:
        stm32.os = real


def an_stm32_whose_generator_works_is_trusted():
    assert _stm32(_good)[0] is None


def rejects_a_stuck_stm32_that_returns_zeros():
    sentence = _stm32(lambda n: b"\x00\x00\x00\x00")[0]
    assert "STM32 RNG" in sentence and "returns zeros" in sentence and "stuck" in sentence


def rejects_an_stm32_that_gives_one_zero_among_good_words():
    assert "returns zeros" in _stm32(lambda n: b"\x00\x00\x00\x00" if n == 200 else _good(n))[0]


def rejects_an_stm32_that_repeats_a_word():
    assert "same word twice" in _stm32(lambda n: _good(n // 2))[0]


def rejects_an_stm32_with_a_seed_error_and_restarts_its_generator():
    sentence, memory = _stm32(_good, r50060804=0x41)
    assert "seed error" in sentence
    assert memory[0x50060804] == 0 and memory[0x50060800] & 4


def rejects_an_stm32_with_a_clock_error():
    assert "clock error" in _stm32(_good, r50060804=0x02)[0]


def an_stm32_keeps_nothing_of_what_it_gave_or_refused():
    """What os.urandom returned is wiped, given out or not; the word that the next one is compared with was never given out."""
    from latchkey.entropy import stm32

    real, stm32.os = stm32.os, _OS(_good)
    drawn = []
    draw = stm32.os.urandom
    stm32.os.urandom = lambda length: drawn.append(draw(length)) or drawn[-1]
    try:
        source = stm32.STM32()
        buf = bytearray(32)
        with _With(stm=_Namespace()):
            source.fill(buf)
            assert buf == b"".join([_good(n) for n in range(1, 9)])
            assert bytes(source._last) == _good(9)
            stm32.os.word = lambda n: bytes(4) if n > 12 else _good(n)
            try:
                source.fill(buf)
            except Fault:
                assert len(drawn) == 2 and not any(any(data) for data in drawn)
                return
        raise AssertionError("zeros were given out")
    finally:
        stm32.os = real


def an_stm32_whose_firmware_names_no_registers_is_judged_by_its_words():
    from latchkey.entropy import stm32

    real, stm32.os = stm32.os, _OS(_good)
    try:
        with _With(stm=_Namespace()):
            assert _sentence(stm32.STM32()) is None
    finally:
        stm32.os = real


class _TRNG:
    """Registers of the RP2350's TRNG: a batch is ready at the second look. `errors`: what RNG_ISR says for the first batches instead;
    `late`: what it says once the first batches have been read; `taken`: batches during whose reading an interrupt uses the block."""

    def __init__(self, errors=(), late=(), dead=False, word=None, taken=0):
        self.errors = list(errors)
        self.late = list(late)
        self.taken = taken
        self.dead = dead
        self.word = word
        self.batches = self.looks = self.words = self.rnd_source_enable = 0
        self.trng_debug_control = -1

    @property
    def rng_isr(self):
        if self.words == 6:
            return self.late.pop(0) if self.late else 0
        self.looks += 1
        if self.dead or self.looks % 2 or not self.rnd_source_enable:
            return 0
        assert self.trng_debug_control == 0, "the block's own tests must be on"
        if self.errors:
            return self.errors.pop(0)
        self.batches += 1
        return 1

    def _reset(self, value):
        self.words = 0

    trng_sw_reset = property(None, _reset)

    @property
    def ehr_data(self):
        return self

    def __getitem__(self, i):
        self.words += 1
        if self.words == 3 and self.taken:
            self.taken -= 1
            self.trng_debug_control = 14
        return int.from_bytes(self.word or _good(self.batches * 6 + i), "little")


def the_rp2350s_generator_is_read_in_batches_and_switched_off():
    from latchkey.entropy.rp2350 import RP2350

    registers = _TRNG()
    buf = bytearray(32)
    RP2350(registers).fill(buf)
    assert buf[:8] == _good(6) + _good(7) and buf[24:32] == _good(12) + _good(13)
    assert registers.rnd_source_enable == 0
    assert _sentence(RP2350(_TRNG())) is None


def the_rp2350s_own_tests_may_fail_now_and_then():
    from latchkey.entropy.rp2350 import RP2350

    assert _sentence(RP2350(_TRNG(errors=(8, 2, 4)))) is None


def a_batch_of_the_rp2350_whose_tests_fail_while_it_is_read_is_not_used():
    from latchkey.entropy.rp2350 import RP2350

    registers = _TRNG(late=[8, 0])
    buf = bytearray(24)
    RP2350(registers).fill(buf)
    assert buf[:4] == _good(12), "the second batch"
    assert "its own tests failed" in _sentence(RP2350(_TRNG(late=[2] * 99)))


def a_batch_of_the_rp2350_is_not_used_when_an_interrupt_switched_its_tests_off():
    from latchkey.entropy.rp2350 import RP2350

    registers = _TRNG(taken=1)
    buf = bytearray(24)
    RP2350(registers).fill(buf)
    assert buf[:4] == _good(12), "the second batch"
    assert _sentence(RP2350(_TRNG(taken=99)))


def the_rp2350s_oscillator_is_switched_off_after_a_failure_too():
    from latchkey.entropy.rp2350 import RP2350

    for registers in _TRNG(errors=[2] * 99), _TRNG(late=[2] * 99), _TRNG(dead=True):
        assert _sentence(RP2350(registers)) and registers.rnd_source_enable == 0


def rejects_an_rp2350_whose_own_tests_fail_again_and_again():
    from latchkey.entropy.rp2350 import RP2350

    assert "its own tests failed" in _sentence(RP2350(_TRNG(errors=[2] * 99)))


def rejects_an_rp2350_that_gives_nothing():
    from latchkey.entropy.rp2350 import RP2350

    assert "no batch within 50 ms" in _sentence(RP2350(_TRNG(dead=True)))


def rejects_an_rp2350_stuck_at_one_word():
    from latchkey.entropy.rp2350 import RP2350

    assert "equal to the last" in _sentence(RP2350(_TRNG(word=b"abcd")))


def _sources(platform, machine="", urandom=True):
    """The names and whether they are trusted, for a platform."""
    from latchkey.entropy import port

    kept = port.sys, port.os
    port.sys = _Namespace(platform=platform, implementation=_Namespace(_machine=machine))
    port.os = _OS(_good) if urandom else _Namespace()
    try:
        return port.sources()
    finally:
        port.sys, port.os = kept


def each_port_has_the_sources_that_its_hardware_allows():
    assert [s.trusted for s in _sources("linux")] == [True]
    assert [s.name for s in _sources("esp32", "Generic ESP32 module with ESP32")] == ["ESP32 generator"]
    assert [s.name for s in _sources("pyboard")] == ["STM32 RNG"]
    assert [(s.name, s.trusted) for s in _sources("rp2", "Raspberry Pi Pico 2 W with RP2350")] == [
        ("RP2350 TRNG", True),
        ("os.urandom of rp2", False),
    ]


def rejects_ports_whose_generator_is_unknown_or_weak():
    for platform, machine in ("rp2", "Raspberry Pi Pico W with RP2040"), ("esp8266", ""), ("samd", ""):
        assert "attach a chip" in _sentence(_sources(platform, machine)[0])


def rejects_an_stm32_without_a_generator():
    sentence = _sentence(_sources("pyboard", urandom=False)[0])
    assert "no RNG peripheral" in sentence and "attach a chip" in sentence


def rejects_a_port_without_urandom():
    assert "no os.urandom" in _sentence(_sources("zephyr", urandom=False)[0])


def the_boards_file_decides_over_the_port():
    import sys

    from latchkey import entropy
    from latchkey.entropy.test_only import TestOnly

    entropy._pool = None
    try:
        with _With(latchkey_board=_Namespace(entropy_sources=lambda: [TestOnly(b"1")])):
            assert entropy.default().test_only and entropy.default() is entropy.default()
        entropy._pool = None
        with _With(latchkey_board=_Namespace()):
            assert sys.platform in entropy.default().name or not entropy.default().ready()
    finally:
        entropy._pool = None


def a_broken_board_file_is_not_taken_for_a_missing_one():
    import os
    import sys

    from latchkey import entropy

    with open("latchkey_board.py", "w") as file:
        file.write("import no_such_driver\n")
    sys.path.insert(0, os.getcwd())
    entropy._pool = None
    try:
        entropy.default()
    except ImportError as error:
        assert "no_such_driver" in str(error)
    else:
        raise AssertionError("the board's mistake went unseen")
    finally:
        os.remove("latchkey_board.py")
        sys.path.pop(0)
        entropy._pool = None


def a_continuous_monitor_sees_an_stm32_that_dies_in_use():
    from latchkey.entropy import stm32

    real, stm32.os = stm32.os, _OS(lambda n: _good(n) if n < 300 else b"\x00\x00\x00\x00")
    try:
        monitor = Monitor(stm32.STM32())
        run(draw(monitor, bytearray(64)))
        for _ in range(4):
            try:
                run(draw(monitor, bytearray(64)))
            except Fault as fault:
                assert fault.cause == 702
                return
        raise AssertionError("zeros were given out")
    finally:
        stm32.os = real
