"""The dashboard in a real browser, while messages flow through the real platform."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from local.browser import launch_options
from local.platform import Platform
from tests.conftest import MakePlatform

PANELS = ("sentiment", "geo", "products", "channels", "emotions", "trend")
WAIT_MS = 30_000


@pytest.fixture
def platform(make_platform: MakePlatform) -> Platform:
    return make_platform()


@pytest.fixture
def page(platform: Platform) -> Iterator[Page]:
    """The dashboard, open; it must neither fail nor complain."""
    complaints: list[str] = []
    with sync_playwright() as playwright, playwright.chromium.launch(**launch_options()) as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 1110})
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text) if said.type in ("error", "warning") else None
            ),
        )
        page.goto(platform.url)
        yield page
    assert complaints == []


def total(page: Page) -> int:
    return int(page.get_by_test_id("total-messages").get_attribute("data-value") or 0)


def test_six_panels_fill_and_change_while_messages_flow(page: Page, platform: Platform) -> None:
    for name in PANELS:
        expect(page.get_by_test_id(f"panel-{name}")).to_be_visible()
    assert total(page) == 0
    empty = {name: page.get_by_test_id(f"panel-{name}").inner_text() for name in PANELS}

    platform.connector("synthetic", "--count", "0", "--rate", "100", "--seed", "3").start()
    expect(page.get_by_test_id("list-messages").locator("li").first).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_test_id("list-alerts").locator("li").first).to_be_visible(timeout=WAIT_MS)
    page.wait_for_function(
        "() => Number(document.querySelector('[data-testid=total-messages]').dataset.value) >= 300",
        timeout=WAIT_MS,
    )
    first = {name: page.get_by_test_id(f"panel-{name}").inner_text() for name in PANELS}
    for name in PANELS:
        assert first[name] != empty[name], name
        assert page.get_by_test_id(f"panel-{name}").locator("svg").count() >= 1, name

    seen = total(page)
    page.wait_for_function(
        f"() => Number(document.querySelector('[data-testid=total-messages]').dataset.value)"
        f" >= {seen + 200}",
        timeout=WAIT_MS,
    )
    for name in PANELS:
        assert page.get_by_test_id(f"panel-{name}").inner_text() != first[name], name


def test_old_posts_are_shown_as_a_replay(page: Page, platform: Platform) -> None:
    source = platform.connector(
        "synthetic",
        "--count",
        "500",
        "--seed",
        "3",
        "--start",
        "2015-03-12T12:00:00Z",
        "--span",
        "2h",
    )
    source.start()
    expect(page.get_by_text("a replay, not now")).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text("2015").first).to_be_visible()


def test_the_theme_is_switched_and_remembered(page: Page) -> None:
    before = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.get_by_role("button", name="theme").click()
    after = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert after != before
    page.reload()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == after
