"""The outsider's tools: what anybody can run to hold a device to its word. Nothing on the pole imports this package.

``witness`` cosigns the journal's head and remembers it, so that a log which is later cut or forked finds nobody to
cosign it; ``memory`` is what it never forgets; ``serve`` is the command.

``export`` writes a bundle (``bundle`` says what is in one) from a device's state, which it only reads. An examination
believes nobody but whom the outsider brings (``trust``, ``bringing``), tells the journal as a story (``history``), and
holds it against the papers and the published limits (``limits``), subject by subject (``checks``). What it finds is
one of a closed list (``failures``); what it counts is in ``figures``, what became of hits in ``course``, and what it
cannot know in ``beyond``. ``report`` and ``text`` are for whoever asked; ``publish`` and ``transparency`` are for
everybody, on a ``page`` each (``publishing``). ``release`` names what a release consists of.

All of it but ``export`` and ``commands`` works on bytes from outside: whatever they are, a report comes out.
"""
