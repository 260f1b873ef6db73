"""The ESP32's generator: true random numbers only while the radio runs.

Espressif ("Random Number Generation" in the API reference): esp_random() is to be taken for pseudo-random unless Wi-Fi or Bluetooth is
enabled or the bootloader's entropy source was switched on with bootloader_random_enable(). MicroPython never calls that function, so
here the radio decides: the board's own, for one on another chip makes no noise in this one (port.py tells). Nothing is switched on by this
file. Min-entropy: no assessment was published; half of each byte is counted.
"""

from latchkey.entropy.sources import OSRandom
from latchkey.errors import Fault

_SOURCE_NOT_READY = const(701)


class ESP32(OSRandom):
    """`os.urandom` of the esp32 port, trusted while Wi-Fi (station or access point; only with `wifi`) or Bluetooth is active."""

    def __init__(self, wifi=True):
        super().__init__("ESP32 generator", 4)
        self._has_wifi = wifi

    def ready(self):
        """True while a radio is on. Bluetooth is asked first: asking for Wi-Fi sets up its driver."""
        return _bluetooth() or (self._has_wifi and _wifi())

    def why_not(self):
        """What to do when it isn't."""
        if self.ready():
            return ""
        return (
            "the radio is off, and without it these numbers are predictable; call {}.active(True) first,"
            " or attach a chip with a random generator"
        ).format("network.WLAN(network.STA_IF)" if self._has_wifi else "bluetooth.BLE()")

    def fill(self, buf):
        """Fill `buf`; Faults if the radio is off before or after."""
        self._insist()
        super().fill(buf)
        self._insist()

    def _insist(self):
        if not self.ready():
            raise Fault(_SOURCE_NOT_READY, self.name + ": " + self.why_not())


def _wifi():
    try:
        import network

        return any(network.WLAN(interface).active() for interface in (network.STA_IF, network.AP_IF))
    except (ImportError, AttributeError, OSError, RuntimeError):  # no Wi-Fi in this member of the family, or no memory for it
        return False


def _bluetooth():
    try:
        import bluetooth

        return bluetooth.BLE().active()
    except (ImportError, OSError, RuntimeError):
        return False
