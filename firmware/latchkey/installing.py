"""`latchkey.install()`: latchkey in the place of the firmware's `tls` and `ssl`, for callers that import these. Loaded for that alone.

    latchkey.install(cafile="root.pem")
    import requests
    requests.get("https://example.org/")

as_ssl.py is what the callers then meet.
"""

import sys

from latchkey.context import SSLContext
from latchkey.errors import text
from latchkey.loading import equip

_FACE = ("SSLContext", "wrap_socket", "create_default_context")
_BUFFERS = ("receive_buffer", "send_buffer", "connections")


def install(cafile=None, cadata=None, unverified=(), **settings):
    """Put latchkey in the place of `tls` and `ssl`. Called again it takes the place of what it was told before.

    `cafile`, `cadata`: anchors, read once, by which each context verifies that loads none of its own; see
    `SSLContext.load_verify_locations`. Without them the file latchkey_roots.lk beside latchkey, or elsewhere on sys.path.
    `unverified`: a list of server names for which a caller's CERT_NONE, or its `check_hostname = False`, is honoured.
    `settings`: arguments and attributes of SSLContext that each context begins with, such as `receive_buffer=2048` or `frugal=True`.

    Modules that did `import tls` or `from ssl import ...` before are not reached; they are named on the REPL.
    """
    from latchkey import as_ssl

    if not isinstance(unverified, (list, tuple, set)) or "verify_mode" in settings or "check_hostname" in settings:
        raise ValueError(text("arguments").INSTALL)
    buffers = {name: settings.pop(name) for name in _BUFFERS if name in settings}
    trial = SSLContext(**buffers)
    for name, value in settings.items():
        setattr(trial, name, value)
    if cafile is not None or cadata is not None or not trial.pins:
        equip(trial, cafile, cadata)
    as_ssl.anchors, as_ssl.unverified = trial._trust, tuple(unverified)
    as_ssl.buffers, as_ssl.settings = buffers, settings
    if not as_ssl.before:
        _put()


def uninstall():
    """Give `tls` and `ssl` back to the firmware. Contexts that were made meanwhile stay as they are."""
    from latchkey import as_ssl

    for name in _FACE if as_ssl.patched else ():
        if name in as_ssl.replaced:
            setattr(as_ssl.patched, name, as_ssl.replaced[name])
        else:
            delattr(as_ssl.patched, name)
    for name, module in as_ssl.before.items():
        if sys.modules.get(name) is as_ssl or sys.modules.get(name) is as_ssl.patched:
            del sys.modules[name]
            if module is not None:
                sys.modules[name] = module
    as_ssl.anchors, as_ssl.unverified, as_ssl.firmware, as_ssl.patched = None, (), None, None
    as_ssl.buffers, as_ssl.settings, as_ssl.before, as_ssl.replaced = {}, {}, {}, {}


def _put():
    """Put as_ssl.py into `sys.modules`, and into the firmware's `ssl`: it is Python, and whoever has imported it asks it for names."""
    from latchkey import as_ssl

    as_ssl.before = {name: sys.modules.get(name) for name in ("tls", "ssl")}
    as_ssl.firmware, ssl = _firmwares()
    sys.modules["tls"] = as_ssl
    if ssl is None:
        sys.modules["ssl"] = as_ssl
    else:
        as_ssl.patched = ssl
        as_ssl.replaced = {name: getattr(ssl, name) for name in _FACE if hasattr(ssl, name)}
        for name, ours in zip(_FACE, (as_ssl.Context, as_ssl.wrap_socket, as_ssl.create_default_context)):
            setattr(ssl, name, ours)
    _name_the_missed([as_ssl.firmware, getattr(as_ssl.firmware, "SSLContext", None)] + list(as_ssl.replaced.values()), ssl)


def _firmwares():
    """The firmware's own `tls` and `ssl`; None for what it does not have, or what stands there already."""
    tls = ssl = None
    try:
        import tls  # noqa: I001  (which the other one imports)
        import ssl
    except ImportError:
        pass
    return [None if issubclass(getattr(module, "SSLContext", SSLContext), SSLContext) else module for module in (tls, ssl)]


def _name_the_missed(theirs, ssl):
    """Say which modules have something of the firmware's already. (`dir` would ask each for every name there is, and load it.)"""
    import __main__  # pyright: ignore[reportMissingImports]

    theirs = [id(thing) for thing in theirs if thing is not None]
    for name, module in [("__main__", __main__)] + list(sys.modules.items()):
        reached = module is ssl or module is sys.modules["tls"]
        if not reached and any(id(thing) in theirs for thing in getattr(module, "__dict__", {}).values()):
            print("latchkey: {} was loaded before install(), and keeps the firmware's own tls".format(name))
