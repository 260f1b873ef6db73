"""`python -m latchkey_tools` where it is installed, `python -m tools.latchkey_tools` in the clone."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
