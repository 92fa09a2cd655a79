"""A fresh Debian is booted, the product is installed in it as its unit says, and lives and dies there.

``make boot``: as root, on a machine with systemd-nspawn. The root file systems come from ``deploy/setup/root.sh``. What
happens is written down line by line, with times, into ``out/boot.txt``.
"""
