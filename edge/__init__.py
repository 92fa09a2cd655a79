"""Lamppost: overt, authorised live facial recognition on street furniture, whose safeguards are its architecture.

Start reading at ``daemon/watch.py``, the path of a frame, and ``safeguards``, the doors on it.
"""

__version__ = "0.1.0"
