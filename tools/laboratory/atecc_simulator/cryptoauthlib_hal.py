"""Microchip's cryptoauthlib, unmodified, on the simulated bus.

The wheel's shared library has no custom interface, but it exports `hal_iface_register_hal`, which takes six callbacks for an interface
type: here the library's own I2C functions are replaced by ones that reach a `Bus`.

    with Cryptoauthlib(bus) as lib:
        lib.atcab_info(...)

The library waits in real time, the chip lives in simulated time: a little of that is let pass at each refused address and after a wake.
Its state is global: one at a time in a process.
"""

import ctypes
from typing import Any

import cryptoauthlib as package
from cryptoauthlib.library import get_cryptoauthlib

from .bus import AddressNack, Bus
from .clock import MILLISECOND
from .timing import WAKE_HIGH

SUCCESS, COMMUNICATION, UNIMPLEMENTED = 0, -16, -11
_I2C = 0  # ATCAIfaceType
_CHANGE_BAUD = 6
_POLL = 1 * MILLISECOND

_Init = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_PostInit = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)
_Send = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint8, ctypes.POINTER(ctypes.c_uint8), ctypes.c_int)
_Receive = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint8, ctypes.POINTER(ctypes.c_uint8), ctypes.POINTER(ctypes.c_uint16))
_Control = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint8, ctypes.c_void_p, ctypes.c_size_t)
_Release = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)


class _Hal(ctypes.Structure):
    _fields_ = [
        ("init", _Init),
        ("post_init", _PostInit),
        ("send", _Send),
        ("receive", _Receive),
        ("control", _Control),
        ("release", _Release),
    ]


class Cryptoauthlib:
    """The library, initialised for a chip at `address` and the bus's clock; attributes are those of the Python package (`atcab_*`), and
    `library` is the shared one."""

    def __init__(self, bus: Bus, *, device: str = "ATECC508A", address: int = 0x60) -> None:
        self.bus = bus
        self._package: Any = package  # its functions appear when it is loaded
        self._package.load_cryptoauthlib()
        self.library: Any = get_cryptoauthlib()
        self._cfg = self._package.cfg_ateccx08a_i2c_default()
        self._cfg.devtype = int(getattr(self._package.ATCADeviceType, device))
        self._cfg.cfg.atcai2c.address = address << 1
        self._cfg.cfg.atcai2c.baud = bus.hz
        self._hal = _Hal(
            _Init(lambda iface, cfg: SUCCESS),
            _PostInit(lambda iface: SUCCESS),
            _Send(self._send),
            _Receive(self._receive),
            _Control(self._control),
            _Release(lambda data: SUCCESS),
        )

    def __enter__(self) -> "Cryptoauthlib":
        status = self.library.hal_iface_register_hal(_I2C, ctypes.byref(self._hal), None, None, None)
        status = status or self._package.atcab_init(self._cfg)
        if status != SUCCESS:
            raise RuntimeError(f"the library would not begin: {status:02x}")
        return self

    def __exit__(self, *exception: object) -> None:
        self._package.atcab_release()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._package, name)

    # Callbacks. The device address is in the configuration, where the library changes it for the wake pulse.

    @property
    def _present_address(self) -> int:
        return self._cfg.cfg.atcai2c.address >> 1

    def _send(self, iface: int, word_address: int, data: Any, length: int) -> int:
        payload = bytes([word_address]) + bytes(data[:length] if length else b"")
        try:
            acks = self.bus.writeto(self._present_address, payload)
        except AddressNack:
            self.bus.clock.advance(_POLL if self._present_address else WAKE_HIGH)
            return COMMUNICATION
        return SUCCESS if acks == len(payload) else COMMUNICATION

    def _receive(self, iface: int, word_address: int, data: Any, length: Any) -> int:
        try:
            received = self.bus.readfrom(self._present_address, length[0])
        except AddressNack:
            self.bus.clock.advance(_POLL)
            return COMMUNICATION
        ctypes.memmove(data, received, len(received))
        return SUCCESS

    def _control(self, iface: int, option: int, parameter: int, size: int) -> int:
        if option != _CHANGE_BAUD:
            return UNIMPLEMENTED
        self.bus.hz = ctypes.cast(parameter, ctypes.POINTER(ctypes.c_uint32))[0]
        return SUCCESS
