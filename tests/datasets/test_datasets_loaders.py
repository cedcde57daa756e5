"""Each loader on a small made-up tree, whole and broken."""

from __future__ import annotations

import pytest

from segue.key import Key
from training.corpus import read_tracks_csv
from training.datasets.base import ESTIMATED_BPM, DatasetInvalid
from training.datasets.split import assign_splits
from training.datasets.writer import write_rows


def table(header, *rows, delimiter=","):
    return "".join(delimiter.join(str(cell) for cell in row) + "\n" for row in (header, *rows))


MTAT_ANNOTATIONS = table(
    ('"clip_id"', '"no voice"', '"rock"', '"female vocal"', '"guitar"', '"jungle"', '"slow"', '"mp3_path"'),
    (2, 1, 1, 0, 1, 1, 1, '"f/a-album-01-song-30-59.mp3"'),
    (6, 0, 0, 1, 0, 0, 0, '"0/b-album-02-song-0-29.mp3"'),
    (10, 0, 0, 0, 0, 0, 1, '"c/c-album-03-song-0-29.mp3"'),
    (11, 0, 1, 0, 0, 0, 0, '"c/d-gone-03-song-0-29.mp3"'),
    delimiter="\t",
)
MTAT_INFO = table(
    (
        *("clip_id", "track_number", "title", "artist", "album", "url"),
        *("segmentStart", "segmentEnd", "original_url", "mp3_path"),
    ),
    (2, 1, "Song", "A Band", "Album", "", 30, 59, "", "f/a-album-01-song-30-59.mp3"),
    (6, 2, "Song", "a  band", "Album", "", 0, 29, "", "0/b-album-02-song-0-29.mp3"),
    (10, 3, "Song", "", "Album", "", 0, 29, "", "c/c-album-03-song-0-29.mp3"),
    delimiter="\t",
)


def mtat(tree):
    files = ("mp3/f/a-album-01-song-30-59.mp3", "mp3/0/b-album-02-song-0-29.mp3", "mp3/c/c-album-03-song-0-29.mp3")
    return tree(*files, **{"annotations_final.csv": MTAT_ANNOTATIONS, "clip_info_final.csv": MTAT_INFO})


def test_magnatagatune(tree, load):
    root = mtat(tree)
    ledger = load("magnatagatune", root)
    first, second, third = ledger.rows
    assert (first.id, first.genres, first.instruments) == ("mtat-2", ("rock",), ("guitar",))
    assert second.instruments == ("femalevoice",)
    assert first.group == second.group == "artist:a band" and third.group == "mtat-10"
    assert not third.labelled
    assert ledger.missing == ["c/d-gone-03-song-0-29.mp3"]
    assert ledger.unknown_words == {"slow": 2}


def test_magnatagatune_leaves_out_the_empty_clips(tree, load):
    root = mtat(tree)
    (root / "mp3/f/a-album-01-song-30-59.mp3").write_bytes(b"")
    ledger = load("magnatagatune", root)
    assert ledger.empty == ["f/a-album-01-song-30-59.mp3"] and len(ledger.rows) == 2


def test_magnatagatune_without_its_tables_or_with_others(tree, load):
    root = tree("f/x.mp3")
    with pytest.raises(DatasetInvalid, match=r"has no annotations_final.csv; it holds f\. MagnaTagATune is"):
        load("magnatagatune", root)
    tree(**{"annotations_final.csv": "a,b\n1,2\n", "clip_info_final.csv": MTAT_INFO})
    with pytest.raises(DatasetInvalid, match="no column 'clip_id'; its header is a, b"):
        load("magnatagatune", root)


JAMENDO = (
    "TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS\n"
    "track_0000214\tartist_000014\talbum_000031\t14/214.mp3\t124.6\tgenre---punkrock\tinstrument---drummachine\n"
    "track_0000948\tartist_000087\talbum_000149\t48/948.mp3\t212.7\tgenre---newage\tmood/theme---epic\n"
    "track_0001000\tartist_000014\talbum_000149\t00/1000.mp3\t212.7\tgenre---chillout\n"
    "track_0001100\tartist_000099\talbum_000149\t00/1100.mp3\t212.7\tgenre---jazz\n"
)


