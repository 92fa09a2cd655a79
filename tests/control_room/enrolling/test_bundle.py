"""One list for a hundred devices: one payload, a wrapped key for each, and nothing that opens it for anybody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge.cli import main
from edge.control_room import deploy
from edge.control_room.desk import Refused
from edge.control_room.enrolling import bundle, bundling
from edge.domain.authorisation import Category, ImageSource, SourceCount
from edge.domain.errors import Misconfigured, Reason, Undecodable
from edge.wire import watchlist
from edge.wire.events import Deployment
from edge.wire.sealed import ListBinding, public_of, unwrap
from edge.wire.signed import canonical, digest, to_base64url
from hardware_sim.site import Site
from tests.control_room.enrolling.alone import NOW

DEVICES = 100


def sealed_list() -> deploy.SealedList:
    rows = np.eye(3, 128, dtype=np.float32)
    listed = [watchlist.Entry(f"v-{number}", Category.VOLUNTEER, 1) for number in range(3)]
    sources = (SourceCount(source=ImageSource.VOLUNTEER, entries=3),)
    return deploy.SealedList(
        *watchlist.seal(listed, rows, embedder="e" * 64, alignment="any", built=NOW, sources=sources)
    )


def statement(site: Site, device: str, list_key: str, listed: str) -> Deployment:
    """What a device says, in another's name."""
    said = site.desk.seen.deployment
    assert said is not None
    return replace(said, device=device, list_key=list_key, list_digest=listed, boot=f"boot-{device}")


@pytest.fixture
def begun(site: Site) -> Site:
    site.run(1)
    site.deploy(7)
    return site


def test_a_hundred_devices_open_one_list_each_with_its_own_key_and_no_other(begun: Site) -> None:
    sealed = sealed_list()
    name = digest(sealed.file)
    private = {f"post-{number}": X25519PrivateKey.generate() for number in range(DEVICES)}
    said = [statement(begun, device, public_of(key), name) for device, key in private.items()]
    made = bundle.bundle(sealed, said, NOW)
    assert len(made.keys) == DEVICES
    assert len(canonical(made)) < 1000 * DEVICES
    for one, stated in zip(made.keys, said, strict=True):
        binding = ListBinding(site=one.site, device=one.device, authorisation=one.authorisation, digest=name)
        key = unwrap(private[one.device], bundle.key_for(made, stated), binding)
        header = watchlist.header_of(sealed.file)
        opened = watchlist.open_into(memoryview(bytearray(header.content_bytes())), sealed.file, key)
        assert opened.entry(2).id == "v-2"
        for other in (replace(binding, device="post-x"), replace(binding, digest="0" * 64)):
            with pytest.raises(Undecodable):
                unwrap(private[one.device], one.key, other)
    with pytest.raises(Undecodable):
        unwrap(private["post-1"], made.keys[0].key, binding)


def test_a_bundle_holds_no_key_in_clear_and_is_read_as_it_was_written(begun: Site, tmp_path: Path) -> None:
    sealed = sealed_list()
    said = statement(begun, "post-1", public_of(X25519PrivateKey.generate()), digest(sealed.file))
    made = bundle.bundle(sealed, [said], NOW)
    bundle.write(tmp_path / "bundle.json", made)
    assert bundle.read(tmp_path / "bundle.json") == made
    raw = (tmp_path / "bundle.json").read_bytes()
    assert to_base64url(sealed.key).encode() not in raw
    for broken in (raw[:-1], raw.replace(b"post-1", b"post 1"), b""):
        (tmp_path / "bundle.json").write_bytes(broken)
        with pytest.raises(Misconfigured, match="is no bundle"):
            bundle.read(tmp_path / "bundle.json")


