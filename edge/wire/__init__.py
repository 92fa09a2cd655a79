"""Bytes to nouns and back, here and nowhere else.

Every document that must be believed is canonical JSON (RFC 8785 for the subset used: sorted ASCII keys, no white
space, no floating point numbers) inside a JWS (RFC 7515, general serialisation; Ed25519 as in RFC 8037 and 9864). A
payload that is not exactly the canonical form of what it decodes to is refused, so that a field which this version
does not know, a repeated key or a second spelling of a number can never mean one thing to the signer and another to
the device.

The journal is written for tools that others wrote: Merkle tree and proofs of RFC 9162 (``merkle``), signed notes and
cosignatures (``notes``), checkpoints and what is said to a witness (``checkpoints``), all as C2SP specifies them.
"""