def test_jamendo_in_either_quality_with_its_split(tree, load):
    header = JAMENDO.splitlines(keepends=True)[0]
    root = tree(
        *("raw_30s/audio-low/14/214.low.mp3", "raw_30s/audio/48/948.mp3", "raw_30s/audio-low/48/948.low.mp3"),
        "raw_30s/audio/00/1000.mp3",
        **{
            "data/autotagging.tsv": JAMENDO,
            "data/splits/split-0/autotagging-train.tsv": header,
            "data/splits/split-0/autotagging-validation.tsv": header + JAMENDO.splitlines(keepends=True)[1],
            "data/splits/split-0/autotagging-test.tsv": header + JAMENDO.splitlines(keepends=True)[2],
        },
    )
    ledger = load("mtg-jamendo", root)
    rows = {row.id: row for row in assign_splits(ledger.rows, 0.0, 0)}
    assert set(rows) == {"jamendo-214", "jamendo-948", "jamendo-1000"}
    assert rows["jamendo-214"].genres == ("punk",) and rows["jamendo-214"].instruments == ("drummachine",)
    assert rows["jamendo-948"].file == root / "raw_30s/audio/48/948.mp3"
    assert [rows[f"jamendo-{n}"].split for n in (214, 948, 1000)] == ["dev", "test", "dev"]  # 1000 follows its artist
    assert ledger.missing == ["00/1100.mp3"] and ledger.unknown_words == {"newage": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,path\n1,2\n", "its columns should be TRACK_ID"),
        (JAMENDO + "track_1\tartist_1\n", "Row 6 of .* has 2 cells"),
        (JAMENDO, "None of 4 named files is usable, for example 14/214.mp3; .* holds 1 audio files"),
    ],
)
def test_jamendo_broken(tree, load, text, message):
    with pytest.raises(DatasetInvalid, match=message):
        load("mtg-jamendo", tree("other.mp3", **{"data/autotagging.tsv": text}))


FMA = (
    ",artist,set,set,track,track,track,track\n"
    ",name,split,subset,genre_top,genres,license,title\n"
    "track_id,,,,,,,\n"
    '2,AWOL,training,small,Hip-Hop,"[21, 27]",CC BY-NC-SA,Food\n'
    '3,"Bird, The",test,small,,"[181]",CC BY,"Two\nlines"\n'
    "5,AWOL,validation,small,Rock,[],CC BY,Gone\n"
    "140,Nicky,training,medium,Folk,[],CC BY,Larger\n"
)
FMA_GENRES = "genre_id,#tracks,parent,title,top_level\n21,1,0,Hip-Hop,21\n27,1,12,Lo-Fi,12\n181,1,15,Techno,15\n"


def test_fma(tree, load):
    tables = {"fma_metadata/tracks.csv": FMA, "fma_metadata/genres.csv": FMA_GENRES}
    ledger = load("fma", tree("fma_small/000/000002.mp3", "fma_small/000/000003.mp3", **tables))
    first, second = ledger.rows
    assert (first.id, first.genres, first.split, first.licence) == ("fma-2", ("hiphop",), "train", "CC BY-NC-SA")
    assert (second.genres, second.split, second.group) == (("techno",), "test", "artist:bird, the")
    assert ledger.missing == ["000/000005.mp3"], "tracks beyond the small subset are not missing"


def test_fma_without_its_genres_or_with_another_table(tree, load):
    root = tree("fma_large/000/000003.mp3", **{"fma_metadata/tracks.csv": FMA})
    ledger = load("fma", root)
    assert not ledger.rows[0].labelled and "no genres.csv" in ledger.notes[0]
    assert len(ledger.missing) == 3
    tree(**{"fma_metadata/tracks.csv": "track_id,artist_name\n2,AWOL\n"})
    with pytest.raises(DatasetInvalid, match=r"no column set/split; FMA's tracks\.csv has one header row of groups"):
        load("fma", root)


GTZAN_AUDIO = ("blues.00000.wav", "blues.00001.au", "jazz.00054.wav", "rock.00099.wav", "rock.00099.au")


def gtzan(tree, **texts):
    return tree(*(f"genres/{name.partition('.')[0]}/{name}" for name in GTZAN_AUDIO), **texts)


