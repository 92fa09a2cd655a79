"""Hours of a street through the real camera adapter and the whole device, while the camera is lost every ten minutes.

Everything but the library under the adapter is the product: adapter, gate, int8 models, gallery, journal. It runs in
lock-step at five frames a second of the scene's own time, as fast as the machine can. What has to hold:

- every loss pauses the device, which says why, and every mended camera is looked through again within half a minute;
- nothing grows: resident memory rises by at most a megabyte in an hour of the scene, all in one process with street,
  broker and control room;
- not a buffer is missing, and no thread is left, at the end;
- eight hours take no longer than forty-five minutes.
"""
