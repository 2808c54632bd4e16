"""The page in a real browser: what a person does in the first minutes, over toy models.

Every page that a test opens is watched: a console error, a script that fails or a request to another
host fails the test, whatever it was about.
"""

import json
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import Served
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

pytestmark = pytest.mark.ui

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
)  # fmt: skip
WAIT_MS = 90_000  # a busy machine; an idle one needs a hundredth
TABS = ("play", "walk", "inside", "train", "lab", "sound", "motion")
# what the Train tab keeps in the browser: a run so small that its steps are quick, and without end
TINY_RUN = {
    "data": "glyphs", "start": "scratch", "preset": "fast", "unit": "steps", "budget": 1_000_000,
    "own": {"width": 32, "depth": 1, "heads": 2, "batch_size": 4, "precision": "float32"},
}  # fmt: skip


class Screen:
    """One open page, and what went wrong on it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.host, self.faults = page, urlsplit(url).netloc, []
        page.set_default_timeout(WAIT_MS)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("request", lambda request: self._request(request.url))
        page.goto(url)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text} ({message.location.get('url')})")

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.host:
            self.faults.append(f"request to another host: {url}")

    def ask(self, script: str, value: object = None) -> object:
        return self.page.evaluate(script, value)

    def until(self, script: str, value: object = None) -> None:
        """Wait for a JavaScript function to return something true."""
        self.page.wait_for_function(script, arg=value)

    def data(self, selector: str, key: str) -> str | None:
        return self.page.locator(selector).get_attribute(f"data-{key}")

    def until_data(self, selector: str, key: str, test: str, value: object = None) -> str:
        """Wait until `test`, a JavaScript expression in x and value, holds for a data attribute."""
        script = (
            "([s, k, value]) => { const x = document.querySelector(s)?.dataset[k];"
            f" return x !== undefined && ({test}) }}"
        )
        self.until(script, [selector, key, value])
        return self.data(selector, key) or ""

    def ready(self) -> None:
        """The page has opened, and what is in its tab is there."""
        self.until(
            "() => window.tgan?.state && !document.querySelector('html.opening, body.waiting')"
        )
        if self.ask("() => tgan.tab === 'play' && !tgan.showing"):
            self.until_data("#play-canvas canvas", "drawn", "x")
            self.until_data("#contact-canvas canvas", "drawn", "x")
        self.until("() => tgan.me !== null")

    def state(self) -> dict:
        state = self.ask("() => tgan.state")
        assert isinstance(state, dict)
        return state

    def until_state(self, key: str, value: object) -> None:
        self.until("([k, v]) => tgan.state?.[k] === v", [key, value])

    def open_tab(self, name: str) -> None:
        self.ask("(name) => tgan.openTab(name)", name)
        self.until("(name) => tgan.tab === name", name)
        self.page.locator(f"#tab-{name}").wait_for()

    def colours(self, selector: str) -> int:
        """Different colours on a canvas: 1 for an empty one."""
        count = self.ask(
            """(s) => { const c = document.querySelector(s);
            const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
            return new Set(new Uint32Array(d.buffer)).size }""",
            selector,
        )
        assert isinstance(count, int)
        return count

    def pixels(self, selector: str) -> str:
        return str(self.ask("(s) => document.querySelector(s).toDataURL()", selector))


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()


Open = Callable[..., Screen]


@pytest.fixture
def open_page(browser: Browser, served: Served) -> Iterator[Open]:
    """Opens the page at a query, by default as a browser that was never here."""
    screens: list[Screen] = []
    contexts: list[BrowserContext] = []

    def open_(
        query: str = "",
        *,
        keep: dict | None = None,
        script: str = "",
        wait: bool = True,
        **options: object,
    ) -> Screen:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 860}} | options)
        contexts.append(context)
        if script:  # runs before the page's own
            context.add_init_script(script)
        for key, value in (keep or {}).items():  # once: what the page keeps itself stays
            name, text = json.dumps("tgan." + key), json.dumps(json.dumps(value))
            context.add_init_script(
                f"if (localStorage.getItem({name}) === null) localStorage.setItem({name}, {text})"
            )
        screen = Screen(context.new_page(), served.url + query)
        screens.append(screen)
        if wait:
            screen.ready()
        return screen

    yield open_
    for context in contexts:
        context.close()
    assert [fault for screen in screens for fault in screen.faults] == []


# --- the first minute


def test_the_first_picture_comes_without_a_click(open_page: Open) -> None:
    screen = open_page()
    state = screen.state()
    assert (state["model"], state["seed"], state["count"]) == ("image/digits", 42, 16)
    assert state["label"] is None and state["psi"] == 1
    assert screen.colours("#play-canvas canvas") > 20
    assert screen.colours("#contact-canvas canvas") > 20
    assert screen.page.locator("#models .cards button").count() == 6
    assert screen.page.locator("#classes button").count() == 11  # any, then ten
    assert screen.page.locator("#play-say").inner_text().strip()


def test_a_first_visit_is_told_what_to_try(open_page: Open) -> None:
    screen = open_page()
    box = screen.page.locator("#landing section")
    assert box.is_visible() and box.locator(".ways [data-do]").count() == 4
    assert box.locator(".tour").is_visible()
    seed = screen.state()["seed"]
    box.locator("[data-do=dice]").click()
    screen.until("(before) => tgan.state.seed !== before", seed)
    assert box.is_hidden()
    screen.page.reload()
    screen.ready()
    assert box.is_hidden()


def test_every_control_changes_the_picture_and_undo_goes_back(open_page: Open) -> None:
    screen = open_page()
    page, hero = screen.page, "#play-canvas canvas"
    shown = {screen.pixels(hero)}

    def drawn(key: str, value: object) -> None:
        screen.until_state(key, value)
        now = screen.pixels(hero)
        assert now not in shown
        shown.add(now)

    page.locator("#seed input").fill("7")
    page.locator("#seed input").press("Enter")
    drawn("seed", 7)
    page.locator("#classes button[data-id='3']").click()
    drawn("label", 3)
    page.locator("#psi input[type=range]").focus()
    page.keyboard.press("Home")
    drawn("psi", 0)
    page.keyboard.press("End")
    drawn("psi", 2)
    page.locator("#models button[data-id='image/avatars']").click()
    drawn("model", "image/avatars")
    screen.until(
        "() => !document.querySelector('#classes button[data-id=\"0\"]')?.checkVisibility()"
    )
    assert screen.state()["label"] is None and screen.state()["seed"] == 7
    before = screen.state()["seed"]
    page.locator("#dice").click()
    screen.until("(before) => tgan.state.seed !== before", before)
    page.locator("#undo").click()
    screen.until_state("seed", before)


def test_a_click_on_the_sheet_loads_that_seed(open_page: Open) -> None:
    screen = open_page()
    sheet = screen.page.locator("#contact-canvas canvas")
    box = sheet.bounding_box()
    assert box is not None
    sheet.click(position={"x": box["width"] * 0.35, "y": box["height"] * 0.25})  # row 3, column 4
    screen.until_state("seed", 23)
    assert screen.page.locator("#seed input").input_value() == "23"


def test_a_walk_plays_and_can_be_scrubbed(open_page: Open) -> None:
    screen = open_page()
    screen.open_tab("walk")
    player = "#walk-player canvas"
    first = screen.until_data(player, "frame", "x")
    screen.until_data(player, "frame", "x !== value", first)  # it plays by itself
    screen.page.locator("#walk-scrub").evaluate(
        "(bar) => { bar.value = 5; bar.dispatchEvent(new Event('input')) }"
    )
    assert screen.data(player, "frame") == "5" and screen.colours(player) > 10


def test_a_click_on_a_patch_changes_the_map(open_page: Open) -> None:
    screen = open_page()
    screen.open_tab("inside")
    canvas, page = "#inside-canvas", screen.page
    first = screen.until_data(canvas, "sum", "x")
    token, box = screen.data(canvas, "token"), page.locator(canvas).bounding_box()
    assert box is not None and screen.data(canvas, "net") == "g_self"
    corner = {"x": box["width"] * 0.1, "y": box["height"] * 0.1}
    page.locator(canvas).click(position=corner)
    screen.until_data(canvas, "token", "x === '0'")
    at_corner = screen.until_data(canvas, "sum", "x && x !== value", first)
    assert token != "0"
    page.keyboard.press("ArrowRight")
    screen.until_data(canvas, "token", "x === '1'")
    # one of the maps on the wall, then D
    page.locator("#inside-wall button[data-layer='1'][data-head='1']").click()
    screen.until_data(canvas, "layer", "x === '1'")
    assert screen.data(canvas, "head") == "1"
    one_head = screen.data(canvas, "sum")
    page.locator("#inside-net button[data-net=d]").click()
    screen.until_data(canvas, "net", "x === 'd'")
    assert len({first, at_corner, one_head, screen.data(canvas, "sum")}) >= 3
    page.locator("#inside-verdict").wait_for()
    assert page.locator("#inside-sentence").inner_text().strip()


def test_a_new_seed_is_looked_into_while_inside_is_open(open_page: Open) -> None:
    screen = open_page("?tab=inside")
    stamp = screen.until_data("#inside-canvas", "stamp", "x")
    before = screen.pixels("#inside-canvas")
    screen.page.locator("#seed input").fill("99")
    screen.page.locator("#seed input").press("Enter")
    screen.until_data("#inside-canvas", "stamp", "x !== value", stamp)
    assert screen.pixels("#inside-canvas") != before


# --- links, languages, sizes


def test_a_copied_link_restores_the_state(open_page: Open) -> None:
    screen = open_page()
    page = screen.page
    page.locator("#seed input").fill("1234")
    page.locator("#seed input").press("Enter")
    page.locator("#classes button[data-id='7']").click()
    page.locator("#psi input[type=range]").focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    screen.until(
        "() => tgan.state.seed === 1234 && tgan.state.label === 7 && tgan.state.psi < 0.95"
    )
    screen.open_tab("inside")
    page.locator("#copy-link").click()
    screen.until("() => tgan.copied")
    state, link = screen.state(), str(screen.ask("() => tgan.copied"))
    query = parse_qs(urlsplit(link).query)
    assert query["seed"] == ["1234"] and "me" not in query  # a link gives nobody my models
    there = open_page("?" + urlsplit(link).query)  # another browser
    there.until("() => tgan.tab === 'inside'")
    assert there.state() == state and there.state()["model"] == "image/digits"
    assert there.page.locator("#seed input").input_value() == "1234"
    chip = there.page.locator("#classes button[data-id='7']")
    assert chip.get_attribute("aria-checked") == "true"
    there.until_data("#inside-canvas", "sum", "x")
    assert there.ask("() => tgan.me") != screen.ask("() => tgan.me")


def test_a_link_with_nonsense_opens_and_says_so(open_page: Open) -> None:
    screen = open_page("?model=image/nothing&seed=-4&psi=nan&count=1e99&tab=x&walk=~~!&label=zz")
    assert screen.state()["seed"] == 42 and screen.state()["model"] == "image/digits"
    screen.page.locator("#tg-toast.on").wait_for()


def test_the_grid_fills_its_room_where_equal_pixels_would_halve_it(open_page: Open) -> None:
    screen = open_page("?model=image/avatars&count=64")
    screen.until(
        "() => tgan.state?.count === 64 && document.querySelector('#play-canvas [data-drawn]')"
    )
    share = """() => {
      const canvas = document.querySelector('#play-canvas canvas').getBoundingClientRect();
      return Math.max(canvas.width / document.querySelector('#play-canvas').clientWidth,
        canvas.height / Math.max(300, Math.min(720, innerHeight - 250)));
    }"""
    assert screen.page.evaluate(share) > 0.69


def test_chinese_is_one_click_and_stays(open_page: Open) -> None:
    screen = open_page()
    english = screen.page.locator("#tab-play-button").inner_text()
    assert english.isascii()
    screen.page.locator("#lang").click()

    def in_chinese() -> None:
        screen.until(
            """() => ['#tab-play-button', '#tab-train-button', '#copy-link', '#psi', '#play-say',
            '#copy-python', '#side .tg-heading'].every((s) =>
                /[\\u4e00-\\u9fff]/.test(document.querySelector(s)?.textContent ?? ''))"""
        )

    in_chinese()
    assert screen.ask("() => document.documentElement.lang") == "zh-CN"
    screen.page.reload()
    screen.ready()
    in_chinese()
    screen.open_tab("train")
    screen.until(
        "() => /[\\u4e00-\\u9fff]/.test(document.querySelector('#train-start').textContent)"
    )
    screen.page.locator("#lang").click()
    screen.until("(text) => document.querySelector('#tab-play-button').innerText === text", english)


def test_dark_is_one_click_and_stays(open_page: Open) -> None:
    screen = open_page(color_scheme="light")
    brightness = """() => { const [r, g, b] =
        getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).map(Number);
        return (r + g + b) / 3 }"""
    assert float(str(screen.ask(brightness))) > 200
    screen.page.locator("#dark").click()
    screen.until(f"() => ({brightness})() < 60")
    screen.page.reload()
    screen.ready()
    screen.until(f"() => ({brightness})() < 60")


def test_a_phone_never_scrolls_sideways(open_page: Open) -> None:
    screen = open_page(viewport={"width": 390, "height": 844}, has_touch=True)
    drawn = {"walk": "#walk-player canvas", "inside": "#inside-canvas"}
    for name in TABS:
        screen.open_tab(name)
        if name in drawn:
            screen.until_data(drawn[name], {"walk": "frame", "inside": "sum"}[name], "x")
        for lang in ("zh", "en"):
            screen.ask("(lang) => tgan.setLang(lang)", lang)
            screen.until("(lang) => tgan.get('lang-id') === lang", lang)
            wide = screen.ask(
                """() => { window.scrollTo(200, 0);
                const inScroller = (n) => { for (let p = n.parentElement; p; p = p.parentElement)
                    if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(p).overflowX)) return true;
                    return false };
                const out = [...document.querySelectorAll('button, input, canvas, select, p, h1, h2, h3')]
                    .filter((n) => n.checkVisibility() && n.getBoundingClientRect().width
                        && n.getBoundingClientRect().right > innerWidth + 1 && !inScroller(n))
                    .map((n) => n.id || n.className || n.tagName);
                return {scrolled: scrollX, width: document.documentElement.scrollWidth, out} }"""
            )
            assert wide == {"scrolled": 0, "width": 390, "out": []}, (name, lang)
    screen.page.locator("#drawer-handle").click()  # the controls are one tap away
    screen.page.locator("#psi input[type=range]").wait_for()


# --- training


def test_the_train_tab_is_whole_after_a_look_at_the_others(open_page: Open) -> None:
    screen = open_page()
    screen.open_tab("walk")  # what the server skips must not reach a tab that is not drawn yet
    screen.until_data("#walk-player canvas", "frame", "x")
    screen.open_tab("train")
    screen.until("() => tgan.training.request?.().data === 'digits'")
    assert screen.page.locator("#train-preset option").count() >= 6
    assert screen.page.locator("#train-knobs .knob").count() >= 5


def test_dropped_pictures_are_offered_as_what_to_train_on(open_page: Open) -> None:
    screen = open_page()
    page = screen.page
    drop = """async (count) => { const bundle = new DataTransfer();
        for (let i = 0; i < count; i++) {
            const c = new OffscreenCanvas(8, 8), pen = c.getContext('2d');
            pen.fillStyle = `rgb(${i * 9} 60 200)`; pen.fillRect(0, 0, 8, 8);
            bundle.items.add(new File([await c.convertToBlob()], `own ${i}.png`, {type: 'image/png'})) }
        document.querySelector('#main').dispatchEvent(
            new DragEvent('drop', {dataTransfer: bundle, bubbles: true, cancelable: true})) }"""
    screen.ask(drop, 24)
    offer = page.locator("#tg-offer")
    assert "24" in offer.inner_text()
    offer.locator(".close").click()
    assert offer.is_hidden() and screen.ask("() => tgan.tab") == "play"
    screen.ask(drop, 24)
    offer.locator(".go").click()
    screen.until(
        "() => tgan.tab === 'train' && tgan.training?.request?.().data.startsWith('data/')"
    )
    screen.until(
        "() => tgan.training.request().start === 'image/avatars'"
    )  # in colour, as they are
    asked = screen.ask("() => tgan.training.request()")
    assert isinstance(asked, dict) and asked["preset"] == "fine-tune"
    assert page.locator("#train-crop").is_hidden() and offer.is_hidden()


def test_a_text_model_is_read_looked_into_and_judges_what_is_typed(open_page: Open) -> None:
    screen = open_page("?model=text/verses")
    screen.ready()
    texts = screen.ask("() => tgan.hero().texts")
    assert len(texts) == 16 and all(len(text) == 20 for text in texts)
    assert screen.colours("#play-canvas canvas") > 20  # letters on paper, smoothed
    screen.page.locator("#temperature").wait_for()
    with screen.page.expect_download() as download:
        screen.page.click("#save-text")
    content = download.value.path().read_text(encoding="utf-8")
    assert "".join(c for c in content.split("\n\n")[0] if c.isalnum()) == texts[0]
    screen.open_tab("walk")
    screen.until("() => document.querySelector('#walk-player canvas')?.dataset.frame !== undefined")
    screen.page.fill("#walk-from textarea", "<b>" + texts[1] + "</b>")
    screen.page.fill("#walk-to textarea", texts[2])
    screen.page.keyboard.press("Tab")  # the button comes next
    screen.page.keyboard.press("Enter")
    screen.page.locator("#walk-said p").nth(1).wait_for()
    assert screen.page.locator("#walk-said b").count() == 0  # a tag stays text
    assert screen.page.locator("#walk-keys .key").count() == 2
    screen.page.click("#walk-back")
    screen.until("() => document.querySelectorAll('#walk-keys .key').length === 4")
    assert not screen.page.locator("#walk-said p").count()
    screen.open_tab("inside")
    before = screen.until_data("#inside-canvas", "sum", "x")
    screen.page.locator("#inside-view .arcs").click(position={"x": 5, "y": 20})
    screen.until_data("#inside-canvas", "sum", "x && x !== value", before)
    screen.page.fill("#inside-view .type input", "<b>" + texts[1])
    screen.page.click("#inside-view .type button")
    screen.until_data("#inside-canvas", "source", "x === 'uploaded'")
    screen.page.locator("#inside-view .blame span").first.wait_for()
    assert screen.page.locator("#inside-view .blame b").count() == 0  # a tag stays text


def test_codes_show_their_words_and_typed_walks_keep_their_ends(open_page: Open) -> None:
    screen = open_page("?model=text/lines&tab=inside")
    view, canvas = "#inside-view", "#inside-canvas"
    before = screen.until_data(canvas, "sum", "x")
    whole = screen.page.locator(f"{view} .reading .text")
    shown = "".join(
        whole.locator("button").evaluate_all("(all) => all.map(b => b.firstChild.data)")
    )
    screen.open_tab("play")
    screen.until("() => tgan.hero()")  # drawn only where it is seen
    played = str(screen.ask("() => tgan.hero().texts[0]"))
    screen.open_tab("inside")
    assert shown.replace(" ", "") == played.replace(" ", "")  # what Play shows for this seed
    assert "code" in screen.page.locator("#inside-sentence").inner_text()
    if whole.locator("button").count():
        code = whole.locator("button").first.get_attribute("data-code")
        whole.locator("button").first.click()
        screen.until_data(canvas, "token", "x === value", code)
    screen.page.fill(f"{view} .type input", "a red cat on a mat.")
    screen.page.click(f"{view} .type button")
    screen.until_data(canvas, "source", "x === 'uploaded'")
    assert screen.data(canvas, "sum") != before
    assert screen.page.locator(f"{view} .blame span").count() == 4
    screen.page.locator("#lang").click()
    screen.until("() => document.querySelector('#inside-sentence').textContent.includes('编码')")
    screen.open_tab("walk")
    screen.until("() => document.querySelector('#walk-player canvas')?.dataset.frame !== undefined")
    screen.page.fill("#walk-from textarea", "a red cat on a mat.")
    screen.page.fill("#walk-to textarea", "a blue dog on a tree.")
    screen.page.keyboard.press("Tab")
    screen.page.keyboard.press("Enter")
    screen.page.locator("#walk-said p").nth(1).wait_for()
    assert "a blue dog on a tree." in screen.page.locator("#walk-said").inner_text()
    assert screen.page.locator("#walk-keys .key").count() == 2


def test_a_run_on_text_shows_texts(open_page: Open) -> None:
    screen = open_page("?tab=train", keep={"train": {**TINY_RUN, "data": "verses"}})
    screen.ready()
    screen.page.click("#train-start")
    try:
        screen.until("() => tgan.run?.frame?.kind === 'written' && tgan.run.step > 3")
        assert screen.colours("#train-canvas") > 20
    finally:
        screen.page.click("#train-stop")
    screen.until_data("#train-canvas", "state", "x === 'stopped'")


def test_sounds_are_heard_in_play_in_inside_and_while_training(open_page: Open) -> None:
    screen = open_page("?model=audio/digits", keep={"train": {**TINY_RUN, "data": "drums"}})
    screen.until_data("#play-canvas canvas", "drawn", "x")
    screen.page.locator("#play-canvas canvas").click(position={"x": 40, "y": 20})
    screen.until_data("#play-canvas canvas", "played", "x === '1'")
    screen.page.locator("#save-wav").wait_for()
    screen.until(  # any, digits, speakers
        "() => document.querySelectorAll('#classes button').length === 1 + 10 + 2"
    )
    screen.open_tab("inside")
    screen.page.locator("#inside-view .hear").click()
    screen.until_data("#inside-canvas", "played", "x === '1'")
    screen.open_tab("train")
    screen.page.click("#train-start")
    try:
        screen.until("() => tgan.run?.frame?.kind === 'played' && tgan.run.step > 3")
        assert screen.colours("#train-canvas") > 10
    finally:
        screen.page.click("#train-stop")
    screen.until_data("#train-canvas", "state", "x === 'stopped'")


def test_a_run_outlives_a_reload_and_pause_holds(open_page: Open) -> None:
    screen = open_page("?tab=train", keep={"train": TINY_RUN})
    page, canvas = screen.page, "#train-canvas"
    page.locator("#train-start").click()
    try:
        screen.until_data(canvas, "state", "x === 'running'")
        run = screen.until_data(canvas, "run", "x")
        step = int(screen.until_data(canvas, "step", "+x > 0"))
        screen.until_data(canvas, "frame", "+x > 0")
        assert screen.colours(canvas) > 10 and screen.colours("#train-attention") > 5

        page.reload()  # by accident
        screen.ready()
        screen.until_data(canvas, "run", "x === value", run)
        later = int(screen.until_data(canvas, "step", "+x > value", step))
        assert screen.data(canvas, "state") == "running"
        screen.until_data(canvas, "step", "+x > value", later)  # and is told on
        screen.until_data(canvas, "frame", "+x > 0")

        screen.open_tab("play")  # the bar is in every tab
        page.locator("#run-bar-pause").click()
        screen.until_data("#run-bar .bar", "state", "x === 'paused'")
        assert page.title().startswith("paused · ")
        screen.open_tab("train")
        screen.until_data(canvas, "state", "x === 'paused'")
        held = screen.data(canvas, "step")
        page.wait_for_timeout(2000)
        assert screen.data(canvas, "step") == held and screen.data(canvas, "state") == "paused"

        page.locator("#train-step-both").click()
        screen.until_data(canvas, "step", "+x === value", int(str(held)) + 1)
        assert screen.data(canvas, "state") == "paused"
        page.locator("#train-resume").click()
        screen.until_data(canvas, "step", "+x > value", int(str(held)) + 1)
    finally:
        page.locator("#train-stop").click()
    screen.until_data(canvas, "state", "x === 'stopped'")
    own = page.locator("#models button[data-id^='mine/']")
    own.wait_for()  # the trained model stands beside the bundled ones
    page.locator("#tab-play-button").click()
    own.click()
    screen.until("() => tgan.state.model.startsWith('mine/')")
    assert screen.colours("#play-canvas canvas") > 10
