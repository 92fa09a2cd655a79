"""The other end of the wire: keys, lists, authorisations, orders, presence, and opening hits.

Never imported by the daemon, and shipped apart from it: no signing tool on the pole. A device's word is believed only
where the device's pinned key signed it.

Hits lie sealed (``keeping``). Opening one takes a reason from a closed list, and is signed and written down first; no
command closes a hit but a reviewer's own, which takes how long they looked from that log. Nothing here acts on a hit.
"""
