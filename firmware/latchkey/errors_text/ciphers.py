"""The names of cipher suites: what a row of tls/cipher_suites.py is called, and which rows a caller means."""

_EXCHANGES = ("", "ECDHE_ECDSA", "PSK", "ECDHE_PSK", "RSA", "ECDHE_RSA")
_PROTECTIONS = ("AES_128_GCM_SHA256", "CHACHA20_POLY1305_SHA256", "AES_256_GCM_SHA384", "AES_128_CCM", "AES_128_CCM_8")
_PROTECTIONS += 2 * ("AES_128_CBC_SHA256", "AES_128_CBC_SHA")  # without encrypt_then_mac, and with it

NO_SHA_1 = "this firmware has no SHA-1: leave out the suites that end with CBC_SHA"


def name(row):
    """IANA's."""
    exchange = _EXCHANGES[row[2]]
    protection = _PROTECTIONS[row[3]]
    if exchange == "ECDHE_PSK" and "CCM" in protection:  # RFC 8442 names the hash there
        protection += "_SHA256"
    return "TLS_%s_WITH_%s" % (exchange, protection)


def names(rows):
    return [name(row) for row in _each(rows)]


def chosen(ciphers, table):
    """The rows that are named in a list, or in text between colons, in that order; ValueError says what is wrong."""
    if isinstance(ciphers, str):
        ciphers = [word for word in ciphers.replace(",", ":").replace(" ", ":").split(":") if word]
    if not isinstance(ciphers, (list, tuple)) or not ciphers:
        raise ValueError("ciphers are names in a list, or in text between colons")
    known = {_bare(name(row)): [row] for row in _each(table)}
    known["PSK"] = [row for row in _each(table) if "PSK" in name(row)]
    found = []
    for word in ciphers:
        rows = known.get(_bare(word)) if isinstance(word, str) else None
        if rows is None:
            raise ValueError("no cipher suite {} here; there are {}".format(repr(word), ", ".join(names(table))))
        found += [row for row in rows if row not in found]
    return b"".join(found)


def _each(rows):
    return [rows[i : i + 4] for i in range(0, len(rows), 4)]


def _bare(word):
    """What IANA's, OpenSSL's and mbedTLS's names of a suite have in common. OpenSSL's leave CBC out, and RSA where that is the key exchange."""
    word = word.upper().replace("-", "").replace("_", "").replace("WITH", "").replace("CBC", "")
    if word.startswith("TLS"):
        word = word[3:]
    elif word.startswith("AES"):
        word = "RSA" + word
    for end in ("POLY1305SHA256", "CCMSHA256", "CCM8SHA256"):
        if word.endswith(end):
            word = word[:-6]
    return word
