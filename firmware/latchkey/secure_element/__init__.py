"""Secure elements. So far the ATECC508A and what its relative, the 608, has in common with it or opens to the public."""

from latchkey.secure_element.atecc import ATECC as ATECC
