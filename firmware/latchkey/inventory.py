"""Whether the installed files are those of one build, by the list that came with them. Loaded by the doctor.

The list (files.txt, made by tools/build/parts.py) has a line for each folder, which ends with "/", and below it for each file its name, the
beginning of its SHA-256 in hexadecimal digits, and the part that it belongs to.
"""

import os
from binascii import hexlify
from hashlib import sha256

_SHOWN = 4  # names of files in a line


def findings(folder):
    """Lines for the doctor's report; `folder` is latchkey's own. What is frozen has no files."""
    if folder.startswith(".frozen"):
        return []
    try:
        with open(folder + "/files.txt") as listed:
            parts, other, absent, before = _compared(folder, listed)
    except OSError:
        return ["files: not compared, as the list of a build (files.txt) is not there"]
    out = ["files: {}".format(", ".join(parts))]
    for word, files in (("not as built", other), ("not there", [name for name, part in absent if part in parts])):
        if files:
            more = "" if len(files) <= _SHOWN else " and {} more".format(len(files) - _SHOWN)
            out.append("! {}{} {}: install latchkey anew".format(" ".join(files[:_SHOWN]), more, word))
    if before:
        out.append("! {} in the way of .mpy files of the same name: to be removed".format(" ".join(before[:_SHOWN])))
    return out


def _compared(folder, listed):
    """Parts of which something is there, files that differ, files that are missing with their parts, sources that go before .mpy files."""
    parts, other, absent, before = [], [], [], []
    within = ""
    buffer = bytearray(512)
    for line in listed:
        line = line.strip()
        if line.endswith("/"):
            within = line.lstrip("/")
            continue
        name, wanted, part = line.split(" ")
        name = within + name
        try:
            if _hash(folder + "/" + name, buffer)[: len(wanted)] != wanted:
                other.append(name)
            if part not in parts:
                parts.append(part)
        except OSError:
            absent.append((name, part))
        if name.endswith(".mpy") and _there(folder + "/" + name[:-4] + ".py"):
            before.append(name[:-4] + ".py")
    return parts, other, absent, before


def _hash(path, buffer):
    digest = sha256()
    with open(path, "rb") as file:
        n = file.readinto(buffer)
        while n:
            digest.update(memoryview(buffer)[:n])
            n = file.readinto(buffer)
    return hexlify(digest.digest()).decode()


def _there(path):
    try:
        os.stat(path)
        return True
    except OSError:
        return False
