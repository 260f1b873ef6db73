"""Long computations as generators, and the loop for whoever has no other."""

import time


def run(job):
    """Run a job to its end and return its result. A job yields 0 after a slice of work, or the milliseconds to wait."""
    try:
        while True:
            pause = next(job)
            if pause > 0:
                time.sleep_ms(pause)
    except StopIteration as end:
        return end.value
