# An emulated board with the package in its firmware, by the manifest that users take. LATCHKEY_LIBRARY: the folder of its architecture.
import os

include("../../boards/qemu_common/manifest.py")
add_library("latchkey", os.environ["LATCHKEY_LIBRARY"])
require("latchkey", library="latchkey", small=bool(os.environ["LATCHKEY_SMALL"]))
