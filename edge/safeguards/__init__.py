"""The doors, and the page for auditors: what holds what, what each leaves in the journal, and how to check it.

A safeguard is never an ``if`` in the loop that may be forgotten or deleted; the thing itself is held by the door and
comes out no other way.

================  ================================  =============================  =====================================
door              holds, alone                      opens for                      leaves in the journal
================  ================================  =============================  =====================================
``trust``         the chain of trust roots          the next one, signed by old    ``booted`` (digest of the root in
                                                    and new custodians             force), ``trust-rotated``
``verify``,       the pinned keys                   an authorisation that fits     ``began`` (digest, threshold)
``authorised``                                      this device in every field
``orders``        the counters of orders            an order of a pinned key,      ``refused``
                                                    fresh, once
``gate``          the shutter; the permits          all conditions at once         ``capture-opened``,
                                                                                   ``capture-closed``, ``ended``
``shutter``       camera, its power, public lamp    a permit of the gate           ``alive`` (open, powered, lit)
``zone``          nothing: it lies over all frames  what is inside it              ``booted`` (digest of the zone)
``sight``,        the reference of the view: a      a view that can be seen and    ``sight-changed``; ``ended`` for a
``outlook``       coarse grid, never a picture      is still the one authorised,   camera that stays moved
                                                    and a chain that answers well
``presence``      the nonces                        a presence key that signs a    ``presence-confirmed`` (until when)
                                                    fresh one, once
``gallery``       the one-time list key and the     a permit, asked at every       ``list-opened``, ``entry-withdrawn``,
                  opened references                 search                         ``list-destroyed``, ``searched``
``journal``       the log, the allowance of         always: what cannot be         every leaf; ``booted`` says how many
                  searches                          recorded cannot happen         searches may be uncounted
``witnessed``     the cosignatures                  as many recent ones as the     heads that witnesses cosigned
                                                    policy asks for
``clock``         the highest time ever trusted     a disciplined clock that is    ``clock-reset`` (by custodians)
                                                    not behind it
``epochs``        the seal of the journal           a quorum of custodians         ``epoch-opened`` (binds the old one)
``hits``,         the outbox and its bounds         a hit whose permit holds and   ``hit-committed``, ``hit-withheld``,
``outbox``                                          for which there is room, in    ``hit-acknowledged``
                                                    the transaction that records
``preview``       the levels shown last            an authorisation that says so  nothing: it is sealed and sent; the
                                                    and a permit, for a mosaic of  authorisation that ``began`` names
                                                    16 x 9 cells                   allows it
``disk``          what is known of the disk's room  room to record the end of      ``ended``, on a full disk too
                                                    what begins
``delivery``      nothing: the broker's word         a yes to hits and to orders    ``refused``; the state says it
``fates``         nothing: it reads the journal     whoever asks for a range       nothing: it is made from leaves
``transfers``     bytes that are on their way       what a signed order announced  ``refused``
``installing``    the place of models and           what an evaluator signed and   ``installed``; ``booted`` names
                  calibration                       another sends, in no           what is used then
                                                    deployment
``undisturbed``   the lock that keeps updates of     no update under way            ``updated`` (confirmed or undone)
                  the program away
``jobs``          long orders                       room for one more              ``refused``
``handing``       the way out of the journal        an operator, a custodian       nothing: it is the journal
``reviews``       verdicts and holds                a reviewer, an officer         ``hit-reviewed``, ``hit-unreviewed``,
                                                                                   ``hit-held``
``retention``,    the end of every hit              time, on whichever clock       ``hit-expired``; ``booted`` (the
``policy``                                          comes first                    configuration binds the policy)
``breaker``       the count of false alerts         a new authorisation            ``suspended``, ``flooded``
``ratification``  urgent authorisations             the authorising officer        ``ratified``, ``ratification-lapsed``
``accuracy``      the latest accuracy test          an evaluator's report          ``accuracy-tested``
================  ================================  =============================  =====================================

Nobody who is not listed is in any of it, but as one of a number.

How to check it, offline and without anybody's help:

1. Ask the custodians, not the device, for the first trust root or its SHA-256; ask witnesses for the heads that they
   cosigned, and whoever published the release for its manifest.
2. ``lamppost evidence export --config device.toml --out bundle`` on the device, or on a copy of its state folder. It
   changes nothing, and gives the same bundle for the same state.
3. ``lamppost verify bundle --trust-root root.json --head head.txt --release release.json`` says what holds, what fails
   (each by a name, with what to do) and what cannot be known; its status is 0 where nothing was found wrong.
   ``tests/vectors/bundles`` has a bundle for every failure there is.

What the doors cannot stop and no bundle shows, and nobody should believe that they do: a feed tapped before the camera;
a root user who replaces this program (verified boot and attestation are the answer, outside it); two authorising people
who collude; as many witnesses as the policy asks for who collude with them, or a device whose policy asks for none and
whose whole disk is put back to an earlier day; a presence phone left behind or relayed; a recipient who copies a hit
that was lawfully opened; a false reason in a lawful-looking authorisation; a list of people who do not belong on it; a
picture of somebody listed that is held before the camera (the reviewer is told where a hit looks like one, and many do
not); reviewers who call every doubtful hit inconclusive, which counts as neither right nor false (the journal shows how
many); a camera that was turned before a deployment began, because its reference is taken then; a broker that sees a hit
go by, though not of whom; old blocks of flash, which outlive an overwritten file (what mattered in it was ciphertext,
and its key was never there).

What is left in memory: references and scores lie in one locked buffer; features and samples are overwritten when they
are dropped; the C library overwrites whatever else is freed, by OpenCV, LiteRT, OpenSSL and SQLite too; all of it is
locked where the limit allows, and a real camera is refused where it could be swapped out. No core, no dump, no reading
by the process's own user. ``tests/canaries`` looks for marked people afterwards. It cannot promise that nothing is
overlooked: blocks of up to 1 KiB wait in a thread's cache uncleared until they are used again, so the one number and
the one opaque id of a hit that Python made may lie there for a while; registers and caches of the processor, a camera's
driver and whoever is root are beyond it. The one-time list key lies in OpenSSL's heap, which overwrites it when it is
freed and which Python cannot lock by itself.
"""
