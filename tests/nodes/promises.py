"""What the machines must be when the playbook is done: asked of the machines themselves, not of the files."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

from tests.nodes import places
from tests.nodes.machine import REPOSITORY, Machine

Promise = Callable[[Machine], None]


def its_time_servers_prove_who_they_are(machine: Machine) -> None:
    read = machine.says("chronyd -p -f /etc/chrony/chrony.conf")
    servers = [line for line in read.splitlines() if line.startswith("server ")]
    assert [line.split()[1] for line in servers] == places.TIME, servers
    assert all(" nts" in line for line in servers), servers
    assert "authselectmode require" in read
    for unit in ("chrony.service", "chrony-wait.service"):
        assert machine.says(f"systemctl is-enabled {unit}") == "enabled", unit
    # It may not set the clock of this host: a container's chrony never starts.
    assert machine.refuses("systemctl is-active systemd-timesyncd.service")


def it_takes_security_updates_and_none_of_its_own_product(machine: Machine) -> None:
    read = machine.says("apt-config dump")
    origins = re.findall(r'^Unattended-Upgrade::Origins-Pattern:: "(.*)";$', read, re.MULTILINE)
    assert len(origins) == 2, origins
    assert origins[0] == "origin=Debian,codename=${distro_codename}-security,label=Debian-Security"
    assert 'APT::Periodic::Unattended-Upgrade "1";' in read
    assert 'Unattended-Upgrade::Package-Blacklist:: "^lamppost$";' in read
    assert "Allowed origins" in machine.says("unattended-upgrade --dry-run --debug 2>&1")
    assert machine.says("systemctl is-active apt-daily-upgrade.timer") == "active"


def it_dumps_no_core_and_swaps_nothing(machine: Machine) -> None:
    assert machine.says("systemctl show --property=DefaultLimitCORE --value") == "0"
    assert machine.says("systemctl is-enabled swap.target || true") == "masked"
    assert "swap" not in machine.says("cat /etc/fstab")
    kernel = machine.says("/usr/lib/systemd/systemd-sysctl --cat-config")
    assert "kernel.core_pattern = |/bin/false" in kernel


def its_hardware_watches_over_systemd(machine: Machine) -> None:
    assert machine.says("systemctl show --property=RuntimeWatchdogUSec --value") == "15s"


def its_log_is_bounded(machine: Machine) -> None:
    read = machine.says("systemd-analyze cat-config systemd/journald.conf")
    limits = dict(re.findall(r"^(SystemMaxUse|RuntimeMaxUse|MaxRetentionSec)=(\S+)$", read, re.MULTILINE))
    assert limits == {"SystemMaxUse": "200M", "RuntimeMaxUse": "200M", "MaxRetentionSec": "14day"}, limits
    assert machine.says("systemctl is-active systemd-journald.service") == "active"


def nothing_listens_but(*ports: int) -> Promise:
    """Of what can be reached from outside: loopback's addresses are the machine's own."""

    def it_listens_nowhere_else(machine: Machine) -> None:
        listed = machine.says("ss --no-header --tcp --udp --listening --numeric").split("\n")
        reached = {line.split()[4] for line in listed if line}
        outside = {one for one in reached if not re.match(r"(127\.|\[::1\])", one)}
        assert {int(one.rsplit(":", 1)[1]) for one in outside} == set(ports), outside

    return it_listens_nowhere_else


def the_firewall_lets_in(*doors: tuple[int, str]) -> Promise:
    """From a street and an office of their own behind it, with every port really open."""

    def it_lets_in_those_alone(machine: Machine) -> None:
        assert "policy drop" in machine.says("nft list chain inet lamppost input")
        for network, prefix in ((places.STREET, "198.51.100"), (places.OFFICE, "192.0.2")):
            with_neighbour = f"""
                ip netns add other; ip link add here type veth peer name there netns other
                trap 'ip netns delete other; ip link delete here 2>/dev/null || true' EXIT
                ip address add {prefix}.1/24 dev here; ip link set here up
                ip -n other address add {prefix}.7/24 dev there; ip -n other link set there up
                for port in 22 8883 8884; do
                    python3 -m http.server --bind {prefix}.1 $port >/dev/null 2>&1 & kept="$!"
                    sleep 0.4
                    ip netns exec other timeout 2 python3 -c "
