"""What runs inside the machine, as the service's own program or within its sandbox."""
