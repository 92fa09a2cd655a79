"""The chaos suite: everything that can go wrong between a device and its control room, against the real parts.

The daemon is the real one, in a process of its own, with a scripted street in place of camera and models; the broker
is a real mosquitto over mutual TLS; between the two stands a proxy that spoils the path on purpose. What goes wrong,
and when, is data that follows from a seed.

===============  ========================================================================================
``weather``      what a path can do to bytes, as data
``proxy``        a TCP proxy that does it
``clock``        clocks that a test may put forward, together or apart
``device``       the daemon's process; ``street`` is what it sees, ``nursery`` forks one life after another
``points``       where lives are ended: before which statement, the how-manieth time
``console``      the control room: takes hits, reviews them, and sends old orders again
``rig``          all of it, set up
``evidence``     what a life left behind, read without the product's code
``ledger``       the judge: what was promised, and every place where it was not kept
``scenarios``    what happens, in which order; ``table`` prints how it ended
===============  ========================================================================================

What a killed process cannot show: bytes that were written and not yet forced to the disk survive it, as they would not
survive a power cut. That ``synchronous=FULL`` forces them at every commit is SQLite's promise, and is not tested here.
"""
