"""Provisioning: how a bare device comes to belong to a force, and how it stops belonging to it.

1. ``lamppost provision`` on the device makes its keys and writes a signed request. Nothing is in force yet.
2. The custodians compare the fingerprint that the person on the ladder reads out, put the device's key into its trust
   root, and sign an answer, two of them at least (``lamppost enrol-device``, ``lamppost agree``).
3. ``lamppost provision --accept`` on the device checks the answer against its own request and keys, and the trust root
   against the fingerprint that the custodians read out. Then all of it is in force at once, or none of it.
4. ``lamppost provision --anew`` obeys two custodians of the trust root in force: keys, list and journal are wiped, and
   the device asks again, in the next epoch. The journal must have been exported, up to its last head, or be lost.

There is no password, and no key that another device has too: a device without an answer has no settings, no broker and
no trust root, and its daemon does not start. Nobody can reach it, for it listens nowhere.
"""
