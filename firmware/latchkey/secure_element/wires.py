"""What the wires to a chip hold, in sentences for reports: loaded when one is asked for."""

AGREEMENT = (
    "key agreement over I2C: who can change what is on the wires puts his own point in the server's place, and is the server,"
    " whether the secret is read encrypted or not"
)
SECRET = "the pre-master secret crosses I2C in clear: who listens on the wires reads the session; "
RANDOM = (
    "randomness over I2C: who can change what is on the wires chooses it, and knows each key that is made of it where no other"
    " source is mixed in"
)
VERIFIER = "verification over I2C: who can change what is on the wires can make any signature pass, and is the server"
MAC = (
    "what MAC and HMAC give comes over I2C in clear: a key made of it is known to who listens on the wires, and is as good as fixed"
    " where the challenge may come again"
)


def of(name):
    """What the wires to a chip may hold, by its driver's name."""
    return {
        "ATSHA204A": (RANDOM, MAC),
        "OPTIGA": (RANDOM, SECRET + AGREEMENT),
    }[name]
