"""The outsider's tools: what anyone can run, without our help, to see that the safeguards held."""
