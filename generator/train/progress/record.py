"""Everything that a run writes beside its checkpoint, and when: lines and rows of figures, snapshots and sheets.

Trains nothing. The checkpoint is written first, and what it does not know is made again on resuming: rows of figures
after it are cut off, and a snapshot that was due is taken from its network. So a kill at any moment loses nothing.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from generator.contract import errors
from generator.features.spaces import Space
from generator.train.loop import TrainingRun
from generator.train.progress.export import export, network_file
from generator.train.progress.figures import Figures
from generator.train.progress.measure import Measure
from generator.train.progress.sheets import add_sheet, list_sheets
from generator.train.progress.snapshots import Snapshots
from generator.train.progress.ticks import Means, crosses, describe_time, tick_line
from generator.train.progress.watch import Watch
from generator.train.sample_sheet import draw_sample_sheet

SAVE_EVERY_S = 180.0
STATE = "state.pt"


class Record:
    """Shows and writes how a training run goes. Call ``note`` after each batch."""

    def __init__(
        self,
        training: TrainingRun,
        folder: Path,
        stored: Mapping[str, Any],
        space: Space | None,
        say: Callable[[str], None],
    ) -> None:
        """Go on where the checkpoint of ``training`` was written. Raises CannotWrite if the files cannot be cut."""
        state = training.record or {}
        self._training, self._folder, self._stored, self._say = training, folder, stored, say
        self._watch = Watch(**stored.get("watch", {}))
        self._means = Means(state.get("means"))
        # Of a run that was killed before it was first saved, no row stays; one of an earlier version keeps all.
        self._figures = Figures(folder, state.get("lengths", None if training.seen else {}))
        self._snapshots = Snapshots(
            folder, self._watch.offer_in, stored["name"], self._watch.keep, state.get("snapshots", ())
        )
        self._snapshot_at = int(state.get("snapshot_at", training.seen))
        self._seconds = float(state.get("seconds", 0.0))  # of training, in all processes that this run had
        self._measure = _make_measure(training, space, self._watch)
        self._since = self._saved = self._blocked_until = time.monotonic()
        self._seen_since = self._before = training.seen

    def begin(self) -> None:
        """Make what the checkpoint lacks: the snapshot that was due, or the first sheet and distance of a new run."""
        training = self._training
        if training.record is None and not training.seen:
            with self._going_on():
                training.save(self._folder / STATE)  # from now on, the file of --start-from may change or go
                self._add_sheet()
                if self._measure:
                    self._write_distance(self._measure(training.average), None)
        elif self._snapshot_is_due():
            with self._going_on():
                self._take_snapshot()

    def note(self, figures: Mapping[str, float]) -> None:
        """Take in the figures of the batch that was just trained on; write what is due then."""
        training, before = self._training, self._before
        self._before = training.seen
        self._means.add(figures)
        if training.adversarial and training.settings.augment:
            self._means.add({"p": training.adversarial.controller.strength})
        if crosses(self._watch.tick(), before, training.seen):
            with self._going_on():
                self._tick()
        now = time.monotonic()
        if now >= self._blocked_until and (self._snapshot_is_due() or now - self._saved > SAVE_EVERY_S):
            with self._going_on():
                self._save()

    def end(self) -> None:
        """Write all that there is when training is done or has been stopped. Raises CannotWrite."""
        if self._training.done and self._means:
            with self._going_on():  # the checkpoint counts more
                self._tick()
        self._save()
        if best := self._snapshots.best():
            self._say(f"best snapshot: {best.name} (distance {best.frechet:.4g}), {best.file}")

    def close(self) -> None:
        """Close the files."""
        self._figures.close()

    @contextmanager
    def _going_on(self) -> Iterator[None]:
        """Say now and then what could not be written, and let training go on: a later save may find room again."""
        try:
            yield
        except errors.CannotWrite as error:
            if (now := time.monotonic()) >= self._blocked_until:
                self._blocked_until = now + SAVE_EVERY_S
                self._say(f"warning: {error} Training goes on, and tries again in {describe_time(SAVE_EVERY_S)}.")

    # --- figures ------------------------------------------------------------------------------------------------------

    def _check_weights(self) -> None:
        """Raise Diverged if a weight is infinite or no number: nothing that is saved may be lost for that."""
        training = self._training
        networks = [training.generator, *([training.adversarial.discriminator] if training.adversarial else [])]
        if not all(weight.isfinite().all() for network in networks for weight in network.parameters()):
            raise errors.Diverged(folder=str(self._folder), seen=training.seen)

    def _tick(self) -> None:
        self._check_weights()
        training, now = self._training, time.monotonic()
        self._seconds += now - self._since
        speed = (training.seen - self._seen_since) / max(now - self._since, 1e-9)
        self._since, self._seen_since = now, training.seen
        means = self._means.take()
        stage = f"{training.stage.kind} {training.stage.resolution} px"
        self._say(tick_line(stage, training.seen, training.stages[-1].until, speed, means))
        times = {"img_per_s": round(speed, 2), "hours": round(self._seconds / 3600, 4)}
        self._figures.write(training.seen, {"stage": stage, **means, **times})

    def _write_distance(self, figures: Mapping[str, float], snapshot: str | None) -> None:
        assert self._measure is not None
        if not figures:
            self._say(f"{snapshot or 'at the start'}: no distance, as its faces are no numbers")
            return
        named = ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
        self._say(f"{snapshot or 'at the start'}: {named} ({self._measure.space.name})")
        row = {"snapshot": snapshot, "features": self._measure.space.name, **figures}
        self._figures.write(self._training.seen, row)

    # --- what is saved ------------------------------------------------------------------------------------------------

    def _save(self) -> None:
        """Write the checkpoint, then what follows from it."""
        self._check_weights()
        self._saved = time.monotonic()
        self._training.record = self._state()
        self._training.save(self._folder / STATE)
        export(self._training, self._folder / network_file(self._stored["name"]), self._stored)
        self._add_sheet()
        if self._snapshot_is_due():
            self._take_snapshot()

    def _state(self) -> dict[str, Any]:
        return {
            "means": self._means.state(),
            "lengths": self._figures.lengths(),
            "snapshots": self._snapshots.state(),
            "snapshot_at": self._snapshot_at,
            "seconds": self._seconds + time.monotonic() - self._since,
        }

    def _add_sheet(self) -> None:
        training = self._training
        if training.seen not in list_sheets(self._folder):
            add_sheet(self._folder, training.seen, draw_sample_sheet(training.average, training.store))

    def _snapshot_is_due(self) -> bool:
        training = self._training
        if training.done:  # the last one is taken, too, unless it would have the name of the one before
            return training.seen // 1000 > self._snapshot_at // 1000 or not self._snapshots.state()
        return crosses(self._watch.interval(training.stages[-1].until), self._snapshot_at, training.seen)

    def _take_snapshot(self) -> None:
        training = self._training
        figures = self._measure(training.average) if self._measure else {}

        def write(path: Path, name: str) -> None:
            export(training, path, {**self._stored, "name": name}, figures)

        space = self._measure.space.name if self._measure else None
        snapshot = self._snapshots.add(training.seen, space, figures, write)
        self._snapshot_at = training.seen
        if self._measure:
            self._write_distance(figures, snapshot.name)


def _make_measure(training: TrainingRun, space: Space | None, watch: Watch) -> Measure | None:
    samples = watch.count(training.stages[-1].until)
    if space is None or samples < 2 or len(training.store) < 2:
        return None
    piece = training.settings.batch // training.settings.accumulate
    return Measure(training.store, space, samples, piece, training.device)
