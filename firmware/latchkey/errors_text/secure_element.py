"""Sentences of the causes of secure_element: number -> (name, sentence)."""

TEXT = {
    800: (
        "NO_CHIP",
        "no ATECC508A or 608 found ({}); check power, wires, pull-ups, and that the bus is at 100 kHz or the board has wake() or set_hz(); a chip elsewhere is found by ATECC(i2c, address=...), in 7 bits: 0x6A on a label is 0x35",
    ),
    801: ("CHIP_NOT_ANSWERING", "the chip stopped answering, and starting it again did not help: {}"),
    802: ("CHIP_COMMUNICATION", "the chip keeps receiving damaged commands; check wires, pull-ups and bus clock: status {}"),
    803: ("CHIP_ECC_FAULT", "the chip met an arithmetic fault again and again: status {}"),
    804: ("CHIP_WATCHDOG", "the chip's watchdog leaves no time for the command: status {}"),
    805: (
        "CHIP_REFUSED",
        "the chip refuses the command in its present state or configuration: {}; chip.report() shows the locks and what each slot may do",
    ),
    806: ("CHIP_PARSE_ERROR", "the chip does not know this command or its parameters: status {}"),
    807: ("CHIP_STATUS", "the chip answers with an unexpected status {}"),
    808: ("CHIP_SELF_TEST", "the chip's self-test failed: status {}; do not use this chip"),
    809: ("UNKNOWN_CHIP", "a chip answers, but it is neither an ATECC508A nor a 608: revision {}"),
    810: ("CHIP_BUSY", "another task is using the chip"),
    811: ("SEQUENCE_BROKEN", "this sequence of commands was left alone for seconds in the middle, and another task took the chip"),
    812: (
        "CHIP_RANDOM_UNLOCKED",
        "the chip's configuration zone is not locked, and until then its Random gives FF FF 00 00 again and again: lock it first",
    ),
    813: ("SLOT_POLICY", "the chip's configuration does not allow this: {}"),
    814: ("CHIP_UNSUPPORTED", "this chip cannot do that: {}"),
    815: ("CHIP_RESULT_UNKNOWN", "the chip was interrupted, and it is not known whether it executed the command: {}"),
    816: ("CONFIG_MISMATCH", "the configuration zone is not what was given: {}; nothing was locked"),
    817: ("LOCKED_ALREADY", "this zone or slot of the chip is locked already"),
    818: ("BAD_TEMPLATE", "the certificate template is not usable: {}"),
    819: ("BAD_COMPRESSED_CERTIFICATE", "the compressed certificate in the chip does not fit: {}"),
    820: ("IRREVERSIBLE", "this could never be undone, and is not done unless it is asked for by name: {}"),
    821: ("NO_KEY", "there is no private key in slot {} of the chip; Provision(chip).generate_key makes one"),
    822: (
        "CHIP_ABSENT",
        "the chip was not found: {}; check power, wires and pull-ups, and whether it has another address, which address=... takes",
    ),
    823: (
        "CHIP_DEAD",
        "something acknowledges the chip's address and does not answer as one: {}; a chip that has stopped working, or another device",
    ),
    824: ("CHIP_FOREIGN", "another chip answers at this address: {}; secure_element.probe(i2c) says what is on the bus"),
}
