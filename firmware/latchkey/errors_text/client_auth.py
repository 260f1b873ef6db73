"""What there is to say of our certificate, where the server asked for one: why none was sent (1 to 4), or of the one that was (5)."""

TEXT = {
    1: "none is loaded (context.load_cert_chain)",
    2: "the server takes no certificate with a key of this type",
    3: "the server takes no signature by a scheme of our key",
    4: "the server is UNVERIFIED, and context.identify_to_unverified is not set",
    5: "none of the authorities that the server names is its issuer",
}
