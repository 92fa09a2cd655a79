"""Journal, outbox and named values in one SQLite file (WAL, synchronous=FULL, secure_delete), and what a bad disk does.

What the product does on each, tested with the real fault (``tests/adapters/test_bad_disks.py``):

==================  ====================================================================================================
the disk            what happens
==================  ====================================================================================================
runs low            under 64 MiB no deployment begins, under 32 MiB nobody is looked at (``disk-low``): see
                    :mod:`edge.safeguards.disk`. What is in force can still be recorded, and ended.
full                The reserve (1 MiB, allocated beside the journal at the start) is given up, so that the end of a
                    deployment is recorded all the same. When that is used up too: DiskFull, nothing more is recorded,
                    nobody is looked at, state ``unsafe``, ``disk-full``. What was committed is whole. The reserve is
                    taken back when there is room.
read-only, failing  JournalUnwritable: the same without the reserve, ``journal-unwritable``. At the start too: the
                    device comes up, looks at nobody and says why. It heals by a restart on a mended disk; no custodian
                    is needed, for nothing that was signed is gone.
slow, hanging       Frames never wait: hits do, up to 64, in memory and sealed; then it is unsafe. A thread that hangs
                    for 10 s ends the process.
damaged             Every row carries a checksum, and at the start every page and every row is checked, and the leaves
                    against the last signed head. Whatever is not as it was written is SealBroken, ``seal-broken``: two
                    custodians open a new epoch. There is no repair: a mended journal is another journal.
torn at the end     A write-ahead log that lost its tail loses whole transactions, never halves. What no head was signed
                    of may be gone then, and its hits with it; less than a signed head is SealBroken.
emptied, gone       The reserve's file also says that there was a journal: without it, SealBroken and not a new journal.
                    While it runs: JournalUnwritable, within a second.
==================  ====================================================================================================

Against somebody who writes to the disk on purpose the checksums are nothing: signed heads and their witnesses are.
"""

from edge.adapters.store.broken import BrokenStore as BrokenStore
from edge.adapters.store.sqlite import SqliteStore as SqliteStore
from edge.adapters.store.sqlite import SqliteTransaction as SqliteTransaction
