"""Hundreds of devices at once, against a real broker: ``hardware-sim fleet``.

Every device is the product between its ports: the same doors and moving parts, a SQLite store of its own on disk, its
own signing key, its own certificate, its own MQTT connection over TLS 1.3. Camera and models are scripted, and there
are no threads but paho's: a few worker processes give each of many devices its turn. What is measured is therefore the
wire, the broker and the control room; what one device costs is measured
on one real daemon process (``idle``).

============  =================================================================================================
module        is
============  =================================================================================================
``founding``  keys, certificates, trust roots: the files of a fleet
``broker``    the mosquitto that they all meet at, or a site's with a bridge to the centre's
``post``      one device, and when its turn is due
``worker``    a process of many devices, told what to do over a pipe
``crew``      all of those processes, from outside
``room``      the control room: puts every device in force, opens hits from shared subscriptions, signs for them
``hostile``   a device of the fleet with a good certificate and bad intentions
``trial``     the whole morning: connect, deploy, walk, break the broker, come back, count
``figures``   what was found, and which promises it breaks
``idle``      one real daemon process (``lone``) with nothing in force: how much of a processor it takes
``cost``      what a process costs
============  =================================================================================================
"""
