"""What goes out over real sockets: what was released, coarse and late, to the destinations that the mission names."""

import re
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
import takproto
from tests.run.live.cot.lined import QUICK, WAITING, Opened, Papers, Post, declared, event, until
from tests.run.live.simulated import MIN, H, Simulated, copy_mission

from truceline.base.errors import InputError
from truceline.base.time import interval_us
from truceline.model.cot import CotOut
from truceline.model.review import Review
from truceline.observe.cot.events import texts_of
from truceline.observe.cot.frames import pieces_of
from truceline.serve.app import _lines, _spots

SPOTS = {"evt-1": event(1), "evt-2": event(2)}
EXACT = (b"-26.512", b"31.712", b"10:00:10", b"10:00:20", b"10:00:05", b"10:00:30", b"Rocky", b"acoustic", b"uav")
SHOT = (
    "A-1,,acoustic,2026-10-05 10:00:10,2026-10-05 10:00:20,,fire,,,,1,-26.5123,31.7123,300,Rocky Ford,acoustic,0.80\n"
    "U-1,,uav_west,2026-10-05 10:00:05,2026-10-05 10:00:30,,fire,,,,1,-26.5123,31.7123,200,Rocky Ford,uav_image,0.90\n"
)
ELSEWHERE = (("-26.5123", "-26.5187"), ("31.7123", "31.7131"), ("10:00:10", "10:17:44"), ("10:00:20", "10:18:01"),
             ("10:00:05", "10:17:40"), ("10:00:30", "10:18:09"))  # fmt: skip


def to(url: str, more: str = "") -> str:
    return f'to = "parties", url = "{url}"{more}'


def uids(told: bytes) -> list[str]:
    return [texts_of(piece)["uid"] for piece in pieces_of(told)]


def listening() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.settimeout(20)
    return made


@pytest.mark.parametrize("form", ["xml", "protobuf"])
def test_spots_go_over_a_stream_each_once(lined: Opened, posted: Callable[..., Post], form: str) -> None:
    post, spots = posted(greeting=b"what is this? " * 1_000), dict(SPOTS)
    here = lined("", ways_out=to(f"tcp://127.0.0.1:{post.port}", f', form = "{form}"'), spots=lambda _way: spots)
    until(lambda: here.lines.counts.sent == 2)
    spots["evt-1"] = event(1, remarks="confirmed")
    until(lambda: here.lines.counts.sent == 3)
    spots["evt-3"] = event(3)
    until(lambda: len(uids(post.all)) == 4)
    assert uids(post.all) == ["post-1", "post-2", "post-1", "post-3"]
    assert [piece.kind for piece in pieces_of(post.all)] == [form] * 4


@pytest.mark.parametrize("form", ["xml", "protobuf"])
def test_spots_go_as_datagrams_one_each(lined: Opened, form: str) -> None:
    with listening() as post:
        lined(
            "", ways_out=to(f"udp://127.0.0.1:{post.getsockname()[1]}", f', form = "{form}"'), spots=lambda _way: SPOTS
        )
        told = [post.recv(65_536) for _ in SPOTS]
    assert [uids(each) for each in told] == [["post-1"], ["post-2"]]
    if form == "protobuf":
        assert {each[:3] for each in told} == {b"\xbf\x01\xbf"}
        assert takproto.parse_proto(bytearray(told[0])).cotEvent.uid == "post-1"


def test_spots_go_to_a_group_by_the_network_that_is_named(lined: Opened) -> None:
    group = "239.2.3.2"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as post:
        post.bind((group, 0))
        post.settimeout(20)
        joined = socket.inet_aton(group) + socket.inet_aton("127.0.0.1")
        post.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, joined)
        url = f"udp://{group}:{post.getsockname()[1]}"
        lined("", ways_out=to(url, ', interface = "127.0.0.1"'), spots=lambda _way: SPOTS)
        assert uids(post.recv(65_536)) == ["post-1"]


