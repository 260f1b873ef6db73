# latchkey in a firmware of this architecture. small=True: the bundle, which `make build` makes.
metadata(version="0.1.0", description="TLS 1.2 client, rooted in hardware randomness and hardware keys", license="MIT")
options.defaults(small=False)
include("../../latchkey.py", arch="armv7m", small=options.small)
