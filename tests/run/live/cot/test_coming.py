"""What comes in over real sockets: all of it taken, counted or refused, and no peer that can stop us."""

import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import takproto
from tests.run.live.cot.lined import QUICK, WAITING, Lined, Opened, Papers, Post, declared, ended, event, until
from tests.serve.house import opened

from truceline.base.errors import InputError, UnavailableError
from truceline.observe.cot.frames import MAX_EVENT_BYTES
from truceline.observe.cot.writing import as_message
from truceline.run.live.cot import coming, gathering

DATAGRAMS = WAITING.replace("tcp:", "udp:").replace("listens = true, ", "")


def stream(number: int) -> bytes:
    return as_message(event(number), mesh=False)


def test_without_a_line_nothing_listens_and_no_thread_runs(lined: Opened) -> None:
    here = lined()
    assert here.lines.bound == ()
    assert not [each for each in threading.enumerate() if each.name.startswith("truceline-cot")]


def test_events_become_observations_of_the_feed_and_lie_in_the_record_as_they_came(lined: Opened) -> None:
    here = lined(WAITING)
    with here.connect() as peer:
        peer.sendall(b'<?xml version="1.0"?>\n' + event(1) + event(2))
        until(lambda: here.lines.counts.rows == 2)
    assert b"".join(here.kept()) == event(1) + b"\n" + event(2) + b"\n"
    here.simulated.round()
    acts = here.simulated.desk.own("observation").to_pylist()
    assert [row["act"] for row in acts if row["raw_at"].startswith("event")] == ["fire"] * 2


def test_both_of_two_messages_in_one_segment_arrive(lined: Opened) -> None:
    """pytak 7.6.1 delivers neither."""
    here = lined(WAITING)
    with here.connect() as peer:
        peer.sendall(stream(1) + stream(2))
        until(lambda: here.lines.counts.rows == 2)
    assert b"".join(here.kept()) == stream(1) + stream(2)


def test_an_event_may_come_byte_by_byte_and_garbage_before_it_is_dropped_and_counted(lined: Opened) -> None:
    here = lined(WAITING)
    with here.connect() as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"\xff\x00garbage<<<" + event(1):
            peer.send(bytes((byte,)))
        peer.sendall(stream(2))
        until(lambda: here.lines.counts.rows == 2)
    assert here.lines.counts.garbage_bytes == 12
    assert b"garbage" not in b"".join(here.kept())


def test_an_event_of_200_kb_is_cut_off_and_the_next_is_taken_on_the_same_connection(lined: Opened) -> None:
    """pytak's receiver dies of it."""
    here = lined(WAITING)
    with here.connect() as peer:
        peer.sendall(event(1, remarks="x" * 200_000) + event(2))
        peer.sendall(b"\xbf\x80\x80\x0c\x12" + b"x" * (0x30000 - 1) + stream(3))  # the same as a message
        until(lambda: here.lines.counts.rows == 2)
    assert (here.lines.counts.too_large, here.lines.counts.connections) == (2, 1)
    assert sum(map(len, here.kept())) < MAX_EVENT_BYTES


@pytest.mark.parametrize("begins", [b"<event uid='1' ", b"no event at all ", b"\xbf\xff\xff\xff\x7f\x12"])
def test_what_never_ends_is_closed_and_others_are_heard_meanwhile(lined: Opened, begins: bytes) -> None:
    here = lined(WAITING)
    with here.connect() as endless, here.connect() as other:
        endless.sendall(begins)
        with pytest.raises(ConnectionError):
            endless.sendall(b"x" * 100_000_000)
        other.sendall(event(1))
        until(lambda: here.lines.counts.rows == 1)
    assert here.lines.counts.closed == 1


def test_messages_that_lose_their_step_are_closed(lined: Opened) -> None:
    here = lined(WAITING)
    with here.connect() as peer:
        peer.sendall(stream(1) + b"\x00 out of step" + stream(2))
        assert ended(peer)
        until(lambda: here.lines.counts.rows == 1)
    assert here.lines.counts.closed == 1


