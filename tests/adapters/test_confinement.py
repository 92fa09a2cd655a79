"""A confined process: what it holds, prints and leaves, seen from outside and with another user's eyes."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge.adapters.host import LockedBuffer
from edge.adapters.host.memory import keep_out_of_swap, scrub
from edge.domain.remark import Cause, Dying, Exposed, Failed, Part, Remark, Warned, line

ROOT = Path(__file__).parents[2]
CONFINED = "from edge.adapters.host import confine; confine()\n"


def run(script: str, *, expect: int = 0) -> subprocess.CompletedProcess[str]:
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == expect, ran.stderr
    return ran


def flags_of(address: int) -> set[str]:
    inside = False
    for row in Path("/proc/self/smaps").read_text().splitlines():
        first = row.split()[0]
        if "-" in first and not first.endswith(":"):
            low, high = (int(part, 16) for part in first.split("-"))
            inside = low <= address < high
        elif inside and first == "VmFlags:":
            return set(row.split()[1:])
    return set()


def test_locked_memory_is_locked_undumped_and_wiped() -> None:
    size = 3 * 4096
    memory = LockedBuffer(size)
    memory.view[:] = b"\xa5" * size
    assert {"lo", "dd", "dc"} <= flags_of(memory._address)
    memory.wipe()
    assert not any(memory.view)


def test_memory_that_cannot_be_locked_is_unsafe() -> None:
    script = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_MEMLOCK, (4096, 4096))\n"
        "from edge.adapters.host import LockedBuffer\n"
        "from edge.domain.errors import Unsafe\n"
        "import os; os.geteuid() or os.setuid(65534)\n"
        "try: LockedBuffer(1 << 20)\n"
        "except Unsafe as error: print(error)\n"
    )
    assert "LimitMEMLOCK" in run(script).stdout


DUMPABLE = (
    "import ctypes, resource\nprint(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(4)[0], file=voice())"
)


def test_a_confined_process_cannot_be_dumped_and_leaves_no_core() -> None:
    free = "import resource; resource.setrlimit(4, (4096, 4096))\nfrom edge.adapters.host import voice\n" + DUMPABLE
    assert run(free).stderr.split() == ["1", "4096"]  # without it the process could be
    assert run("from edge.adapters.host import voice\n" + CONFINED + DUMPABLE).stderr.split() == ["0", "0"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user who owns the process and nothing else")
def test_even_its_own_user_cannot_read_its_memory() -> None:
    """The user nobody runs both ends: ownership alone would let them read it."""
    become = (
        "import ctypes, os\nfrom edge.adapters.host.memory import forbid_dumps\n"
        "os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)\n"
        "ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)\n"  # to become another user makes undumpable, too
    )
    look = (
        "pid = os.getpid()\n"
        "if os.fork() == 0:\n"
        "    try: open(f'/proc/{pid}/mem', 'rb'); os._exit(0)\n"
        "    except PermissionError: os._exit(13)\n"
        "raise SystemExit(os.waitstatus_to_exitcode(os.wait()[1]))\n"
    )
    run(become + look)  # the control: an ordinary process's memory is open to its user
    run(become + "forbid_dumps()\n" + look, expect=13)


LOUD = """
import ctypes, logging, os, sys, threading, warnings
{confined}
os.write(1, b"Grace\\n"); os.write(2, b"Grace\\n")
print("Grace"); print("Grace", file=sys.stderr)
ctypes.CDLL(None).perror(b"Grace")
logging.getLogger("camera").critical("Grace")
logging.error("%d", "Grace")
warnings.warn("Grace", UserWarning)
def fail(): raise ValueError("Grace")
class Dropped:
    def __del__(self): fail()
