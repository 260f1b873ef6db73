"""AES in CBC mode by each kernel, and records by it: `latchkey.crypto.cbc`, `latchkey.tls.block_cipher`."""

from latchkey.crypto import cbc, kernel_portable_cbc

# NIST SP 800-38A appendix F.2.1
KEY = b"\x2b\x7e\x15\x16\x28\xae\xd2\xa6\xab\xf7\x15\x88\x09\xcf\x4f\x3c"
TEXT = (
    b"\x6b\xc1\xbe\xe2\x2e\x40\x9f\x96\xe9\x3d\x7e\x11\x73\x93\x17\x2a\xae\x2d\x8a\x57\x1e\x03\xac\x9c\x9e\xb7\x6f\xac\x45\xaf\x8e\x51"
    b"\x30\xc8\x1c\x46\xa3\x5c\xe4\x11\xe5\xfb\xc1\x19\x1a\x0a\x52\xef\xf6\x9f\x24\x45\xdf\x4f\x9b\x17\xad\x2b\x41\x7b\xe6\x6c\x37\x10"
)
SEALED = (
    b"\x76\x49\xab\xac\x81\x19\xb2\x46\xce\xe9\x8e\x9b\x12\xe9\x19\x7d\x50\x86\xcb\x9b\x50\x72\x19\xee\x95\xdb\x11\x3a\x91\x76\x78\xb2"
    b"\x73\xbe\xd6\xb8\xe3\xc1\x74\x3b\x71\x16\xe6\x9e\x22\x22\x95\x16\x3f\xf1\xca\xa1\x68\x1f\xac\x09\x12\x0e\xca\x30\x75\x86\xe1\xa7"
)


def _run(kernel, data, sealing, step):
    buf = bytearray(b"before" + data + b"behind")
    state = kernel.begin(KEY, bytes(range(16)), sealing)
    for at in range(6, 6 + len(data), step):
        kernel.run(state, buf, at, min(at + step, 6 + len(data)))
    kernel.wipe(state)
    assert buf[:6] == b"before" and buf[-6:] == b"behind"
    return bytes(buf[6:-6])


def nist_s_vectors_come_out_in_pieces_of_any_size():
    for kernel in (cbc.kernel(), kernel_portable_cbc):
        for step in (16, 32, 64):
            assert _run(kernel, TEXT, True, step) == SEALED, kernel.NAME
            assert _run(kernel, SEALED, False, step) == TEXT, kernel.NAME


def the_firmware_s_own_comes_first():
    try:
        import cryptolib
    except ImportError:
        assert cbc.kernel().NAME == "portable"
    else:
        assert cbc.kernel().NAME == "cryptolib", cryptolib


def records_are_opened_that_were_sealed():
    from hashlib import sha256

    from latchkey.crypto.record_mac import RecordMAC
    from latchkey.tls.block_cipher import BlockCipher, EncryptThenMAC
    from latchkey.tls.record import READ, READY, RecordReader, RecordWriter

    class Source:
        def fill(self, buf):
            for i in range(len(buf)):
                buf[i] = i

    def made(kind, padding):
        return kind(RecordMAC(bytes(range(32)), sha256, 32), KEY, Source(), padding)

    for kind in (BlockCipher, EncryptThenMAC):
        writer, reader = RecordWriter(bytearray(700)), RecordReader(bytearray(900))
        reader.limit = 580
        writer.protection, reader.protection = made(kind, 16), made(kind, 1)
        for size in (0, 1, 31, 300):
            writer.begin(23)
            writer.append(bytes(size))
            writer.finish()
            while not writer.step():
                pass
            out = bytes(writer.outgoing())
            writer.left(len(out))
            assert (len(out) - 5) % 16 == 0
            while out:
                request = reader.receive()
                if request == READ:
                    n = reader.want - reader.got
                    reader.target[reader.got : reader.got + n] = out[:n]
                    reader.got += n
                    out = out[n:]
            while size and reader.receive() != READY:
                pass
            assert not size or reader.end - reader.start == size
            reader.take(reader.end - reader.start)
        writer.protection.wipe()
        reader.protection.wipe()