def test_who_comes_back_is_told_everything_again(lined: Opened, posted: Callable[..., Post]) -> None:
    post = posted()
    lined("", ways_out=to(f"tcp://127.0.0.1:{post.port}"), spots=lambda _way: SPOTS)
    until(lambda: len(uids(post.all)) == 2)
    post.hang_up()
    until(lambda: len(uids(post.all)) == 4)
    assert [uids(bytes(each)) for each in post.told] == [["post-1", "post-2"]] * 2


def test_a_destination_that_does_not_read_holds_up_nobody_else(lined: Opened, posted: Callable[..., Post]) -> None:
    deaf, post = posted(reads=False), posted()
    many = {f"evt-{number}": event(number, remarks="x" * 60_000) for number in range(200)}
    ways = to(f"tcp://127.0.0.1:{deaf.port}") + "}, {" + to(f"tcp://127.0.0.1:{post.port}")
    here = lined(WAITING, ways_out=ways, spots=lambda _way: many, rules=replace(QUICK, taking_s=0.3))
    with here.connect() as peer:
        peer.sendall(event(1))
        until(lambda: len(post.all) > 200 * 60_000 and here.lines.counts.rows == 1)
    until(lambda: len(deaf.told) > 1)  # given up, and tried again


@pytest.mark.parametrize(("authority", "heard"), [("authority.pem", True), ("stranger.pem", False)])
def test_over_tls_spots_go_only_to_whom_the_authority_vouches_for(
    lined: Opened, posted: Callable[..., Post], papers: Papers, authority: str, heard: bool
) -> None:
    post = posted(tls=papers.server(asks=True))
    more = f', authority = "pem/{authority}", certificate = "pem/client.pem", key = "pem/client.key"'
    lined("", ways_out=to(f"tls://127.0.0.1:{post.port}", more), spots=lambda _way: SPOTS, papers=papers)
    if heard:
        until(lambda: len(uids(post.all)) == 2)
    else:
        threading.Event().wait(0.3)
        assert post.all == b""


def test_a_fault_in_what_may_go_out_stops_it_and_is_said(lined: Opened, posted: Callable[..., Post]) -> None:
    def too_sharp(_way: CotOut) -> dict[str, bytes]:
        raise InputError("its place is known to 10 m.", subject="evt-1", remedy="Set grid_m.")

    post = posted()
    here = lined(WAITING, ways_out=to(f"tcp://127.0.0.1:{post.port}"), spots=too_sharp)
    until(lambda: "known to 10 m" in here.lines.troubles)
    with here.connect() as peer:  # and what comes in still does
        peer.sendall(event(1))
        until(lambda: here.lines.counts.rows == 1)
    assert post.all == b""


