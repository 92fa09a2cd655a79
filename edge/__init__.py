"""Lamppost: overt, authorised live facial recognition on street furniture, whose safeguards are its architecture.

Start reading at ``daemon/watch.py``, the path of a frame, and ``safeguards``, the doors on it.
"""

import os

# Before numpy is imported. A search is one product of a tenth of a millisecond: BLAS's own threads only wait for each
# other over it, spinning, while the models want the cores; and each would have buffers of its own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
