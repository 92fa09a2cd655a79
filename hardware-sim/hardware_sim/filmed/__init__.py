"""Real footage, and a truth about it that a person writes in minutes.

The truth is a TOML file of one small table for each person who goes by::

    film = "street.mp4"              # beside this file, or absolute

    [people.anna]                    # who is on the list: a name for this file alone
    pictures = ["anna-passport.jpg"] # enrolled from these

    [[passages]]                     # somebody goes by
    person = "anna"
    from = 3.2                       # seconds into the film, or "1:03.5"
    to = 6.0

    [[passages]]                     # no name: somebody who is not on the list
    from = 4.1
    to = 7.3

``hardware-sim annotate street.mp4`` writes that file with a passage for each face that was followed, saying in which
part of the picture it is. What is left to a person is to name those who are on the list, to add whom the detector
missed, and to delete what is no face. ``hardware-sim replay street.mp4 --truth street.toml`` plays the film to a
whole device with those people on its list, and says for each passage what became of it.

``hardware-sim record /dev/video0 --out street.mp4`` films through the product's own camera adapter. Film volunteers,
where it is lawful: a recording keeps everybody who goes by, which the product never does.

``record`` films; ``draft`` writes a truth; ``truth`` reads it, and says in which line what is wrong; ``scored`` plays
the film and counts.
A truth holds times and names that a volunteer was given, and nothing of anybody's face.
"""