def drip(peer: socket.socket) -> None:
    """One byte now and then: it never stands still."""
    for _ in range(400):
        peer.sendall(b"x")
        threading.Event().wait(0.02)


@pytest.mark.parametrize("begun", [b"<event uid='slow'", b"\xbf\x10\x12", b"<"])
def test_an_event_that_is_not_whole_in_time_ends_the_connection(lined: Opened, begun: bytes) -> None:
    here = lined(WAITING, rules=replace(QUICK, whole_s=0.2))
    with here.connect() as slow:
        slow.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        slow.sendall(begun)
        with pytest.raises(ConnectionError):
            drip(slow)
    assert here.lines.counts.closed == 1


def test_a_peer_that_says_nothing_is_sent_away_in_the_end_and_one_that_blinks_is_not(lined: Opened) -> None:
    here = lined(WAITING, rules=replace(QUICK, idle_s=0.3, whole_s=0.1))
    with here.connect() as silent, here.connect() as blinking:
        ends_s = time.monotonic() + 0.6
        while time.monotonic() < ends_s:
            blinking.sendall(b"\n")
            threading.Event().wait(0.02)
        assert ended(silent)
        blinking.sendall(event(1))
        until(lambda: here.lines.counts.rows == 1)


def test_more_peers_than_there_is_room_for_are_turned_away(lined: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coming, "MOST_CONNECTIONS", 3)
    here = lined(WAITING)
    peers = [here.connect() for _ in range(3)]
    until(lambda: here.lines.counts.connections == 3)
    assert ended(here.connect())
    peers[0].close()
    until(lambda: _heard(here))
    assert here.lines.counts.turned_away >= 1
    for each in peers:
        each.close()


def _heard(here: Lined) -> bool:
    with here.connect() as peer:
        try:
            peer.sendall(event(1))
            peer.shutdown(socket.SHUT_WR)
            ended(peer)
        except ConnectionError:
            return False
    return here.lines.counts.events > 0


@pytest.mark.parametrize("way", [WAITING, DATAGRAMS])
def test_who_is_no_peer_of_ours_is_not_heard(lined: Opened, way: str) -> None:
    here = lined(way.replace('["127.0.0.1"]', '["10.0.0.0/8", "::1"]'))
    if "udp" in way:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.sendto(event(1), here.lines.bound[0])
    else:
        with here.connect() as peer:
            assert ended(peer)
    until(lambda: here.lines.counts.turned_away == 1)
    assert here.lines.counts.events == 0


def test_where_people_are_is_counted_and_never_recorded(lined: Opened) -> None:
    here = lined(WAITING)
    with here.connect() as peer:
        peer.sendall(event(7, kind="a-f-G-U-C") + event(1) + as_message(event(8, kind="a-f-G"), mesh=False))
        until(lambda: here.lines.counts.rows == 1 and here.lines.counts.people == 2)
    assert b"".join(here.kept()) == event(1) + b"\n"


def test_what_cannot_be_read_is_recorded_and_set_aside_by_name_beside_what_can(lined: Opened) -> None:
    here = lined(WAITING)
    broken = event(2).replace(b"</detail>", b"")
    with here.connect() as peer:
        peer.sendall(event(1) + broken + event(3, kind="b-m-r"))
        until(lambda: here.lines.counts.rejects == 2)
    assert here.lines.counts.rows == 1
    assert broken in b"".join(here.kept())


def test_a_file_of_which_nothing_can_be_read_is_counted(lined: Opened) -> None:
    here = lined(WAITING)
    with here.connect() as peer:
        peer.sendall(event(1, kind="b-m-r"))
        until(lambda: here.lines.counts.refused == 1)
    assert (here.kept(), here.lines.troubles) == ([], "")


# --- more than there is room for ------------------------------


