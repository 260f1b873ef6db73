"""What happened in a handshake: a timeline of its messages. `context.trace = Timeline()`, then print it."""

import time


class Timeline:
    """Collects `(ms since the first, direction, message, bytes, note)` in `events`; `str()` is a table."""

    def __init__(self):
        self.events = []
        self._start = None

    def __call__(self, direction, message, size, note=""):
        now = time.ticks_ms()
        if self._start is None:
            self._start = now
        self.events.append((time.ticks_diff(now, self._start), direction, message, size, note))

    def __str__(self):
        lines = ["    ms     bytes  message"]
        for ms, direction, message, size, note in self.events:
            lines.append("%6d  %s %6d  %-19s %s" % (ms, direction, size, message, note))
        return "\n".join(lines)
