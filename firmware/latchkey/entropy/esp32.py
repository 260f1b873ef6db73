"""The ESP32's generator: true random numbers only while the radio runs.

Espressif ("Random Number Generation" in the API reference): esp_random() is to be taken for pseudo-random unless Wi-Fi or Bluetooth is
enabled or the bootloader's entropy source was switched on with bootloader_random_enable(). MicroPython never calls that function, so
here the radio decides. Nothing of it is switched on by this file. Min-entropy: no assessment was published; half of each byte is counted.
"""

from latchkey.entropy.sources import OSRandom


class ESP32(OSRandom):
    """`os.urandom` of the esp32 port, trusted while Wi-Fi (station or access point) or Bluetooth is active."""

    def __init__(self):
        super().__init__("ESP32 generator", 4)

    def ready(self):
        """True while a radio is on."""
        return _wifi() or _bluetooth()

    def why_not(self):
        """What to do when it isn't."""
        if self.ready():
            return ""
        return (
            "the radio is off, and without it these numbers are predictable; call network.WLAN(network.STA_IF).active(True) first,"
            " or attach a chip with a random generator"
        )


def _wifi():
    try:
        import network

        return any(network.WLAN(interface).active() for interface in (network.STA_IF, network.AP_IF))
    except (ImportError, AttributeError):  # no Wi-Fi in this member of the family
        return False


def _bluetooth():
    try:
        import bluetooth

        return bluetooth.BLE().active()
    except ImportError:
        return False
