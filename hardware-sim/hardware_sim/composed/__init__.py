"""Street video from a TOML file and a seed: a camera, light, weather, people who pass, and the whole truth about it.

===========  =======================================================================================================
``tables``   the file: every field with its range; ``reading`` says what is wrong with one, and how it is mended
``curves``   quantities that change in the course of a scene
``cast``     who may walk: the registry's pictures, or a folder of people; who of them is listed
``planning`` everybody's way (``ways``), drawn or as written, without collisions; ``passers`` walk, turn, stand still
``layout``   where everything is at a moment, and what is seen of it (``truth``); needs no picture
``optics``   pinhole and thin lens; ``exposure`` what a camera makes of so much light; ``lighting`` where it falls
``film``     the frames, of ``ground``, ``vehicles``, ``wardrobe``, ``heads`` (``wearing``), ``glare``, ``weather``,
             ``sensor``
``writing``  a film as H.264 and its truth as JSON lines; ``speed`` how fast it is drawn
``natural``  what the product's own models make of it, condition by condition
===========  =======================================================================================================

A scenario shares its file with the timeline of the scripted grade: ``says``, ``lasts`` and ``seed`` are common, ``at``,
``set``, ``expect`` and ``waives`` are the timeline's, all other tables describe the scene. The least that films::

    says = "People pass by day."
    lasts = 60.0

    [[crowds]]
    per_minute = 12.0

The same file, seed and cast give the same bytes, whenever, in whatever order and in whichever process a frame is drawn.

What it is not: bodies are drawn, heads are photographs on a relief. A photograph shows one side of a head, so beyond
about 60 degrees nobody's features are drawn. Faces are lit as their photographs were; shadows and reflections on them
are left out. What detector and embedder score here is nearer to a good day on a street than to a bad one.
"""