import socket; socket.create_connection(('{prefix}.1', $port), 1)" 2>/dev/null && echo $port
                    kill $kept 2>/dev/null || true
                done; true
            """
            came = {int(one) for one in machine.says(with_neighbour).split()}
            assert came == {port for port, who in doors if who == network}, (network, came)

    return it_lets_in_those_alone


def ssh_takes_keys_alone(machine: Machine) -> None:
    read = machine.says("sshd -T")
    for line in ("passwordauthentication no", "kbdinteractiveauthentication no", "permitrootlogin no",
                 "authenticationmethods publickey", "allowusers installer", "allowtcpforwarding no"):  # fmt: skip
        assert line in read.splitlines(), line
    assert machine.says("systemctl is-active ssh.service") == "active"


def there_is_no_ssh(machine: Machine) -> None:
    assert machine.refuses("systemctl is-active ssh.service ssh.socket")


def its_broker_keeps_devices_apart(machine: Machine) -> None:
    assert machine.says("systemctl is-active mosquitto.service") == "active"
    assert machine.says("systemctl is-enabled mosquitto.service") == "enabled"
    assert machine.says("systemctl show --property=Restart --value mosquitto.service") == "always"
    assert machine.says("stat --format %a:%U /etc/mosquitto/lamppost/broker.key /etc/mosquitto/lamppost/access") == (
        "640:root\n600:mosquitto"
    )
    documents = machine.root.parent / "documents"
    subprocess.run(
        ["nsenter", "--net", "--target", str(machine.pid), sys.executable, "-m", "tests.nodes.knock", documents],
        cwd=REPOSITORY, check=True, timeout=60,
    )  # fmt: skip


def its_board_is_set_up(machine: Machine) -> None:
    config = machine.says("cat /boot/firmware/config.txt")
    assert config.startswith(places.CONFIG.strip())
    assert config.count("[all]\ninclude lamppost.txt\ninclude lamppost-no-radio.txt") == 1, config
    assert machine.says("ls /boot/firmware/lamppost.txt /boot/firmware/lamppost-no-radio.txt")
    told = machine.says("cat /boot/firmware/cmdline.txt").split("\n")
    assert len(told) == 1, told
    wanted = (REPOSITORY / "deploy/image/cmdline.txt").read_text().split()
    assert told[0] == f"{places.CMDLINE.strip()} {' '.join(wanted)}", told


def what_must_stay_lies_apart(machine: Machine) -> None:
    for place in ("/var/lib/private/lamppost", "/var/lib/lamppost-update", "/etc/lamppost", "/etc/credstore.encrypted"):
        assert machine.says(f"findmnt --noheadings --output FSTYPE {place}") == "tmpfs", place
    assert machine.says("stat --format %a /var/lib/private") == "700"
    assert machine.says("readlink -f /var/lib/lamppost/cam0") == "/var/lib/private/lamppost/cam0"
    assert machine.says("cat /etc/overlayroot.local.conf") == 'overlayroot="tmpfs:recurse=0"'


def its_instance_waits_for_its_keys(machine: Machine) -> None:
    unit = f"lamppost@{places.INSTANCE}.service"
    assert machine.says("/usr/bin/lamppost --version").startswith("lamppost ")
    assert machine.says(f"systemctl is-enabled {unit}") == "enabled"
    assert machine.says(f"systemctl show --property=ActiveState --value {unit}") == "inactive"
    allowed = machine.says(f"systemctl show --property=IPAddressAllow --value {unit}").split()
    assert {"198.51.100.1/32", "2001:db8::1/128"} <= set(allowed), allowed
    assert machine.says(f"systemctl show --property=IPAddressDeny --value {unit}")
    assert machine.says("cat /etc/lamppost/cam0.place.toml") == places.SETTINGS.strip()
    assert machine.says(f"cat /etc/systemd/system/{unit}.d/camera-csi.conf")
    assert "char-dma_heap" in machine.says(f"systemctl show --property=DeviceAllow --value {unit}")


def it_takes_signed_updates(machine: Machine) -> None:
    assert machine.says("cat /etc/lamppost-update.toml") == f'mirror = "{places.MIRROR}"'
    for unit in ("lamppost-update.timer", "lamppost-update-fetch.timer", "lamppost-update-settle.service"):
        assert machine.says(f"systemctl is-enabled {unit}") == "enabled", unit
    installed = machine.says("dpkg-query --show --showformat='${Version}' lamppost")
    assert machine.says("lamppost-update status") == f"installed {installed}; to go back to {installed}; still"


def nobody_listens_for_an_instance(machine: Machine) -> None:
    """systemd finds the library that keeps it from listening."""
    assert machine.says("ls /usr/lib/*/libbpf.so.1")


ALL: tuple[Promise, ...] = (
    its_time_servers_prove_who_they_are, it_takes_security_updates_and_none_of_its_own_product,
    it_dumps_no_core_and_swaps_nothing, its_hardware_watches_over_systemd, its_log_is_bounded,
)  # fmt: skip
OF_BROKER: tuple[Promise, ...] = (
    *ALL, nothing_listens_but(22, 8883, 8884), ssh_takes_keys_alone, its_broker_keeps_devices_apart,
    the_firewall_lets_in((8883, places.STREET), (8884, places.OFFICE), (22, places.OFFICE)),
)  # fmt: skip
OF_NODE: tuple[Promise, ...] = (
    *ALL, nothing_listens_but(), there_is_no_ssh, its_board_is_set_up, what_must_stay_lies_apart,
    the_firewall_lets_in(),
)  # fmt: skip
OF_PACKAGE: tuple[Promise, ...] = (its_instance_waits_for_its_keys, nobody_listens_for_an_instance)
OF_UPDATES: tuple[Promise, ...] = (it_takes_signed_updates,)


def kept(machine: Machine, promises: tuple[Promise, ...]) -> None:
    """Ask the machine for each. Raises AssertionError for the first that is broken."""
    for promise in promises:
        promise(machine)
        print(f"ansible-test: {machine.name}: {promise.__name__.replace('_', ' ')}", flush=True)
