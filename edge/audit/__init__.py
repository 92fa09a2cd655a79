"""The outsider's tools: what anybody can run to hold a device to its word. Nothing on the pole imports this package.

``witness`` cosigns the journal's head and remembers it, so that a log which is later cut or forked finds nobody to
cosign it; ``memory`` is what it never forgets; ``serve`` is the command.
"""
