"""Secure elements: a module each, loaded by whoever names its class. `probe(i2c)` (registry.py) says what is on a bus."""


def __getattr__(name) -> Any:
    """A module, or a driver's class, which lives in the module of its name in small letters."""
    home = "registry" if name == "probe" else name.lower()
    try:
        module = __import__("latchkey.secure_element." + home, None, None, (name,))
    except ImportError as error:
        try:
            __import__("latchkey.secure_element.wires")
        except ImportError:
            raise __import__("latchkey.errors_text.parts", None, None, ("explained",)).explained(error)
        raise AttributeError(name)
    return module if home == name else getattr(module, name)
