"""Updates on a machine that boots: ``make update-test``, as root. In the order in which a life of it goes.

The product is stood in for by a small real package of its name; the updater is its own real package.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from deploy.update.deb import build
from edge.updating.refusals import No
from tests.updating.booted import MIRROR, Machine, certificate, stand_in
from tests.updating.release import Release

SUITES = {"bookworm": "+deb12", "trixie": "+deb13"}


def _missing() -> str | None:
    if "LAMPPOST_UPDATE_TEST" not in os.environ:
        return "a target of its own: make update-test"
    if os.geteuid() != 0:
        return "NOT RUN: only root can boot a machine: sudo make update-test"
    if shutil.which("systemd-nspawn") is None and shutil.which("apt-get") is None:
        return "NOT RUN: systemd-nspawn is not here and cannot be installed: try this on Debian"
    return None


class Pole:
    """The machine, the release people, and the stick between them."""

    def __init__(self, machine: Machine, release: Release, suite: str) -> None:
        self.machine = machine
        self.release = release
        self.ending = SUITES[suite]
        self.stick = machine.folder / "media" / "stick"

    def version(self, number: str) -> str:
        return number + self.ending

    def published(self, number: str, fault: str = "") -> None:
        """Signed, copied to a stick, and brought."""
        self.release.publish(stand_in(self.release.folder, self.version(number), fault))
        shutil.rmtree(self.stick, ignore_errors=True)
        shutil.copytree(self.release.repository, self.stick)

    def apply(self, *more: str) -> tuple[int, str]:
        done = self.machine.run("lamppost-update", "apply", "--from", "/media/stick", *more, check=False)
        print(f"apply: {done.returncode} {done.stdout}{done.stderr}".strip())
        return done.returncode, done.stdout + done.stderr

    def stands_at(self, number: str) -> None:
        """This version is installed, whole, and runs; nothing is under way."""
        machine = self.machine
        assert machine.installed() == f"installed {self.version(number)}"
        machine.until(lambda: machine.active() == "active", "the instance runs")
        assert machine.runs() == self.version(number)
        state = machine.state()
        assert (state["stage"], state["pending"]) == ("still", None)
        assert state["confirmed"]["version"] == self.version(number)  # type: ignore[index]
        assert machine.run("dpkg", "--audit").stdout == ""

    def last(self) -> tuple[object, object]:
        record = self.machine.state()["records"][-1]  # type: ignore[index]
        return record["outcome"], record["why"]


@pytest.fixture(scope="module", params=list(SUITES))
def pole(request: pytest.FixtureRequest) -> Iterator[Pole]:
    missing = _missing()
    if missing:
        pytest.skip(missing)
    with tempfile.TemporaryDirectory(prefix="lamppost-update-test-", dir="/var/tmp") as name:
        folder = Path(name) / "root"
        folder.mkdir(mode=0o755)
        machine = Machine(folder)
        machine.unpack(request.param)
        release = Release.founded(Path(name) / "release")
        root = Path(name) / "root.json"
        root.write_bytes(release.first_root)
        made = Pole(machine, release, request.param)
        first = stand_in(release.folder, made.version("1.0"))
        (folder / "etc/lamppost-update.toml").write_text("stands = 3\n")
        try:
            machine.boot()
            for package in (build(Path(name), root, "0.1.0", epoch=0), first):
                shutil.copy(package, folder / "var/tmp")
                machine.run("dpkg", "--install", f"/var/tmp/{package.name}")
            machine.run("systemctl", "add-wants", "multi-user.target", "lamppost@cam0.service")
            machine.run("systemctl", "start", "lamppost@cam0.service")
            machine.run("systemctl", "stop", "lamppost-update.timer", "lamppost-update-fetch.timer")
            yield made
        finally:
            machine.off()


def test_systemd_finds_nothing_wrong_with_the_units(pole: Pole) -> None:
    units = ["lamppost-update.service", "lamppost-update-fetch.service", "lamppost-update-settle.service"]
    units += ["lamppost-update.timer", "lamppost-update-fetch.timer"]
    pole.machine.run("systemd-analyze", "verify", "--man=no", "--recursive-errors=yes", *units)


def test_nothing_begins_without_a_package_to_go_back_to(pole: Pole) -> None:
    pole.published("1.1")
    status, said = pole.apply()
    assert (status, No.NOTHING_TO_GO_BACK_TO.value in said) == (1, True)
    kept = f"/var/tmp/lamppost_{pole.version('1.0')}_amd64.deb"
    assert pole.version("1.0") in pole.machine.run("lamppost-update", "keep", kept).stdout
    assert pole.machine.run("lamppost-update", "keep", "/var/tmp/lamppost-update_0.1.0_all.deb", check=False).returncode


def test_a_good_update_is_confirmed(pole: Pole) -> None:
    (pole.machine.folder / "etc/lamppost/conffile").write_text("changed by a person\n")
    assert pole.apply() == (0, "confirmed\n")
    pole.stands_at("1.1")
    assert pole.last() == ("confirmed", None)
    assert (pole.machine.folder / "etc/lamppost/conffile").read_text() == "changed by a person\n"
    status, said = pole.apply()
    assert (status, No.NOTHING_NEW.value in said) == (0, True)


@pytest.mark.parametrize(
    ("number", "fault", "why"),
    [
        ("1.2", "never-ready", "not-ready"),
        ("1.3", "self-test", "self-test"),
        ("1.4", "dies", "did-not-stand"),
        ("1.5", "broken-script", "not-installed"),
    ],
)
def test_an_update_that_will_not_do_is_undone_and_not_tried_again(
    number: str, fault: str, why: str, pole: Pole
) -> None:
    pole.published(number, fault)
    status, said = pole.apply()
    assert (status, "rolled back" in said) == (1, True)
    pole.stands_at("1.1")
    assert pole.last() == ("rolled-back", why)
    status, said = pole.apply()
    assert (status, No.FAILED_BEFORE.value in said) == (1, True)
    pole.stands_at("1.1")


def test_nothing_is_replaced_beneath_a_deployment(pole: Pole) -> None:
    pole.published("1.6")
    deploy = pole.machine.folder / "var/lib/lamppost/cam0/deploy"
    deploy.touch()
    pole.machine.run("systemctl", "restart", "lamppost@cam0.service")
    status, said = pole.apply()
    assert (status, No.IN_DEPLOYMENT.value in said) == (0, True)
    pole.stands_at("1.1")
    deploy.unlink()
    pole.machine.run("systemctl", "restart", "lamppost@cam0.service")
    assert pole.apply() == (0, "confirmed\n")
    pole.stands_at("1.6")


def test_versions_never_go_back_not_even_where_the_release_people_sign_one(pole: Pole) -> None:
    pole.release.withdraw()
    pole.published("1.5.9")
    status, said = pole.apply()
    assert (status, No.VERSION_BACK.value in said) == (1, True)
    old = pole.machine.folder / "var/tmp" / f"lamppost_{pole.version('1.0')}_amd64.deb"
    assert pole.machine.run("dpkg", "--install", f"/var/tmp/{old.name}", check=False).returncode != 0
    pole.stands_at("1.6")


@pytest.mark.parametrize(("number", "fault", "stage"), [("1.7", "", "trying"), ("1.8", "slow-script", "installing")])
def test_an_update_that_the_power_cut_off_is_undone_before_any_instance_starts(
    number: str, fault: str, stage: str, pole: Pole
) -> None:
    pole.machine.until(lambda: pole.machine.active() == "active", "it runs")
    pole.published(number, fault)
    machine = pole.machine
    machine.run("systemd-run", "--unit", f"update-{number}", "lamppost-update", "apply", "--from", "/media/stick")

    def is_there() -> bool:
        unpacked = pole.version(number) in machine.run("dpkg-query", "-W", "lamppost").stdout
        return machine.state()["stage"] == stage and unpacked

    machine.until(is_there, f"it is {stage}")
    machine.cut_power()
    machine.boot()
    pole.stands_at("1.6")
    assert pole.last() == ("rolled-back", "cut-off")
    said = machine.run("systemctl", "show", "-p", "Result,ActiveState", "lamppost-update-settle.service").stdout
    assert "Result=success" in said


def test_an_updater_that_is_killed_is_followed_by_one_that_settles(pole: Pole) -> None:
    fetched = pole.machine.folder / "var/lib/lamppost-update-fetch"
    pole.published("1.9")
    shutil.copytree(pole.stick, fetched, dirs_exist_ok=True)
    machine = pole.machine
    machine.run("systemctl", "start", "--no-block", "lamppost-update.service")
    machine.until(lambda: machine.state()["stage"] == "trying", "it is trying")
    machine.run("systemctl", "kill", "--signal=KILL", "--kill-whom=main", "lamppost-update.service")
    machine.until(lambda: machine.state()["stage"] == "still", "it has settled")
    pole.stands_at("1.6")
    assert pole.last() == ("rolled-back", "cut-off")


def test_what_a_mirror_serves_is_copied_by_nobody_in_particular_and_installed_without_a_network(pole: Pole) -> None:
    """The two units, as their timers start them, and a web server with TLS on the machine's own loopback."""
    machine, root = pole.machine, pole.machine.folder
    shutil.rmtree(root / "var/lib/lamppost-update-fetch", ignore_errors=True)
    pole.published("1.10")
    shutil.copytree(pole.stick, root / "srv/mirror")
    shutil.copy(certificate(pole.release.folder, "mirror.example"), root / "srv/mirror.pem")
    (root / "srv/serve.py").write_text(MIRROR)
    machine.run("ip", "link", "set", "lo", "up", check=False)
    with (root / "etc/hosts").open("a") as hosts, (root / "etc/lamppost-update.toml").open("a") as settings:
        hosts.write("127.0.0.1 mirror.example\n")
        settings.write('mirror = "https://mirror.example/"\n')
    machine.run("systemd-run", "--unit=mirror", "python3", "/srv/serve.py")
    machine.until(
        lambda: machine.run("systemctl", "is-active", "mirror", check=False).stdout == "active\n", "it serves"
    )
    assert machine.run("systemctl", "start", "lamppost-update-fetch.service", check=False).returncode == 1
    assert No.NOT_FETCHED.value in machine.run("journalctl", "-u", "lamppost-update-fetch", "-o", "cat").stdout
    with (root / "etc/ssl/certs/ca-certificates.crt").open("ab") as trusted:
        trusted.write((root / "srv/mirror.pem").read_bytes())
    machine.run("systemctl", "start", "lamppost-update-fetch.service")
    owner = (root / "var/lib/private/lamppost-update-fetch/metadata/timestamp.json").stat().st_uid
    assert owner != 0
    machine.run("systemctl", "start", "lamppost-update.service")
    pole.stands_at("1.10")


def test_wherever_the_power_goes_the_next_boot_has_one_whole_confirmed_version(pole: Pole) -> None:
    """At seeded moments, from before the first byte is read to after the last is written."""
    cuts, seed = int(os.environ.get("LAMPPOST_CUTS", "6")), int(os.environ.get("LAMPPOST_SEED", "1"))
    chance, machine, number = Random(seed), pole.machine, 20
    stages: Counter[object] = Counter()
    for cut in range(cuts):
        number += 1
        before = machine.state()["confirmed"]["version"]  # type: ignore[index]
        pole.published(f"1.{number}")
        command = ["lamppost-update", "apply", "--from", "/media/stick"]
        machine.run("systemd-run", "--unit", f"cut-{cut}", *command)
        time.sleep(chance.uniform(0, 7))
        machine.cut_power()
        stages[machine.state()["stage"]] += 1
        machine.boot()
        state = machine.state()
        after = state["confirmed"]["version"]  # type: ignore[index]
        assert after in (before, pole.version(f"1.{number}"))
        pole.stands_at(str(after).removesuffix(pole.ending))
    print(f"power cuts: {cuts}, found at {dict(stages)}")
