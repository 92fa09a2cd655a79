"""Keys of people: in files under a passphrase, and in a token that never gives them away."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from edge.control_room.authority import keys, signing, uri
from edge.control_room.authority.uri import TokenKey
from edge.control_room.keyring import make_signing_key, read_public, write_public
from edge.domain.authority import Key, PinnedKey, Role
from edge.domain.errors import Misconfigured
from edge.wire.signed import Kind, holds, key_id, sign
from edge.wire.signers import Keys
from tests.vectors.people import COUNTER, DOCUMENT, NOW, ROOT

PASSPHRASE, PIN = "under the old lamp post", "271828"
MODULE = Path(sys.prefix) / "lib/libsofthsm2.so"


def typed(*answers: str) -> Callable[[str], str]:
    """A person who types these, one after the other."""
    left = list(answers)
    return lambda _: left.pop(0)


def nobody(prompt: str) -> str:
    raise AssertionError(prompt)


def test_a_locked_key_signs_for_whoever_knows_its_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "officer.key"
    public = keys.make(path, locked=True, ask=typed(PASSPHRASE, PASSPHRASE))
    assert path.read_bytes().startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----")
    assert path.stat().st_mode & 0o777 == 0o600
    signer = keys.signer(path, typed("not it", PASSPHRASE))
    assert signer.public == public == read_public(path).key
    assert holds(sign(DOCUMENT, Kind.AUTHORISATION, signer), Kind.AUTHORISATION, public)
    with pytest.raises(Misconfigured, match="was not unlocked"):
        keys.signer(path, typed("one", "two", "three"))


def test_a_passphrase_is_long_and_typed_twice(tmp_path: Path) -> None:
    path = tmp_path / "officer.key"
    with pytest.raises(Misconfigured, match="Choose 12 or more"):
        keys.make(path, locked=True, ask=typed("short"))
    with pytest.raises(Misconfigured, match="not the same"):
        keys.make(path, locked=True, ask=typed(PASSPHRASE, PASSPHRASE + "!"))
    assert not path.exists()


def test_an_unlocked_key_asks_nobody_anything(tmp_path: Path) -> None:
    made = keys.make(tmp_path / "service.pem", locked=False, ask=nobody)
    assert keys.signer(tmp_path / "service.pem", nobody).public == made


def test_encrypted_keys_of_other_tools_are_read(tmp_path: Path) -> None:
    path, private = tmp_path / "pkcs8.pem", Ed25519PrivateKey.generate()
    path.touch(mode=0o600)
    lock = BestAvailableEncryption(PASSPHRASE.encode())
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))
    assert keys.signer(path, typed(PASSPHRASE)).sign(b"x") == private.sign(b"x")
    path.write_bytes(X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))
    with pytest.raises(Misconfigured, match="is not an Ed25519 key"):
        keys.signer(path, typed(PASSPHRASE))


def test_a_locked_key_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "officer.key"
    keys.make(path, locked=True, ask=typed(PASSPHRASE, PASSPHRASE))
    path.chmod(0o644)
    with pytest.raises(Misconfigured, match="chmod 600"):
        keys.signer(path, nobody)


def test_where_nobody_is_at_a_terminal_nothing_waits_for_a_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "officer.key"
    make_signing_key(path, PASSPHRASE.encode())
    script = "import sys; from edge.control_room.authority import keys; keys.signer(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", script, path], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert "nobody is at a terminal" in done.stderr


def test_a_public_half_is_the_one_that_it_says(tmp_path: Path) -> None:
    public = keys.make(tmp_path / "k.pem", locked=False)
    assert read_public(tmp_path / "k.pem.pub") == read_public(tmp_path / "k.pem")
    text = (tmp_path / "k.pem.pub").read_text()
    (tmp_path / "k.pem.pub").write_text(text.replace(key_id(public), "A" * 43))
    with pytest.raises(Misconfigured, match="is not the one that it says"):
        read_public(tmp_path / "k.pem")
    (tmp_path / "k.pem.pub").write_text("{}")
    with pytest.raises(Misconfigured, match="cannot be used"):
        read_public(tmp_path / "k.pem")


# Tokens.


@pytest.fixture(scope="session")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A token in software, with a PIN of its own. Its module reads its configuration once in a process."""
    utility = Path(sys.prefix) / "bin/softhsm2-util"
    if not MODULE.exists() or not utility.exists():
        pytest.skip("no SoftHSM: run 'make softhsm'")
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    command = [
        str(utility),
        "--module",
        str(MODULE),
        "--init-token",
        "--free",
        "--label",
        "station",
        "--so-pin",
        "314159",
    ]
    subprocess.run([*command, "--pin", PIN], check=True, capture_output=True)
    yield "station"
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


def address(token: str, name: str, rest: str = "") -> str:
    return f"pkcs11:token={token};object={name}?module-path={MODULE}{rest}"