def test_gtzan_with_tempo_and_key(tree, load):
    root = gtzan(
        tree,
        **{
            "gtzan_tempo_beat-main/tempo/gtzan_blues_00000.bpm": "120.5\n",
            "gtzan_key/genres/blues/blues.00000.lerch.txt": "0",
            "gtzan_key/genres/blues/blues.00001.lerch.txt": "-1",
            "gtzan_key/genres/rock/rock.00099.lerch.txt": "15\n",
        },
    )
    ledger = load("gtzan", root)
    rows = {row.title: row for row in ledger.rows}
    assert set(rows) == {"blues.00000", "blues.00001", "rock.00099"}
    assert rows["blues.00000"].bpm == 120.5 and rows["blues.00000"].key == Key.parse("A major")
    assert rows["blues.00001"].key is None
    assert rows["rock.00099"].key == Key.parse("C minor") and rows["rock.00099"].file.suffix == ".wav"
    assert rows["blues.00000"].group == rows["blues.00001"].group != rows["rock.00099"].group
    assert list(ledger.left_out) == ["jazz.00054.wav, which is corrupt in the common copy"]
    assert any(".au" in note for note in ledger.notes)


def test_gtzan_takes_the_sound_copy_of_the_corrupt_excerpt(tree, load):
    root = gtzan(tree)
    tree("genres/jazz/jazz.00054.au")
    assert {row.file.name for row in load("gtzan", root).rows} >= {"jazz.00054.au"}


def test_gtzan_keeps_the_fault_filtered_split(tree, load):
    root = gtzan(
        tree,
        **{
            "train_filtered.txt": "blues/blues.00000.wav\nblues/blues.00050.wav\n",
            "valid_filtered.txt": "blues/blues.00001.wav\n",
            "test_filtered.txt": "\n",
        },
    )
    ledger = load("gtzan", root)
    assert {row.title: row.split for row in ledger.rows} == {"blues.00000": "train", "blues.00001": "dev"}
    assert len({row.group for row in ledger.rows}) == 2, "the lists know better than the neighbourhood"
    assert ledger.missing == ["blues.00050"]
    assert ledger.left_out["excerpt that the fault-filtered split leaves out"] == 1


def test_gtzan_broken(tree, load):
    with pytest.raises(DatasetInvalid, match=r"No file is named as in this set; .* holds 1 audio files\. GTZAN is"):
        load("gtzan", tree("blues/first.wav"))
    root = gtzan(tree, **{"train_filtered.txt": "30\n31\n"})
    with pytest.raises(DatasetInvalid, match=r"but no valid_filtered\.txt; all three"):
        load("gtzan", root)
    tree(**{"valid_filtered.txt": "", "test_filtered.txt": ""})
    with pytest.raises(DatasetInvalid, match="the line '30'"):
        load("gtzan", root)


def test_gtzan_with_unreadable_labels(tree, load):
    labels = {
        "tempo/gtzan_blues_00000.bpm": "fast",
        "key/blues.00000.lerch.txt": "",
        "key/rock.00099.lerch.txt": "24",
        "tempo/gtzan_rock_00099.bpm": "0.0",
    }
    ledger = load("gtzan", gtzan(tree, **labels))
    assert all(row.bpm is None and row.key is None for row in ledger.rows)
    assert ledger.left_out["key that cannot be read"] == 2
    assert ledger.left_out["tempo that is no number of 20 to 400 BPM"] == 1


def test_giantsteps_tempo_prefers_the_second_edition(tree, load):
    root = tree(
        *("audio/1030011.LOFI.mp3", "audio/1030012.LOFI.wav", "audio/3041381.LOFI.mp3"),
        **{
            "annotations/tempo/1030011.LOFI.bpm": "64",
            "annotations/genre/1030011.LOFI.genre": "tech-house",
            "annotations/genre/1030012.LOFI.genre": "minimal",
            "annotations_v2/tempo/1030011.LOFI.bpm": "128.0",
            "annotations_v2/mirex/1030011.LOFI.mirex": "64.0\t128.0\t0.2",
            "annotations_v2/mirex/1030012.LOFI.mirex": "64.0\t127.0\t0.2",
            "annotations_v2/mirex/3041381.LOFI.mirex": "0.0\t0.0\t0.0",
            "annotations_v2/tempo/999.LOFI.bpm": "140",
        },
    )
    ledger = load("giantsteps-tempo", root)
    rows = {row.id: row for row in ledger.rows}
    assert {name: row.bpm for name, row in rows.items()} == {
        "gstempo-1030011": 128.0,
        "gstempo-1030012": 127.0,
        "gstempo-3041381": None,
    }
    assert rows["gstempo-1030011"].genres == ("house",) and rows["gstempo-1030012"].genres == ("techno",)
    assert ledger.missing == ["999.LOFI.mp3"]


