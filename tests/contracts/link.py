"""What every link to a broker promises. Run against memory and against a real mosquitto with mutual TLS."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from edge.domain.message import Incoming, Outgoing
from edge.ports import Link

SOON = timedelta(seconds=5)
AT_ONCE = timedelta(milliseconds=300)


class LinkContract:
    """Subclasses give ``pair``: two connected links, one that speaks and one that hears ``lamppost/v1/bench/#``.

    ``ends`` is when the certificate of the one that speaks does.
    """

    def test_what_is_published_arrives_whole_and_in_order(self, pair: tuple[Link, Link]) -> None:
        speaker, hearer = pair
        payloads = [bytes([number]) * (number * 50) for number in range(1, 40)]
        for payload in payloads:
            _publish(speaker, Outgoing("lamppost/v1/bench/post-1/hit", payload))
        assert [_next(hearer).payload for _ in payloads] == payloads

    def test_response_topic_and_correlation_arrive(self, pair: tuple[Link, Link]) -> None:
        speaker, hearer = pair
        topic = "lamppost/v1/bench/post-1/reply/x"
        _publish(speaker, Outgoing(topic, b"?", correlation=b"\0id", respond_to="lamppost/v1/bench/post-1/reply/y"))
        came = _next(hearer)
        assert (came.topic, came.correlation) == (topic, b"\0id")
        assert came.respond_to == "lamppost/v1/bench/post-1/reply/y"

    def test_a_live_message_is_not_marked_as_retained(self, pair: tuple[Link, Link]) -> None:
        speaker, hearer = pair
        _publish(speaker, Outgoing("lamppost/v1/bench/post-1/state", b"{}", retain=True))
        assert not _next(hearer).retained

    def test_a_newcomer_is_sent_what_is_retained_marked_so(
        self, pair: tuple[Link, Link], newcomer: Callable[[], Link]
    ) -> None:
        speaker, hearer = pair
        _publish(speaker, Outgoing("lamppost/v1/bench/post-1/state", b"kept", retain=True))
        _publish(speaker, Outgoing("lamppost/v1/bench/post-1/hit", b"gone"))
        _next(hearer)
        _next(hearer)
        late = newcomer()
        came = _next(late)
        assert (came.payload, came.retained) == (b"kept", True)
        assert late.receive(AT_ONCE) is None

    def test_nothing_comes_where_nothing_was_sent(self, pair: tuple[Link, Link]) -> None:
        assert pair[1].receive(timedelta(0)) is None

    def test_it_knows_when_the_certificate_ends_by_which_it_shows_itself(
        self, pair: tuple[Link, Link], ends: datetime
    ) -> None:
        assert pair[0].certificate_ends == ends

    def test_a_closed_link_takes_nothing(self, pair: tuple[Link, Link]) -> None:
        speaker, _ = pair
        speaker.close()
        assert not speaker.connected
        assert not speaker.publish(Outgoing("lamppost/v1/bench/post-1/hit", b""))


def _publish(link: Link, message: Outgoing) -> None:
    assert link.publish(message)


def _next(link: Link) -> Incoming:
    message = link.receive(SOON)
    assert message is not None
    return message
