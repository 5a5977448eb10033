"""Usual column names for texts, labels and ratings, in Korean and English."""

import re
import unicodedata
from dataclasses import dataclass

INVISIBLE = "\ufeff\u200b\u2060\u00ad\u200e\u200f\u061c"
"""Zero-width characters that get into names and labels by copying, including byte order marks."""

FASTTEXT = "__label__"
"""The prefix of lines in fastText's format."""

_WORD = re.compile("[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_NAME = re.compile(r"[\w\s()\[\].,:/·?*#&+-]+")  # excludes HTML and JSON
_NOT_OF_WORDS = re.compile(r"[\W_]+")
_DELETED = dict.fromkeys(map(ord, INVISIBLE))


@dataclass(frozen=True)
class ColumnNames:
    """The names of one kind of column.

    Attributes:
        usual: Unambiguous names, as keys.
        likely: Names that are accepted if there is no usual one, as keys.
        words: English words in names of several words, as in review_text.
        nouns: Korean nouns in longer names, as in 구매자리뷰.
        other_words: Words that give a name with such a word another meaning, as in review_id.
        other_nouns: The same in Korean, as in 리뷰글번호.
    """

    usual: frozenset[str]
    likely: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    nouns: tuple[str, ...] = ()
    other_words: frozenset[str] = frozenset()
    other_nouns: tuple[str, ...] = ()

    def is_in(self, column: str) -> bool:
        """Return whether a name has one of the words or nouns, and none that gives it another meaning."""
        name = exact_key(column)
        words = {word.casefold() for word in _WORD.findall(name)}
        if not _NAME.fullmatch(name) or words & self.other_words or any(noun in name for noun in self.other_nouns):
            return False
        return bool(words & self.words) or any(noun in name for noun in self.nouns)


def _keys(names: str) -> frozenset[str]:
    return frozenset(names.split())


_MEASURED_WORDS = _keys(
    "id ids no num number idx index key date time datetime timestamp created updated length len size count cnt url "
    "link author user writer reviewer name title lang language type code"
)
_MEASURED_NOUNS = (
    *("번호", "날짜", "일자", "일시", "시간", "등록일", "작성일", "작성자", "등록자", "길이", "개수", "건수"),
    *("글자수", "여부", "유형", "제목", "아이디", "링크", "증명"),
)
_JUDGED_WORDS = _keys("rating ratings score scores star stars grade label labels sentiment class category polarity")
_JUDGED_NOUNS = ("평점", "별점", "점수", "감정", "감성", "라벨", "레이블", "분류", "긍부정", "정답")

TEXT = ColumnNames(
    usual=_keys("text document review reviews sentence comment content q 텍스트 리뷰 내용 문장 댓글 본문 후기"),
    likely=_keys(
        "texts documents comments contents sentences reviewtext reviewbody reviewcontent reviewcontents commenttext "
        "commentbody message messages msg utterance utterances tweet tweets body fulltext description feedback "
        "리뷰내용 리뷰상세내용 상세리뷰 리뷰본문 리뷰텍스트 후기내용 상세내용 댓글내용 발화 발화문 의견 상품평 구매평 "
        "한줄평 문의내용 상담내용"
    ),
    words=_keys("text texts review reviews comment comments sentence content message utterance tweet body document"),
    nouns=("리뷰", "후기", "댓글", "내용", "본문", "문장", "발화", "텍스트", "상품평", "구매평", "한줄평"),
    other_words=_MEASURED_WORDS | _JUDGED_WORDS,
    other_nouns=(*_MEASURED_NOUNS, *_JUDGED_NOUNS),
)
"""Columns of texts."""

LABELS = ColumnNames(
    usual=_keys("label labels sentiment class category target 라벨 레이블 감정 감성 분류"),
    likely=_keys(
        "polarity emotion goldlabel gold sentimentlabel 정답 긍부정 긍부정여부 극성 감정라벨 감성라벨 정답라벨"
    ),
    words=_keys("label labels sentiment polarity emotion"),
    nouns=("라벨", "레이블", "감정", "감성", "긍부정", "정답", "극성"),
    other_words=_keys("id ids score scores probability confidence date time length count name predicted"),
    other_nouns=("번호", "점수", "확률", "날짜", "일자", "길이"),
)
"""Columns of labels."""

RATINGS = ColumnNames(
    usual=_keys("rating ratings star stars score grade 별점 평점 점수"),
    likely=_keys("구매자평점 리뷰평점 리뷰별점 상품평점 만족도 reviewrating reviewscore starrating overall"),
    words=_keys("rating ratings stars"),
    nouns=("별점", "평점"),
    other_words=_keys("id date time count number average avg mean"),
    other_nouns=("번호", "날짜", "건수", "개수", "평균"),
)
"""Columns of grades."""


def exact_key(column: str) -> str:
    """Return the key shared by spellings of a name that look alike."""
    # macOS writes Hangul decomposed, and headers have stray spaces.
    return unicodedata.normalize("NFC", column).translate(_DELETED).strip()


def loose_key(column: str) -> str:
    """Return the key shared by spellings of a name that differ only in case."""
    return exact_key(column).casefold()


def word_key(column: str) -> str:
    """Return the letters and digits of a name: review_text, Review Text and reviewText have the same key."""
    return _NOT_OF_WORDS.sub("", loose_key(column))


def names_a_column(cell: str) -> bool:
    """Return whether a cell is a usual column name for texts or labels."""
    return word_key(cell) in TEXT.usual | TEXT.likely | LABELS.usual | LABELS.likely
