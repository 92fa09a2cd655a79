"""The command line as a whole."""

from __future__ import annotations

import os
import subprocess
import sys


def test_whoever_reads_no_further_gets_no_traceback() -> None:
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run([sys.executable, "-m", "edge", "retention"], stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (ran.returncode, ran.stderr) == (141, b"")
