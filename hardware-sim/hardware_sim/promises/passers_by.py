"""Of people who are not listed nothing is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from hardware_sim.promises.promise import Broken, Promise
from hardware_sim.timeline.story import Story

SAMPLE: Final = timedelta(seconds=3)
SEARCHED: Final = timedelta(seconds=30)
SLACK: Final = timedelta(seconds=1.9)
"""The longest turn while a deployment is in force."""


class NothingIsKept(Promise):
    """Looks into the memory of the frame path after every turn."""

    name = "nothing-is-kept-of-passers-by"
    says = (
        "Samples live for three seconds and not past their search; features and scores are overwritten at once; "
        "tracks go with the permit, and half a minute after their search."
    )

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self._unpermitted = 0

    def turn(self) -> Broken:
        """Tracks, samples, features, scores."""
        if self.stand.off:
            return
        given, self.stand.extractor.given = self.stand.extractor.given, []
        if any(rows.any() for rows in given):
            yield "the features of a search are still in memory after it"
        yield from self._tracks()
        if given:
            yield from self._scores()

    def _tracks(self) -> Broken:
        daemon, now = self.stand.device.daemon, self.stand.clock.now()
        tracks = daemon.watch._scene.tracks
        if not tracks:
            self._unpermitted = 0
            return
        self._unpermitted = 0 if daemon.gate._permitted_at is not None else self._unpermitted + 1
        if self._unpermitted > 1:
            yield f"{len(tracks)} tracks are in memory, and there is no permit"
        for track in tracks:
            if track.searched is not None and track.samples:
                yield "samples of a passage are in memory after its search"
            if track.searched is not None and now.since(track.searched) > SEARCHED + SLACK:
                yield "a passage is remembered for more than half a minute after its search"
            if any(now.since(sample.captured) > SAMPLE + SLACK for sample in track.samples):
                yield "a sample is in memory for more than three seconds"

    def _scores(self) -> Broken:
        force, buffers = self.stand.truth.force, self.stand.device.host.buffers
        if force is None or not buffers:
            return
        size = force.document.watchlist.entries * 4
        if any(buffers[-1].view[-size:]):
            yield "the scores of a search are in memory after it"