def test_a_flood_waits_in_the_network_and_all_of_it_is_taken(lined: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST_EVENTS", 100)
    monkeypatch.setattr(gathering, "MOST_WAITING_BYTES", 50_000)
    here = lined(WAITING)
    held, waiting, counts = [], here.lines._incoming[0].gathering, here.lines.counts

    def taken() -> bool:
        held.append(waiting._waiting_bytes)
        return counts.rows + counts.rejects == 1_500

    with here.connect() as peer:
        flood = threading.Thread(target=peer.sendall, args=(b"".join(map(event, range(1_500))),))
        flood.start()
        until(taken, words=counts)
        flood.join()
    assert 50_000 < max(held) < 50_000 + 2 * coming.PORTION_BYTES, "one portion more than there is room for, at most"
    assert here.lines.counts.files >= 15


def test_datagrams_for_which_there_is_no_room_are_counted(lined: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST_WAITING_BYTES", 2_000)
    here = lined(DATAGRAMS, rules=replace(QUICK, batch_s=600.0))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        for number in range(50):
            peer.sendto(event(number), here.lines.bound[0])
        until(lambda: here.lines.counts.dropped + here.lines.counts.events == 50)
    assert here.lines.counts.dropped > 40
    here.lines.close()
    assert here.lines.counts.rows == here.lines.counts.events, "what came in is handed on before it stops"


def test_while_the_record_cannot_be_written_nothing_is_lost(lined: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    real, broken = gathering._received, [True]

    def received(*given: object) -> object:
        if broken:
            raise UnavailableError("the disk is full.", subject="record", remedy="Make room.")
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(gathering, "_received", received)
    here = lined(WAITING)
    with here.connect() as peer:
        peer.sendall(event(1))
        until(lambda: "the disk is full" in here.lines.troubles)
        peer.sendall(event(2))
        broken.clear()
        until(lambda: here.lines.counts.rows == 2)
    until(lambda: here.said[-1:] == ["all lines are well again."])
    assert "the disk is full" in here.said[0]
    assert here.lines.troubles == ""


# --- datagrams ------------------------------


def test_datagrams_are_events_in_xml_or_messages(lined: Opened) -> None:
    here = lined(DATAGRAMS)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        for content in (event(1), as_message(event(2), mesh=True), stream(3), b"garbage", event(4)[:-9], b""):
            peer.sendto(content, here.lines.bound[0])
        until(lambda: here.lines.counts.rows == 3 and here.lines.counts.cut == 1)
    assert here.lines.counts.garbage_bytes == 7


def test_a_group_is_joined_on_the_network_that_is_named(lined: Opened) -> None:
    group = "239.2.3.1"
    here = lined(DATAGRAMS.replace("127.0.0.1:0", f"{group}:0") + ', interface = "127.0.0.1"')
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        peer.bind(("127.0.0.1", 0))
        peer.sendto(as_message(event(1), mesh=True), (group, here.lines.bound[0][1]))
        peer.sendto(event(2), here.lines.bound[0])
        until(lambda: here.lines.counts.rows == 2)


# --- connections of our own ------------------------------


def connecting(port: int, more: str = "", scheme: str = "tcp") -> str:
    return f'feed = "posts", url = "{scheme}://127.0.0.1:{port}"{more}'


def test_a_lost_server_is_asked_again_and_later_each_time(lined: Opened, posted: Callable[..., Post]) -> None:
    server = posted(greeting=event(1))
    here = lined(connecting(server.port))
    until(lambda: here.lines.counts.events == 1)
    server.greeting = stream(2)
    server.hang_up()
    until(lambda: here.lines.counts.events == 2)
    assert here.lines.counts.connections == 2


@pytest.mark.parametrize("accepts", [True, False])
def test_after_the_other_side_is_gone_it_costs_nearly_nothing(
    lined: Opened, posted: Callable[..., Post], accepts: bool
) -> None:
    """pytak takes 2.97 s of processor time in 3 s."""
    server = posted(greeting=b'<event uid="1"></event>')
    lined(connecting(server.port), rules=replace(QUICK, first_wait_s=0.1, longest_wait_s=1.0, batch_s=1.0))
    until(lambda: server.open)
    if accepts:
        threading.Thread(target=_always_hanging_up, args=(server,), daemon=True).start()
    else:
        server.close()
    begun_s = time.process_time()
    threading.Event().wait(1.0)
    assert time.process_time() - begun_s < 0.2


def _always_hanging_up(server: Post) -> None:
    for _ in range(200):
        server.hang_up()
        threading.Event().wait(0.01)


# --- TLS ------------------------------


def secured(names: dict[str, str]) -> str:
    """Settings of a line, for files of the folder pem/."""
    return "".join(f', {name} = "pem/{file}"' for name, file in names.items())


TLS_WAITING = WAITING.replace("tcp:", "tls:")
OURS = {"certificate": "server.pem", "key": "server.key"}


def test_over_tls_a_peer_that_trusts_our_certificate_is_heard(lined: Opened, papers: Papers) -> None:
    here = lined(TLS_WAITING + secured(OURS), papers=papers)
    with papers.client().wrap_socket(here.connect(), server_hostname="127.0.0.1") as peer:
        peer.sendall(event(1) + stream(2))
        until(lambda: here.lines.counts.rows == 2)


@pytest.mark.parametrize(("who", "heard"), [("client", True), ("", False), ("intruder", False)])
def test_where_an_authority_is_named_only_its_clients_are_heard(
    lined: Opened, papers: Papers, who: str, heard: bool
) -> None:
    alone = TLS_WAITING.replace(', peers = ["127.0.0.1"]', "")  # certificates tell who it is
    here = lined(alone + secured(OURS | {"authority": "authority.pem"}), papers=papers)
    try:
        with papers.client(who).wrap_socket(here.connect(), server_hostname="127.0.0.1") as peer:
            peer.sendall(event(1))
            if heard:
                until(lambda: here.lines.counts.rows == 1)
            else:
                assert ended(peer)
    except OSError:
        assert not heard
    assert here.lines.counts.events == heard
    assert here.lines.troubles == ""


def test_plain_bytes_and_half_a_handshake_do_not_hold_up_a_tls_line(lined: Opened, papers: Papers) -> None:
    here = lined(TLS_WAITING + secured(OURS), papers=papers, rules=replace(QUICK, handshake_s=0.3))
    with here.connect() as plain, here.connect() as half:
        plain.sendall(event(1))
        half.sendall(struct.pack(">BHH", 22, 0x0301, 500))  # the head of a record that never comes
        assert ended(half)
        with papers.client().wrap_socket(here.connect(), server_hostname="127.0.0.1") as peer:
            peer.sendall(event(2))
            until(lambda: here.lines.counts.rows == 1)
    assert here.lines.counts.events == 1


@pytest.mark.parametrize(
    ("server", "more", "heard"),
    [
        ("server", {"authority": "authority.pem"}, True),
        ("server", {"authority": "stranger.pem"}, False),
        ("intruder", {"authority": "authority.pem"}, False),
        ("server", {}, False),  # the machine's own list does not know it
    ],
)
def test_a_server_is_believed_only_with_a_certificate_of_the_authority(
    lined: Opened, posted: Callable[..., Post], papers: Papers, server: str, more: dict[str, str], heard: bool
) -> None:
    post = posted(tls=papers.server(server), greeting=event(1))
    here = lined(connecting(post.port, secured(more), "tls"), papers=papers)
    if heard:
        until(lambda: here.lines.counts.events == 1)
    else:
        threading.Event().wait(0.3)
        assert (here.lines.counts.events, here.lines.counts.connections) == (0, 0)


@pytest.mark.parametrize(("name", "heard"), [("server.example", True), ("other.example", False)])
def test_a_server_has_the_name_that_the_mission_says(
    lined: Opened, posted: Callable[..., Post], papers: Papers, name: str, heard: bool
) -> None:
    post = posted(tls=papers.server(), greeting=event(1))
    more = secured({"authority": "authority.pem"}) + f', server_name = "{name}"'
    here = lined(connecting(post.port, more, "tls"), papers=papers)
    if heard:
        until(lambda: here.lines.counts.events == 1)
    else:
        threading.Event().wait(0.3)
        assert here.lines.counts.connections == 0


def test_a_server_that_asks_for_our_certificate_gets_it(
    lined: Opened, posted: Callable[..., Post], papers: Papers
) -> None:
    post = posted(tls=papers.server(asks=True), greeting=event(1))
    names = {"authority": "authority.pem", "certificate": "client.pem", "key": "client.key"}
    here = lined(connecting(post.port, secured(names), "tls"), papers=papers)
    until(lambda: here.lines.counts.events == 1)


# --- what is refused at the start ------------------------------


@pytest.mark.parametrize(
    ("way", "says"),
    [
        (WAITING.replace(', peers = ["127.0.0.1"]', ""), "from anybody"),
        (DATAGRAMS.replace(', peers = ["127.0.0.1"]', ""), "from anybody"),
        (WAITING.replace("127.0.0.1:0", ":0"), "no address of a line"),
        (WAITING.replace("127.0.0.1:0", "127.0.0.1"), "no address of a line"),
        (WAITING.replace("127.0.0.1:0", "127.0.0.1:99999"), "no address of a line"),
        (WAITING.replace("tcp:", "http:"), "no address of a line"),
        (WAITING.replace("127.0.0.1:0", "239.2.3.1:0"), "cannot be joined"),
        (DATAGRAMS.replace("127.0.0.1:0", "[ff02::1]:0"), "cannot be joined"),
        (WAITING.replace('["127.0.0.1"]', '["10.0.0.1/8"]'), "has host bits set"),
        (WAITING.replace("posts", "reports"), "no feed"),
        (WAITING.replace("posts", "none"), "no feed"),
        (TLS_WAITING, "needs a certificate"),
        (TLS_WAITING + ', certificate = "pem/server.pem"', "needs a certificate"),
        (TLS_WAITING + ', certificate = "pem/none.pem", key = "pem/server.key"', "No such file"),
        (TLS_WAITING + ', certificate = "pem/server.pem", key = "pem/client.key"', "MISMATCH"),
        (TLS_WAITING + ', certificate = "pem/server.pem", key = "pem/server.locked"', "certificates of"),
        (TLS_WAITING + ', certificate = "../server.pem", key = "pem/server.key"', "out of the mission"),
        (connecting(9, ', key = "pem/server.key"', "tls"), "belong together"),
    ],
)
def test_a_line_that_cannot_be_meant_is_refused_before_anything_listens(
    tmp_path: Path, papers: Papers, way: str, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        declared(tmp_path, papers, ways_in=way)


def test_an_address_that_is_taken_is_said_at_the_start(lined: Opened, posted: Callable[..., Post]) -> None:
    taken = posted()
    here = lined(WAITING.replace(":0", f":{taken.port}"), starts=False)
    with pytest.raises(UnavailableError, match="in use"):
        here.lines.start()


def test_takproto_and_ours_cut_a_stream_alike() -> None:
    message = takproto.parse_proto(bytearray(stream(1)))
    assert message.cotEvent.uid == "post-1"


# --- as it is served ------------------------------


def test_a_served_mission_opens_its_lines_only_when_it_runs_and_tells_of_them(lined: Opened) -> None:
    here = lined(WAITING, starts=False)
    house = opened(here.folder, here.simulated)
    try:
        assert house.made.lines is not None
        assert house.made.lines.bound == (("", 0),), "nothing listens before it runs"
        house.made.lines.start()
        with socket.create_connection(house.made.lines.bound[0]) as peer:
            peer.sendall(event(1))
            until(lambda: house.made.lines.counts.events == 1)
        media = {"content-type": "application/xml"}
        assert house.ask("POST", "/api/intake/posts", "wanda", content=event(2), headers=media).status_code == 201
        figures = house.get("/metrics", "audit").text
        assert "truceline_cot_events_total 1\n" in figures
        assert house.get("/ready").json()["conditions"]["lines_open"] is True
    finally:
        house.made.lines.close()
        house.client.close()
        house.made.settings.store.close()
