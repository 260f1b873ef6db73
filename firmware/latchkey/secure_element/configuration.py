"""What the configuration zone says: its bits, why a command on a slot is refused, and what it would make of a chip for good.

Bits of SlotConfig and KeyConfig: datasheet tables 2-6 to 2-12. `config` is the 128 bytes of the zone. This file imports nothing, so that a
program on a host can load it and go by the same rules.
"""


def slot_config(config, slot):
    """SlotConfig as an int."""
    return config[20 + 2 * slot] | config[21 + 2 * slot] << 8


def key_config(config, slot):
    """KeyConfig as an int."""
    return config[96 + 2 * slot] | config[97 + 2 * slot] << 8


def serial_number(config):
    """The 9 bytes of the serial number."""
    return bytes(config[0:4] + config[8:13])


def config_locked(config):
    """True once the configuration zone is locked."""
    return config[87] != 0x55


def data_locked(config):
    """True once the data and OTP zones are locked, that is, under their slots' policies."""
    return config[86] != 0x55


def slot_locked(config, slot):
    """True if this slot was locked by itself."""
    return not (config[88] | config[89] << 8) >> slot & 1


def is_private(config, slot):
    """True if the slot holds an ECC private key."""
    return key_config(config, slot) & 1 == 1


def read_key(config, slot):
    """The slot whose key encrypts reads of this one."""
    return slot_config(config, slot) & 15


def write_key(config, slot):
    """The slot whose key encrypts writes of this one."""
    return slot_config(config, slot) >> 8 & 15


def stays_empty(config, slot):
    """True if this is a private key's slot, and one without a key gets none any more once the data zone is locked (GenKey, PrivWrite)."""
    return is_private(config, slot) and (not slot_config(config, slot) >> 13 & 3 or slot_locked(config, slot))


def why_refused(config, slot, use):
    """Why a command on `slot` is not allowed, or "". `use`: "sign", "generate", "public" (a key); "read", "write", "lock", "verify"."""
    if not config_locked(config):
        return "the configuration zone is not locked"
    if use in ("read", "write", "lock", "verify"):
        return _why_closed(config, slot, use)
    return why_no_key(config, slot) or _why_key_refused(config, slot, use)


def why_no_key(config, slot):
    """Why no private key in `slot` can be used here, or ""."""
    key = key_config(config, slot)
    if not key & 1:
        return "it is not configured as a private key (KeyConfig Private)"
    if key >> 2 & 7 != 4:
        return "its key type is not P-256 (KeyConfig KeyType)"
    if key >> 7 & 1:
        return "its key wants an authorisation first (KeyConfig ReqAuth)"
    if not slot_config(config, slot) >> 7 & 1:
        return "SlotConfig IsSecret is 0, and a private key must have it"
    return ""


def _why_key_refused(config, slot, use):
    may = slot_config(config, slot)
    if use == "generate" and slot_locked(config, slot):
        return "it is locked, and keeps the key that it has"
    if not data_locked(config):
        return ""
    if use == "sign" and not may & 1:
        return "its key may not sign external messages (SlotConfig ReadKey bit 0)"
    if use == "generate" and not may >> 13 & 1:
        return "no new key may be made in it (SlotConfig WriteConfig bit 13)"
    if use == "public" and not key_config(config, slot) >> 1 & 1:
        return "its public key may not be read (KeyConfig PubInfo)"
    return ""


def _why_closed(config, slot, use):
    may = slot_config(config, slot)
    if use == "lock":
        return "" if key_config(config, slot) >> 5 & 1 else "it is not configured as lockable (KeyConfig Lockable)"
    if use == "verify":
        fits = key_config(config, slot) & 0x1D == 0x10  # Private 0, KeyType 4
        return "" if fits else "it is not configured as a P-256 public key (KeyConfig Private, KeyType)"
    if use == "read" and not data_locked(config):
        return "the data zone is not locked, and no slot can be read before"
    if is_private(config, slot):
        return "it holds a private key, which the chip neither gives out nor takes in like this"
    if use == "read":
        if may >> 6 & 1:
            return f"it is read encrypted under slot {may & 15} (SlotConfig EncryptRead)"
        return "it is never readable (SlotConfig IsSecret)" if may >> 7 & 1 else ""
    if slot_locked(config, slot):
        return "it is locked, and keeps what it has"
    return f"it is {describe_write(may)} (SlotConfig WriteConfig)" if data_locked(config) and may >> 12 else ""


def describe_write(may):
    """Who may write a data slot with this SlotConfig once the data zone is locked."""
    write = may >> 12
    if write == 0:
        return "writable"
    if write == 1:
        return "writable unless validated"
    if write & 4:
        return f"written encrypted under slot {may >> 8 & 15}"
    return "never writable"


# What a lock would make true for good. Of each: the keyword by which the caller says that it is meant, and what finds it in a
# configuration that is to be written or locked: a sentence, or "".


def _no_address(config):
    return unreachable(config[16])


def unreachable(byte):
    """What is wrong with an I2C address in the chip's form of 8 bits, or "". 00 to 07 and 78 to 7F are the bus's own (I2C, 3.1.12)."""
    if 0x08 <= byte >> 1 <= 0x77:
        return ""
    return f"{byte:02X} is the I2C address 0x{byte >> 1:02X}, and a chip is reached from 0x08 (byte 16: 10) to 0x77 (EE) only"


def _slots_locked(config):
    locked = [str(slot) for slot in range(16) if slot_locked(config, slot)]
    if not locked:
        return ""
    return "bytes 88 and 89 (SlotLocked) are not FF FF: no key could ever be made and nothing written in slots " + ", ".join(locked)


def _no_signer(config):
    if any(_signs(config, slot) for slot in range(16)):
        return ""
    return "no slot has a P-256 private key that may sign external messages (KeyConfig 33 00 and SlotConfig 81 20 would)"


def _signs(config, slot):
    return not why_no_key(config, slot) and slot_config(config, slot) & 1 and not slot_locked(config, slot) and _uses_left(config, slot)


def _uses_left(config, slot):
    """Whether a key of limited use has any: slot 15 has the bits of LastKeyUse, the others count in Counter 0 (9.3)."""
    if not slot_config(config, slot) >> 5 & 1:
        return True
    if slot == 15:
        return any(config[68:84])
    ones = sum([config[at] >> bit & 1 for at in range(52, 56) for bit in range(8)])
    return 16 * ((config[56] << 8 | config[57]) + (config[58] << 8 | config[59])) + 32 - ones < 2097151


DANGERS = (("no_address", _no_address), ("slots_locked", _slots_locked), ("no_signer", _no_signer))


def danger(config, named):
    """The first danger of a configuration whose keyword is not in `named`: (keyword, sentence), or None."""
    for name, find in DANGERS:
        sentence = name not in named and find(config)
        if sentence:
            return name, sentence
    return None
