"""Sentences of the causes of entropy: number -> (name, sentence)."""

TEXT = {
    700: ("NO_TRUSTED_SOURCE", "no trustworthy source of randomness, so no keys and no connection. Tried: {}"),
    701: ("SOURCE_NOT_READY", "source of randomness not ready: {}"),
    702: ("SOURCE_BROKEN", "source of randomness reports a fault of its own: {}"),
    703: ("REPETITION", "{} repeats the same byte: repetition count test failed (SP 800-90B 4.4.1); do not use this device"),
    704: ("PROPORTION", "{} prefers one byte: adaptive proportion test failed (SP 800-90B 4.4.2); do not use this device"),
    705: ("DEAD_PATTERN", "dead source of randomness, {}: broken, unlocked or switched off; its bytes are not used"),
    706: ("POOL_BUSY", "another task is drawing the seed of the random numbers; let it finish, or try again"),
    707: ("SEEDING_ENDED", "the seed of the random numbers was not finished in time, another task drew one or closed the pool; try again"),
    708: (
        "ANOTHER_THREAD",
        "the source of random numbers belongs to the thread that used it first, for it has no lock: connect in that thread, or let it call"
        " latchkey.entropy.default().close() when it is done",
    ),
}