Dropped()
thread = threading.Thread(target=fail); thread.start(); thread.join()
fail()
"""


def test_whatever_prints_or_fails_only_types_and_places_are_written() -> None:
    loud = run(LOUD.format(confined=""), expect=1)
    assert loud.stderr.count("Grace") > 8  # the control: all of these do speak
    assert loud.stdout.count("Grace") == 2
    hushed = run(LOUD.format(confined=CONFINED), expect=1)
    assert hushed.stdout == ""
    assert "Grace" not in hushed.stderr
    said = hushed.stderr.splitlines()
    assert [row.split(" at=")[0] for row in said] == [
        "lamppost: warned category=UserWarning",
        "lamppost: failed part=elsewhere error=ValueError",
        "lamppost: failed part=elsewhere error=ValueError",
        "lamppost: failed part=main error=ValueError",
    ]


@pytest.mark.parametrize("signal", ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE"])
def test_a_crash_prints_no_stack_even_where_the_fault_handler_was_on(signal: str) -> None:
    script = "import faulthandler, os, signal; faulthandler.enable()\n{}os.kill(os.getpid(), signal.{})\n"
    command = [sys.executable, "-X", "faulthandler", "-c"]
    for confined, printed in (("", True), (CONFINED, False)):
        ran = subprocess.run([*command, script.format(confined, signal)], cwd=ROOT, capture_output=True, check=False)
        assert ran.returncode < 0
        assert (b"most recent call first" in ran.stderr) is printed


def test_what_any_library_frees_is_overwritten() -> None:
    script = (
        "import ctypes, numpy as np, sys\n{}"
        "from edge.adapters.host import voice\n"
        "picture = np.full(40_000, 0xA5, np.uint8); address = picture.ctypes.data; del picture\n"
        "left = ctypes.string_at(address + 64, 30_000).count(b'\\xa5')\n"
        "print(left, file=voice())\n"
    )
    assert int(run(script.format("")).stderr) > 20_000  # the control: freed is not gone
    assert int(run(script.format(CONFINED)).stderr) == 0


def test_a_key_is_overwritten_where_it_lies() -> None:
    key = bytes(range(1, 33))[:]
    key = key[:16] + key[16:]
    address = id(key) + bytes.__basicsize__ - 1
    assert ctypes.string_at(address, 32) == bytes(range(1, 33))
    scrub(key)
    assert ctypes.string_at(address, 32) == bytes(32)


class TestSwap:
    @pytest.fixture
    def limited(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import resource

        monkeypatch.setattr(resource, "getrlimit", lambda _: (8 << 20, 8 << 20))

    def machine(self, folder: Path, *, swaps: str | None, group: str = "", most: str = "max") -> tuple[Path, Path]:
        (folder / "proc/self").mkdir(parents=True)
        (folder / "proc/self/status").write_text("Name:\tx\nCapEff:\t0000000000000000\n")
        if swaps is not None:
            (folder / "proc/swaps").write_text("Filename\tType\tSize\tUsed\tPriority\n" + swaps)
        (folder / "proc/self/cgroup").write_text(f"0::/{group}\n")
        (folder / "cg" / group).mkdir(parents=True)
        (folder / "cg" / group.partition("/")[0] / "memory.swap.max").write_text(most + "\n")
        return folder / "proc", folder / "cg"

    @pytest.mark.parametrize(
        ("swaps", "most", "kept"),
        [
            ("", "max", True),
            ("/swap\tfile\t1\t0\t-2\n", "max", False),
            (None, "max", False),
            ("/swap\tfile\t1\t0\t-2\n", "0", True),
        ],
    )
    @pytest.mark.usefixtures("limited")
    def test_unlocked_memory_is_kept_only_where_there_is_no_swap_for_it(
        self, tmp_path: Path, swaps: str | None, most: str, kept: bool
    ) -> None:
        assert keep_out_of_swap(*self.machine(tmp_path, swaps=swaps, group="system.slice/lamppost", most=most)) is kept

    @pytest.mark.skipif(os.geteuid() != 0, reason="locking everything needs a privilege or a limit that is off")
    def test_where_it_may_the_process_locks_all_its_memory(self) -> None:
        script = CONFINED + "from edge.adapters.host import voice\n"
        script += "print(open('/proc/self/status').read(), file=voice())\n"
        fields = dict(row.split(":", 1) for row in run(script).stderr.splitlines() if ":" in row)
        resident, locked = (int(fields[name].split()[0]) for name in ("VmRSS", "VmLck"))
        assert locked >= resident


@pytest.mark.parametrize(
    ("remark", "said"),
    [
        (Failed(Part.CAPTURE, "ValueError", "edge/daemon/watch.py:7"), "failed part=capture error=ValueError"),
        (Failed(Part.MAIN, "Grace\nHopper", "€ x"), "failed part=main error=Grace?Hopper at=??x"),
        (Warned("UserWarning", "a.py:1"), "warned category=UserWarning at=a.py:1"),
        (Exposed(9464), "exposed endpoint=metrics port=9464"),
        (Dying(Cause.STUCK, (Part.WRITER, Part.CAPTURE)), "dying why=stuck parts=writer,capture"),
    ],
)
def test_a_remark_is_one_plain_line(remark: Remark, said: str) -> None:
    assert line(remark).startswith(f"lamppost: {said}")
    assert "\n" not in line(remark)


def test_nothing_else_is_a_remark() -> None:
    with pytest.raises(TypeError):
        line("Grace Hopper")  # type: ignore[arg-type]


def test_an_errors_message_stays_unread() -> None:
    try:
        raise ValueError("Grace Hopper")
    except ValueError as error:
        remark = Failed.of(Part.MAIN, error)
    assert line(remark) == f"lamppost: failed part=main error=ValueError at={remark.at}"
    assert remark.at.startswith("test_confinement.py:")
