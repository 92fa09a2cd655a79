"""Peers, side by side: other open chains and Lamppost on the same frames, in one run (``make bench-peers``).

=====================  ===============================================================================================
Lamppost               the product's own detector, second look, alignment and extractor; and without the second look
face_recognition       dlib's HOG and ResNet-29 with the package's defaults, on the whole 1080p frame; and with faces
                       found on the frame at the size of Lamppost's small stream
BlazeFace              MediaPipe's detector on the whole frame, on two squares, and on fifteen; MobileFaceNet in float32
face-api               SSD MobileNet v1 and ResNet-34 in node, on WebAssembly, with the package's defaults
=====================  ===============================================================================================

Every chain is run as its authors document it (``workers``), in an environment of its own with a hashed lock, in a
process of its own, with one thread asked of every library. A frame is composed of people's pictures on a simulated
street (``hardware_sim.crowd``), written to a file, and looked at by every chain. On frames that count for time they do
so one after the other, each time another one first, and ratios are taken frame by frame: so noise of the machine falls
on all. The peers get RGB ready in memory; Lamppost gets a camera's planes, and what it converts and scales counts.

``sights``        who is shown, on which frames
``chains``        the chains and their processes
``environments``  where they live: in the models' cache
``assign``        which found face is which person: one rule for all, not an overlap, since boxes differ in habit
``rates``         what can be said of the features that came of it
``tally``         looks added up to figures
``table``         the page, and the bars that Lamppost must keep; ``plot`` the picture

What the figures are worth: faces of 60 to 120 pixels out of a benchmark's photographs, pasted on a drawn street; good
for comparing chains, not for what any of them would do on a real one. dlib comes compiled (``dlib-bin``: AVX, without
BLAS). Built from source with OpenBLAS on the same machine it took 1.55 s to find the faces of a frame instead of 0.7,
and 0.018 s for the features of each instead of 0.08 to 0.1: no faster with ten faces, and slower with fewer.

Chains whose weights only a hub has are not here; none of the models in these packages that guess age, sex or
expression is loaded. facesdk, from which Lamppost's weights are, needs torch and is not measured apart.
"""
