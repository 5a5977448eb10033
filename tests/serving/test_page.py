"""The page, in a real browser: headless Chromium, which must be there where CI runs the tests."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sentiment import Classifier
from sentiment.serving import ServingSettings, create_app
from sentiment.stats.quantification import adjusted_count
from tests.serving.live import listening
from tests.tables.conftest import workbook_parts, zipped

ROWS = 10_000
CELL = '<c t="inlineStr"><is><t>{}</t></is></c>'
WIDTHS = (360, 768, 1_600)
DRIVER = shutil.which("chromedriver")

Browser = Any
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def require_browser() -> None:
    if DRIVER is None:
        if os.environ.get("CI"):
            pytest.fail("there is no chromedriver: .ci/run must install it")
        pytest.skip("needs chromium and chromedriver")


@pytest.fixture(scope="module")
def address(classifier: Classifier, other: Classifier) -> Iterator[str]:
    require_browser()
    with listening(create_app({"tiny": classifier, "other": other})) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def browser(downloads: Path) -> Iterator[Browser]:
    require_browser()
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--lang=en"):
        options.add_argument(argument)
    preferences = {"download.default_directory": str(downloads), "intl.accept_languages": "en"}
    options.add_experimental_option("prefs", preferences)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def page(browser: Browser, address: str) -> Browser:
    browser.get(address)
    until(lambda: by_id(browser, "model").text)
    return browser


def by_id(browser: Browser, name: str) -> Any:
    return browser.find_element("id", name)


def until(found: Callable[[], Any], seconds: float = 20.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError("nothing was found in time")


def classify(browser: Browser, texts: str) -> list[list[str]]:
    field = by_id(browser, "texts")
    field.clear()
    field.send_keys(texts)
    browser.find_element("css selector", "#texts-form button").click()
    rows = "#answers tbody tr"
    until(lambda: len(browser.find_elements("css selector", rows)) == len(texts.splitlines()))
    return [
        [cell.text for cell in row.find_elements("tag name", "td")]
        for row in browser.find_elements("css selector", rows)
    ]


def test_a_sentence_and_many_lines_are_classified(page: Browser, classifier: Classifier) -> None:
    texts = ["good film", "배우가 아깝다", "bad film"]
    for number in (1, 3):
        rows = classify(page, "\n".join(texts[:number]))
        for row, answer in zip(rows, classifier.predict(texts[:number]), strict=True):
            assert row[0] == answer.label
            assert row[1].strip().rstrip("%") == f"{100 * (answer.probability or 0):.1f}".removesuffix(".0")
        assert [row[2] for row in rows] == texts[:number]
    assert not by_id(page, "fault").is_displayed()


def test_the_words_that_carried_the_answer_are_marked(page: Browser, classifier: Classifier) -> None:
    text = "🙂🙂 good film"
    field = by_id(page, "texts")
    page.execute_script("arguments[0].value = arguments[1]", field, text)
    page.find_element("css selector", "#texts-form button").click()
    marked = until(lambda: page.find_elements("css selector", ".explained mark"))
    explained = classifier.explain(text)
    largest = max(0.2, *(abs(word.share) for word in explained.words))
    assert [mark.text for mark in marked] == [word.text for word in explained.words if abs(word.share) >= 0.1 * largest]
    assert page.find_element("css selector", ".explained").text == text


def test_another_model_can_be_chosen(page: Browser, other: Classifier) -> None:
    by_id(page, "model").send_keys("other")
    assert classify(page, "good film")[0][0] == other.predict(["good film"])[0].label


def workbook() -> bytes:
    rows = [("text", "product"), *((f"good film {number}", f"p{number % 3}") for number in range(ROWS))]
    cells = "".join(f"<row>{''.join(CELL.format(cell) for cell in row)}</row>" for row in rows)
    return zipped(workbook_parts(f"<sheetData>{cells}</sheetData>"))


def test_a_workbook_is_answered_summed_up_and_downloaded(page: Browser, tmp_path: Path, downloads: Path) -> None:
    (tmp_path / "reviews.xlsx").write_bytes(workbook())
    by_id(page, "file").send_keys(str(tmp_path / "reviews.xlsx"))
    until(by_id(page, "report").is_displayed)
    assert by_id(page, "counts").text == f"{ROWS:,} rows: {ROWS:,} written, 0 broken, 0 without a text"
    assert [note.text for note in page.find_elements("css selector", "#notes li")] == [
        "reviews.xlsx: texts from column 'text'"
    ]
    totals = [cell.text for cell in page.find_elements("css selector", "#classes td.number")]
    assert sum(int(total.replace(",", "")) for total in totals) == ROWS
    assert by_id(page, "correction").text.startswith("The counts are not corrected: it is not known from")
    groups = page.find_elements("css selector", "#groups tbody tr")
    assert [row.text.split()[:2] for row in groups] == [["p0", "3,334"], ["p1", "3,333"], ["p2", "3,333"]]
    assert len(page.find_elements("css selector", "#least tbody tr")) == 20
    by_id(page, "download").click()
    until((downloads / "reviews.xlsx").exists)
    assert (downloads / "reviews.xlsx").read_bytes()[:2] == b"PK"
    assert no_faults(page) == []


def test_totals_are_corrected_for_known_errors(page: Browser, other: Classifier, tmp_path: Path) -> None:
    texts = [f"good film {number}" if number % 2 else f"bad film {number}" for number in range(40)]
    (tmp_path / "reviews.csv").write_text("\n".join(["text", *texts]), encoding="utf-8")
    by_id(page, "model").send_keys("other")
    by_id(page, "file").send_keys(str(tmp_path / "reviews.csv"))
    until(by_id(page, "report").is_displayed)
    answers = [one.label for one in other.predict(texts)]
    counted = np.array([answers.count(label) for label in other.labels])
    shares, _ = adjusted_count(counted, np.array([[80, 10, 10], [5, 90, 5], [10, 10, 80]]))
    rows = [
        [cell.text for cell in row.find_elements("css selector", "td")]
        for row in page.find_elements("css selector", "#classes tbody tr")
    ]
    assert [(row[0], row[1]) for row in rows] == [
        (label, str(count)) for label, count in zip(other.labels, counted.tolist(), strict=True)
    ]
    found = [float(row[3].split("%")[0]) for row in rows]
    assert found == pytest.approx([round(100 * share, 1) for share in shares.tolist()], abs=0.051)
    assert by_id(page, "correction").text.startswith("Corrected for the errors on 300 validation rows.")


def test_a_broken_table_is_reported(page: Browser, tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text("id,n\n1,2\n")
    by_id(page, "file").send_keys(str(tmp_path / "reviews.csv"))
    assert "reviews.csv" in until(lambda: by_id(page, "fault").text)


def no_faults(page: Browser) -> list[str]:
    """Return what axe-core finds wrong."""
    page.execute_script((files("axe_core_python") / "axe.min.js").read_text())
    found = page.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
    return [f"{fault['id']}: {fault['nodes'][0]['html']}" for fault in found["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_fits_every_width(page: Browser, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    classify(page, "good film\n" + "long" * 100)
    for width in WIDTHS:
        metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        assert page.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert no_faults(page) == []


def test_it_speaks_the_language_of_the_browser(page: Browser, address: str) -> None:
    assert page.find_element("css selector", "h2").text == "Texts"
    by_id(page, "language").click()
    assert page.find_element("css selector", "h2").text == "글"
    assert page.execute_script("return document.documentElement.lang") == "ko"
    script = "Object.defineProperty(navigator, 'language', {get: () => 'ko-KR'})"
    handle = page.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
    page.get(address)
    assert page.find_element("css selector", "h2").text == "글"
    assert page.execute_script("return Object.keys(WORDS.ko).join() === Object.keys(WORDS.en).join()")
    page.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", handle)


def test_it_asks_nobody_else(page: Browser, address: str) -> None:
    names = page.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert len(names) >= 4
    assert [name for name in names if not name.startswith(address)] == []


def test_it_works_by_keyboard_alone(page: Browser) -> None:
    from selenium.webdriver import ActionChains, Keys

    by_id(page, "texts").send_keys("good film", Keys.CONTROL, Keys.ENTER)
    until(lambda: page.find_elements("css selector", "#answers tbody tr"))
    seen = set()
    for _ in range(20):
        active = page.switch_to.active_element
        seen.add(active.get_attribute("id") or active.text)
        ActionChains(page).send_keys(Keys.TAB).perform()
    assert {"model", "language", "texts", "file", "column"} <= seen


def test_it_asks_for_a_key_where_one_is_needed(browser: Browser, classifier: Classifier) -> None:
    with listening(create_app({"tiny": classifier}, ServingSettings(api_keys=("secret",)))) as port:
        browser.get(f"http://127.0.0.1:{port}/")
        until(by_id(browser, "key-form").is_displayed)
        by_id(browser, "key").send_keys("secret")
        browser.find_element("css selector", "#key-form button").click()
        until(lambda: by_id(browser, "model").text == "tiny")
        assert classify(browser, "good film")[0][0] == classifier.predict(["good film"])[0].label
        browser.get("about:blank")
