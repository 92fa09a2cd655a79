"""A virtual ``picamera2``: the part of it that the product's camera adapter uses, over a sensor that is drawn.

Written from the library's published behaviour (its source as of release 0.3.25 was read, none of it is here) and from
what people report about it, so that the real adapter runs where no Raspberry Pi is. ``attached(sensor)`` puts it where
``import picamera2`` and ``import libcamera`` look, and takes it away again; nothing but the simulator does.

What is as on a device:

- A camera is configured once. Rows are padded: to 64 bytes on a Pi 4, to 128 on a Pi 5 for the luma of YUV 4:2:0, so
  that a plane of 704 has rows of 768 (issue 1182; 645 for the lores stream; the kernel's pull request 4419 for the
  Pi 4). The padding holds rubbish. Sides are made even. Buffers are made once, at ``configure``.
- ``SensorTimestamp`` counts nanoseconds of CLOCK_BOOTTIME.
- There are as many requests as buffers. Whoever takes one and does not release it has one less: with all of them taken
  the stream stands still for good, without an error (issues 898 and 1284). Releasing twice raises RuntimeError.
- ``capture_request(wait=False)`` gives a job, which gets the *next* frame where ``queue=False`` (issue 426 is about
  what happens otherwise). ``Job.get_result(timeout=...)`` raises TimeoutError and cancels nothing (pull request 889):
  the job still stands in line, and a buffer that it is given later is lost unless somebody asks for it.
- ``cancel_all_and_flush`` (pull request 1069) ends waiting jobs with CancelledError.
- ``stop`` is a job as well. It waits behind those that wait for a frame, so that it hangs where no frame comes any more
  (issues 1065 and 1264).
- Controls that the sensor does not advertise raise RuntimeError. Cameras are found when the first is opened.

What can be made to happen, as :class:`~hardware_sim.picamera2.sensor.Fault`, cites its reports there.
"""

from hardware_sim.picamera2.attach import attached
from hardware_sim.picamera2.sensor import Fault, Model, Pace, Sensor

__all__ = ["Fault", "Model", "Pace", "Sensor", "attached"]
