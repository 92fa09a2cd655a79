"""Lies beside it: the names that whoever uses the camera's library asks of it."""

from hardware_sim.picamera2.libcamera import *  # noqa: F403
