# M5STACK_CORE2_AWS's own firmware with latchkey in it: make firmware BOARD=ESP32_GENERIC BOARD_VARIANT=SPIRAM MPY_DIR=... (README.md)
include("$(PORT_DIR)/boards/manifest.py")
include("../../firmware/manifests/xtensawin/latchkey/manifest.py")
