"""Three boots, and what they must have said."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import edge
import hardware_sim

PACKAGES = (
    "ai_edge_litert", "backports", "cffi", "_cffi_backend*", "cryptography", "cv2", "flatbuffers", "google",
    "ml_dtypes", "msgspec", "numpy", "numpy.libs", "opencv_python_headless.libs", "paho", "pycparser", "tqdm",
    "typing_extensions.py",
)  # fmt: skip
UNIT = """\
[Unit]
Description=What a TPM seals
[Service]
Type=oneshot
Environment=PYTHONPATH=/opt/lamppost:/opt/packages HOME=/root
ExecStart=/usr/bin/python3 /opt/lamppost/inside.py
ExecStopPost=/bin/systemctl --no-block poweroff
[Install]
WantedBy=multi-user.target
"""
PATIENCE = 2700.0
"""Seconds of a boot. The processor is emulated: inside another virtual machine KVM may start, and then hang."""
MEMORY = 3072


def main() -> int:
    """Run the boots; 0 where all is as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.tpm", description=__doc__)
    parser.add_argument("--kernel", type=Path, required=True)
    parser.add_argument("--root", type=Path, required=True, help="archive of a root file system")
    options = parser.parse_args()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="lamppost-tpm-") as name:
        folder = Path(name)
        image = _image(folder, options.root)
        first = _boot(folder, options.kernel, image, "board")
        print(json.dumps({what: value for what, value in first.items() if what != "left"}, indent=1))
        _must(wrong, first.get("sealing") == "tpm2", "the keys were not sealed by the TPM")
        _must(wrong, first.get("in force") == "epoch-1", "the device was not provisioned")
        key = (first.get("the service's key") or [""])[0]
        _must(wrong, bool(key) and key == first.get("the device's key"), "the service was not handed the device's key")
        if "left" in first:
            disk = _left(folder, image, first["left"])
            same = _boot(folder, options.kernel, disk, "board").get("opened")
            print(f"the same disk and TPM, started again: {same}")
            _must(wrong, same is True, "the same TPM does not open the keys after a restart")
            other = _boot(folder, options.kernel, disk, "another").get("opened")
            print(f"the same disk, another TPM: {other}")
            _must(wrong, isinstance(other, str) and "in TPM" in other, "another TPM opens the keys")
        else:
            wrong.append("nothing was left to be opened again")
    for one in wrong:
        print(f"WRONG: {one}")
    print("make tpm: " + ("failed" if wrong else "kept"))
    return 1 if wrong else 0


def _must(wrong: list[str], holds: bool, what: str) -> None:
    if not holds:
        wrong.append(what)


def _image(folder: Path, root: Path) -> Path:
    """The whole root as an initial RAM file system: there is no disk, and nothing to mount."""
    place, site = folder / "root", Path(msgspec_home()).parent
    place.mkdir()
    subprocess.run(["tar", "-xf", str(root), "-C", str(place), "--exclude", "./dev/*", "--exclude", "./usr/share/doc/*",
                    "--exclude", "./usr/share/locale/*", "--exclude", "./var/cache/*"], check=True)  # fmt: skip
    packages, ours = place / "opt/packages", place / "opt/lamppost"
    packages.mkdir(parents=True)
    ours.mkdir()
    for pattern in PACKAGES:
        for found in site.glob(pattern):
            (shutil.copytree if found.is_dir() else shutil.copy2)(found, packages / found.name)
    for package in (edge, hardware_sim):
        home = Path(str(package.__file__)).parent
        shutil.copytree(home, ours / home.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(Path(__file__).parent / "inside.py", ours)
    units = place / "etc/systemd/system"
    (units / "multi-user.target.wants").mkdir(parents=True, exist_ok=True)
    (units / "tpm.service").write_text(UNIT)
    (units / "multi-user.target.wants/tpm.service").symlink_to("../tpm.service")
    (units / "default.target").unlink(missing_ok=True)
    (units / "default.target").symlink_to("/lib/systemd/system/multi-user.target")
    # The disk's own key is bound to the machine's id, which a disk that starts again keeps.
    (place / "etc/machine-id").write_text("1a30590000000000000000000000007b\n")
    (place / "init").symlink_to("/sbin/init")
    return _packed(place, folder / "image.cpio")


def msgspec_home() -> str:
    """Where this environment's packages lie."""
    import msgspec

    return str(Path(str(msgspec.__file__)).parent)


def _left(folder: Path, image: Path, left: dict[str, Any]) -> Path:
    """The same, and what the first boot left on its disk: a second archive behind the first."""
    place = folder / "left"
    (place / "opt").mkdir(parents=True)
    (place / "opt/left.json").write_text(json.dumps(left))
    more, made = _packed(place, folder / "left.cpio"), folder / "image-left.cpio"
    with made.open("wb") as out:
        for part in (image, more):
            with part.open("rb") as file:
                shutil.copyfileobj(file, out)
    return made


def _packed(place: Path, to: Path) -> Path:
    names = subprocess.run(["find", ".", "-print0"], cwd=place, check=True, capture_output=True).stdout
    with to.open("wb") as out:
        subprocess.run(
            ["cpio", "--null", "-o", "-H", "newc", "--quiet"], cwd=place, input=names, stdout=out, check=True
        )
    return to


def _boot(folder: Path, kernel: Path, image: Path, tpm: str) -> dict[str, Any]:
    """One boot, with a TPM that has this name and keeps its state. What the machine said, by what it is about."""
    state, said = folder / tpm, folder / "said"
    state.mkdir(exist_ok=True)
    said.unlink(missing_ok=True)
    socket, began = state / "socket", time.monotonic()
    chip = subprocess.Popen([
        "swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}", "--ctrl", f"type=unixio,path={socket}",
        "--flags", "startup-clear",
    ])  # fmt: skip
    try:
        while not socket.exists():
            time.sleep(0.02)
        with (folder / "console").open("wb") as console:
            subprocess.run([
                "qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max",
                "-m", str(MEMORY), "-smp", "2",
                "-nographic", "-no-reboot", "-nodefaults", "-serial", "stdio", "-serial", f"file:{said}",
                "-kernel", str(kernel), "-initrd", str(image),
                "-append", "console=ttyS0 quiet panic=-1 systemd.show_status=0",
                "-chardev", f"socket,id=chip,path={socket}", "-tpmdev", "emulator,id=tpm0,chardev=chip",
                "-device", "tpm-tis,tpmdev=tpm0",
            ], stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT, timeout=PATIENCE,
               check=False)  # fmt: skip
    except subprocess.TimeoutExpired:
        print(f"the machine did not end within {PATIENCE:.0f} s")
    finally:
        chip.terminate()
        chip.wait()
    lines = said.read_text().splitlines() if said.exists() else []
    found = dict(json.loads(line) for line in lines if line.startswith("["))
    print(f"boot with the TPM {tpm!r}: {time.monotonic() - began:.0f} s")
    if not found.get("over"):
        print((folder / "console").read_text(errors="replace")[-3000:])
    return found


if __name__ == "__main__":
    sys.exit(main())
