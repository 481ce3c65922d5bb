"""A live stream's segment, dropped where a served mission watches, becomes observations like any others."""

import shutil
from pathlib import Path

from tests.run.live.footage.test_segments import cut

from truceline.run.live.desk import open_desk
from truceline.run.live.watching.intake import take_watched
from truceline.run.live.watching.watch import watch_of

MISSION = Path(__file__).parents[4] / "missions" / "drone-junction"


def test_a_segment_in_the_watched_folder_is_read_recorded_and_judged_and_a_repeat_changes_nothing(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "mission"
    shutil.copytree(MISSION, folder, ignore=shutil.ignore_patterns("record", "report"))
    text = (folder / "truceline.toml").read_text("utf-8")
    (folder / "truceline.toml").write_text(f'{text}\n[serve]\nacts_for = ["MISSION"]\nwatch = "incoming"\n', "utf-8")
    sealed = cut(tmp_path / "spool", chunk_bytes=1_316, seconds=40)
    desk = open_desk(folder)
    watch = watch_of(desk)
    try:
        watch.judge()
        before = desk.tables["observation"].num_rows
        assert before == 19
        incoming = folder / "incoming" / "flight"
        incoming.mkdir(parents=True)
        shutil.copy(sealed[1], incoming / "one.ts")
        for _ in range(2):  # a file is taken when it has stopped growing
            take_watched(desk)
        assert [path.name for path in (incoming / "taken").iterdir()] == ["one.ts"]
        watch.judge()
        after = desk.tables["observation"].to_pylist()
        assert len(after) > before
        fresh = [row for row in after if row["raw_sha256"] != after[0]["raw_sha256"]]
        assert all(row["remark"].startswith("automatic: vmti") for row in fresh)
        shutil.copy(sealed[1], incoming / "again.ts")
        for _ in range(2):
            take_watched(desk)
        watch.judge()
        assert desk.tables["observation"].num_rows == len(after)
    finally:
        desk.close()
