"""What the chip is and may do, in lines for a person."""

from latchkey.secure_element import commands, policy, zone_commands


def lines(chip):
    """The report as a list of strings; Faults where the chip does not answer."""
    config = chip.do(commands.read_config)
    counters = [chip.do(zone_commands.counter, number) for number in (0, 1)]
    out = [
        f"{chip.model}, revision {_hex(chip.revision)}, serial number {_hex(policy.serial_number(config))}",
        f"I2C address 0x{chip.link.address:02x}; counters {counters[0]} and {counters[1]} of 2097151",
        "configuration zone {}, data and OTP zones {}".format(
            "locked" if policy.config_locked(config) else "NOT LOCKED", "locked" if policy.data_locked(config) else "NOT LOCKED"
        ),
    ]
    out += [f"slot {slot:2}: {policy.describe_slot(config, slot)}" for slot in range(16)]
    return out + ["WARNING: " + text for text in policy.warnings(config)]


def print_report(chip):
    """Print it."""
    for line in lines(chip):
        print(line)


def _hex(data):
    return "".join(f"{byte:02X}" for byte in data)
