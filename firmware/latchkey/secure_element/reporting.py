"""What the chip is and may do, in lines for a person."""

from latchkey.errors import TLSError
from latchkey.secure_element import commands, configuration, policy, wires, zone_commands


def lines(chip, certificates=()):
    """The report as a list of strings; TLSError where the chip does not answer. What it refuses, or does not know, is told in its place."""
    config = chip.do(commands.read_config)
    counters = _told(_counters, chip)
    out = [
        f"{chip.model}, revision {_hex(chip.revision)}, serial number {_hex(configuration.serial_number(config))}",
        f"I2C address 0x{chip.link.address:02x}; counters {counters}",
        "configuration zone {}, data and OTP zones {}".format(
            "locked" if configuration.config_locked(config) else "NOT LOCKED",
            "locked" if configuration.data_locked(config) else "NOT LOCKED",
        ),
    ]
    out += [f"slot {slot:2}: {policy.describe_slot(config, slot)}" for slot in range(16)]
    out += _keys(chip, config) + [_certificate(chip, *arguments) for arguments in certificates]
    out += ["WARNING: " + text for text in policy.warnings(config)]
    return out + ["NOTE: " + text for text in _wires(chip, config)]


def print_report(chip, certificates):
    """Print it."""
    for line in lines(chip, certificates):
        print(line)


def _told(ask, *args):
    """What `ask` finds, or why it could not."""
    try:
        return ask(*args)
    except TLSError as error:
        return "not known: " + error.args[1]


def _counters(chip):
    return "{} and {} of 2097151".format(*[chip.do(zone_commands.counter, number) for number in (0, 1)])


def _keys(chip, config):
    """Which slots for private keys have one, and a warning of those that never will."""
    found = {True: [], False: []}
    out = []
    for slot in range(16):
        if configuration.is_private(config, slot):
            has = _told(chip.do, commands.has_key, slot)
            if has not in found:
                return ["private keys: " + has]
            found[has].append(str(slot))
            if not has and configuration.data_locked(config) and configuration.stays_empty(config, slot):
                out.append(f"WARNING: slot {slot}: it has no key, and none can be made in it any more")
    return ["private keys in slots: {}; none yet: {}".format(*[", ".join(found[has]) or "-" for has in (True, False)])] + out


def _certificate(chip, template, slot=10, key_slot=0, signer_slot=None):
    """Whether a compressed certificate can be rebuilt, and bears its issuer's signature."""
    from latchkey.secure_element.compressed_certificate import rebuild, verified

    try:
        der, at, issuer_key = chip.do(rebuild, template, slot, key_slot, signer_slot)
        chip.wait(verified(der, at, issuer_key, slot))
        told = "{} bytes, {}".format(
            len(der), "its issuer's signature is right" if issuer_key else "not checked: its issuer's key is not known"
        )
    except TLSError as error:
        told = error.args[1]
    return f"certificate in slot {slot}: {told}"


def _wires(chip, config):
    """What the wires would hold of a session."""
    agrees = [configuration.is_private(config, slot) and configuration.slot_config(config, slot) >> 2 & 1 for slot in range(16)]
    return [wires.RANDOM] + ([wires.AGREEMENT] if chip.link.is_608 or any(agrees) else []) + [wires.VERIFIER]


def _hex(data):
    return "".join(f"{byte:02X}" for byte in data)
