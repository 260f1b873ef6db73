"""PEM (RFC 7468): the DER inside, block by block, whatever ends the lines, wherever a block begins, with any text around; in UTF-16, as
PowerShell and Windows' editors save it, too.

What begins as DER does is taken as one block, so callers accept both.
"""

import binascii

from latchkey.crypto.util import wipe

# Labels of certificates: RFC 7468's, an old one, and OpenSSL's, which may have more behind the certificate: then it is none that is read.
CERTIFICATES = (b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE")

_BEGIN = b"-----BEGIN "
_END = b"-----END "
_DASHES = b"-----"
_PIECE = const(512)


def is_path(value):
    """Whether it can be the path of a file, and is none of what is in here."""
    return isinstance(value, str) and "\n" not in value and "-----" not in value


def blocks(data, labels):
    """Yield each block of `data` (bytes or str) whose label is in `labels` (bytes), decoded; DER as it is. Text around blocks is ignored.

    A block without its end, or with another in it, is a ValueError; so is text that is not base64.
    """
    data = data.encode() if isinstance(data, str) else bytes(data)
    at = _first(data)
    if at < 0 and data[:1] == b"\x30":
        yield data
        return
    given, data = data, _narrow(data)
    try:
        at = data.find(_BEGIN)
        while at >= 0:
            dashes = data.find(_DASHES, at + len(_BEGIN))
            label = data[at + len(_BEGIN) : dashes]
            end = data.find(_DASHES, dashes + len(_DASHES))
            if dashes < 0 or data[end : end + len(_END) + len(label) + len(_DASHES)] != _END + label + _DASHES:
                raise ValueError
            if label in labels:
                text = memoryview(data)[dashes + len(_DASHES) : end]  # a copy might be of a secret, and stay
                yield binascii.a2b_base64(text)  # pyright: ignore[reportArgumentType]: the stubs know no buffers
            at = data.find(_BEGIN, end + len(_END))
    finally:
        if data is not given:
            wipe(data)


def _narrow(text):
    """Text without the zeros that UTF-16 has in ASCII: `text` itself where there are none."""
    return text.replace(b"\0", b"")


def _first(data):
    """Where a block begins; -1 where none does, or where a length of more than one octet says that this is DER and no text."""
    return -1 if b"\x30\x80" < data[:2] < b"\x30\x85" else data.find(_BEGIN)


def stream_blocks(file, labels):
    """The same of an open binary file, of which one block is held at a time."""
    held = file.read(_PIECE)
    if held[:1] == b"\x30" and _first(held) < 0:
        yield from blocks(held + file.read(), labels)
        return
    held = _narrow(held)
    while True:
        begin = held.find(_BEGIN)
        end = held.find(_END, begin)
        stop = held.find(_DASHES, end + len(_END))
        if begin >= 0 and end >= 0 and stop >= 0:
            yield from blocks(held[begin : stop + len(_DASHES)], labels)
            held = held[stop:]  # the next block may begin with these dashes
            continue
        piece = file.read(_PIECE)
        if not piece:
            break
        held = held[begin if begin >= 0 else 1 - len(_BEGIN) :] + _narrow(piece)
    if begin >= 0:
        raise ValueError
