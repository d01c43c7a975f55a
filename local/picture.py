"""``python -m local.picture``: take docs/dashboard.png anew, of the real platform at work."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from contracts.errors import one_line_errors
from local.browser import ensure_browser, launch_options
from local.demo import Teller
from local.platform import Platform, Wanted
from local.ports import free_port

PICTURE = Path("docs/dashboard.png")
PAST_MESSAGES = 18_000
PAST = timedelta(minutes=58)
LIVE_RATE = "6"
LIVE_MS = 20_000
TOTAL = "Number(document.querySelector('[data-testid=total-messages]').dataset.value)"


def main() -> None:
    """Fill the last hour, let messages flow, and take the picture."""
    tell = Teller()
    tell(ensure_browser())
    with (
        TemporaryDirectory() as folder,
        Platform(Wanted(folder=Path(folder), port=free_port()), tell) as platform,
        sync_playwright() as playwright,
        playwright.chromium.launch(**launch_options()) as browser,
    ):
        start = (datetime.now(UTC) - PAST).isoformat(timespec="seconds")
        span = ["--start", start, "--span", f"{PAST // timedelta(minutes=1)}m"]
        past = platform.connector("synthetic", "--count", f"{PAST_MESSAGES}", "--seed", "8", *span)
        past.start()
        past.wait_until_ended(60)
        past.stop()
        page = browser.new_page(
            viewport={"width": 1440, "height": 1110},
            device_scale_factor=1.25,
            color_scheme="light",
            reduced_motion="reduce",
        )
        page.goto(platform.url)
        platform.connector("synthetic", "--count", "0", "--rate", LIVE_RATE, "--seed", "9").start()
        page.wait_for_function(f"() => {TOTAL} > {PAST_MESSAGES}")
        page.wait_for_timeout(LIVE_MS)
        page.screenshot(path=PICTURE)
    tell(f"wrote {PICTURE}")


if __name__ == "__main__":
    with one_line_errors():
        main()
