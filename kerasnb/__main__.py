"""`python -m kerasnb` is the `kerasnb` command."""

import sys

from kerasnb.cli import main

sys.exit(main())
