"""``lamppost-update``: a program of its own that replaces the package ``lamppost``, and goes back by itself.

===================  ==============================================================================================
:mod:`.mirror`       as nobody in particular, with a network: copies what the mirror has into a folder
:mod:`.repository`   as root, without a network: reads such a folder, or a USB stick, and believes what TUF allows
:mod:`.course`       pure: where an update stands, what follows, what is remembered
:mod:`.shelf`        the state, durably, and the packages to go forward and back to
:mod:`.machine`      dpkg, systemctl, and whether any instance on this box has an authorisation in force
:mod:`.leftovers`    what of a version stays behind that was not unpacked whole, and goes
:mod:`.apply`        an update from its beginning to its end, and what the next boot makes of one that was cut off
===================  ==============================================================================================

**Why python-tuf, here and not elsewhere on the pole.** Everything else a device believes is one signed document that
comes by a signed order. A package channel is what The Update Framework was made for: many files of many releases, on a
mirror that anybody may run, for devices that nobody orders to look, some of which see a USB stick twice a year. What
is asked of it (roles with thresholds, offline root keys, rotation, expiry against a frozen mirror, one consistent state
of the whole against a mixed one) is TUF's whole specification, and python-tuf is its reference implementation:
kept by the framework's own authors, Apache-2.0 or MIT, 240 kB of Python. With it come securesystemslib, of the same
people (MIT), and urllib3 (MIT), and nothing else. Where ``cryptography`` is absent, securesystemslib checks
Ed25519 signatures in plain Python: so this program is one package for every processor and every Python from 3.11 on. It
shares no environment with the program that it replaces: a release that is broken to the last file can still be undone.

**What is refused, and why** stands in :mod:`.refusals`. Besides TUF's own rules: nothing is replaced while an instance
has an authorisation in force; no version follows one that is higher; none that failed is tried again unless a person
says so; the clock may not lie before the time of the last update; nothing begins without the package to go back to.

**In force** is told by locks that the kernel keeps (flock(2)): an instance holds its own as long as a deployment lasts,
and begins none without it. An update holds all of them until it has ended. No message from a network can take one, the
end of a process gives it back, and neither side can slip in between the other's look and its deed.

**Going back** is no exception to "versions never go back" that anybody could use: it leads to the one package that was
confirmed before, kept here with its digest, and only until the new one is confirmed. It is recorded, and each daemon
writes the record into its journal and says it in its health.

What this cannot stop: whoever is root on the device; whoever holds as many of the release keys as the roles ask for; a
daemon that lies about its own self-test, since nobody else can run it; and a fault that shows only after the minute in
which a new version has to stand. A version that gives its journal a new form must leave it readable to the one before.
The trust root of the force is not rolled back with the package, on purpose: a revoked key would be believed again.
"""
