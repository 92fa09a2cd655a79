"""The playbook on machines that systemd boots in containers: a broker and a node. Needs root: ``make ansible-test``."""
