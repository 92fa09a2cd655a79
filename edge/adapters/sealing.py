"""Secrets sealed to this machine by ``systemd-creds``, as ``LoadCredentialEncrypted=`` opens them for the service."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from typing import Final

from edge.domain.errors import Misconfigured
from edge.domain.provisioning import Sealing

_KEYS: Final = {Sealing.TPM2: "host+tpm2", Sealing.HOST: "host"}
"""With a TPM the disk's own key is needed besides: a TPM that is read out gives nothing without the card."""
_PATIENCE: Final = 120.0


class SystemdSeals:
    """Seals under a TPM 2.0 where this machine has one; a TPM that will not work is no reason to do without."""

    def __init__(self, *, program: str = "systemd-creds", environment: Mapping[str, str] | None = None) -> None:
        """``environment`` is added to this process's own, such as ``SYSTEMD_CREDENTIAL_SECRET``."""
        self._program = program
        self._environment = {**os.environ, **(environment or {})}

    def kind(self) -> Sealing:
        """What there is. Raises Misconfigured where there is no ``systemd-creds``.

        The kernel's driver counts, not the firmware's: a TPM on the pins of a board has a driver only.
        """
        said = self._run("has-tpm2", fails=True).decode("ascii", "replace").split()
        return Sealing.TPM2 if "+driver" in said else Sealing.HOST

    def seal(self, name: str, secret: bytes, kind: Sealing) -> bytes:
        """Seal a secret under its credential's name. Raises Misconfigured."""
        return self._run("encrypt", f"--with-key={_KEYS[kind]}", f"--name={name}", "-", "-", given=secret)

    def unseal(self, name: str, sealed: bytes) -> bytes:
        """Open it again. Raises Misconfigured where this machine cannot, or it has another name."""
        return self._run("decrypt", f"--name={name}", "-", "-", given=sealed)

    def _run(self, verb: str, *options: str, given: bytes = b"", fails: bool = False) -> bytes:
        command, pipe = [self._program, verb, *options], subprocess.PIPE
        try:
            with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=self._environment) as child:  # noqa: S603
                try:
                    found, said = child.communicate(given, timeout=_PATIENCE)
                finally:
                    child.kill()
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Misconfigured(f"{self._program} cannot be used: {error}.", "Install systemd 250 or later.") from error
        if child.returncode and not fails:
            lines = said.decode(errors="replace").strip().splitlines()
            raise Misconfigured(
                f"{self._program} {verb} failed: {lines[-1] if lines else child.returncode}.",
                "Run it as root; where there is a TPM, see that it is switched on and libtss2 is installed.",
            )
        return found
