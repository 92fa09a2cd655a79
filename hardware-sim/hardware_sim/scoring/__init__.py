"""What a run was worth: found and missed, how soon, what was lost, what was survived, what it cost."""
