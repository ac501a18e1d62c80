"""What must be true of every page, at every width and in both schemes, and pictures of it."""

from collections import Counter
from dataclasses import dataclass, field

import html5lib
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response

from tests.browser.conftest import SCREENSHOTS, WCAG

WIDTHS = {320: 640, 390: 844, 768: 1024, 1024: 768, 1440: 900}
PICTURED = {"light": (320, 390, 1024, 1440), "dark": (390, 1024, 1440)}
AUDITED = {"light": (390, 1024, 1440), "dark": (390, 1024, 1440)}
VIOLATIONS = """document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`Content Security Policy: ${event.violatedDirective} refused ${event.blockedURI || "in-line"}`))"""
BY_LAYOUT = {"runOnly": {"type": "tag", "values": [*WCAG, "best-practice"]}, "resultTypes": ["violations"]}
BY_COLOUR = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}, "resultTypes": ["violations"]}


@dataclass
class Inspector:
    """Goes through pages and notes every fault, so that one run tells them all."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Let the watch hear of refused content too."""
        self.page.context.add_init_script(VIOLATIONS)
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def see(self, name: str, address: str, *, status: int = 200) -> None:
        """Open a page and inspect it; the pictures are called after `name`."""
        response = self.page.goto(address)
        if response is None or response.status != status:
            self.faults.append(f"{name}: {address} answers {response and response.status}, not {status}")
            return
        self.inspect(name, response)

    def inspect(self, name: str, response: Response | None = None) -> None:
        """Inspect the open page, its HTML as it was sent too if the response is at hand."""
        if response is not None:
            self.faults += [f"{name}: {fault}" for fault in faults_of_html(response.text())]
        for scheme, widths in PICTURED.items():
            self.page.emulate_media(color_scheme=scheme)
            for width in WIDTHS if scheme == "light" else widths:
                self.faults += [f"{name} at {width}, {scheme}: {fault}" for fault in self._faults(width, scheme)]
                if width in widths:
                    self.page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{scheme}.png")
        self.page.emulate_media(color_scheme="light")

    def _faults(self, width: int, scheme: str) -> list[str]:
        """Everything in the light scheme; the dark one has the same boxes in other colours. The page is left as high as it is long."""
        self.page.set_viewport_size({"width": width, "height": WIDTHS[width]})
        too_wide, height = self.page.evaluate("[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight]")
        found = [f"scrolls sideways by {too_wide} px"] if too_wide > 0 else []
        # What a bar at the lower edge half covers would be too small a target for axe, and hides on pictures what is behind it.
        self.page.set_viewport_size({"width": width, "height": max(height, WIDTHS[width])})
        return found + (axe_faults(self.page, BY_LAYOUT if scheme == "light" else BY_COLOUR) if width in AUDITED[scheme] else [])


def axe_faults(page: Page, options: dict) -> list[str]:
    """What axe finds, one line per element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    violations = page.evaluate("options => axe.run(options).then(result => result.violations)", options)
    return [f"{found['id']}: {node['target']} {node.get('failureSummary', '')[:300]}" for found in violations for node in found["nodes"]]


def faults_of_html(text: str) -> list[str]:
    """Parse errors after the HTML standard, and ids that stand twice."""
    parser = html5lib.HTMLParser()
    tree = parser.parse(text)
    errors = [f"HTML line {place[0]}: {code} {data}" for place, code, data in parser.errors]
    ids = Counter(element.get("id") for element in tree.iter() if element.get("id"))
    return errors + [f"the id {name} stands {count} times" for name, count in ids.items() if count > 1]
