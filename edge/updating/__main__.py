"""``python -m edge.updating``."""

import sys

from edge.updating.commands import main

sys.exit(main())
