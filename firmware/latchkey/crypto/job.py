"""Long computations as generators, the loop for whoever has no other, and the turns of those that share something."""

import time

from latchkey.errors import Fault

_VANISHED_MS = const(5000)
_PATIENCE_MS = const(30000)


def run(job):
    """Run a job to its end and return its result. A job yields 0 after a slice of work, or the milliseconds to wait."""
    try:
        while True:
            pause = next(job)
            if pause > 0:
                time.sleep_ms(pause)
    except StopIteration as end:
        return end.value
    finally:
        job.close()  # where Ctrl-C ended it


class Turn:
    """One job at a time. A job that is left alone for 5 s loses its turn to the next one; should it be resumed, it ends with a Fault.

    `busy` and `lost` are the causes of the Faults of who does not wait (or has waited for 30 s), and of who lost its turn.
    """

    def __init__(self, busy, lost):
        self.holder = None  # the job whose turn it is; None ends it
        self._busy = busy
        self._lost = lost
        self._touched = 0  # ticks of its last step

    def taken(self):
        """True while it is somebody's turn."""
        return self.holder is not None and 0 <= time.ticks_diff(time.ticks_ms(), self._touched) < _VANISHED_MS

    def take(self, job, wait=True):
        """Job: `job`, in its turn."""
        start = time.ticks_ms()
        while self.taken():
            if not wait or time.ticks_diff(time.ticks_ms(), start) > _PATIENCE_MS:
                raise Fault(self._busy)
            yield 5
        self.holder = job
        try:
            while True:
                self._touched = time.ticks_ms()
                yield next(job)
                if self.holder is not job:
                    raise Fault(self._lost)
        except StopIteration as end:
            return end.value
        finally:
            job.close()
            if self.holder is job:
                self.holder = None
