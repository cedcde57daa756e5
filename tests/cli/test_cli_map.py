"""``segue index map``."""

from __future__ import annotations

import re


def test_a_map_of_the_catalogue(segue, music, tmp_path):
    folder = tmp_path / "catalogue"
    segue("index", "add", music, "--catalogue", folder)
    ran = segue("index", "map", "--catalogue", folder, "--method", "pca")
    assert (ran.code, ran.err) == (0, "Fitting the map of 5 tracks ...\n")
    first, *clusters = ran.out.splitlines()
    assert re.fullmatch(rf"{folder}: 5 tracks in {len(clusters)} clusters by PCA, \d+\.\d s\.", first)
    told = segue("index", "map", "--catalogue", folder, "--json").lines[0]
    assert (told["method"], told["tracks"], len(told["clusters"])) == ("pca", 5, len(clusters))
    assert sum(cluster["size"] for cluster in told["clusters"]) == 5
    assert all(
        line.split(maxsplit=1)[1] == cluster["name"] for line, cluster in zip(clusters, told["clusters"], strict=True)
    )
    assert segue("index", "verify", "--catalogue", folder).code == 0


def test_what_cannot_be(segue, music, tmp_path):
    folder = tmp_path / "catalogue"
    missing = segue("index", "map", "--catalogue", folder)
    assert missing.code == 1 and "There is no catalogue" in missing.err
    segue("index", "add", music, "--catalogue", folder)
    umap = segue("index", "map", "--catalogue", folder, "--method", "umap")
    assert umap.code == 1 and "take the method pca" in umap.err.splitlines()[-1]
    assert segue("index", "map", "--catalogue", folder, "--method", "tsne").code == 2
    assert segue("index", "map", "--catalogue", folder, "--seed", "-1").code == 2
