"""One program for each chain, each in an environment of its own: frames in, faces and features out.

A worker is told the file of the current frame, loads its models, prints ``{"ready": ...}``, and from then on answers
every line on its standard input (``once``, or ``time`` where the time counts) with one JSON line about that file as it
then is:

    {"seconds": of one look, "cpu": seconds of processor time, "peak": bytes, "found": [{"box": ..., "features": ...}]}

A box is left, top, right, bottom in pixels of the frame.
"""