def test_giantsteps_tempo_first_edition_and_none(tree, load):
    root = tree("audio/1.LOFI.mp3")
    with pytest.raises(DatasetInvalid, match="has no annotations_v2/tempo; it holds audio"):
        load("giantsteps-tempo", root)
    tree(**{"annotations/tempo/1.LOFI.bpm": "#@format: tempo\ttimestamp(float)\tbpm(float)\ntempo 0 136"})
    ledger = load("giantsteps-tempo", root)
    assert ledger.rows[0].bpm == 136.0 and "first edition" in ledger.notes[0]


def test_giantsteps_key(tree, load):
    root = tree(
        *("audio/0010089.LOFI.mp3", "audio/2.LOFI.mp3", "audio/3.LOFI.mp3"),
        **{
            "annotations/key/0010089.LOFI.key": "D# minor",
            "annotations/key/2.LOFI.key": "unsure",
            "annotations/giantsteps/3.LOFI.key": "#@format: key\ttimestamp(float)\tkey(string)\nkey 0 E major\n",
        },
    )
    ledger = load("giantsteps-key", root)
    assert [row.key and row.key.name for row in ledger.rows] == ["Eb minor", None, "E major"]
    assert ledger.rows[0].group == "beatport:10089"
    assert ledger.left_out["key that cannot be read"] == 1
    with pytest.raises(DatasetInvalid, match=r"None of 3 named files is usable, for example 0010089"):
        load("giantsteps-key", root, root / "annotations")


SPOTIFY = (
    "track_id,Track Name,artists,preview_url,tempo,key,mode,energy,track_genre\n"
    "a1,One,\"['Ann', 'Bob']\",https://p.scdn.co/mp3-preview/xyz?cid=1,127.98,9,0,0.8,deep-house\n"
    "a1,One,\"['Ann', 'Bob']\",https://p.scdn.co/mp3-preview/xyz?cid=1,127.98,9,0,0.8,german techno\n"
    "b2,Two,ann;Cid,,0.0,-1,1,0.1,\"['polka', 'Drum & Bass']\"\n"
    "c3,Three,,clips/three.mp3,1000,14,1,0.1,\n"
    "d4,Four,Dee,clips/four.mp3,90,0,1,0.1,\n"
)


def test_spotify(tree, load):
    root = tree("previews/xyz.mp3", "previews/b2.mp3", "clips/three.mp3", **{"features.csv": SPOTIFY})
    ledger = load("spotify", root)
    one, two, three = ledger.rows
    assert (one.id, one.bpm, one.bpm_trust, one.key) == ("spotify-a1", 127.98, ESTIMATED_BPM, Key.parse("A minor"))
    assert one.genres == ("house", "techno") and one.title == "One"
    assert one.group == two.group == "artist:ann" and three.group == "spotify-c3"
    assert (two.bpm, two.key, two.genres) == (None, None, ("drumnbass",))
    assert not three.labelled and sum(ledger.left_out.values()) == 3
    assert ledger.missing == ["clips/four.mp3"] and ledger.unknown_words == {"polka": 1}


def test_spotify_without_ids_mode_or_artists(tree, load):
    text = "File,KEY,Genre\nrock/01.mp3,9,rock\njazz/01.mp3,Am,jazz\n"
    ledger = load("spotify", tree("rock/01.mp3", "jazz/01.mp3", **{"mine.csv": text}) / "mine.csv")
    assert len({row.id for row in ledger.rows}) == 2
    assert [row.key for row in ledger.rows] == [None, Key.parse("A minor")]
    assert len(ledger.notes) == 2


def test_spotify_broken(tree, load):
    root = tree("a.mp3", **{"features.csv": "name,energy\na,0.5\n"})
    with pytest.raises(DatasetInvalid, match=r"holds none among 1 CSVs\. A Spotify CSV has"):
        load("spotify", root)
    tree(**{"one.csv": SPOTIFY, "two.csv": SPOTIFY})
    with pytest.raises(DatasetInvalid, match="holds 2 such CSVs, name one of them"):
        load("spotify", root)


def test_estimates_are_trusted_less_than_annotations(tree, load):
    root = tree("previews/xyz.mp3", **{"features.csv": SPOTIFY})
    write_rows(assign_splits(load("spotify", root).rows, 0.0, 0), root / "tracks.csv")
    entry, _ = read_tracks_csv(root / "tracks.csv")[0]
    assert (entry.bpm_trust, entry.key_weight) == ("octave_unknown", 0.4)
