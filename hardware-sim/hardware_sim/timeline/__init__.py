"""The scripted grade as a story: a TOML file with a seed, a timeline of acts, faults and expectations, and its outcome.

=============  =====================================================================================================
``scenario``   the file: what it says, and what is wrong with one that cannot be played
``acts``       the verbs: what people do, rightly or wrongly
``faults``     what breaks, and for how long
``expect``     what must then be so, in the glossary's words
``play``       one scenario from its begin to its end, with every promise checked
``record``     the event log: JSON lines, byte for byte the same for the same scenario and seed
``stand``      the site that it is played on, whose ``truth`` the device is held against
=============  =====================================================================================================

Time is the scenario's own: neither a fault of the device's clock nor a restart touches it. Every authorisation is
marked as a test and believed under the simulator's own trust root alone.
"""
