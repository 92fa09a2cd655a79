"""Power cuts: the disk loses what it had not been made to keep, and the next boot must be the old state or the new.

===============  ==========================================================================================
``medium``       what a disk keeps: written, flushed, and what a cut leaves of what was not, as pure data
``fuse``         the medium as one file that the kernel reads and writes, in a process of its own
``disk``         an ext4 file system on it: made, mounted, cut off, mounted again
``cutting``      one deed, cut at a step of the disk; old or new, and picked up again
``deployments``  the real daemon on such a disk, cut while it starts, loads its list, and looks
``enrolments``   provisioning, accepting and provisioning anew, cut wherever the disk was written to
``installs``     models and calibrations that are sent, put in place of others
``packages``     the program's own package: the updater and dpkg, while one version takes another's place
===============  ==========================================================================================

A cut stops the disk first, so that nobody hears of what it did not keep, and kills the processes then. Of what the
kernel still held, nothing is left. Of what the disk had taken since it was last told to flush, each write is kept, lost
or torn between sectors, as the seed says, in whatever order: that is more than most disks do, and less than the worst
(a card that loses what it had confirmed, or damages what it was not writing). Then ext4 recovers its own journal.
"""
