"""What the playbook refuses, and what it says to it."""

from __future__ import annotations

from tests.nodes import places
from tests.nodes.playbook import Playbook

ASKED: tuple[tuple[str, dict[str, object], str], ...] = (
    ("two time servers", {"machine_time_servers": places.TIME[:2]}, "Name three time servers"),
    ("one time server thrice", {"machine_time_servers": places.TIME[:1] * 3}, "Name three time servers"),
    ("ssh for nobody", {"machine_ssh_from": [places.OFFICE], "machine_ssh_users": []}, "say whose"),
    ("half a bridge", {"broker_centre": "broker.example:8883"}, "a bridge needs broker_site"),
    ("a centre that is bridged",
     {"broker_centre": "broker.example:8883", "broker_site": "camden", "broker_where": "centre"},
     "a bridge needs broker_site"),
    ("a broker without certificates", {"broker_documents": ""}, "Name the folder of the broker's certificates"),
    ("a broker's name for its address", {"node_broker_addresses": ["broker.example"]}, "numbers, no names"),
    ("a read-only node without its broker's addresses", {"node_broker_addresses": [], "node_read_only_root": True},
     "they must be named here"),
    ("a node without a camera", {"node_instances": []}, "Name the node's instances"),
    ("a path for a camera's name", {"node_instances": [{"name": "../cam0", "drop_ins": []}]},
     "small letters and digits"),
    ("updates on a read-only root", {"node_updater": "update.deb", "node_read_only_root": True},
     "not where it is read-only"),
    ("a mirror without encryption", {"node_updater": "update.deb", "node_read_only_root": False,
                                     "node_mirror": "http://updates.example/"}, "https:// and a name"),
    ("a node without a package", {"node_package": ""}, "Name the package"),
)  # fmt: skip


def made(playbook: Playbook) -> None:
    """Ask for each. Raises AssertionError for the first that is taken, or refused without a word."""
    for what, variables, answer in ASKED:
        said = " ".join(playbook.refusal(**variables).split())
        assert answer in said, f"{what}: {said}"
        print(f"ansible-test: refused: {what}", flush=True)
