"""The journal's leaves: a closed set, none of which can hold anything about an unlisted person."""
