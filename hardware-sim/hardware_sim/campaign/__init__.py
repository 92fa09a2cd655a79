"""Random timelines of the scripted grade, each held against every promise; and thirty days of ordinary use."""
