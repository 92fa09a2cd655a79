"""Keys in tokens: smart cards, security keys and modules that sign and never give a key away (PKCS #11 3.0).

Ed25519 is CKK_EC_EDWARDS with CKM_EDDSA, which PKCS #11 has from version 3.0 on. Every signature is held against the
public key before it leaves here: a token that signs otherwise is a fault to be heard of now, not at the device.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edge.control_room.authority.uri import TokenKey
from edge.domain.authority import Key
from edge.domain.errors import Misconfigured
from edge.wire.signed import from_base64url, to_base64url

if TYPE_CHECKING:
    from pkcs11 import Session

Ask = Callable[[str], str]
ED25519: Final = bytes.fromhex("06032b6570")
"""CKA_EC_PARAMS: the object identifier 1.3.101.112 (RFC 8410, section 3), in DER."""
_POINTS: Final = {32: 0, 34: 2, 35: 3}
"""What lies before the 32 bytes of a CKA_EC_POINT: nothing, or DER's octet or bit string (tokens differ)."""
_sessions: dict[tuple[str, str, bytes], tuple[Session, str]] = {}


class TokenSigner:
    """A key that stays in its token."""

    def __init__(self, where: TokenKey, ask: Ask) -> None:
        """Find the key, and log in. Raises Misconfigured naming what is missing."""
        with _Speaking(where):
            session, self._pin = _opened(where, ask)
            self._private, self._public = _pair(session, where)
        self._where = where
        self._asks_again = _asks_again(self._private)

    @property
    def public(self) -> Key:
        """The public half, base64url."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """64-byte Ed25519 signature (RFC 8032). Raises Misconfigured where the token makes none, or a wrong one."""
        from pkcs11 import Mechanism

        pin = self._pin if self._asks_again else None
        with _Speaking(self._where):
            made = bytes(self._private.sign(message, mechanism=Mechanism.EDDSA, pin=pin))
        try:
            Ed25519PublicKey.from_public_bytes(from_base64url(self._public)).verify(made, message)
        except InvalidSignature:
            raise Misconfigured(
                f"The token of {self._where} made a signature that does not hold.", "Use another token or module."
            ) from None
        return made


def make(where: TokenKey, ask: Ask) -> Key:
    """Make a key inside a token, which never gives it away. Raises Misconfigured where one of its name is there."""
    from pkcs11 import Attribute, KeyType, Mechanism

    label, identifier = where.object, where.id or os.urandom(8)
    if label is None:
        raise Misconfigured("A new key needs a name.", "Name it: object=NAME.")
    with _Speaking(where):
        session, _ = _opened(where, ask)
        if list(session.get_objects(_sought(where))):
            raise Misconfigured(f"{where} is there already.", "Choose another name.")
        parameters = session.create_domain_parameters(KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: ED25519}, local=True)
        parameters.generate_keypair(
            mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN, store=True, label=label, id=identifier,
            private_template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
        )  # fmt: skip
        return _pair(session, where)[1]


def _opened(where: TokenKey, ask: Ask) -> tuple[Session, str]:
    """A session that is logged in. A process logs in to a token once, whatever it signs with it."""
    import pkcs11

    names: dict[str, Any] = {}
    if where.token is not None:
        names["token_label"] = where.token
    if where.serial is not None:
        names["token_serial"] = where.serial.encode()
    token = pkcs11.lib(str(where.module)).get_token(**names)
    known = str(where.module), token.label, bytes(token.serial)
    if known not in _sessions:
        pin = _pin(where, token.label, ask)
        _sessions[known] = token.open(rw=True, user_pin=pin), pin
    return _sessions[known]


def _pin(where: TokenKey, label: str, ask: Ask) -> str:
    if where.pin is None:
        return ask(f"PIN of the token {label}: ")
    try:
        return where.pin.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise Misconfigured(f"The PIN in {where.pin} cannot be read: {error}.", "Name its file.") from error


def _pair(session: Session, where: TokenKey) -> tuple[Any, Key]:
    from pkcs11 import Attribute, ObjectClass

    found = list(session.get_objects(_sought(where)))
    if len(found) != 1:
        what = "no such Ed25519 key" if not found else f"{len(found)} keys of this name"
        raise Misconfigured(f"The token has {what}: {where}.", "Name one by object= or id=, as the token lists them.")
    private: Any = found[0]
    same = {Attribute.ID: private[Attribute.ID]} if private[Attribute.ID] else {Attribute.LABEL: private.label}
    publics: list[Any] = list(session.get_objects({Attribute.CLASS: ObjectClass.PUBLIC_KEY} | same))
    if len(publics) != 1:
        raise Misconfigured(f"The token shows no public key for {where}.", "Store the public key in the token too.")
    point = bytes(publics[0][Attribute.EC_POINT])
    if len(point) not in _POINTS:
        raise Misconfigured(f"The public key of {where} is none of Ed25519.", "Name an Ed25519 key.")
    return private, to_base64url(point[_POINTS[len(point)] :])


def _sought(where: TokenKey) -> dict[Any, Any]:
    from pkcs11 import Attribute, KeyType, ObjectClass

    sought: dict[Any, Any] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.KEY_TYPE: KeyType.EC_EDWARDS}
    if where.object is not None:
        sought[Attribute.LABEL] = where.object
    if where.id is not None:
        sought[Attribute.ID] = where.id
    return sought


def _asks_again(private: Any) -> bool:  # noqa: ANN401  # the library's objects answer to any attribute
    """Whether the token wants the PIN for every signature (CKA_ALWAYS_AUTHENTICATE)."""
    from pkcs11 import Attribute, PKCS11Error

    try:
        return bool(private[Attribute.ALWAYS_AUTHENTICATE])
    except PKCS11Error:
        return False


class _Speaking:
    """Turns what the module says into errors that say what to do."""

    def __init__(self, where: TokenKey) -> None:
        self._where = where
        if not Path(where.module).is_file():
            raise Misconfigured(f"There is no module {where.module}.", "Install the token's PKCS #11 module; name it.")
        try:
            import pkcs11
        except ModuleNotFoundError as error:
            raise Misconfigured("Tokens need the package python-pkcs11.", "Install lamppost[control-room].") from error
        self._library = pkcs11

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, self._library.PKCS11Error):
            return
        what, remedy = _SAID.get(type(error).__name__, (f"says {type(error).__name__} {error}".rstrip(), ""))
        remedy = remedy or "See the token's own documentation; it has to know Ed25519 (CKM_EDDSA)."
        raise Misconfigured(f"The token of {self._where} {what}.", remedy) from error


_SAID: Final = {
    "PinIncorrect": ("refuses the PIN", "Type it again with care: a few wrong ones lock the token."),
    "PinLenRange": ("refuses the PIN", "Type it again with care: a few wrong ones lock the token."),
    "PinLocked": ("is locked after too many wrong PINs", "Unlock it with its PUK or its officer's PIN."),
    "NoSuchToken": ("is not there", "Plug it in, and name it by token= or serial= as it calls itself."),
    "MultipleTokensReturned": ("is one of several of this name", "Name it by serial= too."),
    "MechanismInvalid": ("does not know Ed25519", "Use a token and module with CKM_EDDSA (PKCS #11 3.0)."),
    "DeviceRemoved": ("was taken out", "Plug it in again."),
    "TokenWriteProtected": ("cannot be written to", "Make the key with the token's own tools."),
}
