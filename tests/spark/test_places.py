"""Whether a job would write over what it reads, without Spark."""

from pathlib import Path

import pytest

from sentiment.spark.places import how_they_meet, places_of


def meeting(target: str, source: str) -> str | None:
    return how_they_meet(places_of(target), places_of(source))


@pytest.mark.parametrize(
    ("target", "source", "how"),
    [
        ("hdfs://nn/data", "hdfs://nn/data/", "is"),
        ("hdfs://nn/data", "hdfs://nn:8020/data/2024/a.csv", "contains"),
        ("hdfs://NN/data/answered", "HDFS://nn/data", "lies inside"),
        ("s3://reviews/2024", "s3a://reviews/2024/a.csv", "contains"),
        ("file:/%EB%A6%AC%EB%B7%B0%20%231", "file:///리뷰%20%231/a.csv", "contains"),
        ("hdfs://nn/data", "hdfs://nn/data2", None),
        ("hdfs://nn/data", "hdfs://other/data", None),
        ("gs://reviews/2024", "s3a://reviews/2024", None),
        ("hdfs://nn/data/answered", "hdfs://nn/data/a.csv", None),
    ],
)
def test_names_are_compared_whole_and_on_one_file_system(target: str, source: str, how: str | None) -> None:
    assert meeting(target, source) == how


def test_links_are_followed_and_count_themselves(tmp_path: Path) -> None:
    real, linked, holder = tmp_path / "real", tmp_path / "linked", tmp_path / "holder"
    for folder in (real, holder):
        folder.mkdir()
    (real / "a.csv").touch()
    linked.symlink_to(real)
    (holder / "b.csv").symlink_to(real / "a.csv")
    assert meeting(linked.as_uri(), real.as_uri()) == "is"
    assert meeting((linked / "out").as_uri(), real.as_uri()) == "lies inside"
    for folder in (real, linked, holder):
        assert meeting(folder.as_uri(), (holder / "b.csv").as_uri()) == "contains"
