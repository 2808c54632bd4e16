"""Links in a real browser: the visitor's id is in no address, another's is asked about, one model is shown."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import Served
from screen import Open

from tgan_demo.people.store import Store

pytestmark = pytest.mark.ui

NO_STORAGE = (
    "Object.defineProperty(window, 'localStorage',"
    " {get() { throw new DOMException('refused', 'SecurityError') }})"
)


@pytest.fixture
def owner(served: Served, toy_weights: Path) -> Callable[[], tuple[str, str]]:
    """Makes a visitor who owns a model; their ids."""

    def make() -> tuple[str, str]:
        store = Store(served.data_dir)
        visitor = store.new_visitor()
        model = store.add_model_folder(visitor, toy_weights / "image" / "avatars")
        store.rename(visitor, model, "Maya's <b>faces</b>")
        return visitor, model

    return make


def test_an_own_model_is_shown_until_it_is_taken_back(open_page: Open, owner: Callable) -> None:
    visitor, model = owner()
    mine = open_page(f"?model={model}&seed=5&psi=0.7", keep={"me": visitor})
    mine.until_state("model", model)
    mine.page.locator("#copy-link").click()
    mine.until("() => tgan.copied && document.querySelector('#links .code path')")
    link = urlsplit(str(mine.ask("() => tgan.copied")))
    assert set(parse_qs(link.query)) == {"show", "lang"} and not link.fragment

    guest = open_page("?" + link.query)
    guest.until_data("#shown-canvas canvas", "drawn", "x")
    assert guest.colours("#shown-canvas canvas") > 20
    assert guest.page.locator("#shown-lead h2").text_content() == "Maya's <b>faces</b>"
    assert not guest.page.locator("#page").is_visible()
    told = guest.page.content()  # what the page got says neither whose it is nor where it lies
    assert visitor not in told and model not in told and guest.ask("() => tgan.me") != visitor
    assert guest.page.url.split("?")[1] == link.query

    mine.page.locator("#links li button").last.click()
    mine.until("() => !document.querySelector('#links li')")
    late = open_page("?" + link.query)
    assert late.page.locator("#shown-lead .note").is_hidden()
    assert not late.data("#shown-canvas canvas", "drawn")
    late.page.locator("#shown-lead button").click()  # the way to the whole studio
    late.until(
        "() => window.tgan?.state && !tgan.showing"
    )  # a new page, perhaps before its scripts
    assert "show" not in late.page.url


def test_no_address_holds_the_id(open_page: Open) -> None:
    screen = open_page()
    asked: list[str] = []
    screen.page.on("request", lambda request: asked.append(request.url))
    screen.page.locator("#copy-link").click()
    screen.until("() => tgan.copied")
    visitor = str(screen.ask("() => tgan.me"))
    screen.page.locator("#links [data-kind=mine]").click()
    field = screen.page.locator("#links textarea")
    assert not field.is_visible()  # a projector shows it only when asked
    screen.page.locator("#links .reveal").click()
    own = field.input_value()
    assert own.endswith(f"/#me={visitor}")
    screen.page.keyboard.press("Escape")
    screen.page.reload()
    screen.ready()
    assert asked and not [url for url in [*asked, screen.page.url] if visitor in url]
    assert visitor not in str(screen.ask("() => tgan.copied ?? ''"))

    there = open_page(f"#{urlsplit(own).fragment}")  # another device, never here before
    assert there.ask("() => tgan.me") == visitor and visitor not in there.page.url


@pytest.mark.parametrize("form", ["?seed=7&me={}", "#me={}"])
def test_a_link_does_not_replace_who_one_is(open_page: Open, owner: Callable, form: str) -> None:
    (me, _), (other, model) = owner(), owner()
    screen = open_page(form.format(other), keep={"me": me})
    ask = screen.page.locator("#links dialog.ask")
    ask.wait_for()
    assert screen.ask("() => [tgan.me, tgan.kept('me')]") == [me, me]
    assert other not in screen.page.url and other not in str(screen.ask("() => tgan.opened"))
    ask.locator(".stay").click()
    screen.page.reload()
    screen.ready()
    assert screen.ask("() => tgan.me") == me and not ask.is_visible()

    screen.ask("(id) => { location.hash = 'me=' + id }", other)  # followed in an open page
    ask.wait_for()
    ask.locator(".go").click()
    screen.until("(id) => window.tgan?.me === id", other)
    screen.ready()
    assert screen.page.locator(f"#models [data-id='{model}']").count() == 1
    assert other not in screen.page.url


@pytest.mark.parametrize("query", ["?walk=" + 9000 * "1", "?offered={0}", "?seed=1&me=" + 32 * "0"])
def test_no_forged_link_takes_the_id_away(open_page: Open, owner: Callable, query: str) -> None:
    (me, _), (other, _) = owner(), owner()
    screen = open_page(query.format(other), keep={"me": me})
    assert screen.ask("() => [tgan.me, tgan.kept('me')]") == [me, me]
    assert not screen.page.locator("#links dialog.ask").is_visible()


def test_a_browser_that_keeps_nothing_says_so(open_page: Open) -> None:
    assert open_page().page.locator("#links .unkept").is_hidden()
    screen = open_page(script=NO_STORAGE)
    screen.page.locator("#links .unkept").wait_for()
    screen.page.locator("#links .unkept .keep").click()
    screen.page.locator("#links .reveal").click()
    assert str(screen.ask("() => tgan.me")) in screen.page.locator("#links textarea").input_value()


def test_a_model_that_is_chosen_while_the_page_opens_stays(open_page: Open) -> None:
    """The first answer sets all controls, the model too; a quick visitor has chosen by then."""
    slow = """
      const plain = window.fetch;
      let isFirst = true;
      window.fetch = async (...request) => {
        if (isFirst && String(request[0]?.url ?? request[0]).includes('/gradio_api/run/')) {
          isFirst = false;
          await new Promise((done) => { window.goOn = done; });
        }
        return plain(...request);
      };"""
    screen = open_page("", script=slow, wait=False)
    screen.until("() => window.goOn && window.tgan?.settings")
    screen.page.locator("#models button[data-id='image/avatars']").click()
    screen.ask("() => window.goOn()")
    screen.until_state("model", "image/avatars")
    screen.ready()
    assert screen.state()["model"] == "image/avatars"
