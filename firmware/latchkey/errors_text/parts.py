"""The parts that latchkey is installed in, and what is said where one is missing. tools/build/parts.py reads the table.

A module stands for its kernels, too (`crypto.p384` for `crypto.kernel_viper_p384`), and a package for all but its `__init__`.
What is in no row is the core. A part is named for the module that is missed first, which MicroPython's own ImportError says.
"""

PARTS = (
    ("p384", ("crypto.p384",)),
    ("x25519", ("crypto.x25519", "crypto.field.ladder")),
    ("chacha20poly1305", ("crypto.chacha20poly1305", "tls.implicit_nonce")),
    ("ccm", ("crypto.ccm", "tls.short_tag")),
    ("block_cipher", ("tls.block_cipher", "crypto.cbc", "crypto.record_mac")),
    ("psk", ("tls.psk",)),
    ("stores", ("stores", "board_memory", "tls.stored")),
    ("rsa_sign", ("crypto.rsa_sign",)),
    ("ocsp", ("x509.ocsp",)),
    ("certificate_request", ("certificate_request", "device_key")),
    ("chip", ("secure_element",)),
    (
        "doctor",
        (
            "doctor",
            "attempt",
            "inventory",
            "key_log",
            "errors_text.connection",
            "errors_text.crypto",
            "errors_text.entropy",
            "errors_text.refusals",
            "errors_text.secure_element",
            "errors_text.tls",
            "errors_text.x509",
        ),
    ),
)


def part_of(module):
    """The part that a module (`latchkey.` left out) is in."""
    package, _, last = module.rpartition(".")
    for part, members in PARTS:
        for member in members:
            work = member.rpartition(".")[2]
            kernel = last.startswith("kernel_") and (last + "_").endswith("_" + work + "_") and package.startswith("crypto")
            if kernel or module == member or module.startswith(member + "."):
                return part
    return "core"


def explained(error):
    """What to raise for an ImportError: one that names the part which is missing, if it is about one of ours; else the error."""
    told = str(error)
    start, end = told.find("'latchkey."), told.rfind("'")
    part = part_of(told[start + 10 : end]) if start >= 0 else None
    if part is None:
        return error
    return ImportError("{}: latchkey's part {} is not installed here (README.md, Parts)".format(told, part))
