"""MQTT 5 over mutual TLS 1.3: one connection, kept up by one thread of its own.

The broker is not trusted and the network is a mobile one. What follows from that:

*Threads.* paho is used through its interface for external event loops, so that connecting, waiting, reading and
writing all happen on the link's thread, and no other thread ever touches socket or TLS. Others meet it in two bounded
queues: :meth:`MqttLink.publish` says False where the outgoing one is full, and where the incoming one fills up the
socket is not read, so that the broker has to wait and nothing is dropped here.

*Coming back.* paho's own loop doubles its delay without any jitter, so that all devices of a broker that restarts come
back in step; hence full jitter (M. Brooker, "Exponential Backoff and Jitter", 2015): a random time up to 1 s, 2 s,
4 s ... 30 s. Only a connection that stood for 30 s starts again from the beginning.

*Noticing that nobody is there.* A mobile network forgets idle flows after some minutes and drops live ones without a
word. The kernel asks after 10 s of silence and gives up 20 s later (TCP keepalive), or 20 s after it sent something
that nobody acknowledged (TCP_USER_TIMEOUT): a half-open connection is known within 30 s. Where the peer's kernel
answers and the broker behind it does not, an unanswered ping shows it within twice the MQTT keepalive (40 s), and an
unacknowledged message within 30 s; health is published every 10 s. No more than 128 KiB are on their way at once, so
that at 64 kbit/s the queue in front of a ping is 16 s long, and a slow link is not mistaken for a dead one.

*Session.* The first connection of a process starts clean: nothing that was asked of an earlier life is wanted. Later
ones resume a session that the broker keeps for 60 s, the longest life of an order, so that an order (a ``stop`` above
all) that is sent into a short gap arrives after it; message expiry removes what has become too old. The session has to
outlive the will's delay anyhow: a will is published when the session ends, so that without one every short gap would be
reported as a lost device (MQTT 5.0, 3.1.3.2.2). What this end sends does not rely on it: hits wait in the outbox for a
signature, and everything else is said again after every connection.

*Certificates* are watched, and new ones are used by reconnecting: see ``certificates``.

*QoS* is 1 for everything, health too: its PUBACK is what bounds the time in which silence is noticed.
"""

from edge.adapters.mqtt.broker import INBOX, MAX_PACKET, QOS, Broker, Pace
from edge.adapters.mqtt.link import MqttLink

__all__ = ["INBOX", "MAX_PACKET", "QOS", "Broker", "MqttLink", "Pace"]
