import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.run.footage.damage import MPEG2, OSH

from truceline.base.canonical import sha256_hex
from truceline.base.errors import UnknownNameError, UnreadableError
from truceline.record import open_record, verify_folder
from truceline.run.batch import run_mission
from truceline.run.footage.proxies import derived_of, keep_proxies, keep_proxy
from truceline.run.footage.video import Encoding, pictures
from truceline.run.verification import verify_mission

MISSION = Path(__file__).parents[3] / "missions" / "drone-yard"
NOW_US = 1_700_000_000_000_000


def test_a_proxy_is_linked_to_its_original_and_the_record_still_verifies(tmp_path: Path) -> None:
    with open_record(tmp_path / "record") as record:
        original = record.put(OSH.read_bytes())
        proxy = keep_proxy(record, original, known_us=NOW_US)
        entry = record.last("derived", f"proxy of {original}")
        assert entry is not None
        assert entry[1].hashes == (proxy.sha256, original)
        assert (proxy.media_type, proxy.original_sha256) == ("video/mp4", original)
        assert "bit for bit" in proxy.how
        assert sha256_hex(record.get(proxy.sha256)) == proxy.sha256
        assert derived_of(record, "proxy", original) == proxy
    assert verify_folder(tmp_path / "record").ok


def test_every_video_of_a_mission_gets_a_proxy_in_its_record_once(tmp_path: Path) -> None:
    folder = tmp_path / "mission"
    shutil.copytree(MISSION, folder, ignore=shutil.ignore_patterns("record", "report"))
    run = run_mission(folder, now_us=1_795_000_000_000_000)
    (proxy,) = keep_proxies(folder, run.products)
    assert proxy.original_sha256 == run.products.feeds[0].sha256
    assert keep_proxies(folder, run.products) == [proxy]
    assert verify_mission(folder, recompute=True, progress=lambda _: None).ok


def test_a_proxy_is_made_once_and_again_where_its_settings_are_others(tmp_path: Path) -> None:
    with open_record(tmp_path / "record") as record:
        original = record.put(MPEG2.read_bytes())
        proxy = keep_proxy(record, original, known_us=NOW_US)
        size = record.size
        assert keep_proxy(record, original, known_us=NOW_US + 1) == proxy
        assert record.size == size
        coarse = keep_proxy(record, original, known_us=NOW_US, encoding=Encoding(width_px_max=80))
        assert coarse.settings != proxy.settings
        assert record.size == size + 1
        assert {each.pixels.shape for each in pictures(record.get(coarse.sha256))} == {(60, 80)}


def test_a_proxy_says_why_it_is_no_plain_copy(tmp_path: Path) -> None:
    with open_record(tmp_path / "record") as record:
        proxy = keep_proxy(record, record.put(MPEG2.read_bytes()), known_us=NOW_US)
    assert proxy.media_type == "video/webm"
    assert proxy.how == "VP9 in WebM, 30 pictures; not as it is, because its codec is mpeg2video"


def test_a_moment_of_a_proxy_leads_back_to_the_originals(tmp_path: Path) -> None:
    with open_record(tmp_path / "record") as record:
        proxy = keep_proxy(record, record.put(OSH.read_bytes()), known_us=NOW_US)
        own_us, stream_us = proxy.pieces[0]
        shown = [each for each in pictures(record.get(proxy.sha256)) if each.number == 100]
    original = next(each for each in pictures(OSH) if each.number == 100)
    assert shown[0].stream_us - own_us + stream_us == pytest.approx(original.stream_us, abs=12)  # a tick of 1/90,000 s
    assert np.array_equal(shown[0].pixels, original.pixels)


def test_what_has_no_pictures_gets_no_proxy_and_leaves_no_entry(tmp_path: Path) -> None:
    with open_record(tmp_path / "record") as record:
        original = record.put(b"no film at all")
        with pytest.raises(UnreadableError):
            keep_proxy(record, original, known_us=NOW_US)
        with pytest.raises(UnknownNameError):
            keep_proxy(record, "no hash", known_us=NOW_US)
        assert record.size == 0
