"""``segue playlist`` and ``segue path``: tables, JSON, playlist files, and what they say when there is no way."""

from __future__ import annotations

import pytest

FREE = ("--any-tempo", "--key", "off", "--min-shared", "0")


@pytest.fixture
def shop(segue, tone, tmp_path):
    """A catalogue of eight recordings; runs commands on it."""
    for i in range(8):
        tone(tmp_path / "music" / f"track {i}.wav", hz=110.0 * 2 ** (i / 3), level=0.1 + 0.05 * i)
    segue("index", "add", tmp_path / "music", "--catalogue", tmp_path / "cat")

    def run(command, *more):
        return segue(command, *more, "--catalogue", tmp_path / "cat")

    return run


@pytest.fixture
def seed(tone, tmp_path):
    """A recording that is not in the catalogue."""
    return tone(tmp_path / "unreleased" / "new.wav", hz=115.0)


@pytest.fixture
def ids(shop, seed):
    """Ids of the catalogue's tracks, as a playlist tells them."""
    (told,) = shop("playlist", seed, *FREE, "--length", "8", "--json").lines
    return [placed["track"]["id"] for placed in told["tracks"]]


def test_json(shop, seed):
    asked = ("playlist", seed, *FREE, "--length", "5", "--json", "--curve", "arc", "--drunk", "0.2", "--rng-seed", "3")
    ran = shop(*asked)
    (told,) = ran.lines
    assert ran.code == 0
    assert told["ended"]["code"] == "complete" and told["pool"]["size"] == 8
    assert [placed["position"] for placed in told["tracks"]] == [1, 2, 3, 4, 5]
    assert len({placed["track"]["id"] for placed in told["tracks"]}) == 5
    assert told["tracks"][4]["phase"] == "release" and told["total_seconds"] == 20.0
    assert shop(*asked).out == ran.out


def test_table(shop, seed):
    ran = shop("playlist", seed, *FREE, "--length", "3", "--curve", "0.2,0.6", "--play-seed")
    for word in ("BPM", "pitch", "wanted", "new.wav", "3 tracks, 0:12", "All 3 tracks were found."):
        assert word in ran.out
    plain = shop("playlist", seed, *FREE, "--length", "3")
    assert "wanted" not in plain.out


def test_minutes_and_seeds(shop, seed, ids):
    (told,) = shop("playlist", ids[0], ids[1], "--minus", ids[2], *FREE, "--minutes", "0.2", "--json").lines
    assert told["ended"]["code"] == "complete" and told["total_seconds"] == 12.0
    assert not {placed["track"]["id"] for placed in told["tracks"]} & set(ids[:3])


def test_ending_early_is_told(shop, seed):
    ran = shop("playlist", seed, *FREE, "--length", "30")
    assert ran.code == 0
    assert ran.out.splitlines()[-1].startswith("After track 8 no track is left: of 8 that pass, 0 not yet played.")
    stuck = shop("playlist", seed, "--key", "exact", "--max-drift", "0", "--strict", "--length", "30")
    assert "no track is left" in stuck.out.splitlines()[-1]


def test_playlist_file(shop, seed, tmp_path):
    target = tmp_path / "sets" / "tonight.m3u8"
    target.parent.mkdir()
    shop("playlist", seed, *FREE, "--length", "4", "--play-seed", "--m3u8", target)
    lines = target.read_text().splitlines()
    assert lines[0] == "#EXTM3U" and lines[1:3] == ["#EXTINF:4,new", "../unreleased/new.wav"]
    assert all((target.parent / line).is_file() for line in lines[2::2])
    assert len(lines) == 9


def test_path(shop, seed, ids, tmp_path):
    target = tmp_path / "way.m3u8"
    ran = shop(
        "path", seed, ids[3], ids[0], "--between", "1", "--any-tempo", "--key", "off", "--json", "--m3u8", target
    )
    (told,) = ran.lines
    assert ran.code == 0 and told["waypoints"] == [1, 3, 5]
    placed = [one["track"] and one["track"]["id"] for one in told["tracks"]]
    assert placed[0] is None and placed[2] == ids[3] and placed[4] == ids[0]
    assert target.read_text().splitlines()[2] == "unreleased/new.wav"
    table = shop("path", seed, ids[3], "--length", "4", "--any-tempo", "--key", "off")
    assert "new.wav" in table.out and "All 4 tracks were found." in table.out


def test_no_path(shop, seed, ids, tmp_path):
    target = tmp_path / "way.m3u8"
    ran = shop("path", ids[0], ids[7], "--between", "2", "--key", "exact", "--m3u8", target)
    assert ran.code == 1
    assert ran.out.startswith("After track 1 the next waypoint is out of reach") and not target.exists()
    partial = shop("path", ids[0], ids[7], "--between", "2", "--key", "exact", "--partial")
    assert partial.code == 1 and "BPM" in partial.out


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("playlist", ("--curve", "wave")),
        ("playlist", ("--length", "0")),
        ("playlist", ("--drunk", "2")),
        ("playlist", ("--max-drift", "30")),
        ("playlist", ("--weight", "bass=1")),
        ("playlist", ("--minus", "x", "--play-seed")),
        ("path", ("--between", "-1")),
    ],
)
def test_usage_errors(shop, seed, command, wrong):
    assert shop(command, seed, seed, *wrong).code == 2


@pytest.mark.parametrize(
    ("command", "wrong", "words"),
    [
        ("playlist", ("--length", "3", "--minutes", "4"), "Both length and duration"),
        ("playlist", ("--curve", "0.5,2"), "holds 2.0"),
        ("playlist", ("--include", "polka"), "no tag 'polka'"),
        ("playlist", ("nothing",), "'nothing' is neither a file nor the id"),
        ("path", (), "needs two or more"),
        ("path", ("nothing",), "'nothing' is neither a file nor the id"),
        ("path", ("--between", "3", "--length", "9", "nothing"), "Both n_between and length"),
    ],
)
def test_errors_are_one_line(shop, seed, command, wrong, words):
    ran = shop(command, seed, *wrong)
    assert ran.code == 1
    assert words in ran.err and len(ran.err.splitlines()) == 1


def test_an_empty_catalogue_says_what_to_do(segue, seed, tmp_path):
    for command in ("playlist", "path"):
        ran = segue(command, seed, seed, "--catalogue", tmp_path / "new")
        assert ran.code == 1 and "segue index add" in ran.err
