"""The control room's page: ``lamppost console``, which one operator starts with their own keys.

Two rules shape it. *What is shown is what is signed*: everything on the page is folded from documents that bear the
device's or a reviewer's signature, and nothing else. *The page is asked, the program decides*: that somebody has looked
before they decide, that a second reviewer is another one, that opening takes a reason: the buttons say it, and the
program holds it.

A hit is kept sealed before it is shown, its showing is signed for, and it is sealed again when it is settled. Every
opinion is signed and chained; a settled one becomes the one review that the device takes. Consoles of one control room
keep to one folder, so that any of them goes on where another was, or was lost (``deploy/console/lost-key.md``).

============ ===================================================================================================
``place``    the file of the control room: its plan, devices, second reviewer, folder
``deciding`` from opinions to what became of a hit: pure
``looking``  whether somebody has looked: pure
``views``    from verified documents to what the page shows: pure
``live``     what the page is told, from wherever it left off
``line``     one device's end of the wire, on a thread of its own
``cases``    hits: in memory while they wait, sealed in the folder
``shelf``    where one device's hits lie, and whose decisions count
``room``     all of it together, and what falls due
``app``      what the page may ask for; behind ``edge.control_room.web``'s door
``stream``   server-sent events
``page/``    the page itself: modules and styles, no build, no inline anything
============ ===================================================================================================
"""
