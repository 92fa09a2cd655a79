"""The playbook on real machines: a broker and a node that systemd boots in containers. Needs root: ``make ansible-test``."""
