"""A real browser over a real server: every page at desk and phone width, without and with scripts."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hub.home import Hub
from hub.serving import Pages
from tests.needs import need
from tests.web import town

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser
WIDTHS = (1280, 360)
PAGES = {
    "ikhtisar": "/", "konektor": "/konektor", "satu-konektor": "/konektor/kab-contoh", "proses": "/proses",
    "satu-proses": "/proses/3",
    "menunggu": "/menunggu?state=unknown", "pertanyaan": "/menunggu/2", "karantina": "/karantina",
    "sebab": "/karantina/sebab?connector=kota-contoh&cause=mapping.read.code", "satu-karantina": "/karantina/1",
    "aduan": "/aduan", "satu-aduan": f"/aduan/{town.OPEN}", "pemetaan": "/pemetaan",
    "satu-pemetaan": "/pemetaan/contoh?check=1",
    "audit": "/audit", "akun": "/akun", "tidak-ada": "/tidak/ada",
}  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    need("browser", chromium, "apt-get install chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        need("browser", None, "pip install playwright")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def url(hub: Hub) -> Iterator[str]:
    pages = Pages(hub)
    pages.start()
    yield pages.url.rstrip("/")
    pages.stop()


def signed_in(
    browser: Browser, url: str, name: str = "admin", **options: Any
) -> tuple[BrowserContext, Page, list[str]]:
    """A signed-in page and the list of what its console complains about."""
    context = browser.new_context(locale="id-ID", **options)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{url}/masuk")
    page.fill("#name", name)
    page.fill("#password", town.PASSWORD)
    page.click("button.first")
    page.wait_for_url(f"{url}/")
    return context, page, errors


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_its_screen_and_the_console_stays_silent(
    width: int, scheme: str, browser: Browser, url: str, tmp_path: Path
) -> None:
    context, page, errors = signed_in(browser, url, viewport={"width": width, "height": 900}, color_scheme=scheme)
    for name, path in PAGES.items():
        page.goto(url + path)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, f"{name} is {over} pixels too wide"
        page.screenshot(path=str(tmp_path / f"{name}-{width}-{scheme}.png"), full_page=True)
    context.close()
    assert [one for one in errors if "404" not in one] == []


AXIOMS = """() => {
  const found = [];
  const named = (one) => (one.getAttribute('aria-label') || one.textContent || one.title || '').trim();
  if (!document.documentElement.lang) found.push('no language');
  if (document.querySelectorAll('h1').length !== 1) found.push('not one h1');
  if (document.querySelectorAll('main').length !== 1) found.push('not one main');
  for (const one of document.querySelectorAll('a[href], button'))
    if (!named(one)) found.push('no name: ' + one.outerHTML.slice(0, 80));
  for (const one of document.querySelectorAll('input:not([type=hidden]), select'))
    if (!one.labels || !one.labels.length) found.push('no label: ' + one.outerHTML.slice(0, 80));
  for (const one of document.querySelectorAll('table')) if (!one.caption) found.push('no caption');
  for (const one of document.querySelectorAll('svg:not([aria-hidden=true])'))
    if (one.getAttribute('role') !== 'img') found.push('a drawing without a role');
  const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) found.push('twice: ' + id);
  for (const one of document.querySelectorAll('[aria-labelledby], [aria-describedby]'))
    for (const id of ['labelledby', 'describedby'].flatMap((way) => (one.getAttribute('aria-' + way) || '').split(' ')))
      if (id && !document.getElementById(id)) found.push('points nowhere: ' + id);
  return found;
}"""

CONTRAST = """() => {
  const channel = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = (one) => {
    for (; one; one = one.parentElement) {
      const colour = parse(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || (colour.length === 4 && colour[3] === 1)) return colour;
    }
    return [255, 255, 255];
  };
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !one.checkVisibility()) continue;
    if (one.closest('svg, option, .hidden, .skip')) continue;
    const style = getComputedStyle(one);
    const [a, b] = [light(parse(style.color)), light(ground(one))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.add(one.className + ' ' + one.tagName + ' ' + ratio.toFixed(2));
  }
  return [...found];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_read_by_all(scheme: str, browser: Browser, url: str) -> None:
    """Names, labels, captions, landmarks, one heading; and the contrast of every text (WCAG AA: 4.5 to 1)."""
    context, page, _ = signed_in(browser, url, color_scheme=scheme)
    wrong = {}
    for name, path in PAGES.items():
        page.goto(url + path)
        if found := [*page.evaluate(AXIOMS), *page.evaluate(CONTRAST)]:
            wrong[name] = found
    context.close()
    assert not wrong


