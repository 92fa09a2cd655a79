"""Cameras: a Raspberry Pi's own, one that the kernel shows as ``/dev/video``, or one on a network.

Each is a :class:`~edge.adapters.camera.source.Source`: it opens, gives shots and closes. What all of them need stands
once, in :class:`~edge.adapters.camera.steady.SteadyCamera`, which is the port: it drops pictures that are old, that
come twice or that do not change, restarts a stream that stalls, and changes to the night profile when it gets dark.

A lost camera climbs a ladder, and every rung is counted:

1. a stream that has stalled for a second is stopped and started again, once (``camera-stream-restarts``);
2. where that brings nothing, the gate shuts the device, pauses, and opens it again after 1, 2, 4 and then every 8
   seconds (``camera-losses``, ``camera-opens``);
3. a process that has pictures no more when the pause has ended its deployment, so that nothing is lost by it, ends in
   good order, and the service manager starts another with driver and library anew (``camera-given-up``, over all
   lives). One whose driver never comes back from a stop ends at once: after a second where the gate waits for it, after
   ten where nobody does.

Pictures are copied out or decoded, and their buffers given back at once. Of an earlier picture nothing is kept but a
checksum of it.
"""

from edge.adapters.camera.dusk import Dusk, DuskSettings
from edge.adapters.camera.picamera import PiSource
from edge.adapters.camera.rtsp import RtspSource
from edge.adapters.camera.source import Profile, Source, Streams
from edge.adapters.camera.steady import SteadyCamera
from edge.adapters.camera.v4l2 import V4l2Source

__all__ = [
    "Dusk",
    "DuskSettings",
    "PiSource",
    "Profile",
    "RtspSource",
    "Source",
    "SteadyCamera",
    "Streams",
    "V4l2Source",
]
