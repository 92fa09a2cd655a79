"""What any page of the control room needs that is served on this very machine: a door, files, and a server.

One person starts a page from a terminal, with their own key, and opens it by a link that works once. There are no
accounts and no passwords, and nothing of it leaves the machine. What could come to a page on loopback from outside, and
what stops it (``door``):

- *another program's page in the same browser* (cross-site request forgery, clickjacking): requests that change
  anything must say that they come from this origin, the cookie is ``SameSite=Strict``, what a browser says of where a
  request comes from (``Sec-Fetch-Site``) is believed, and nobody may frame a page;
- *a name that is made to point here* (DNS rebinding): ``Host`` must be the very address that the link names;
- *another user of this machine*, who can connect to the port: nothing is given without the cookie, not even the page's
  own files, and the cookie is given once, for the link;
- *other servers on this machine*: browsers send a host's cookies to all of its ports. So every page has an address of
  its own in 127.0.0.0/8, drawn anew each time;
- *what is fed to the page* (script injection): a policy without inline scripts, styles or foreign addresses, and
  Trusted Types; a page makes nodes, never HTML.

Whoever can read this user's memory or terminal can do what the user can; nothing here stops that.

========== ==============================================================================
``door``   who may come in, and what is said with every answer
``passes`` the link that works once, and the one session that it gives
``files``  the page's own files, a closed list, read once
``server`` the socket, the server, and the way out
``parts``  other people's files (a renderer, a typeface), fetched by the build, never committed
========== ==============================================================================
"""
