"""Record protection with a tag of 8 bytes (RFC 6655 section 4)."""

from latchkey.tls.record import Protection


class ShortTag(Protection):
    """As Protection, with less behind the text."""

    back = 8
