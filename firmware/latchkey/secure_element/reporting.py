"""What the chip is and may do, in lines for a person."""

from latchkey.secure_element import commands, policy, zone_commands


def lines(chip):
    """The report as a list of strings; Faults where the chip does not answer."""
    config = chip.do(commands.read_config)
    counters = [chip.do(zone_commands.counter, number) for number in (0, 1)]
    out = [
        "{}, revision {}, serial number {}".format(chip.model, _hex(chip.revision), _hex(policy.serial_number(config))),
        "I2C address 0x{:02x}; counters {} and {} of 2097151".format(chip.link.address, counters[0], counters[1]),
        "configuration zone {}, data and OTP zones {}".format(
            "locked" if policy.config_locked(config) else "NOT LOCKED", "locked" if policy.data_locked(config) else "NOT LOCKED"
        ),
    ]
    out += ["slot {:2}: {}".format(slot, policy.describe_slot(config, slot)) for slot in range(16)]
    return out + ["WARNING: " + text for text in policy.warnings(config)]


def print_report(chip):
    """Print it."""
    for line in lines(chip):
        print(line)


def _hex(data):
    return "".join("%02X" % byte for byte in data)
