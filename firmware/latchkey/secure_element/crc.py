"""CRC-16 of the CryptoAuthentication family: polynomial 0x8005, initial 0, data bits least significant first, register shifted left."""

# Computed as the mirrored CRC (0xA001, shifted right, a nibble at a time), whose register is the wanted one with its bits reversed.
_STEP = (0, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401, 0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400)
_MIRROR = b"\x00\x08\x04\x0c\x02\x0a\x06\x0e\x01\x09\x05\x0d\x03\x0b\x07\x0f"


def crc16(data, start=0, end=None):
    """The CRC of `data[start:end]` as an int; it goes on the wire low byte first."""
    crc = 0
    for i in range(start, len(data) if end is None else end):
        byte = data[i]
        crc = (crc >> 4) ^ _STEP[(crc ^ byte) & 15]
        crc = (crc >> 4) ^ _STEP[(crc ^ (byte >> 4)) & 15]
    return _MIRROR[crc & 15] << 12 | _MIRROR[crc >> 4 & 15] << 8 | _MIRROR[crc >> 8 & 15] << 4 | _MIRROR[crc >> 12]
