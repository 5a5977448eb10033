"""The checks of labelled rows, each on rows that have its fault and on rows that do not."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.data import LabelledTexts, RowCounts
from sentiment.evaluation.data_check import CHECKS, DataCheck, Finding, check_data
from sentiment.evaluation.data_check.damage import damage_of
from sentiment.evaluation.data_check.label_errors import cross_validated
from sentiment.evaluation.data_check.near_duplicates import similar_pairs
from sentiment.evaluation.data_check.personal import personal_data, without_personal_data
from sentiment.evaluation.reports.wording import both
from tests.evaluation.test_reports import page_of

Run = Callable[..., Any]

HANGUL = st.text(st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣")), min_size=2)
OPINIONS = {"긍정": ("좋아요", "최고예요", "추천해요"), "부정": ("나빠요", "최악이에요", "실망했어요")}
THINGS = ("배송이", "포장이", "맛이", "화면이", "가격이", "직원이", "의자가", "국물이", "앱이", "색상이")


def silent(_line: str) -> None:
    pass


def labelled(pairs: Sequence[tuple[str, str]], name: str = "rows") -> LabelledTexts:
    texts, labels = [text for text, _ in pairs], [label for _, label in pairs]
    return LabelledTexts(name, texts, labels, RowCounts(len(texts), len(texts)), "text", "label")


def checked(rows: Sequence[tuple[str, str]], test: Sequence[tuple[str, str]] | None = None) -> dict[str, Finding]:
    """Return the finding of each quick check, of the part that it is most about."""
    held_out = None if test is None else labelled(test, "test")
    return {one.check: one for one in check_data(labelled(rows), held_out, quick=True, notify=silent).findings[::-1]}


def test_repeated_and_contradictory_texts_are_counted() -> None:
    findings = checked([("좋다", "a"), ("좋다", "b"), ("좋다", "a"), ("싫다", "b"), ("싫다 ", "b")])
    assert (findings["duplicates"].count, findings["duplicates"].total) == (2, 5)
    assert (findings["two_labels"].count, findings["two_labels"].total) == (1, 3)
    (example,) = findings["two_labels"].examples
    assert (example.places, example.text, example.about) == (("row 1", "row 2", "row 3"), "좋다", "2 a, 1 b")


def test_test_rows_in_training_contradict_if_their_label_is_not_the_commonest_there() -> None:
    train = [("좋다", "a"), ("좋다", "b"), ("좋다", "a"), ("싫다", "b"), ("글쎄", "b"), ("글쎄", "a")]
    test = [("좋다", "a"), ("좋다", "b"), ("싫다", "b"), ("글쎄", "b"), ("글쎄", "a"), ("새롭다", "c")]
    findings = checked(train, test)
    assert (findings["train_in_test"].count, findings["train_in_test"].total) == (5, 6)
    # Of two labels that are equally common, the first in training counts.
    assert (findings["contradicts_train"].count, findings["contradicts_train"].details) == (2, {"ties": 1})
    assert findings["contradicts_train"].examples[0].about == "b in test; 2 a, 1 b in training, row 1"
    assert (findings["unknown_labels"].count, findings["unknown_labels"].examples[0].about) == (1, "c")


def test_sound_rows_have_no_findings() -> None:
    rows = [(f"{thing} {word}", label) for label, words in OPINIONS.items() for word in words for thing in THINGS]
    check = check_data(labelled(rows), labelled([("아주 새로운 글", "긍정")], "test"), quick=True, notify=silent)
    assert [finding.check for finding in check.found if finding.part == "rows"] == []
    assert check.failing(["note"]) == ["class_balance"]  # of one test row
    assert check.failing([]) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("메일은 hong.gil-dong@mail.example.co.kr 입니다", {"e_mail": 1}),
        ("010-1234-5678로 전화 주세요", {"phone_number": 1}),
        ("01012345678", {"phone_number": 1}),
        ("+82 10 1234 5678 또는 02-123-4567", {"phone_number": 2}),
        ("(031) 123-4567, 0507-1234-5678, 070-1234-5678", {"phone_number": 3}),
        ("call (212) 555-0123 or +44 20 7946 0958", {"phone_number": 2}),
        ("900101-1234567", {"resident_number": 1}),
        ("900101 - 1234567, a@b.kr", {"resident_number": 1, "e_mail": 1}),
        ("9001011234568", {"resident_number": 1}),  # its check digit is right
        ("9001011234567", {}),
        ("901301-1234567", {}),  # no such month
        ("2024-01-15 12:30에 3,500원", {}),
        ("주문번호 20240115-0012345", {}),
        ("별점 5/5 @친구 100%", {}),
        ("1588-1234", {}),  # the number of a company
    ],
)
def test_personal_data_is_told_from_other_numbers(text: str, expected: dict[str, int]) -> None:
    assert personal_data(text) == expected
    assert (without_personal_data(text) == text) == (not expected)
    assert not personal_data(without_personal_data(text))


def test_no_personal_data_is_in_the_output(run_command: Run, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    secrets = ["kim@example.com", "010-9876-5432", "900101-1234567"]
    rows = [*((f"연락처는 {secret} 입니다 정말 좋아요", "긍정") for secret in secrets * 6), ("별로예요", "부정")]
    rows += [(f"{thing} {word}", label) for label, words in OPINIONS.items() for word in words for thing in THINGS]
    rows += [("같은 글", secret) for secret in secrets]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    suspects = tmp_path / "suspects.csv"
    shown = [
        run_command("data", "check", str(path), "--label-errors", str(suspects), *more) for more in ([], ["--json"])
    ]
    output = "".join(ended.stdout + ended.stderr for ended in shown) + suspects.read_text(encoding="utf-8-sig")
    assert [secret for secret in secrets if secret in output] == []
    assert "18 of 82 rows" in output
    assert "1 [e-mail] 3, 1 [phone number] 1, 1 [resident number] 2" in output


@given(HANGUL, st.sampled_from(["latin-1", "cp949"]))
def test_utf8_read_in_another_encoding_is_damaged(text: str, wrong: str) -> None:
    assert damage_of(text) is None
    mistaken = text.encode().decode(wrong, errors="replace")
    assert damage_of(mistaken) is not None


@pytest.mark.parametrize(
    "text", ["짱", "Größe, naïve café", "déjà vu", "Ünïcödé ÄÖ", "안녕 ☺️ 👨‍👩‍👧", "tab\tand\nline", "日本語"]
)
def test_sound_texts_are_not_damaged(text: str) -> None:
    assert damage_of(text) is None


@pytest.mark.parametrize("text", ["f\ufffdr", "占쏙옙", "\ud800", "a\x00b", "쨩\x85", "¾È³çÇÏ¼¼¿ä", "CafÃ©"])
def test_damaged_texts_are_found(text: str) -> None:
    assert damage_of(text) is not None


def test_near_duplicates_join_the_first_of_their_kind() -> None:
    texts = [
        "정말 재미있게 잘 봤습니다 또 보고 싶어요",
        "배송이 생각보다 훨씬 빨라서 놀랐어요",
        "정말 재미있게 잘 봤습니다. 또 보고싶어요!!",
        "굿", "굿!",
        "배송이 생각보다 훨씬 느려서 화났어요",
    ]  # fmt: skip
    assert list(similar_pairs(texts, len(texts))) == [(2, 0)]
    assert list(similar_pairs([texts[0], texts[2]], 0)) == []


@given(st.lists(st.text("가나다라마바사아자차카타파하", min_size=12, max_size=30), min_size=1, max_size=8, unique=True))
def test_spaces_and_punctuation_do_not_hide_a_copy(texts: list[str]) -> None:
    copies = [f"{text[:5]} {text[5:]}!" for text in texts]
    found = dict(similar_pairs([*texts, *copies], len(texts)))
    comparable = [row for row, text in enumerate(texts) if len({text[i : i + 3] for i in range(len(text) - 2)}) >= 8]
    assert [row for row in comparable if row + len(texts) not in found] == []


def test_time_of_near_duplicates_does_not_explode_if_all_texts_are_alike() -> None:
    texts = [f"이 영화는 정말로 재미있고 감동적이어서 모두에게 추천합니다 {number}" for number in range(500)]
    assert len({first for _, first in similar_pairs(texts, len(texts))}) < 20


def test_a_token_that_gives_the_label_away_is_found() -> None:
    rng = np.random.default_rng(0)
    words = [f"낱말{number}" for number in range(50)]
    rows = []
    for row in range(400):
        text, label = " ".join(rng.choice(words, 4)), "a" if row % 2 else "b"
        rows.append((f"{text} [광고]" if label == "a" and row % 4 == 1 else text, label))
    (example,) = checked(rows)["shortcuts"].examples[:1]
    assert (example.text, example.about) == ("광고", "100 rows, 100.0 % of them a")


def test_no_token_is_a_shortcut_because_nearly_all_rows_are_of_one_class() -> None:
    rng = np.random.default_rng(0)
    rows = [(" ".join(rng.choice(["하나", "둘", "셋"], 2)), "b" if row % 50 == 0 else "a") for row in range(2_000)]
    assert checked(rows)["shortcuts"].count == 0


def opinions(number: int, seed: int) -> list[tuple[str, str]]:
    rng = np.random.default_rng(seed)
    labels = rng.choice([*OPINIONS], number)
    return [
        (f"{' '.join(rng.choice(THINGS, 3))} {rng.choice(OPINIONS[label])} {row}", label)
        for row, label in enumerate(labels)
    ]


def test_flipped_labels_are_first_among_the_suspects() -> None:
    rows = opinions(600, 0)
    flipped = np.random.default_rng(1).choice(600, 30, replace=False)
    for row in flipped:
        rows[row] = (rows[row][0], "긍정" if rows[row][1] == "부정" else "부정")
    check = check_data(labelled(rows), notify=silent)
    first = {suspect.place for suspect in check.suspects[:60]}
    assert len(first & {f"row {row + 1:,}" for row in flipped}) >= 24
    suspect = check.suspects[0]
    assert suspect.suggested != suspect.label
    assert suspect.probability < 0.5


def test_a_copy_does_not_vouch_for_a_wrong_label() -> None:
    rows = opinions(200, 0) + [("배송이 정말 최고예요", "부정")] * 3
    labels = np.array([label == "긍정" for _, label in rows], dtype=np.int64)
    probabilities = cross_validated([text for text, _ in rows], labels, 2, seed=0)
    assert probabilities.sum(axis=1) == pytest.approx(1.0)
    assert (probabilities[200:, 1] > 0.5).all()
    assert (probabilities.argmax(axis=1) == labels)[:200].mean() > 0.95


def test_with_too_few_texts_label_errors_are_not_looked_for_and_it_says_why() -> None:
    check = check_data(labelled([("좋아요", "a"), ("싫어요", "b")]), notify=silent)
    assert [(one.check, one.reason) for one in check.unchecked] == [
        ("label_errors", "a class needs 5 different texts, and 2 of 2 have fewer")
    ]


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    path = tmp_path / "faulty.csv"
    path.write_text(
        "id,text,label\n1,좋아요,긍정\n2,별로예요,부정\nid,text,label\n3,별로예요,긍정\n4,,부정\n5,괜찮아요,\n"
        "6,&#34;굿&#34;,긍정\n7,ì•ˆë…•,긍정\n8,^^,긍정\n",
        encoding="utf-8",
    )
    return path


def test_a_file_is_checked_as_it_is_found(run_command: Run, faulty: Path) -> None:
    ended = run_command("data", "check", str(faulty), "--quick", "--json")
    found = {one["check"]: one for one in json.loads(ended.stdout)["findings"] if one["count"]}
    assert {check: one["count"] for check, one in found.items()} == {
        "damaged_text": 1,
        "repeated_header": 1,
        "two_labels": 1,
        "duplicates": 1,
        "class_balance": 2,
        "empty": 1,
        "unlabelled": 1,
        "markup": 1,
        "no_letters": 1,
    }
    assert found["repeated_header"]["examples"][0]["places"] == ["line 4"]
    assert found["damaged_text"]["examples"][0]["places"] == ["line 9"]
    assert ended.exit_code == 10


@pytest.mark.parametrize("suffix", ["parquet", "jsonl"])
def test_a_header_among_the_rows_is_found_in_formats_without_one(run_command: Run, tmp_path: Path, suffix: str) -> None:
    rows = [{"text": "좋아요", "label": "a"}, {"text": "text", "label": "label"}, {"text": "싫어요", "label": "b"}]
    path = tmp_path / f"rows.{suffix}"
    if suffix == "parquet":
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    findings = json.loads(run_command("data", "check", str(path), "--quick", "--json").stdout)["findings"]
    assert [one["count"] for one in findings if one["check"] == "repeated_header"] == [1]


@pytest.mark.parametrize(
    ("options", "exit_code"),
    [
        ((), 10),
        (("--fail-on", "error"), 10),
        (("--fail-on", "never"), 0),
        (("--fail-on", "two-labels"), 10),
        (("--fail-on", "personal_data"), 0),
        (("--fail-on", "personal_data", "--fail-on", "warning"), 10),
        (("--fail-on", "never", "--fail-on", "error"), 2),
        (("--fail-on", "two_label"), 2),
        (("--label-errors", "x.csv"), 2),
    ],
)
def test_the_exit_code_follows_from_what_is_to_count(
    run_command: Run, faulty: Path, options: Sequence[str], exit_code: int
) -> None:
    ended = run_command("data", "check", str(faulty), "--quick", *options)
    assert ended.exit_code == exit_code
    if exit_code == 10:
        assert ended.stderr.splitlines()[-1].startswith(f"error: {faulty}: faults were found by ")


def test_halves_of_surrogate_pairs_are_found_and_do_not_stop_the_other_checks(run_command: Run, tmp_path: Path) -> None:
    path, suspects = tmp_path / "rows.jsonl", tmp_path / "suspects.csv"
    rows = [{"text": f"{text} \ud800", "label": label} for text, label in opinions(600, 0)]
    for row in rows[::19]:
        row["label"] = "부정" if row["label"] == "긍정" else "긍정"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    ended = run_command("data", "check", str(path), "--label-errors", str(suspects), "--json")
    found = {one["check"]: one["count"] for one in json.loads(ended.stdout)["findings"]}
    assert (ended.exit_code, found["damaged_text"]) == (10, len(rows))
    with suspects.open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == found["label_errors"] > 0


def test_where_label_errors_cannot_be_written_nothing_is_checked(run_command: Run, faulty: Path) -> None:
    for name in ("x.txt", "no/x.csv"):
        ended = run_command("data", "check", str(faulty), "--label-errors", name)
        assert (ended.exit_code, ended.stdout) == (7, "")


def test_every_finding_is_a_documented_check(run_command: Run, faulty: Path) -> None:
    ended = run_command("data", "check", str(faulty), "--test", str(faulty), "--json")
    content = json.loads(ended.stdout)
    names = {one["check"] for one in content["findings"]} | {one["check"] for one in content["unchecked"]}
    assert names == set(CHECKS)
    page = (Path(__file__).parents[2] / "docs" / "data_check.md").read_text(encoding="utf-8")
    assert [name for name in CHECKS if f"| `{name}` |" not in page] == []


def test_a_missing_package_is_named_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    from sentiment.errors import MissingExtraError
    from sentiment.evaluation.data_check import label_errors

    monkeypatch.setattr(label_errors, "find_spec", lambda name: None if name == "cleanlab" else object())
    rows = labelled(opinions(50, 0))
    with pytest.raises(MissingExtraError, match=r"cleanlab is not installed; .*\[check\]"):
        check_data(rows, notify=silent)
    assert isinstance(check_data(rows, quick=True, notify=silent), DataCheck)


def test_a_training_set_is_checked_against_its_own_test_rows(run_command: Run, faulty: Path, tmp_path: Path) -> None:
    test = tmp_path / "test.csv"
    test.write_text("id,text,label\n1,좋아요,부정\n2,새로워요,긍정\n", encoding="utf-8")
    ended = run_command("data", "check", str(faulty), "--test", str(test), "--quick")
    assert f"error: contradicts_train: 1 of 1 rows in {test} (ties: 0)" in ended.stdout
    assert "line 2 | 좋아요 | 부정 in test; 1 긍정 in training, line 2" in ended.stdout


def test_the_report_shows_what_the_command_prints(run_command: Run, faulty: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    ended = run_command("data", "check", str(faulty), "--test", str(faulty), "--json", "--report", str(path))
    assert ended.exit_code == 10
    page = page_of(path)
    content = json.loads(ended.stdout)
    for finding in content["findings"]:
        if finding["count"]:
            assert f"{finding['count']:,}" in page.texts
            assert all(example["about"] in " ".join(page.texts) for example in finding["examples"])
    assert "글자가 없는 글" in page.texts
    assert content["parts"][0]["sha256"] in " ".join(page.texts)


def test_every_check_has_its_words_in_both_languages() -> None:
    missing = [name for name in CHECKS if not all(all(both(f"{kind}_{name}")) for kind in ("check", "advice"))]
    assert missing == []


def test_a_report_that_cannot_be_written_is_refused_before_the_check(run_command: Run, faulty: Path) -> None:
    ended = run_command("data", "check", str(faulty), "--quick", "--report", "report.txt")
    assert (ended.exit_code, ended.stdout) == (7, "")


TEXTS = ["좋아요", "좋아요", "전화 010-1234-5678", "<b>bold</b> text", "그냥 그래요"]
NEED_LABELS = ["two_labels", "class_balance", "unlabelled", "shortcuts", "label_errors"]


@pytest.mark.parametrize(
    "lines",
    [
        ["text", *TEXTS],
        ["id,review", *(f"{number},{text}" for number, text in enumerate(TEXTS))],
        ["text,label", *(f"{text}," for text in TEXTS)],
        ["row,text,label,predicted,probability,sampled", *(f"{n},{t},,pos,0.6,random" for n, t in enumerate(TEXTS))],
    ],
)
def test_rows_without_labels_get_the_checks_that_need_none(run_command: Run, tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ended = run_command("data", "check", str(path), "--json")
    assert ended.exit_code == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found["parts"][0]["counts"]["used"] == len(TEXTS)
    assert found["parts"][0]["rows_per_label"] == {}
    counts = {one["check"]: one["count"] for one in found["findings"]}
    assert (counts["duplicates"], counts["personal_data"], counts["markup"]) == (1, 1, 1)
    assert "near_duplicates" in counts
    assert [one["check"] for one in found["unchecked"]] == NEED_LABELS
    assert not counts.keys() & set(NEED_LABELS)
    assert {one["reason"] for one in found["unchecked"]} == {f"{path} has no labels"}
    shown = run_command("data", "check", str(path), "--quick").stdout
    assert "5 rows (no labels)" in shown
    assert f"Not checked: two_labels ({path} has no labels)" in shown
    assert "Not checked: near_duplicates (left out of a quick check)" in shown


def test_test_labels_that_mean_those_of_training_are_read_as_them(run_command: Run, tmp_path: Path) -> None:
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    train.write_text("text,label\n좋아요,positive\n싫어요,negative\n", encoding="utf-8")
    test.write_text("text,label\n좋아요,긍정\n별로예요,부정\n글쎄요,unsure\n그냥요,\n", encoding="utf-8")
    ended = run_command("data", "check", str(train), "--test", str(test), "--quick", "--json")
    counts = {(one["check"], one["part"]): one["count"] for one in json.loads(ended.stdout)["findings"]}
    checks = ("train_in_test", "contradicts_train", "unknown_labels", "unlabelled")
    assert [counts[check, str(test)] for check in checks] == [1, 0, 1, 1]
    assert "labels '긍정', '부정' are read as the training rows' 'positive', 'negative'" in ended.stderr


def test_test_rows_without_labels_are_still_looked_for_in_training(
    run_command: Run, faulty: Path, tmp_path: Path
) -> None:
    test = tmp_path / "test.csv"
    test.write_text("id,text\n1,좋아요\n2,새로워요\n", encoding="utf-8")
    ended = run_command("data", "check", str(faulty), "--test", str(test), "--quick", "--json")
    found = json.loads(ended.stdout)
    (leaked,) = (one for one in found["findings"] if one["check"] == "train_in_test")
    assert (leaked["count"], leaked["examples"][0]["about"]) == (1, "in training too, line 2")
    assert {"contradicts_train", "unknown_labels"} <= {one["check"] for one in found["unchecked"]}
    assert ("two_labels", str(faulty)) in {(one["check"], one["part"]) for one in found["findings"]}


@pytest.mark.parametrize("option", [("--label-column", "mood"), ("--text-column", "mood")])
def test_a_column_that_is_not_there_is_a_fault_all_the_same(
    run_command: Run, tmp_path: Path, option: tuple[str, str]
) -> None:
    (tmp_path / "rows.csv").write_text("text\n좋아요\n", encoding="utf-8")
    assert run_command("data", "check", str(tmp_path / "rows.csv"), "--quick", *option).exit_code == 4
