"""The console through Debian's own browser: a deployment day, two operators, and whatever may go wrong in one.

``make test-browser`` runs it, in an environment that has Playwright laid over the one of the other tests. Everything on
the way is real but the devices' camera, models and clock: product processes' parts between their ports, SQLite, a
mosquitto with mutual TLS, the console behind its door, a browser. The clock is everybody's, and can be moved on.
"""
