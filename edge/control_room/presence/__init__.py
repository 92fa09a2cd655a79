"""The page of the officer on scene: a phone's size, one large button, and what happens when it is left alone.

It is served on the loopback of the machine that the officer carries, with a key that no operator may hold. What it
confirms is that a person *stands there*, so it goes on only

- while the page is open and in sight: a page that has not been heard of for :data:`~.shift.AWAY` confirms nothing;
- for so long after the officer last pressed the button as ``--within`` says, a quarter of an hour where it is not said:
  a phone that was put down, or left in a car, lapses by itself;
- while the deployment is the one that was in force when they began: another one is begun anew.

Nothing has to go right for the camera to shut: the lease (three minutes from the device's own nonce) runs out by
itself when page, program, network or officer are gone. A person who keeps pressing the button somewhere else is out of
software's reach.

========== =================================================================
``shift``   whether to confirm now, and what the page says. No clock, no wire
``app``     the page's answers, on the server's thread
``command`` the loop: takes in what the device says, and signs
========== =================================================================
"""
