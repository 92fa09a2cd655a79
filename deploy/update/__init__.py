"""``python -m deploy.update``: the release people's side of updates, and the units of the pole's.

A repository is a folder of static files in the form of The Update Framework (see :mod:`edge.updating.repository`), to
be served by any web server, or carried on a stick.

=============  ======================  =============================================================================
role           keys                    signs
=============  ======================  =============================================================================
root           two of three, offline   which keys have which role; once a year, and when one is lost or changes hands
targets        as many as there are,   that a package is a release: its name, length and SHA-256, its version, and the
               at most two             SHA-256 of the release's manifest
snapshot,      one, on the machine     which state of the whole is the present one: every week, or a mirror counts as
timestamp      that publishes          frozen
=============  ======================  =============================================================================

Whoever takes the machine that publishes can hold devices at a state that was signed, for as long as its timestamps are
believed, and install nothing. From nothing to a first release::

    key DIR/root-1.pem            by each of three people, on a machine without a network; likewise targets and online
    new-root REPOSITORY --root a.pub b.pub c.pub --targets t.pub u.pub --online o.pub --out root.json
    sign-root root.json --key DIR/root-1.pem        by two of the three; it may travel on a stick
    accept-root REPOSITORY root.json                root.json is also what a device is provisioned with
    publish REPOSITORY --deb lamppost_....deb ... --manifest release.json --targets-key ... --online-key o.pem
    freshen REPOSITORY --online-key o.pem           every few days, by a timer

The same three steps rotate root keys: two of the old and two of the new have to sign.
"""
