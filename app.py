"""Start the studio: `python app.py`, on a laptop as on a Hugging Face Space."""

import sys

from tgan_demo.ui.serve import main

if __name__ == "__main__":
    sys.exit(main())
