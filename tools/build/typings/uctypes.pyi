"""MicroPython's uctypes. The published stub lets fields of a struct be read, not written."""

from typing import Any

BIG_ENDIAN: int
LITTLE_ENDIAN: int
NATIVE: int
VOID: int
UINT8: int
UINT16: int
UINT32: int
UINT64: int
INT8: int
INT16: int
INT32: int
INT64: int
BFUINT8: int
BFUINT16: int
BFUINT32: int
BF_POS: int
BF_LEN: int
PTR: int
ARRAY: int

def sizeof(struct: struct | dict[str, Any], layout_type: int = ..., /) -> int: ...
def addressof(obj: bytes | bytearray | memoryview, /) -> int: ...
def bytes_at(addr: int, size: int, /) -> bytes: ...
def bytearray_at(addr: int, size: int, /) -> bytearray: ...

class struct:
    def __init__(self, addr: int, descriptor: dict[str, Any] | tuple[Any, ...], layout_type: int = ..., /) -> None: ...
    def __getattr__(self, name: str) -> Any: ...
    def __setattr__(self, name: str, value: Any) -> None: ...
