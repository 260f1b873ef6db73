"""Names that stay as they are: those that somebody outside the package may ask for."""

from __future__ import annotations

import ast
import builtins
import functools
import re

from tools.build.bundle.package import Package
from tools.build.places import ROOT

STUBS = ROOT / ".venv" / "micropython-stubs"

# What users call, set, derive from or build in the shape of: all that has no underscore in front keeps its name there, parameters too.
PUBLIC = ("", "as_ssl", "context", "installing", "loading", "stream", "trace", "doctor", "errors", "x509.policy", "x509.trust", "entropy")
# What few users call: parameters keep their names there, other names where the documentation has them.
CALLED = ("stores", "board_memory", "connecting", "attempt")
PUBLIC_PACKAGES = ("entropy.", "secure_element.")

# By which tests look inside, to see that what is to be wiped was wiped.
INSIDE = ("_buffers", "_c", "_rx", "_tx", "reader", "writer", "buf", "protection", "nonce", "stapled", "pre_master", "master")

# Where the package is documented or used by its names.
TEXTS = ("README.md", "firmware/README.md", "boards/**/*.py", "boards/**/*.md", "firmware/examples/*.py")

# Variables and attributes that tests and tools look up in the package's own modules (test_short_names.py names those that lack here).
_ASKED = """
    _ALERTS _H384 _H512 _K _KEPT _KEYS _ROOT _SHA256 _SHORT _SLOTS _T _arena _at _buffers _c _chip _chosen _cipher _closing _count _ctr
    _delegate _identities _inner_key _kept _kernels _last _mac _machine _made _named _others _ours _outer_key _path _pending _policy _poll
    _pool _protocols _reach _remembered _rx _scheme _sealing _set_hz _signature _since _start _t _thread _trust _turn _tx _words _workspace
    _written _x
"""
ASKED = frozenset(_ASKED.split())

# The interpreter's own strings, which are part of the .mpy format since version 6 (MicroPython 1.19: py/makeqstrdata.py, static_qstr_list):
# every firmware has them, so a name out of these takes nothing. Left out: what exceptions, streams and iterators are asked for.
_FREE = """
    append bool callable chr classmethod clear copy count dict dir divmod endswith extend from_bytes getattr globals hasattr hash id index
    insert int isalpha isdigit isinstance islower isspace issubclass isupper items iter join keys len list little locals lower lstrip main
    map next object ord pop popitem pow print range remove replace repr reverse rfind rindex round rsplit rstrip sep set setattr setdefault
    sort sorted split startswith staticmethod stop str strip sum super to_bytes tuple type upper value values zip abs all any find format
    key start step end micropython bytecode builtins
"""

# What MicroPython's own modules define at the level of features that ESP32, STM32 and RP2 firmware is built with (py/mpconfig.h,
# MICROPY_CONFIG_ROM_LEVEL_EXTRA_FEATURES): such a name is a file's, but takes nothing on the board. Left out: what streams, sockets and
# exceptions are asked for.
_EVERYWHERE = """
    e pi re add cos erf exp log ptr sin sub tan vfs Task acos asin atan blit ceil coro cosh dump erfc fabs fill fmod line load log2 mkfs
    modf poly push rect sinh sqrt sync tanh acosh array asinh atan2 atanh chdir cmath deque dumps expm1 floor frexp gamma hline ldexp loads
    log10 match mkdir mount phase pixel polar reset rmdir trunc vline buffer choice enable getcwd gmtime lgamma mktime rename scroll search
    select sizeof struct umount unlink unpack abs_tol degrees disable ellipse heapify heappop hexlify ilistdir isclose listdir radians
    randint rel_tol statvfs time_ns uniform urandom bytes_at calcsize copysign cur_task framebuf heappush isfinite kbd_intr mem_info
    schedule sleep_us ticks_us
"""
# Of these, what nobody calls an attribute of his own: a class that users derive from may have them.
_UNLIKELY = """
    INT PTR AUTO GZIP INT8 LONG UINT VOID ZLIB ARRAY EBADF EPERM INT16 INT32 INT64 MVLSB SHORT UINT8 ULONG BFINT8 BF_LEN BF_POS EACCES
    EAGAIN EEXIST EINVAL EISDIR ENODEV ENOENT ENOMEM POLLIN UINT16 UINT32 UINT64 USHORT BFINT16 BFINT32 BFUINT8 ENOBUFS FLOAT32 FLOAT64
    POLLERR POLLHUP POLLOUT BFUINT16 BFUINT32 EALREADY ENOTCONN LONGLONG ETIMEDOUT MONO_HLSB MONO_HMSB MONO_VLSB ULONGLONG BIG_ENDIAN
    EADDRINUSE ECONNRESET EOPNOTSUPP EINPROGRESS
"""
UNLIKELY = _UNLIKELY.split()
FREE = _FREE.split() + _EVERYWHERE.split() + UNLIKELY


def public(module: str) -> bool:
    return module in PUBLIC or module.startswith(PUBLIC_PACKAGES)


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


@functools.cache
def of_micropython() -> frozenset[str]:
    """What MicroPython's modules and types define, by its stubs, and builtins."""
    found = set(dir(builtins))
    for kind in (object, str, bytes, bytearray, memoryview, int, list, dict, set, tuple, BaseException, OSError):
        found |= set(dir(kind))
    for path in STUBS.rglob("*.pyi"):
        for node in ast.walk(ast.parse(path.read_text(errors="replace"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
    return frozenset(found)


def in_texts() -> set[str]:
    """Every word of the documentation's code, the boards' files and the examples."""
    found: set[str] = set()
    for pattern in TEXTS:
        for path in ROOT.glob(pattern):
            text = path.read_text()
            pieces = re.findall(r"```.*?```|`[^`]*`|^ {4}[^\n]*$", text, re.DOTALL | re.MULTILINE) if path.suffix == ".md" else [text]
            found |= {word for piece in pieces for word in re.findall(r"\w+", piece)}
    return found


def in_strings(trees: list[ast.Module]) -> set[str]:
    found = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= set(node.value.split(".")) if " " not in node.value else {node.value}
    return found


def of_public_modules(package: Package) -> set[str]:
    """What they define and set that has no underscore in front, and every word of their docstrings' code."""
    found: set[str] = set()
    for module in package.modules.values():
        if not public(module.name):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.add(node.attr)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
        for code in re.findall(r"`([^`]*)`", module.source):
            found |= set(re.findall(r"\w+", code))
    return {name for name in found if not is_private(name)}
