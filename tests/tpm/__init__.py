"""``make tpm``: a device's keys sealed by a TPM 2.0, and opened by nothing else.

Three boots of a virtual machine: a device is provisioned on its TPM, and the service manager hands its key over; the
same disk with the same TPM opens the keys; the same disk with another TPM does not, though it has the disk's own key.
"""
