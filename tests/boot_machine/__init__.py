"""The unit in a virtual machine, for what systemd-nspawn cannot enforce on a host with the old control groups.

``make boot-machine``: as root. The same fresh Debian with Debian's cloud kernel, in qemu without KVM (so that it runs
wherever CI runs), with one control group hierarchy and a TPM 2.0 that swtpm simulates. A program inside tries the
limits and reports through a serial line; what it says is written into ``out/boot-machine.txt``.
"""
