"""What the configuration zone says, in words: each slot's policy, and what is dangerous.

Bits of SlotConfig and KeyConfig: datasheet tables 2-6 to 2-12. `config` is the 128 bytes of the zone.
"""

from latchkey.secure_element.configuration import (
    DANGERS,
    config_locked,
    data_locked,
    describe_write,
    is_private,
    key_config,
    slot_config,
    slot_locked,
)
from latchkey.secure_element.configuration import why_refused as why_refused

_SIGN = const(0)
_SIGN_INTERNAL = const(1)
_ECDH = const(2)
_TO_NEXT_SLOT = const(3)


def describe_slot(config, slot):
    """One line on what may be done with a slot once the data zone is locked."""
    words = _private_words(config, slot) if is_private(config, slot) else _data_words(config, slot)
    if slot_locked(config, slot):
        words.append("slot locked")
    return ", ".join(words)


def _private_words(config, slot):
    may, key = slot_config(config, slot), key_config(config, slot)
    words = ["P-256 private key" if key >> 2 & 7 == 4 else f"private key of type {key >> 2 & 7}"]
    uses = []
    if may >> _SIGN & 1:
        uses.append("signs digests given to it")
    if may >> _SIGN_INTERNAL & 1:
        uses.append("signs the chip's own messages")
    if may >> _ECDH & 1:
        uses.append(f"ECDH to slot {slot + 1}" if may >> _TO_NEXT_SLOT & 1 else "ECDH, secret in clear")
    words += uses or ["no use allowed"]
    words.append("public key readable" if key >> 1 & 1 else "public key not readable")
    words.append("can be made anew" if may >> 13 & 1 else "cannot be made anew")
    if may >> 14 & 1:
        words.append(f"can be written encrypted under slot {may >> 8 & 15}")
    return words + _conditions(may, key)


def _data_words(config, slot):
    may, key = slot_config(config, slot), key_config(config, slot)
    public = key >> 2 & 7 == 4
    words = ["P-256 public key" + (", must be validated" if key >> 1 & 1 else "") if public else "data"]
    if may >> 6 & 1:
        words.append(f"read encrypted under slot {may & 15}")
    else:
        words.append("never readable" if may >> 7 & 1 else "readable")
    words.append(describe_write(may))
    return words + _conditions(may, key)


def _conditions(may, key):
    words = []
    if may >> 5 & 1:
        words.append("limited use")
    if key >> 7 & 1:
        words.append(f"needs authorisation by slot {key >> 8 & 15}")
    if key >> 5 & 1:
        words.append("can be locked")
    return words


def warnings(config):
    """Sentences on what is dangerous in this configuration."""
    out = []
    if not config_locked(config):
        out.append("the configuration zone is not locked: no random numbers (FF FF 00 00 instead), no keys, and anyone may change it")
        out += ["it must not be locked as it is: " + sentence for sentence in [find(config) for _, find in DANGERS] if sentence]
    elif not data_locked(config):
        out.append("the data zone is not locked: slot policies do not hold yet, and anyone on the bus may overwrite every secret")
    for slot in range(16):
        out += [f"slot {slot}: {text}" for text in _slot_warnings(config, slot)]
        out += [f"slot {slot}: {text}" for text in _foundation_warnings(config, slot)]
    return out


def _foundation_warnings(config, slot):
    """Of what a slot's protection rests on: another slot's secret."""
    for what, other in _foundations(config, slot):
        may = slot_config(config, other)
        if not may >> 6 & 3:
            yield f"{what} slot {other}, which anyone may read"
        elif may >> 12 == 0:
            yield f"{what} slot {other}, which anyone may overwrite"


def _foundations(config, slot):
    may, key = slot_config(config, slot), key_config(config, slot)
    if not key & 1:
        if may >> 6 & 1:
            yield "it is read encrypted under", may & 15
    elif may >> _ECDH & 1 and may >> _TO_NEXT_SLOT & 1:
        yield "ECDH puts its secret into", slot + 1
    if may >> 14 & 1:
        yield "it is written encrypted under", may >> 8 & 15
    if key >> 7 & 1:
        yield "it is authorised by", key >> 8 & 15


def _slot_warnings(config, slot):
    may, key = slot_config(config, slot), key_config(config, slot)
    if key & 1:
        if may >> _SIGN_INTERNAL & 1 and may >> _SIGN & 1:
            yield "its key may sign the chip's own messages beside digests, and a digest can be chosen to look like one"
        if may >> _SIGN & 1 and may >> _ECDH & 1:
            yield "one key both signs and agrees on secrets"
        if not may >> 7 & 1:
            yield "a private key without IsSecret: it cannot be used"
        return
    if may >> 12 == 0 and may >> 7 & 1:
        yield "secret, yet anyone may overwrite it"
    if key >> 2 & 7 == 7 and not may >> 7 & 1 and may >> 4 & 1:
        yield "readable in clear although barred from MAC like a secret"
    if may & 15 == 0 and may >> 7 & 1:
        yield "ReadKey is 0: CheckMac may copy it into TempKey"
