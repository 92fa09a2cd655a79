"""The whole daemon: one turn without threads for a simulator, or five threads for the street."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from edge.daemon.governor import Governor
from edge.daemon.heartbeat import Heartbeat
from edge.daemon.known_answer import KnownAnswer
from edge.daemon.latest import Lapse, Latest
from edge.daemon.obey import Obey
from edge.daemon.previewing import Previewing
from edge.daemon.pulse import Pulse
from edge.daemon.report import Report
from edge.daemon.tell import Tell
from edge.daemon.watch import Watch
from edge.daemon.witnessing import Witnessing
from edge.domain.capture import Frame, Instant
from edge.domain.condition import EndReason
from edge.domain.errors import LamppostError, Unsafe
from edge.domain.remark import Cause, Dying, Failed, Part
from edge.ports import Clock, Host, Link
from edge.safeguards.gate import Gate
from edge.wire.learn import learn

NOW: Final = timedelta(0)
BEAT: Final = timedelta(milliseconds=50)
"""How long main and writer wait for something to do while a deployment is in force: permits end on time."""
IDLE: Final = timedelta(milliseconds=250)
"""The same while none is. A message or a hit wakes them at once; what they then look for by themselves can wait."""
WAIT: Final = timedelta(milliseconds=500)


@dataclass(slots=True)
class Daemon:
    """All moving parts, wired."""

    gate: Gate
    latest: Latest
    watch: Watch
    tell: Tell
    obey: Obey
    report: Report
    witnessing: Witnessing
    link: Link
    clock: Clock
    host: Host
    pulse: Pulse
    governor: Governor
    heartbeat: Heartbeat
    known: KnownAnswer
    previewing: Previewing
    begin: Callable[[Instant], None] = lambda _: None
    """What is done before the daemon is ready. What it raises ends the daemon."""
    due: Sequence[Callable[[Instant], None]] = ()
    """What the main thread also does at every turn. Never waits."""
    _failed: BaseException | None = None
    _status: str = ""
    _over: threading.Event = field(default_factory=threading.Event)

    def turn(self) -> None:
        """Everything that is due at this instant, one after the other, without waiting. For stepped clocks."""
        while self.obey.step(NOW):
            pass
        self.gate.tick(self.clock.now())
        for step in self.due:
            step(self.clock.now())
        frame = self.gate.frames.poll(NOW)
        if frame is not None and self.governor.admits(frame):
            self.latest.put(frame)
        while (item := self.latest.take(NOW)) is not None:
            self._see(item)
        self._ask()
        self.tell.step(NOW)
        self.heartbeat.step(self.clock.now())
        self.governor.step(self.clock.now())
        self.report.step(self.clock.now())
        self.witnessing.step(self.clock.now())

    def run(self) -> None:
        """Run until :meth:`stop` or a signal. Raises whatever ended a thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        learn()
        try:
            self.begin(self.clock.now())
        except LamppostError as error:
            self.host.say(Failed.of(Part.MAIN, error))
            raise
        self.link.connect()
        bodies = {Part.CAPTURE: self._capture, Part.RECOGNISE: self._recognise, Part.WRITER: self._write}
        threads = [threading.Thread(target=self._guard, args=(part, body)) for part, body in bodies.items()]
        self.pulse.expect((part.value for part in (Part.MAIN, *bodies)), self.clock.now())
        for thread in threads:
            thread.start()
        self.host.notify("READY=1")
        try:
            self._guard(Part.MAIN, self._main)
        finally:
            self._shut_down(threads)
        if self._failed is not None:
            raise self._failed

    def stop(self) -> None:
        """End in good order."""
        self._over.set()

    def _main(self) -> None:
        while not self._over.is_set():
            self.obey.step(self._beat())
            now = self.clock.now()
            self.gate.tick(now)
            for step in self.due:
                step(now)
            self.governor.step(now)
            self.report.step(now)
            self.witnessing.step(now)
            self.pulse.beat(Part.MAIN.value, now)
            stuck = [Part(name) for name in self.pulse.stuck(now)] + ([] if self.link.alive else [Part.LINK])
            if stuck:
                self.host.die(Dying(Cause.STUCK, tuple(stuck)))
            self.host.notify("WATCHDOG=1")
            self._tell_the_status(now)

    def _tell_the_status(self, now: Instant) -> None:
        """What ``systemctl status`` shows, whenever it changes."""
        said = self.report.status(now)
        if said != self._status:
            self._status = said
            self.host.notify(f"STATUS={said}")

    def _capture(self) -> None:
        with self.gate.camera() as frames:
            while not self._over.is_set():
                try:
                    frame = frames.poll(WAIT)
                except Unsafe:
                    self._over.wait(WAIT.total_seconds())  # the journal keeps the reason
                    frame = None
                if frame is not None and self.governor.admits(frame):
                    self.latest.put(frame)
                self.pulse.beat(Part.CAPTURE.value, self.clock.now())

    def _recognise(self) -> None:
        for item in self.latest:
            if item is not None:
                self._see(item)
            self._ask()
            self.pulse.beat(Part.RECOGNISE.value, self.clock.now())

    def _see(self, item: Frame | Lapse) -> None:
        began = self.clock.now()
        self.watch.see(item)
        if isinstance(item, Frame):
            self.previewing.see(item)
            self.governor.worked(self.clock.now().since(began))

    def _ask(self) -> None:
        """Between two frames, so that none is waited for."""
        self.known.step(self.clock.now(), looking=self.gate.frames.is_open)

    def _write(self) -> None:
        while not self._over.is_set():
            self.tell.step(self._beat())
            self.heartbeat.step(self.clock.now())
            self.pulse.beat(Part.WRITER.value, self.clock.now())

    def _beat(self) -> timedelta:
        """Quick as long as a camera may be open, which is a little longer than a deployment is in force."""
        gate = self.gate
        return IDLE if gate.believed is None and not gate.frames.is_open else BEAT

    def _guard(self, part: Part, body: Callable[[], None]) -> None:
        """The one broad except: whatever leaves a thread stops all of them, and the service manager restarts."""
        try:
            body()
        except BaseException as error:  # noqa: BLE001
            self._failed = self._failed or error
            self.host.say(Failed.of(part, error))
        finally:
            self._over.set()

    def _shut_down(self, threads: list[threading.Thread]) -> None:
        now = self.clock.now()
        self.host.notify("STOPPING=1")
        self.gate.end(EndReason.SHUTDOWN, now)
        self.latest.close()
        for thread in threads:
            thread.join(timeout=2)
        self.tell.step(NOW)
        self.report.farewell(self.clock.now())
        self.link.close()
