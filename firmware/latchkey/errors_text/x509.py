"""Sentences of the causes of x509: number -> (name, sentence)."""

TEXT = {
    500: ("TRUNCATED", "certificate {} ends in the middle of an element, or an element runs over the end of the one it is in"),
    501: ("TRAILING", "certificate {} has octets after the end of an element that should be complete (X.690)"),
    502: ("TAG", "certificate {} has an element of another type than RFC 5280 puts there"),
    503: ("LENGTH", "certificate {} has a length that is not in its shortest form, or above 24 bits (X.690 section 10.1)"),
    504: ("INDEFINITE", "certificate {} has an indefinite length, which is BER, not DER (X.690 section 10.1)"),
    505: ("INTEGER", "certificate {} has an integer that is not in its shortest form, or negative where none may be (X.690 section 8.3)"),
    506: ("BOOLEAN", "certificate {} has a boolean that is neither 00 nor FF (X.690 section 11.1)"),
    507: ("DEFAULT", "certificate {} writes out a default value, which DER leaves out (X.690 section 11.5)"),
    508: (
        "BIT_STRING",
        "certificate {} has a bit string with a wrong count of unused bits, or zeros at the end of named bits (X.690 section 11.2)",
    ),
    509: ("OID", "certificate {} has a malformed object identifier (X.690 section 8.19)"),
    510: (
        "STRING",
        "certificate {} has a string with characters that its type does not have (an underscore in a PrintableString, say), or in pieces "
        "(X.690 section 8.23)",
    ),
    511: ("TIME", "certificate {} has a date that is not one, or not in the one form for its year (RFC 5280 section 4.1.2.5)"),
    512: ("SET_ORDER", "certificate {} has a set that is not sorted (X.690 section 11.6)"),
    513: ("CERTIFICATE_TOO_LONG", "certificate {} is longer than 65536 octets"),
    514: (
        "TOO_LONG",
        "certificate {} has a field longer than is read here; context.most_rsa_bits says how long one may be, whatever it is",
    ),
    515: ("TOO_MANY_CERTIFICATES", "the server sent more than {} certificates"),
    516: ("NO_CERTIFICATE", "the server sent no certificate"),
    517: ("SERIAL_NUMBER", "certificate {} has a serial number that is not positive or longer than 20 octets (RFC 5280 section 4.1.2.2)"),
    518: ("VERSION", "certificate {} has extensions but not version 3, or an unknown version (RFC 5280 section 4.1.2.1)"),
    519: ("UNIQUE_IDENTIFIER", "certificate {} has a unique identifier (RFC 5280 section 4.1.2.8)"),
    520: ("ALGORITHMS_DIFFER", "certificate {} names one signature algorithm inside and another outside (RFC 5280 section 4.1.1.2)"),
    521: (
        "SIGNATURE_ALGORITHM",
        "certificate {} is signed by an algorithm that is not accepted (accepted: ECDSA, RSA and RSA-PSS with SHA-256, 384 and 512)",
    ),
    522: ("PSS_PARAMETERS", "certificate {} has RSA-PSS parameters other than one SHA-2 for all and a salt as long (RFC 4055 section 3.1)"),
    523: ("KEY_ALGORITHM", "certificate {} has a key that is not accepted (accepted: RSA, P-256, P-384)"),
    524: ("KEY_RSA_SIZE", "certificate {} has an RSA key below 2048 bits or above context.most_rsa_bits"),
    525: ("KEY_RSA_EXPONENT", "certificate {} has an RSA key whose exponent is even, 1 or above 2^32"),
    526: ("KEY_RSA_MODULUS", "certificate {} has an RSA key with an even modulus"),
    527: ("KEY_EC_POINT", "certificate {} has a key that is not an uncompressed point of its curve (RFC 5480 section 2.2)"),
    528: ("ISSUER_EMPTY", "certificate {} has no issuer (RFC 5280 section 4.1.2.4)"),
    529: ("EXTENSION_REPEATED", "certificate {} has an extension twice (RFC 5280 section 4.2)"),
    530: ("EXTENSION_CRITICAL", "certificate {} has a critical extension that is not known here (RFC 5280 section 4.2)"),
    531: ("EMPTY", "certificate {} has a list without elements where RFC 5280 wants one or more"),
    532: ("TOO_MANY_EXTENSIONS", "certificate {} has more than 48 extensions, or an extension with an identifier of more than 64 octets"),
    533: ("PATH_LENGTH_WITHOUT_CA", "certificate {} limits the path below it but is no CA (RFC 5280 section 4.2.1.9)"),
    534: ("KEY_USAGE_EMPTY", "certificate {} allows its key no usage at all (RFC 5280 section 4.2.1.3)"),
    535: ("KEY_IDENTIFIER_CRITICAL", "certificate {} has a critical key identifier (RFC 5280 sections 4.2.1.1 and 4.2.1.2)"),
    536: ("GENERAL_NAME", "certificate {} has a general name of no known form (RFC 5280 section 4.2.1.6)"),
    537: (
        "DNS_NAME_SYNTAX",
        "certificate {} has a dNSName that is not a host name: an underscore, a NUL, an empty label or the like (RFC 5280 section 4.2.1.6; "
        "context.profile = 1 passes over it)",
    ),
    538: ("IP_ADDRESS_LENGTH", "certificate {} has an iPAddress of neither 4 nor 16 octets (RFC 5280 section 4.2.1.6)"),
    539: (
        "HOST_MISMATCH",
        "the server's certificate is for another name than {}: of its subjectAltName a dNSName counts for a name, an iPAddress for an address "
        "(RFC 9525 section 6)",
    ),
    540: ("HOST_MISSING", "no host to verify: give the policy a host, or the pin of the leaf's key"),
    541: ("HOST_SYNTAX", "{} is neither a host name nor an address; write international names in their xn-- form"),
    542: (
        "NO_NAMES",
        "the server's certificate has no subjectAltName, and a common name does not count (RFC 9525 section 6.3): issue it anew with one",
    ),
    543: (
        "NAMES_CRITICALITY",
        "the server's subjectAltName is critical beside a subject, or not critical without one (RFC 5280 section 4.1.2.6)",
    ),
    544: ("LEAF_IS_CA", "the server's certificate is a CA's (baseline requirements 7.1.2.7.8; context.profile = 1 accepts it)"),
    545: ("LEAF_KEY_USAGE", "the server's certificate may sign certificates but is no CA (RFC 5280 section 4.2.1.9)"),
    546: (
        "LEAF_EXTENDED_KEY_USAGE",
        "the server's certificate is not for servers: extendedKeyUsage lacks serverAuth (RFC 5280 section 4.2.1.12)",
    ),
    547: (
        "LEAF_EXTENDED_KEY_USAGE_MISSING",
        "the server's certificate has no extendedKeyUsage (baseline requirements 7.1.2.7.10; context.profile = 1 accepts it)",
    ),
    548: (
        "AUTHORITY_KEY_IDENTIFIER_MISSING",
        "certificate {} has no authorityKeyIdentifier (baseline requirements 7.1.2.11.1; context.profile = 1 accepts it)",
    ),
    549: (
        "AUTHORITY_KEY_IDENTIFIER_FORM",
        "certificate {} has an authorityKeyIdentifier that is not a key identifier alone (baseline requirements 7.1.2.11.1; context.profile = 1 accepts it)",
    ),
    550: ("EXPIRED", "certificate {}, by the clock: is it right?"),
    551: ("NOT_YET_VALID", "certificate {}, by the clock: is it right?"),
    552: ("NO_CLOCK", "the time is not known: set the clock (ntptime.settime()), or context.floor to a time that has certainly passed"),
    553: ("EXPIRED_BEFORE_FLOOR", "certificate {} at least, a time that has certainly passed (context.floor)"),
    554: ("VERSION_NOT_3", "certificate {} is a CA's but not of version 3 (RFC 5280 section 6.1.4 (k))"),
    555: ("BASIC_CONSTRAINTS_MISSING", "certificate {} is used as a CA's and has no basicConstraints (RFC 5280 section 6.1.4 (k))"),
    556: ("NOT_A_CA", "certificate {} is used as a CA's and is none (RFC 5280 section 6.1.4 (k))"),
    557: (
        "BASIC_CONSTRAINTS_NOT_CRITICAL",
        "certificate {} is a CA's and its basicConstraints are not critical (RFC 5280 section 4.2.1.9)",
    ),
    558: ("CA_KEY_USAGE", "certificate {} is used as a CA's but its key may not sign certificates (RFC 5280 section 6.1.4 (n))"),
    559: (
        "CA_KEY_USAGE_MISSING",
        "certificate {} is a CA's and has no keyUsage (baseline requirements 7.1.2.10.7; context.profile = 1 accepts it)",
    ),
    560: (
        "CA_EXTENDED_KEY_USAGE",
        "certificate {} is of a CA that is not for servers: extendedKeyUsage lacks serverAuth (RFC 5280 section 4.2.1.12, baseline "
        "requirements 7.1.2.10.6)",
    ),
    561: (
        "SUBJECT_KEY_IDENTIFIER_MISSING",
        "certificate {} is a CA's and has no subjectKeyIdentifier (baseline requirements 7.1.2.11.4; context.profile = 1 accepts it)",
    ),
    562: (
        "KEY_IDENTIFIER_MISMATCH",
        "certificate {} names another key of its issuer than the CA's that was found (baseline requirements 7.1.2.11.1; context.profile = 1 accepts it)",
    ),
    563: ("PATH_LENGTH", "certificate {} allows fewer CAs below it than there are (RFC 5280 section 6.1.4 (l))"),
    564: ("UNKNOWN_ISSUER", "the issuer of certificate {} is neither among the trust anchors nor among what the server sent"),
    565: ("SELF_SIGNED", "certificate {} is self-signed and not among the trust anchors"),
    566: (
        "SIGNATURE",
        "the signature of certificate {} does not verify with its issuer's key; a trust anchor may be an older one of that name",
    ),
    567: ("TOO_COMPLEX", "the chain would take too many steps or signatures to verify"),
    568: ("NOT_PINNED", "no key in the server's path has its SHA-256 (of the SubjectPublicKeyInfo) among the pins"),
    569: ("NO_TRUST", "there is no trust anchor and no pin to verify the server by"),
    570: ("CONSTRAINTS_ON_LEAF", "the server's certificate has name constraints but is no CA (RFC 5280 section 4.2.1.10)"),
    571: ("CONSTRAINTS_MALFORMED", "certificate {} has malformed name constraints (RFC 5280 section 4.2.1.10)"),
    572: ("CONSTRAINTS_UNSUPPORTED", "certificate {} has a name of a form that a CA constrains and that is not compared here"),
    573: ("NAME_NOT_PERMITTED", "certificate {} has a name that a CA above it is not permitted (RFC 5280 section 6.1.3 (b))"),
    574: ("NAME_EXCLUDED", "certificate {} has a name that a CA above it excludes (RFC 5280 section 6.1.3 (c))"),
    575: (
        "NAMES_NOT_KEPT",
        "certificate {} has more names than are kept of a chain, and a CA above it constrains them: context.most_name_octets says how many are",
    ),
    576: (
        "OCSP_MISSING",
        "the server sent no OCSP response though its certificate (RFC 7633) or the policy requires one, or it can not be verified because the "
        "issuer is not known; context.ocsp = True asks for it",
    ),
    577: (
        "OCSP_MALFORMED",
        "the stapled OCSP response is malformed, or signed by an algorithm that is not accepted (RFC 6960 section 4.2.1)",
    ),
    578: ("OCSP_TOO_LONG", "the stapled OCSP response has a part that is longer than is read here"),
    579: ("OCSP_NOT_SUCCESSFUL", "the stapled OCSP response is an error: status {} (RFC 6960 section 4.2.1)"),
    580: (
        "OCSP_EXTENSION",
        "the stapled OCSP response has an extension twice, or a critical one that is not known here (RFC 6960 section 4.4)",
    ),
    581: ("OCSP_OTHER_CERTIFICATE", "the stapled OCSP response is about another certificate (RFC 6960 section 3.2)"),
    582: ("OCSP_REVOKED", "the server's certificate was revoked"),
    583: ("OCSP_UNKNOWN", "the OCSP responder does not know the server's certificate"),
    584: ("OCSP_NO_NEXT_UPDATE", "the stapled OCSP response does not say until when it holds (no nextUpdate)"),
    585: ("OCSP_STALE", "the stapled OCSP response is too old or from the future (RFC 6960 section 3.2)"),
    586: ("OCSP_NO_CLOCK", "whether the stapled OCSP response still holds can not be told without the time: set the clock"),
    587: (
        "OCSP_RESPONDER",
        "the stapled OCSP response was signed by none who may: neither the CA nor a delegate of its (RFC 6960 section 4.2.2.2)",
    ),
    588: ("OCSP_SIGNATURE", "the signature of the stapled OCSP response does not verify"),
    589: (
        "TRUST_FORMAT",
        "the trust anchors can not be read: {} is a damaged file, or the number (from 0) of a certificate that is torn or none, or of OpenSSL's"
        " TRUSTED kind with settings of its own (openssl x509 -in FILE -out plain.pem leaves them away)",
    ),
    590: (
        "TRUST_EMPTY",
        "no trust anchor was found in what was given: neither certificates in PEM, nor one in DER, nor a file that `latchkey trust` packed",
    ),
    591: (
        "TRUST_OLD",
        "the trust anchors in {} were packed for an older latchkey and lack what their certificates limit them to: build the file anew with "
        "`latchkey trust make`",
    ),
    592: (
        "ANCHOR_ALONE",
        "the server sent another certificate than the trust anchor {}, which is good for itself alone, for it is no CA's or its key may not "
        "sign certificates: load its issuer, or use context.pins",
    ),
    593: (
        "CONSTRAINTS_TOO_LONG",
        "certificate {} has longer name constraints than are kept of a chain: context.most_name_octets says how long they may be",
    ),
}
