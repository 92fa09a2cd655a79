"""``make fuzz-topics``: a million messages for a whole device, on every topic that it hears and on others.

What is sent is random, damaged, huge, or a genuine order that was changed somewhere and signed again by the very key
that may give it. A device lives through thousands of them at a time, idle, waiting, looking and in its custodians'
hands (``life``), and after each it is asked what became of the message and whether it is still what it was (``judge``).
The same messages go to a real daemon process through a real broker (``process``).
"""
