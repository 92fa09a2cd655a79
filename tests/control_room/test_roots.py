"""Trust roots by hand: a readable form, every key shown to whoever signs, and nothing signed that is worthless."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge import connection
from edge.cli import main
from edge.control_room import deploy, roots
from edge.domain.authority import Role
from edge.domain.errors import Misconfigured
from edge.measure.people import MemoryKey
from edge.wire.signed import key_id

EXPIRES = (datetime.now(UTC) + timedelta(days=100)).replace(microsecond=0)


class Force:
    """The keys of everybody, as a form names them."""

    def __init__(self) -> None:
        self.custodians = [MemoryKey() for _ in range(2)]
        self.keys = {role: MemoryKey() for role in Role if role is not Role.CUSTODIAN}

    def form(self, folder: Path, *extra: str, **values: str) -> Path:
        path = folder / "root.toml"
        fields = {"organisation": '"Force"', "contact": '"them@example.invalid"', "quorum": "2"} | values
        fields.setdefault("expires", f"{EXPIRES:%Y-%m-%dT%H:%M:%SZ}")
        lines = [f"{name} = {value}" for name, value in fields.items()]
        lines += ["[keys]", *(f'{role.value} = ["{key.public}"]' for role, key in self.keys.items())]
        lines += ["custodian = [" + ", ".join(f'"{key.public}"' for key in self.custodians) + "]", *extra]
        path.write_text("\n".join(lines) + "\n")
        return path


@pytest.fixture
def force() -> Force:
    return Force()


def test_the_first_one_is_version_one_and_believed_once_its_quorum_has_signed(force: Force, tmp_path: Path) -> None:
    root = roots.write(roots.read_form(force.form(tmp_path)), tmp_path, None)
    assert (root.version, root.expires, root.organisation) == (1, EXPIRES, "Force")
    signed = roots.first_signature(root, None, force.custodians[0])
    assert roots.lacking(signed, None) == "1 more of version 1's custodians"
    with pytest.raises(Misconfigured, match="not-signed"):
        roots.believed(signed)
    signed = roots.next_signature(signed, None, force.custodians[1])
    assert roots.lacking(signed, None) == ""
    assert roots.believed(signed) == root


def test_the_next_one_names_whom_it_revokes_and_needs_both_quorums(force: Force, tmp_path: Path) -> None:
    first = roots.write(roots.read_form(force.form(tmp_path)), tmp_path, None)
    old, dropped = force.custodians, force.keys[Role.EVALUATOR].public
    force.keys[Role.EVALUATOR], force.custodians = MemoryKey(), [MemoryKey(), MemoryKey()]
    root = roots.write(roots.read_form(force.form(tmp_path)), tmp_path, first)
    assert root.version == 2
    said = roots.in_words(root, first)
    assert f"REVOKES   {'evaluator':22} {key_id(dropped)}: calibrations" in said
    assert f"believes  {'evaluator':22} {key_id(force.keys[Role.EVALUATOR].public)}  NEW" in said
    signed = roots.first_signature(root, first, old[0])
    for custodian in (old[1], force.custodians[0]):
        signed = roots.next_signature(signed, first, custodian)
    assert roots.lacking(signed, first) == "1 more of version 2's custodians"
    with pytest.raises(Misconfigured, match="signed it before"):
        roots.next_signature(signed, first, old[1])


def test_nobody_else_signs_it(force: Force, tmp_path: Path) -> None:
    root = roots.write(roots.read_form(force.form(tmp_path)), tmp_path, None)
    for key in (MemoryKey(), force.keys[Role.OPERATOR]):
        with pytest.raises(Misconfigured, match="no custodian"):
            roots.first_signature(root, None, key)


def test_every_key_witness_and_demand_is_in_the_words_that_a_custodian_reads(force: Force, tmp_path: Path) -> None:
    witness = MemoryKey()
    extra = ["[[witnesses]]", 'name = "witness.example/1"', f'key = "{witness.public}"', "[policy]",
             "independent = true", "witnesses = 1", "cosigned_within_minutes = 20",
             "accuracy_test_within_days = 90"]  # fmt: skip
    root = roots.write(roots.read_form(force.form(tmp_path, *extra)), tmp_path, None)
    said = roots.in_words(root, None)
    for pinned in root.keys:
        assert key_id(pinned.key) in said
    for words in (
        f"witness   witness.example/1 {key_id(witness.public)}",
        "a third, independent signature; cosignatures of 1 witnesses within 20 min; an accuracy test within 90 days",
        "Force, them@example.invalid",
        f"{EXPIRES:%Y-%m-%d %H:%M}Z",
        "2 custodians",
    ):
        assert words in said


@pytest.mark.parametrize(
    ("extra", "values", "said"),
    [
        ((), {"quorum": "1"}, "quorum"),
        ((), {"quorum": "3"}, "fewer custodians than must sign"),
        (("[policy]", "witnesses = 1"), {}, "more witnesses than are named"),
        (("[policy]", "cosigned_within_minutes = 61"), {}, "between 1 and 60 minutes"),
        (("[policy]", "accuracy_test_within_days = 0"), {}, "between 0 and 365 days"),
        (("[policy]", "thresholds = 0.3"), {}, "thresholds"),
        (("mayor = []",), {}, "mayor"),
    ],
)
def test_a_form_that_no_device_would_accept_is_refused_by_name(
    force: Force, tmp_path: Path, extra: tuple[str, ...], values: dict[str, str], said: str
) -> None:
    with pytest.raises(Misconfigured, match=said):
        roots.write(roots.read_form(force.form(tmp_path, *extra, **values)), tmp_path, None)


def test_a_key_with_two_roles_is_refused(force: Force, tmp_path: Path) -> None:
    force.keys[Role.PRESENCE] = force.keys[Role.OPERATOR]
    with pytest.raises(Misconfigured, match="two roles with one key"):
        roots.write(roots.read_form(force.form(tmp_path)), tmp_path, None)


def test_a_test_root_does_not_become_an_ordinary_one(force: Force, tmp_path: Path) -> None:
    first = roots.write(roots.read_form(force.form(tmp_path, test="true")), tmp_path, None)
    with pytest.raises(Misconfigured, match="stays what it is"):
        roots.write(roots.read_form(force.form(tmp_path)), tmp_path, first)


def test_one_that_has_expired_is_not_signed(force: Force, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = tmp_path / "custodian.pem"
    assert main(["authority", "key", "custodian", "--unlocked", "--out", str(key)]) == 0
    form = force.form(tmp_path, expires="2020-01-01T00:00:00Z")
    assert main(["trust-root", "--form", str(form), "--key", str(key), "--out", str(tmp_path / "root")]) == 78
    assert "has expired" in capsys.readouterr().err


def test_a_connection_believes_a_trust_root_only_with_its_quorum(force: Force, tmp_path: Path) -> None:
    root = roots.write(roots.read_form(force.form(tmp_path)), tmp_path, None)
    signed = roots.first_signature(root, None, force.custodians[0])
    (tmp_path / "c.toml").write_text(
        'site = "a"\ndevice = "b"\ntrust_root = "root.json"\nhost = "h"\nca = "c"\ncertificate = "d"\nkey = "e"\n'
    )
    deploy.write_signed(tmp_path / "root.json", signed)
    with pytest.raises(Misconfigured, match="not-signed"):
        connection.load(tmp_path / "c.toml")
    deploy.write_signed(tmp_path / "root.json", roots.next_signature(signed, None, force.custodians[1]))
    assert connection.load(tmp_path / "c.toml").device_key == force.keys[Role.DEVICE].public