def pinned(role: Role, key: Key) -> Keys:
    """The trust root in which the token's key stands in the place of a role's."""
    others = tuple(one for one in ROOT.keys if one.role is not role)
    return Keys(
        type(ROOT)(
            **{name: getattr(ROOT, name) for name in ROOT.__slots__ if name != "keys"},
            keys=(*others, PinnedKey(role=role, key=key)),
        )
    )


def test_a_wrong_pin_is_asked_for_once_and_locks_nothing(token: str) -> None:
    with pytest.raises(Misconfigured, match="refuses the PIN"):
        keys.signer(address(token, "officer"), typed("000000"))


def test_an_officers_key_is_made_in_a_token_and_signs_what_the_door_accepts(token: str, tmp_path: Path) -> None:
    where = address(token, "officer")
    public = keys.make(where, locked=True, ask=typed(PIN))
    keys.keep_public(public, tmp_path / "officer.pub")
    officer = keys.signer(where, nobody)  # one login for one process
    assert officer.public == public == read_public(tmp_path / "officer.pub").key
    known = pinned(Role.AUTHORISING_OFFICER, public)
    signed = signing.first_signature(DOCUMENT, known, officer, NOW)
    twice, _ = signing.countersignature(signed, known, COUNTER, NOW)
    assert signing.standing(twice, known, None, NOW).refusals == ()
    with pytest.raises(Misconfigured, match="is there already"):
        keys.make(where, locked=True, ask=nobody)


def test_a_key_never_leaves_its_token(token: str) -> None:
    import pkcs11

    keys.make(address(token, "kept"), locked=True, ask=typed(PIN))
    with pkcs11.lib(str(MODULE)).get_token(token_label=token).open() as session:
        _shut(session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, label="kept"))


def _shut(key: Any) -> None:
    import pkcs11

    assert key[pkcs11.Attribute.SENSITIVE]
    assert not key[pkcs11.Attribute.EXTRACTABLE]
    with pytest.raises(pkcs11.AttributeSensitive):
        key[pkcs11.Attribute.VALUE]


def test_a_pin_may_come_from_a_file(token: str, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text(PIN + "\n")
    where = address(token, "service", f"&pin-source=file:{tmp_path / 'pin'}")
    assert keys.make(where, locked=True, ask=nobody) == keys.signer(where, nobody).public


def test_what_is_missing_is_named(token: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="has no such Ed25519 key"):
        keys.signer(address(token, "nobodys"), typed(PIN))
    with pytest.raises(Misconfigured, match="is not there"):
        keys.signer(address("another", "officer"), nobody)
    with pytest.raises(Misconfigured, match="There is no module"):
        keys.signer("pkcs11:token=a;object=b?module-path=/nowhere.so", nobody)
    (tmp_path / "no.so").write_bytes(b"")
    with pytest.raises(Misconfigured, match="own documentation"):
        keys.signer(f"pkcs11:token=a;object=b?module-path={tmp_path / 'no.so'}", nobody)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pkcs11:token=a;object=b", "names no module"),
        ("pkcs11:token=a?module-path=/m.so", "which key of which token"),
        ("pkcs11:object=a?module-path=/m.so", "which key of which token"),
        ("pkcs11:token=a;object=b?module-path=/m.so&pin-value=1234", "has its PIN in its address"),
        ("pkcs11:token=a;object=b;colour=red?module-path=/m.so", "unknown part, 'colour'"),
        ("pkcs11:token=a;token=b;object=c?module-path=/m.so", "names token twice"),
        ("pkcs11:token=%zz;object=b?module-path=/m.so", "no proper value for token"),
        ("pkcs11:token=%ff;object=b?module-path=/m.so", "is not text"),
        ("pkcs11:token=a;object=b;type=cert?module-path=/m.so", "names no private key"),
        ("pkcs11:token=a;object=b?module-path=/m.so&pin-source=|pass", "is no file"),
    ],
)
def test_what_is_wrong_with_an_address_is_named(text: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said) as refused:
        uri.read(text)
    assert "1234" not in str(refused.value)


PRINTABLE = st.text(min_size=1, max_size=12).filter(str.isprintable)


@given(
    token=PRINTABLE, object=PRINTABLE, id=st.none() | st.binary(min_size=1, max_size=8),
    module=st.lists(PRINTABLE.map(lambda one: one.replace("/", "x").strip(".")).filter(bool), min_size=1, max_size=3),
)  # fmt: skip
def test_an_address_is_read_as_it_is_written(token: str, object: str, id: bytes | None, module: list[str]) -> None:
    where = TokenKey(module=Path("/", *module), token=token, object=object, id=id, pin=Path("/run/pin"))
    assert uri.read(str(where)) == where


@given(st.text(max_size=60))
def test_whatever_an_address_says_it_is_read_or_refused(text: str) -> None:
    try:
        found = uri.read(f"pkcs11:{text}")
    except Misconfigured:
        return
    assert uri.read(str(found)) == found


def test_a_public_half_is_not_written_over(tmp_path: Path) -> None:
    write_public(tmp_path / "a.pub", COUNTER.public)
    with pytest.raises(Misconfigured, match="is there already"):
        write_public(tmp_path / "a.pub", COUNTER.public)
