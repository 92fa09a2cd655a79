"""``python -m deploy.package``: the Debian packages. Same commit and same models in, the same bytes out.

``recipe`` says what each package is; ``wheels`` fetches what the locks name, by digest, for processors and Pythons that
this machine need not have; ``tree`` lays out the files; ``archive`` closes them up with ``dpkg-deb``; ``bill`` writes
the bill of materials; ``manifest`` lists everything with its digest, and signs the list.

**One package for each Debian, and for each processor.** A version ends in ``+deb12`` (CPython 3.11) or ``+deb13``
(3.13), and depends on that Python, so that apt itself refuses the wrong one. One package with both environments side by
side was the alternative: twice the bytes to send to every pole, for ever, to spare a pole that goes from one Debian to
the next the one package that it needs then.

**Beside apt's picamera2.** picamera2 and libcamera come from apt and cannot come from anywhere else; picamera2 imports
simplejpeg, a compiled module. Compiled against numpy 1 (Debian 12) it refuses numpy 2 (picamera2's issues 1088, 1170,
1211); against numpy 2 (Debian 13) it takes any later numpy 2. So the lock for Debian 12 has numpy 1.26.4 and what goes
with it, the lock for 13 the newest, and a path file adds apt's packages *behind* ours: whatever both have is ours, also
for picamera2, and nothing from ``/usr/local`` or a home folder is ever found. A virtual environment with
``--system-site-packages`` would let in both. That this holds on a Pi with its own apt was not tried on one.

**Tools.** ``dpkg-deb`` and the standard helpers that are on every Debian (``deb-systemd-helper``, ``py3compile``);
debhelper would bring a tool chain whose output changes with its release, and there is nothing here to compile. Byte
code is made where it is installed, as Debian does: only the Python there can.
"""
