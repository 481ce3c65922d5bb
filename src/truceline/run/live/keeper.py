"""Keeps a served mission's record: signs what is new, has it cosigned and stamped, reads all content again in turn.

One thread. What it signs is appended by the desk's writer like everything else; what witnesses and authorities do not
answer is tried again with the next checkpoint, and never holds anything back.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from truceline.base.errors import IntegrityError
from truceline.record import Record
from truceline.record.custody import for_itself
from truceline.record.notes.note import Signer
from truceline.run.batch import RECORD
from truceline.run.keeping.checkpoints import Published, checkpoint_entry, custody_to_keep, latest, signer_for
from truceline.run.keeping.fixity import Pace, fixity_due, fixity_entry, refuse_bad
from truceline.run.keeping.outside import have_it_seen
from truceline.run.live.desk import Desk
from truceline.run.live.writer import Planned, outcome

_STARTED_S = 5.0  # after the start, before the first checkpoint


@dataclass(slots=True)
class Keeper:
    """Use `keeper_of`; `start` returns at once."""

    desk: Desk
    signer: Signer
    fault: str = ""  # what keeps new entries from being signed, in words
    unseen: Sequence[str] = ()  # who did not answer the last time, and why
    _closed: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name="truceline-keeper", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Sign what is new, and stop. The desk must still be open."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()
        outcome(self.sign)

    def sign(self) -> Published | None:
        """Sign what is new; the latest checkpoint. Raises: IntegrityError: publishing stops. UnavailableError."""
        desk = self.desk
        done = list[object]()

        def custody() -> Planned:
            entries, kept = custody_to_keep(desk.record())
            done.append(kept)
            return Planned(subject="custody", entries=entries, touches=frozenset())

        desk.writer.ask(custody).result()
        for kept in done:
            assert callable(kept)
            kept()
        desk.writer.ask(lambda: self._signed(desk.record())).result()
        return latest(desk.folder / RECORD)

    def turn(self) -> None:
        """One round: sign, have it seen, read again what is due. Raises: as `sign`."""
        try:
            published = self.sign()
            if published is not None:
                with for_itself(), self.desk.reading() as record:
                    self.unseen = have_it_seen(record, self.desk.mission, published, now_us=self.desk.now_us())
            self._read_again()
        except IntegrityError as error:
            self.desk.writer.failure = error  # nothing more is published from a record that is not what it was
            raise

    def _signed(self, record: Record) -> Planned:
        entry = checkpoint_entry(record, self.signer, now_us=self.desk.now_us())
        return Planned(subject="checkpoint", entries=[entry] if entry else [], touches=frozenset())

    def _read_again(self) -> None:
        with for_itself(), self.desk.reading() as record:
            if not fixity_due(record, every_h=self.desk.mission.keep.fixity_h, now_us=self.desk.now_us()):
                return
            entry = fixity_entry(record, now_us=self.desk.now_us(), pace=Pace(wait=self._closed.wait))
        self.desk.write("fixity", (entry,)).result()
        refuse_bad(entry)

    def _run(self) -> None:
        wait_s = _STARTED_S
        while not self._closed.wait(wait_s):
            _, error = outcome(self.turn)
            self.fault = f"{type(error).__name__}: {error}" if error else ""
            wait_s = self.desk.mission.keep.checkpoint_s


def keeper_of(desk: Desk) -> Keeper:
    """The keeper of a desk; the log's key is made where there is none. Raises: UnavailableError, IntegrityError."""
    return Keeper(desk=desk, signer=signer_for(desk.folder, desk.mission))
