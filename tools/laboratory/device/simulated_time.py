"""MicroPython's `time` over a simulated clock: sleeps take no time here and advance the chip's clock."""

import time as _real

_TICKS_PERIOD = const(1 << 30)
_LOOK = const(1)  # microseconds that a look at the clock takes, so that a loop that waits for it ends


class SimulatedTime:
    """Stands in sys.modules["time"]. `start` is the wall clock's second at which simulated time begins (default: the real one)."""

    def __init__(self, link, start=None):
        self._link = link
        self._start = int(_real.time()) if start is None else start

    def ticks_us(self):
        self._link.pass_us(_LOOK)
        return self._link.now_us % _TICKS_PERIOD

    def ticks_ms(self):
        self._link.pass_us(_LOOK)
        return self._link.now_us // 1000 % _TICKS_PERIOD

    ticks_cpu = ticks_us

    def ticks_add(self, ticks, delta):
        return (ticks + delta) % _TICKS_PERIOD

    def ticks_diff(self, end, start):
        half = _TICKS_PERIOD // 2
        return (end - start + half) % _TICKS_PERIOD - half

    def sleep_us(self, microseconds):
        if microseconds > 0:
            self._link.advance_us(microseconds)

    def sleep_ms(self, milliseconds):
        self.sleep_us(milliseconds * 1000)

    def sleep(self, seconds):
        self.sleep_us(int(seconds * 1000000))

    def time(self):
        self._link.pass_us(_LOOK)
        return self._start + self._link.now_us // 1000000

    def time_ns(self):
        self._link.pass_us(_LOOK)
        return self._start * 1000000000 + self._link.now_us * 1000

    def gmtime(self, seconds=None):
        return _real.gmtime(self.time() if seconds is None else seconds)

    def localtime(self, seconds=None):
        return _real.localtime(self.time() if seconds is None else seconds)

    def mktime(self, fields):
        return _real.mktime(fields)
