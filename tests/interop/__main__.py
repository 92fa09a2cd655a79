"""``python -m tests.interop``: install the packages of the client of npm, by their lock, into the cache."""

from __future__ import annotations

import sys

from deploy.models import npm
from deploy.models.__main__ import cache
from deploy.models.environment import say
from deploy.models.faults import BuildFailed
from tests.interop import CLIENT, NAME

try:
    npm.ready(cache(None), NAME, CLIENT, "about 20 MB on disk")
except BuildFailed as error:
    say(str(error))
    sys.exit(1)
