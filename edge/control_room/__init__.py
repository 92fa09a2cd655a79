"""The other end of the wire: keys, lists, authorisations, orders, presence, and opening hits.

Never imported by the daemon, and shipped apart from it: no signing tool on the pole. A device's word is believed only
where the device's pinned key signed it.
"""
