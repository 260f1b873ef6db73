"""Every suite and group of the client against servers that others wrote: a table of peers and suites (`make interop`)."""
