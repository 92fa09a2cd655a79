"""What a device says and hears, on which topics and how: the contract between a device and everybody else.

`asyncapi.json` beside this module says it in AsyncAPI 3, made from the table of channels (`channels.py`) and from the
very types that read and write the messages; `lamppost schema asyncapi` prints it. The text below stands in it.
"""

from __future__ import annotations

from typing import Final

VERSION: Final = "1.0.0-draft"
"""Of the contract, not of the product: see :data:`RULES` on what raises it."""
RULES: Final = """\
A device on street furniture, its control room and its witnesses talk over MQTT 5 with mutual TLS 1.3. The broker \
only carries: nobody is believed for having been let in by it. What must be believed is signed by whoever says it, \
and what must be private is sealed to whoever may read it. \
Send and receive are the device's: a control room hears what is sent here, and sends what is received.

## Reading a message

1. The topic and the MQTT 5 content type say what comes. Statements and orders are CloudEvents 1.0 in structured \
JSON (`application/cloudevents+json`); heads of the journal and witnesses' answers are signed notes (C2SP), as text.
2. A CloudEvent's `data` is a JWS in general JSON serialisation (RFC 7515) with Ed25519. The outer attributes route. \
Believe only what stands in the signed payload, once the signature holds under the key that you expect, and `typ` in \
its protected header is the one of this message.
3. The payload is base64url of JSON in canonical form: keys sorted, no white space, every field present and none \
besides; a field that the schema does not require is left out where it has nothing to say, and is never null. The \
schema that `contentSchema` names is the payload's.
4. Keys come from the trust root that the custodians signed: the device's has the role `device`. Key ids are JWK \
thumbprints (RFC 7638).
5. Delivery is at least once. `state` has boot and sequence, a `hit` an id and a sequence: a second one with an id \
that you have seen is the first one again. A PUBACK is the broker's word; a hit waits in the device until a \
recipient's signed `ack`.

## Giving an order

Publish to `cmd/<verb>` with QoS 1, never retained, with a message expiry of at most 60 seconds, a response topic \
under `reply/` of the same device, and correlation data. The reply comes there with the same correlation data, \
signed by the device. `rejected` has one reason of a closed list, and a remedy; the schema `Reason` has them all. An \
order is executed once: the same order with the same id is answered as it was the first time. Only `stop` is obeyed \
whatever its age, counter or retain flag.

`announce`, `export` and `support` take longer. Their replies carry `job`, a state in the words of AWS IoT Jobs: \
`accepted` (QUEUED) and `in-progress` (IN_PROGRESS) are followed by others on the same response topic, the last of \
them `done` (SUCCEEDED) or `rejected` (REJECTED where it never began; FAILED, TIMED_OUT, CANCELED otherwise). The \
replies to `announce` name the chunks that are `missing`, as `0-3,7`, and the `window`: no more chunks than that may \
be sent beyond those that are there. After any loss, announce again: only what is then missing is wanted. `export` \
names the `last` piece that was sent, and says whether there is `more`: ask again, `after` that one.

## Versions

The topics begin with the version: `lamppost/v1`. Every CloudEvents type ends with it. While this contract is a \
draft (its version says so, as long as the product's begins with 0) v1 itself may still change with a release.

Within v1 there may be added, and the contract's minor version rises:

* channels: nobody hears them who has not asked for them, so subscribe to the topics that you know, not to `#`;
* orders, each on a topic of its own;
* reasons, and other words in `reasons`, in a reply's `reason` and in its `facts`;
* counters in `health`, where its schema is open;
* fields of an authorisation that are not required, whose absence means what it meant before: who signs one for a \
device uses none that the contract of that device's version does not have, or the device refuses it whole;
* CloudEvents extension attributes, MQTT user properties, and fields outside signatures that are not asked for.

Everything else needs v2, a tree of topics and CloudEvents types of its own, which a device may serve beside v1 for \
a time: to add any other field to a signed document, or to take away, rename or retype one; to add to or take from any \
other closed list; to change the canonical form, algorithms, sealing, QoS, retain flag or expiry of a message, or \
who may give an order.

## What you do not know

* A CloudEvents extension attribute, an MQTT user property: ignore it.
* A word where words may be added: show it as it is, and do not guess what it means.
* A topic: ignore it. A CloudEvents type that does not belong on its topic: refuse the message.
* A field in a signed document, or a word of any other closed list: refuse the whole document. Half understood is \
not understood, and its canonical form could not be checked.
* An order that a device does not know gets no reply: it is counted in `health`. Ask again within your own time \
limit, then look at the `version` in its `state`.
"""
"""What may change, and how a receiver treats what it does not know."""