@pytest.mark.parametrize(
    ("way", "cot", "says"),
    [
        (to("tcp://127.0.0.1:9"), False, "is off"),
        (to("http://127.0.0.1:9"), True, "no address"),
        (to("tls://127.0.0.1:9", ', authority = "pem/none.pem"'), True, "No such file"),
        (to("tcp://127.0.0.1:9").replace("parties", "ALPHA"), True, "Invalid enum value"),
        (to("tcp://127.0.0.1:9").replace("parties", "mission"), True, "Invalid enum value"),
    ],
)
def test_a_destination_that_cannot_be_meant_is_refused(
    tmp_path: Path, papers: Papers, way: str, cot: bool, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        declared(tmp_path, papers, ways_out=way, cot=cot)


# --- what leaves ------------------------------


def test_by_default_nothing_is_opened_and_nothing_leaves(lined: Opened) -> None:
    assert _lines(lined().simulated.desk) is None


def confirmed(here: Simulated, rows: str) -> None:
    """A shot that two sources report and a person confirms, twenty minutes later."""
    here.send(rows)
    (shot,) = [row for row in here.desk.own("event").to_pylist() if row["act"] == "fire" and row["lon_deg"] > -27]
    here.clock.on(20 * MIN)
    here.review(Review(event_id=shot["event_id"], act="confirm", at_us=0, author=""))


def passes(here: Simulated, hours: int) -> None:
    here.clock.on(hours * H + 7 * MIN + 1_234_567)
    here.round()


def on_the_wire(here: Simulated, way: str, posted: Callable[..., Post], form: str = "xml") -> bytes:
    """What the served mission's own spots are on a real line."""
    post = posted()
    from truceline.run.live.cot.lines import Lines

    settings = replace(
        here.desk.mission.serve,
        cot=True,
        cot_out=(CotOut(to=way, url=f"tcp://127.0.0.1:{post.port}", form=form),),  # type: ignore[arg-type]
        cot_opex="simulation",
    )
    here.desk.mission = replace(here.desk.mission, serve=settings)
    lines = Lines(here.desk, lambda each: _spots(here.desk, each), rules=QUICK)
    lines.start()
    try:
        until(lambda: lines.counts.sent >= 1)
        until(lambda: len(uids(post.all)) == lines.counts.sent)
    finally:
        lines.close()
    return post.all


def check_bytes(here: Simulated, posted: Callable[..., Post], way: str, cell_m: int) -> None:
    """Nothing exact is in any byte of what goes out, in either form."""
    wire, message = on_the_wire(here, way, posted), on_the_wire(here, way, posted, "protobuf")
    assert [each for each in EXACT if each in wire or each in message] == []
    times = re.findall(rb"\d{4}-\d\d-\d\dT\d\d:([^Z]*)Z", wire)
    assert times == [b"00:00"] * 3, "no time is sharper than an hour"
    (spot,) = [ElementTree.fromstring(piece.content) for piece in pieces_of(wire)]
    point = spot.find("point").attrib
    assert (spot.get("type"), spot.get("opex")) == ("b-m-p-s-m", "s")
    assert float(point["ce"]) >= cell_m / 12**0.5, "one sigma of a place anywhere in its cell"
    start_us, stale_us = (interval_us(spot.get(name), zone=None)[0] for name in ("start", "stale"))
    assert 2 * H <= stale_us - here.clock.now_us <= 3 * H
    assert here.clock.now_us - start_us > H
    (told,) = [texts_of(piece) for piece in pieces_of(message)]
    assert {told[name][13:] for name in ("time", "start", "stale")} == {":00:00.000Z"}
    assert [float(told[name]) for name in ("lat", "lon", "ce")] == [float(point[name]) for name in ("lat", "lon", "ce")]
    assert re.findall(rb"ALPHA|BETA|a-[a-z]-", wire + message) == []


def test_a_spot_leaves_once_it_is_confirmed_and_late_enough_and_nothing_exact_is_in_any_byte(
    tmp_path: Path, posted: Callable[..., Post]
) -> None:
    folder = tmp_path / "mission"
    copy_mission(folder)
    declaration = folder / "truceline.toml"
    declaration.write_text(declaration.read_text("utf-8").replace('"reviewed"', '"confirmed"'), "utf-8")
    parties, public = (CotOut(to=each, url="tcp://127.0.0.1:9") for each in ("parties", "public"))  # type: ignore[arg-type]
    here = Simulated(folder)
    try:
        here.send(SHOT.replace("00:10", "00:11").replace("-26.5123", "-28.5"))  # another, that nobody confirms
        confirmed(here, SHOT)
        assert _spots(here.desk, parties) == {}, "not within the hour"
        passes(here, 2)
        assert (len(_spots(here.desk, parties)), _spots(here.desk, public)) == (1, {})
        check_bytes(here, posted, "parties", 2_500)
        passes(here, 98)
        check_bytes(here, posted, "public", 20_000)
    finally:
        here.close()


def test_two_missions_that_differ_within_the_cell_and_the_hour_send_the_same_bytes(
    tmp_path: Path, posted: Callable[..., Post]
) -> None:
    moved = SHOT
    for one, other in ELSEWHERE:
        assert one in moved
        moved = moved.replace(one, other)
    wires = []
    for number, rows in enumerate((SHOT, moved)):
        here = Simulated(tmp_path / f"mission-{number}")
        here.clock.on(number * 18 * MIN)  # the second is reported, and so confirmed, later
        try:
            confirmed(here, rows)
            passes(here, 2)
            wires.append(re.sub(rb'uid="evt-[0-9a-f]+"', b'uid="evt"', on_the_wire(here, "parties", posted)))
        finally:
            here.close()
    assert wires[0] == wires[1]
    assert b"<point" in wires[0]
