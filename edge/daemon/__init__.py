"""The moving parts. All threads live here, and each does one thing.

============  ==================  ===========================================================================
thread        module              does
============  ==================  ===========================================================================
main          ``supervise``       orders (``obey`` believes them; ``deploying``, ``custody``, ``replaying`` and the
                                  like execute them), the gate's clock, state and health (``report``,
                                  ``health``), the journal's head and its witnesses (``witnessing``), watchdog
capture       ``supervise``       frames from the gate into the mailbox (``latest``), unless ``governor`` leaves one out
recognise     ``watch``           the frame path; never touches disk or network; between two frames, once a minute, a
                                  picture with a known answer (``known_answer``)
writer        ``tell``            journal, outbox, publishing hits (``sending``), room on the disk; the heartbeat
                                  (``heartbeat``), which waits for neither camera nor models
link          ``adapters.mqtt``   connects, comes back, copies bytes between the broker and two bounded queues
============  ==================  ===========================================================================

Every part also has a ``step`` that does one turn without waiting, so that a simulator can run the whole daemon on a
clock of its own, one step after the other, with no threads at all.
"""
