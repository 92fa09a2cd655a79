"""The steps of the frame path as pure functions: no clock, no disk, no network, no thread.

Each step owns its small settings dataclass. ``sizing`` chooses the detector's input once, at set-up. Read in the order
of a frame: ``zone`` (what may not be looked at becomes black), ``decode`` (tensors to faces), ``follow`` (faces to
tracks, with ``course`` and ``assign``), ``quality`` and ``best_shot`` (tracks to a few good samples), ``align``
(samples from the full-resolution picture), ``fuse`` (samples' features to one probe), ``compare`` (probe to scores,
used by the gallery and by the yardsticks alone), ``calibrate`` (evidence to threshold), ``decide`` (finding to hit),
``presentation`` (a candidate's samples to cues of a presentation attack, by ``flatness`` and ``borders``), ``govern``
(how often to look on a device that is hot or late).
"""
