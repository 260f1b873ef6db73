"""A firmware update: streamed into a block device in constant memory, its signature checked before anything boots it, cut and resumed,
rolled back by itself where it does not come up.

The server has two files, `image` and `image.sig`, the latter made by the maker's P-256 key:

    openssl dgst -sha256 -sign key.pem -out image.sig image

TLS says whom the image came from; the signature says who made it, whatever becomes of the server.
"""

import errno
import hashlib
import json
import os
import socket

import latchkey
from latchkey.crypto.job import run
from latchkey.crypto.verify import verify

HOST, PORT = "updates.plant.example", 443
STATE = "update.json"  # how far it came, of which image
ECDSA_SHA256 = 0x0403
P256 = 23


def request(context, path, start=0):
    """`(connection, bytes of the whole)`; from byte `start` on. OSError where the server does not give it."""
    sock = socket.socket()
    sock.settimeout(30)
    sock.connect(socket.getaddrinfo(HOST, PORT)[0][-1])
    tls = context.wrap_socket(sock, server_hostname=HOST)
    head = "GET {} HTTP/1.0\r\nHost: {}\r\nRange: bytes={}-\r\n\r\n".format(path, HOST, start)
    tls.write(head.encode())
    status = tls.readline().split(b" ")
    total, length = None, None
    while True:
        line = tls.readline().strip().lower()
        if not line:
            break
        if line.startswith(b"content-range:"):
            total = int(line.split(b"/")[1])
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    if status[1] != b"206" or total is None or length != total - start:
        tls.close()
        raise OSError(errno.EIO, "{} of {}: {}".format(path, HOST, b" ".join(status[1:]).decode().strip()))
    return tls, total


def begun(path, block):
    """The block that the next byte goes to, of this image; 0 where nothing was begun."""
    try:
        with open(STATE) as file:
            state = json.load(file)
        return state["blocks"] if (state["path"], state["block"]) == (path, block) else 0
    except (OSError, ValueError, KeyError):
        return 0


def keep(path, block, blocks):
    with open(STATE + ".part", "w") as file:
        json.dump({"path": path, "block": block, "blocks": blocks}, file)
    os.rename(STATE + ".part", STATE)


def download(context, path, device, every=64):
    """Stream an image into a block device (`esp32.Partition.get_next_update()`), on from where it was cut; its length.

    `every`: blocks after which it is written down how far it came.
    """
    size, capacity = device.ioctl(5, 0), device.ioctl(4, 0)
    block = bytearray(size)
    n = begun(path, size)
    tls, total = request(context, path, n * size)
    try:
        if total > size * capacity:
            raise OSError(errno.EIO, "the image has {} bytes, the partition {}".format(total, size * capacity))
        while n * size < total:
            wanted = min(size, total - n * size)
            got = tls.readinto(memoryview(block)[:wanted]) or 0
            if got < wanted:
                raise OSError(errno.EIO, "the download was cut")
            block[wanted:] = b"\xff" * (size - wanted)
            device.ioctl(6, n)  # erase
            device.writeblocks(n, block)
            n += 1
            if n % every == 0:
                keep(path, size, n)
    finally:
        keep(path, size, n)
        tls.close()
    return total


def digest(device, total):
    """SHA-256 of what the flash holds, not of what came over the wire."""
    size = device.ioctl(5, 0)
    block, h = bytearray(size), hashlib.sha256()
    for n in range((total + size - 1) // size):
        device.readblocks(n, block)
        h.update(memoryview(block)[: min(size, total - n * size)])
    return h.digest()


def signature(context, path):
    tls, total = request(context, path + ".sig")
    try:
        if total > 72:  # the longest ECDSA signature on P-256
            raise OSError(errno.EIO, "{}.sig is no signature".format(path))
        return tls.read(total)
    finally:
        tls.close()


def update(context, path, device, maker):
    """Fetch an image and have the board boot it next; `maker`: the maker's public key, 65 bytes. OSError where any of it is not right."""
    total = download(context, path, device)
    good = run(verify(ECDSA_SHA256, (P256, maker), digest(device, total), signature(context, path)))
    try:
        os.remove(STATE)  # whichever it is, the next one begins anew
    except OSError:
        pass
    if not good:
        raise OSError(errno.EIO, "the image was not signed by its maker")
    device.set_boot()


def confirm(context):
    """To be called by the new firmware once it has reached its server: until then a reset brings the old one back."""
    request(context, "/alive")[0].close()
    from esp32 import Partition

    Partition.mark_app_valid_cancel_rollback()


if __name__ == "__main__":
    from esp32 import Partition

    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=4096)
    context.load_verify_locations(cafile="root.pem")
    with open("maker.pub", "rb") as file:
        running = Partition(Partition.RUNNING)  # pyright: ignore[reportArgumentType]: an int, as the documentation has it
        update(context, "/pump/1.5.bin", running.get_next_update(), file.read())
