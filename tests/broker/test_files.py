"""The files as an administrator gets them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.broker import HERE, Place, configuration
from deploy.broker import __main__ as command
from edge.wire.topics import Topics

UNIT = """\
[Unit]
Description=MQTT broker
[Service]
Type=notify
ExecStart=/bin/true
"""


def test_the_command_writes_a_site_s_files_with_its_bridge(tmp_path: Path) -> None:
    arguments = ["--site", "camden", "--centre", "centre.example:8883", "--devices-port", "18883"]
    assert command.main([str(tmp_path), *arguments]) == 0
    text = (tmp_path / "lamppost.conf").read_text()
    assert "listener 18883 0.0.0.0\n" in text
    assert "connection camden\naddress centre.example:8883\n" in text
    assert "${" not in text
    assert (tmp_path / "access").read_text() == (HERE / "access.site").read_text()


def test_a_centre_has_no_bridge_of_its_own(tmp_path: Path) -> None:
    assert command.main([str(tmp_path), "--where", "centre"]) == 0
    assert "connection " not in (tmp_path / "lamppost.conf").read_text().replace("connection_messages", "")
    with pytest.raises(SystemExit):
        command.main([str(tmp_path), "--where", "centre", "--site", "x", "--centre", "y:1"])
    with pytest.raises(SystemExit):
        command.main([str(tmp_path), "--site", "x"])


def test_it_saves_at_every_change_unless_it_is_asked_to_save_now_and_then(tmp_path: Path) -> None:
    assert "autosave_on_changes true\nautosave_interval 1\n" in configuration(Place())
    assert command.main([str(tmp_path), "--saved-every", "10"]) == 0
    assert "autosave_on_changes false\nautosave_interval 10\n" in (tmp_path / "lamppost.conf").read_text()
    with pytest.raises(SystemExit):
        command.main([str(tmp_path), "--saved-every", "-1"])


def test_what_would_break_out_of_its_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        command.main([str(tmp_path / "never"), "--log", "stdout\nallow_anonymous true"])
    assert not (tmp_path / "never").exists()


@pytest.mark.parametrize("name", ["access.site", "bridge.conf"])
def test_every_topic_that_a_device_says_or_hears_is_in_them(name: str) -> None:
    """A topic that is added to the product and forgotten here would be lost without a word at a bridge."""
    text = (HERE / name).read_text().replace("${site}/+", "%u")
    topics = Topics("%u", "x")
    base = f"{topics.base}/"
    said = [
        topics.state,
        topics.health,
        topics.deployment,
        topics.hit,
        topics.preview,
        topics.public,
        topics.checkpoint,
    ]
    kinds = {topic.removeprefix(base) for topic in [*said, topics.add_checkpoint("+"), *topics.heard]}
    for kind in kinds | {"reply/#"}:
        assert f"lamppost/v1/%u/{kind}" in text, kind


def test_the_service_s_settings_are_known_to_systemd(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    (tmp_path / "mosquitto.service").write_text(UNIT)
    shutil.copytree(HERE / "mosquitto.service.d", tmp_path / "mosquitto.service.d")
    unit = str(tmp_path / "mosquitto.service")
    found = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=yes", unit], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stderr) == (0, "")
