"""The command line of the release people. See the package's docstring for the order of things."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tuf.api.serialization.json import JSONSerializer

from deploy.update import roots
from deploy.update.releases import Repository, described
from edge.domain.errors import LamppostError, Misconfigured


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, run, and turn errors into one line."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (LamppostError, OSError) as error:
        print(f"deploy.update: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.update", description="Signed updates: the release side.")
    commands = parser.add_subparsers(required=True, metavar="command", title="commands")
    key = commands.add_parser("key", help="make an Ed25519 key")
    key.add_argument("key", type=Path, help="file to write; its public half goes beside it, as .pub")
    key.set_defaults(run=_key)
    new = commands.add_parser("new-root", help="the next root metadata, to be signed")
    new.add_argument("repository", type=Path)
    new.add_argument("--root", type=Path, nargs="+", required=True, help="public keys, at least three")
    new.add_argument("--targets", type=Path, nargs="+", required=True, help="public keys of those who sign releases")
    new.add_argument("--online", type=Path, required=True, help="public key of the machine that publishes")
    new.add_argument("--out", type=Path, required=True)
    new.set_defaults(run=_new_root)
    sign = commands.add_parser("sign-root", help="add a signature to root metadata")
    sign.add_argument("root", type=Path)
    sign.add_argument("--key", type=Path, required=True)
    sign.set_defaults(run=_sign_root)
    accept = commands.add_parser("accept-root", help="put root metadata that enough have signed into the repository")
    accept.add_argument("repository", type=Path)
    accept.add_argument("root", type=Path)
    accept.set_defaults(run=_accept_root)
    publish = commands.add_parser("publish", help="sign packages as a release")
    publish.add_argument("repository", type=Path)
    publish.add_argument("--deb", type=Path, nargs="+", required=True, help="packages of one release")
    publish.add_argument("--manifest", type=Path, required=True, help="the release's manifest, as it was published")
    publish.add_argument("--targets-key", type=Path, nargs="+", required=True)
    publish.add_argument("--online-key", type=Path, required=True)
    publish.set_defaults(run=_publish)
    freshen = commands.add_parser("freshen", help="say again which state is the present one")
    freshen.add_argument("repository", type=Path)
    freshen.add_argument("--online-key", type=Path, required=True)
    freshen.set_defaults(run=_freshen)
    return parser


def _key(options: argparse.Namespace) -> None:
    print(roots.make_key(options.key))


def _new_root(options: argparse.Namespace) -> None:
    root, targets = ([roots.public(path) for path in paths] for paths in (options.root, options.targets))
    present = roots.newest_root(options.repository)
    made = roots.new_root(present, root, targets, roots.public(options.online), datetime.now(UTC))
    options.out.write_bytes(made.to_bytes(JSONSerializer(compact=False)))
    print(f"{options.out}: version {made.signed.version}, to be signed by two of {len(root)}")


def _sign_root(options: argparse.Namespace) -> None:
    roots.sign_root(options.root, roots.signer(options.key))


def _accept_root(options: argparse.Namespace) -> None:
    print(f"root metadata: version {roots.accept_root(options.repository, options.root)}")


def _publish(options: argparse.Namespace) -> None:
    try:
        manifest = options.manifest.read_bytes()
    except OSError as error:
        raise Misconfigured(f"{options.manifest} cannot be read: {error.strerror}.", "Name the manifest.") from error
    people, online = [roots.signer(path) for path in options.targets_key], roots.signer(options.online_key)
    releases = [described(path) for path in options.deb]
    version = Repository(options.repository, datetime.now(UTC)).publish(releases, manifest, people, online)
    print(f"targets metadata: version {version}, with {', '.join(release.channel for release in releases)}")


def _freshen(options: argparse.Namespace) -> None:
    version = Repository(options.repository, datetime.now(UTC)).freshen(roots.signer(options.online_key))
    print(f"timestamp: version {version}")


if __name__ == "__main__":
    sys.exit(main())
