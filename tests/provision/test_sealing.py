"""Keys are sealed by the real ``systemd-creds``, to this machine and to their names."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest

from edge.adapters.sealing import SystemdSeals
from edge.domain.errors import Misconfigured
from edge.domain.provisioning import Sealing

PROGRAM = """#!/bin/sh
echo "$@" >> "{log}"
case "$1" in has-tpm2) echo "{said}"; exit 11;; encrypt) cat;; esac
"""


@pytest.fixture
def seals(tmp_path: Path) -> SystemdSeals:
    """Sealed with a host's key of its own, not this machine's."""
    if shutil.which("systemd-creds") is None:
        pytest.skip("there is no systemd-creds here: install systemd 250 or later")
    return SystemdSeals(environment={"SYSTEMD_CREDENTIAL_SECRET": str(tmp_path / "secret")})


def test_what_is_sealed_is_opened_under_its_own_name_and_by_its_own_machine(
    seals: SystemdSeals, tmp_path: Path
) -> None:
    sealed = seals.seal("device-key", b"a key", Sealing.HOST)
    assert b"a key" not in sealed
    assert seals.unseal("device-key", sealed) == b"a key"
    with pytest.raises(Misconfigured, match="decrypt failed"):
        seals.unseal("tls-key", sealed)
    other = SystemdSeals(environment={"SYSTEMD_CREDENTIAL_SECRET": str(tmp_path / "other")})
    other.seal("device-key", b"another", Sealing.HOST)
    with pytest.raises(Misconfigured, match="decrypt failed"):
        other.unseal("device-key", sealed)


@pytest.mark.parametrize(
    ("said", "kind", "key"),
    [
        ("yes +firmware +driver +system +subsystem", Sealing.TPM2, "--with-key=host+tpm2"),
        ("partial -firmware +driver +system +subsystem", Sealing.TPM2, "--with-key=host+tpm2"),
        ("partial -firmware -driver +system -subsystem", Sealing.HOST, "--with-key=host"),
    ],
)
def test_a_tpm_is_used_where_the_kernel_drives_one_whatever_the_firmware_says(
    tmp_path: Path, said: str, kind: Sealing, key: str
) -> None:
    program, log = tmp_path / "systemd-creds", tmp_path / "log"
    program.write_text(PROGRAM.format(log=log, said=said))
    program.chmod(stat.S_IRWXU)
    made = SystemdSeals(program=str(program))
    assert made.kind() is kind
    made.seal("device-key", b"a key", made.kind())
    assert log.read_text().splitlines()[-1] == f"encrypt {key} --name=device-key - -"


def test_a_machine_without_systemd_creds_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be used"):
        SystemdSeals(program=str(tmp_path / "missing")).kind()
