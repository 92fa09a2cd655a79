"""The retention policy: computed from the very constants and settings that end things, and from nothing else."""

from __future__ import annotations

from edge.domain import authorisation
from edge.domain.retention import Fate, Kept, Period, RetentionPolicy
from edge.safeguards import breaker, deployment, jobs, orders, reviews, transfers
from edge.steps.best_shot import Choosing
from edge.steps.follow import Following


def policy(following: Following, choosing: Choosing) -> RetentionPolicy:
    """What this device keeps, with these settings of its frame path. An authorisation may only shorten it."""
    return RetentionPolicy(periods=(*_unlisted(following, choosing), *_list(), *_hits(), *_records()))


def _unlisted(following: Following, choosing: Choosing) -> tuple[Period, ...]:
    memory, gone = Kept.MEMORY, Fate.OVERWRITTEN
    return (
        Period(name="frame", what="a picture of the street", where=memory, at_most=None, fate=gone,
               until="the next frame, or the permit's end"),
        Period(name="sample", what="an aligned picture of a face", where=memory, at_most=choosing.sample_life,
               fate=gone, until="the search of its passage, or the permit's end"),
        Period(name="features", what="what is computed from samples for a search", where=memory, at_most=None,
               fate=gone, until="that search, which follows at once"),
        Period(name="track", what="where a face was last seen, after its passage was searched", where=memory,
               at_most=following.searched_life, fate=gone, until="it goes out of sight, or the permit's end"),
    )  # fmt: skip


def _list() -> tuple[Period, ...]:
    ends = "the deployment's end: stop, window, clock, suspension, an unsafe journal, restart"
    return (
        Period(name="list", what="the opened references, and the one-time key", where=Kept.LOCKED,
               at_most=deployment.LIST_LIFE, fate=Fate.OVERWRITTEN, until=ends),
        Period(name="list-unused", what="the same, while nobody is looked at", where=Kept.LOCKED,
               at_most=deployment.PAUSE_LIMIT, fate=Fate.OVERWRITTEN, until=ends),
        Period(name="list-sealed", what="the sealed list, as it came", where=Kept.DISK,
               at_most=transfers.TRANSFER_LIFE, fate=Fate.KEY_DESTROYED,
               until=f"{ends}; the file goes too, but for a restart, after which another key may be wrapped for it"),
        Period(name="withdrawn", what="names of withdrawn entries, under the list's own key", where=Kept.DISK,
               at_most=None, fate=Fate.DELETED, until="an end other than a restart"),
    )  # fmt: skip


def _hits() -> tuple[Period, ...]:
    return (
        Period(name="hit-waiting", what="a sealed hit that no recipient has signed for", where=Kept.DISK,
               at_most=authorisation.MAX_UNDELIVERED, fate=Fate.DELETED, until="a recipient's signature"),
        Period(name="hit", what="a sealed hit with its recipients, from its capture on", where=Kept.CONTROL_ROOM,
               at_most=authorisation.MAX_HIT_RETENTION, fate=Fate.KEY_DESTROYED, until="the authorised time"),
        Period(name="hit-held", what="a hit that a signed order holds as evidence", where=Kept.CONTROL_ROOM,
               at_most=reviews.MAX_HOLD, fate=Fate.KEY_DESTROYED, until="the order's own time"),
        Period(name="hit-number", what="a hit's random id, sequence and deadlines", where=Kept.DISK,
               at_most=authorisation.MAX_HIT_RETENTION, fate=Fate.DELETED, until="the hit's own end, or its hold's"),
        Period(name="hit-times", what="when hits came, to notice a flood", where=Kept.MEMORY,
               at_most=breaker.FLOOD_SPAN, fate=Fate.DROPPED, until="another deployment's first hit"),
    )  # fmt: skip


def _records() -> tuple[Period, ...]:
    epoch = "the provisioning epoch ends, and its disk is examined or destroyed"
    return (
        Period(name="order-result", what="an order's result, for a repeated delivery", where=Kept.DISK,
               at_most=orders.REMEMBERED, fate=Fate.DELETED, until="the next order after that"),
        Period(name="job", what="how far a long order got", where=Kept.DISK, at_most=jobs.KEPT, fate=Fate.DELETED,
               until="the next long order after that"),
        Period(name="transfer", what="a calibration, models or keys on their way", where=Kept.DISK,
               at_most=transfers.TRANSFER_LIFE, fate=Fate.DELETED, until="it is taken in, or refused"),
        Period(name="installed", what="the calibration and models that were sent, and those before",
               where=Kept.DISK, at_most=None, fate=Fate.STAYS, until="newer ones come"),
        Period(name="order-counter", what="the highest counter of each key", where=Kept.DISK, at_most=None,
               fate=Fate.STAYS, until=epoch),
        Period(name="paper", what="signed documents that leaves name by digest", where=Kept.DISK, at_most=None,
               fate=Fate.STAYS, until=epoch),
        Period(name="journal", what="leaves, in which unlisted people are a number", where=Kept.DISK, at_most=None,
               fate=Fate.STAYS, until=epoch),
    )  # fmt: skip