def test_a_stale_list_another_list_and_a_device_twice_are_refused_here(begun: Site) -> None:
    sealed = sealed_list()
    said = statement(begun, "post-1", public_of(X25519PrivateKey.generate()), digest(sealed.file))
    bundle.bundle(sealed, [said], NOW + timedelta(hours=24))
    with pytest.raises(Refused, match="more than 24 hours ago") as refused:
        bundle.bundle(sealed, [said], NOW + timedelta(hours=24, seconds=1))
    assert refused.value.reason == Reason.LIST_STALE.value
    with pytest.raises(Misconfigured, match="authorised for another list"):
        bundle.bundle(sealed, [replace(said, list_digest="0" * 64)], NOW)
    with pytest.raises(Misconfigured, match="a device stands twice"):
        bundle.bundle(sealed, [said, said], NOW)
    with pytest.raises(Misconfigured, match="no usable key"):
        bundle.bundle(sealed, [replace(said, list_key="A" * 43)], NOW)


def test_a_key_is_for_one_life_of_one_device(begun: Site) -> None:
    sealed = sealed_list()
    said = statement(begun, "post-1", public_of(X25519PrivateKey.generate()), digest(sealed.file))
    made = bundle.bundle(sealed, [said], NOW)
    with pytest.raises(Misconfigured, match="no key for [a-z-]+/post-2"):
        bundle.key_for(made, replace(said, device="post-2"))
    for other in (replace(said, boot="another"), replace(said, list_key="B" * 43), replace(said, authorisation="x")):
        with pytest.raises(Misconfigured, match="has begun again since"):
            bundle.key_for(made, other)


def test_a_device_that_began_without_its_list_opens_it_from_a_bundle_and_looks(site: Site) -> None:
    site.run(1)
    sealed = site.list_of(7)
    deploy.start(site.desk, site.office.signed(site.authorisation(sealed)), site.office.operator)
    site.run(1)
    site.confirm_presence()
    site.officer_on_scene = True
    site.run(2)
    assert not site.camera.is_open
    made = bundle.bundle(sealed, [bundling.in_force(site.desk)], site.clock.now().wall)
    bundling.load(site.desk, made, sealed.file, site.office.operator)
    site.run(2)
    assert site.camera.is_open
    site.walk(7)
    site.run(5)
    assert len(site.hits) == 1


def test_a_list_that_went_stale_is_loaded_from_no_bundle(site: Site) -> None:
    site.run(1)
    sealed = site.list_of(7)
    deploy.start(site.desk, site.office.signed(site.authorisation(sealed)), site.office.operator)
    made = bundle.bundle(sealed, [bundling.in_force(site.desk)], site.clock.now().wall)
    header = watchlist.header_of(sealed.file)
    old = watchlist.seal(
        [watchlist.Entry("v-7", Category.VOLUNTEER, 1)], np.eye(1, 128, dtype=np.float32), embedder=header.embedder,
        alignment=header.alignment, built=site.clock.now().wall - timedelta(hours=25), sources=header.sources,
    )[0]  # fmt: skip
    with pytest.raises(Refused, match="more than 24 hours ago"):
        bundling.load(site.desk, made, old, site.office.operator)
    with pytest.raises(Refused, match="Not a sealed watchlist"):
        bundling.load(site.desk, made, b"nothing", site.office.operator)


def test_a_device_with_nothing_in_force_is_named(site: Site) -> None:
    site.run(1)
    with pytest.raises(Misconfigured, match="has nothing in force"):
        bundling.in_force(site.desk)


def test_the_commands_say_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deploy.write_list(tmp_path / "list", sealed_list())
    at = ["--watchlist", str(tmp_path / "list"), "--connection", str(tmp_path / "none.toml")]
    assert main(["bundle", *at, "--out", str(tmp_path / "bundle.json")]) == 1
    assert "more than 24 hours ago" in capsys.readouterr().err
    load = ["--key", str(tmp_path / "key"), "--bundle", str(tmp_path / "bundle.json")]
    assert main(["load", *at, *load]) == 78
    assert "is no bundle" in capsys.readouterr().err
