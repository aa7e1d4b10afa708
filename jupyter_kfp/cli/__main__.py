"""``python -m jupyter_kfp.cli`` is ``jupyter kfp``."""

import sys

from jupyter_kfp.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
