"""Enrolment: pictures of people to a sealed watchlist.

    intake      who: a folder, subjects, or an export that another system signed and that is verified first
    opening     a file below the folder, and nothing that a name could lead to instead
    crew        processes that decode and look, one picture at a time; ``worker`` is such a process
    stills      bytes to an upright picture, or why not        acquisition   a picture to a sample, or why not
    looking     a picture to a shot: features, quality, thumbprint
    workfile    what was looked at already, encrypted, so that a kill costs nothing
    entries     the shots of a person to a template
    pairs       templates against each other; scrutiny: against a cohort
    examining   all of it, in order
    findings, results, page     what is said about it

Two passes. The first looks at every picture that was not looked at yet, in any number of processes, and puts what it
saw into the work file as it comes. The second reads that back, an entry at a time, and forms templates. A kill loses a
few looks of the first pass and nothing else; the second takes seconds and leaves nothing before the list is written.
So running it again gives the same list, with nobody lost and nobody doubled.

**What lies where, and for how long.** On disk: the work file (encrypted; its key is in memory, gone with the power),
deleted when the list is sealed; the sealed list and its key; the report, which names entries and files and has a day by
which it is to be deleted. In the memory of this process: one file for each worker, a template for each entry, 512 bytes
for each picture used. In a worker's: one picture, bounded by a limit that the kernel holds. Pictures are never copied.
"""
