"""The page in a real browser: what a person does in the first minutes, over toy models."""

from urllib.parse import parse_qs, urlsplit

import pytest
from screen import TABS, TINY_RUN, Open

pytestmark = pytest.mark.ui

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
    for lang in ("zh", "en"):  # the outer one: every word of the page changes
        screen.ask("(lang) => tgan.setLang(lang)", lang)
        screen.until("(lang) => tgan.get('lang-id') === lang", lang)
        for name in TABS:
            screen.open_tab(name)
            if name in drawn:
                screen.until_data(drawn[name], {"walk": "frame", "inside": "sum"}[name], "x")
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
    with screen.training():
        screen.until("() => tgan.run?.frame?.kind === 'played' && tgan.run.step > 3")
        assert screen.colours("#train-canvas") > 10


def test_a_run_outlives_a_reload_and_pause_holds(open_page: Open) -> None:
    screen = open_page("?tab=train", keep={"train": TINY_RUN})
    page, canvas = screen.page, "#train-canvas"
    with screen.training():
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
    own = page.locator("#models button[data-id^='mine/']")
    own.wait_for()  # the trained model stands beside the bundled ones
    page.locator("#tab-play-button").click()
    own.click()
    screen.until("() => tgan.state.model.startsWith('mine/')")
    assert screen.colours("#play-canvas canvas") > 10
