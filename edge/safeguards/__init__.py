"""The doors, and the page for auditors: what holds what, what each leaves in the journal, and how to check it.

A safeguard is never an ``if`` in the loop that may be forgotten or deleted; the thing itself is held by the door and
comes out no other way.

================  ====================================================  ==============================================
door              holds, alone                                          opens for
================  ====================================================  ==============================================
``trust``         the trust root in force, and the chain to it          the next one, signed by the custodians' quorum
                                                                        before it and by its own
``verify``        the pinned keys                                       documents that the right keys signed
``authorised``    which authorisations were accepted, and ended         one whose every field holds here, now, once
``ratification``  the urgent ones that were not decided on              the authorising officer's decision; without it,
                                                                        no other urgent one
``accuracy``      the latest accuracy test                              an evaluator's report of a test that ran here
``orders``        the counters of orders                                an order of the right key, fresh, once
``gate``          the capture device                                    an authorisation in its window, presence, an
                                                                        open list, a trusted clock, a writable journal
``clock``         the latest time that is known to have been reached    wall time that is disciplined, not before it,
                                                                        and not against a quorum of witnesses
``witnessed``     what the witnesses cosigned                           as many recent cosignatures as the policy asks
                                                                        for
``custody``       nothing: it counts custodians                         a new epoch or a lower time that a quorum signed
``epochs``        the way from one journal to the next                  a decision of custodians that binds the old head
``zone``          nothing: it is laid over every frame of the gate      what lies inside the zone and behind no mask
``presence``      the nonces                                            a presence key that signs a fresh one, once
``gallery``       the one-time list key and the opened references       a permit of the gate, asked at every search
``journal``       the log and the allowance of searches                 always; what cannot be recorded cannot happen
``hits``          the outbox                                            a hit whose permit still holds, in the very
                                                                        transaction that records it
``reviews``       what is remembered of hits                            a named reviewer's verdict, once; an officer's
                                                                        hold of a hit that it names
``breaker``       the count of false alerts                             nothing: another authorisation begins anew
``retention``     the end of every hit                                  time, on whichever clock comes first
``policy``        the list of how long what is kept                     nobody: it is computed from what ends things
================  ====================================================  ==============================================

What the doors cannot stop and no bundle shows, and nobody should believe that they do: a feed tapped before the camera;
a root user who replaces this program (verified boot and attestation are the answer, outside it); two authorising people
who collude; as many witnesses as the policy asks for who collude with them, or a device whose policy asks for none and
whose whole disk is put back to an earlier day; a presence phone left behind or relayed; a recipient who copies a hit
that was lawfully opened; a false reason in a lawful-looking authorisation; a list of people who do not belong on it; a
picture of somebody listed that is held before the camera (the reviewer is told where a hit looks like one, and many do
not); reviewers who call every doubtful hit inconclusive, which counts as neither right nor false (the journal shows how
many); a broker that sees a hit go by, though not of whom; old blocks of flash, which outlive an overwritten file (what
mattered in it was ciphertext, and its key was never there). Python objects that hold features are overwritten when they
are dropped, but copies that a library or the interpreter made cannot be traced; only the opened references lie in
locked memory. The one-time list key lives in OpenSSL's heap, which Python cannot lock; the process is not dumpable.
"""
