"""A new root on a device in the field: the old and the new one side by side, the old one gone when the new one has proved itself.

At no moment is the device without a root that it was told to trust, wherever its power is cut:

1. `offer(pem)` puts the new root beside the old one. It came over a connection that the old one verified.
2. `context()` trusts both, as long as there are two.
3. `settle(connect)` makes a connection by the new root alone. Where that works, the new one takes the old one's place: a rename, which is
   done or not done. Where it does not, the old one stays, and the new one is forgotten after some attempts.
"""

import os

import latchkey

ROOT, NEW, TRIED = "root.pem", "root.new", "root.tried"
ATTEMPTS = 3


def there(name):
    try:
        os.stat(name)
        return True
    except OSError:
        return False


def offer(pem):
    """Put a new root beside the old one; ValueError or TLSError where it is none."""
    latchkey.SSLContext().load_verify_locations(cadata=pem)  # before anything is written
    with open(NEW + ".part", "wb") as file:
        file.write(pem)
    os.rename(NEW + ".part", NEW)
    forget(TRIED)


def context():
    """A context that trusts the root, and the new one beside it."""
    made = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(cafile=ROOT)
    if there(NEW):
        made.load_verify_locations(cafile=NEW)
    return made


def settle(connect):
    """Try the new root alone by `connect(context)`; what became of it: "none", "replaced", "again" or "dropped"."""
    if not there(NEW):
        return "none"
    alone = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    alone.load_verify_locations(cafile=NEW)
    try:
        connect(alone).close()
    except latchkey.TLSError as e:
        print("the new root does not verify the server:", e)
        return failed()
    except OSError as e:
        print("no network for the new root:", e)  # which says nothing about it
        return "again"
    os.rename(NEW, ROOT)
    forget(TRIED)
    return "replaced"


def failed():
    attempts = 1
    if there(TRIED):
        with open(TRIED) as file:
            attempts += int(file.read() or 0)
    if attempts >= ATTEMPTS:
        forget(NEW)
        forget(TRIED)
        return "dropped"
    with open(TRIED, "w") as file:
        file.write(str(attempts))
    return "again"


def forget(name):
    try:
        os.remove(name)
    except OSError:
        pass
