"""PEM (RFC 7468): the DER inside, block by block. Data that begins like DER is taken as one block, so callers accept both."""

import binascii


def blocks(data, labels):
    """Yield each block of `data` (bytes or str) whose label is in `labels` (bytes), decoded; DER as it is. Text around blocks is ignored.

    A block without its end, or whose text is not base64, is a ValueError.
    """
    data = data.encode() if isinstance(data, str) else bytes(data)
    if data[:1] == b"\x30":
        yield data
        return
    at = 0
    while True:
        begin = data.find(b"-----BEGIN ", at)
        if begin < 0:
            return
        dashes = data.find(b"-----", begin + 11)
        label = data[begin + 11 : dashes]
        end = data.find(b"-----END " + label + b"-----", dashes)
        if dashes < 0 or end < 0:
            raise ValueError("a PEM block has no end")
        if label in labels:
            text = memoryview(data)[dashes + 5 : end]  # a copy might be of a secret, and stay
            yield binascii.a2b_base64(text)  # pyright: ignore[reportArgumentType]: the stubs know no buffers
        at = end + 1


def stream_blocks(file, labels):
    """The same from a binary file with `readline`, holding one block at a time."""
    text = None
    while True:
        line = file.readline()
        if not line:
            break
        line = line.strip()
        if text is None:
            if line[:11] == b"-----BEGIN " and line[11:-5] in labels:
                text = []
        elif line[:9] == b"-----END ":
            yield binascii.a2b_base64(b"".join(text))
            text = None
        else:
            text.append(line)
    if text is not None:
        raise ValueError("a PEM block has no end")