def test_the_first_tab_leads_past_the_navigation(browser: Browser, url: str) -> None:
    context, page, _ = signed_in(browser, url)
    page.goto(f"{url}/aduan")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "isi"
    context.close()


def test_the_language_changes_with_one_click_and_is_remembered(browser: Browser, url: str) -> None:
    context, page, _ = signed_in(browser, url)
    page.goto(f"{url}/konektor")
    page.click("button[name=language][value=en]")
    assert page.url == f"{url}/konektor"
    assert page.inner_text("h1") == "Connectors"
    assert page.get_attribute("html", "lang") == "en"
    page.goto(f"{url}/aduan")
    assert page.inner_text("h1") == "Complaints"
    page.click("button[name=language][value=id]")
    assert page.inner_text("h1") == "Aduan"
    context.close()


def test_no_page_says_anything_in_the_wrong_language(browser: Browser, url: str) -> None:
    context, page, _ = signed_in(browser, url)
    page.click("button[name=language][value=en]")
    for name, path in PAGES.items():
        page.goto(url + path)
        text = re.sub(r"\\b(mapping|page|word|wire)\\.[a-z_.]+", "", page.inner_text("main"))
        found = re.findall(r"\b(?:dan|yang|tidak|untuk|dengan|belum|rekaman|kiriman)\b", text)
        assert not found or name in ("satu-aduan", "satu-pemetaan"), f"{name}: {found}"
    context.close()


def test_everything_works_without_scripts(browser: Browser, url: str) -> None:
    context, page, _ = signed_in(browser, url, "operator", java_script_enabled=False)
    page.goto(f"{url}/konektor/kota-contoh")
    page.click("text=Jeda")
    assert "dijeda" in page.inner_text("main")
    page.click("text=Lanjutkan")
    page.goto(f"{url}/aduan")
    page.fill("#q", "9165816")
    page.press("#q", "Enter")
    page.click("tbody th a")
    assert "Lampu padam 1" in page.inner_text("h1")
    page.click("text=Keluar")
    assert page.url == f"{url}/masuk"
    context.close()


def test_the_overview_refreshes_itself_and_stops_when_told(browser: Browser, url: str, hub: Hub) -> None:
    context, page, errors = signed_in(browser, url)
    assert page.inner_text("button[data-live]") == "Diperbarui otomatis"
    with hub.store.begin() as conn:
        conn.exec_driver_sql("UPDATE quarantine SET state = 'dismissed'")
    page.wait_for_selector(".figure:nth-child(5) .value:text-is('0')", timeout=9000)
    page.click("button[data-live]")
    assert page.inner_text("button[data-live]") == "Pembaruan dijeda"
    context.close()
    assert not errors


def test_a_question_is_answered_by_its_form(browser: Browser, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub import actions

    said: list[tuple[Any, ...]] = []
    monkeypatch.setattr(actions, "arrived", lambda _hub, number, there, by: said.append((number, there, by)))
    context, page, _ = signed_in(browser, url, "admin")
    page.goto(f"{url}/menunggu/2")
    page.fill("#number", "2026-117")
    page.click("text=Catat sebagai sampai")
    assert "Terima kasih" in page.inner_text("main")
    assert said == [(2, "2026-117", "admin")]
    context.close()
