"""The EEPROM in a file. A save replaces the file in one step, so that a kill at any moment leaves the old state or the new one."""

import hashlib
import json
import os
from pathlib import Path

from .memory import Memory

_FORMAT = "atecc-simulator-1"


class DamagedFile(ValueError):
    """The file is not a memory image, or not a whole one."""


def dump(memory: Memory) -> bytes:
    body = {
        "format": _FORMAT,
        "config": memory.config.hex(" "),
        "otp": memory.otp.hex(" "),
        "slots": [slot.hex(" ") for slot in memory.slots],
        "wear": dict(sorted(memory.wear.items())),
    }
    text = json.dumps(body, indent=1)
    return json.dumps({"sha256": hashlib.sha256(text.encode()).hexdigest(), "chip": body}, indent=1).encode() + b"\n"


def parse(data: bytes) -> Memory:
    """DamagedFile when it does not carry its own digest, or sizes do not fit."""
    try:
        outer = json.loads(data)
        body = outer["chip"]
        digest = hashlib.sha256(json.dumps(body, indent=1).encode()).hexdigest()
        if outer["sha256"] != digest or body["format"] != _FORMAT:
            raise DamagedFile("the digest or the format in the file does not fit")
        memory = Memory(bytes.fromhex(body["config"]), bytes.fromhex(body["otp"]), [bytes.fromhex(slot) for slot in body["slots"]])
        memory.wear.update(body["wear"])
        return memory
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedFile(f"not a simulator's memory: {error}") from error


def load(path: Path) -> Memory:
    """FileNotFoundError, or DamagedFile."""
    return parse(path.read_bytes())


def save(path: Path, memory: Memory) -> None:
    """Write beside the file, make it durable, then put it in the file's place."""
    beside = path.with_name(path.name + ".new")
    with open(beside, "wb") as file:
        file.write(dump(memory))
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
