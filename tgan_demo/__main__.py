"""The command line, `python -m tgan_demo`; see cli/main.py."""

import sys

from tgan_demo.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
