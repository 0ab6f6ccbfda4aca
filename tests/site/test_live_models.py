"""A stored model that plays on a page, in Chromium: what is loaded and when, what it writes, and what may go wrong."""

import json
import re
from html import unescape

import pytest

from rnncourse.systems.language import page as language
from rnncourse.systems.seq2seq import page as seq2seq
from rnncourse.widgets.player import Shown
from tests.site import browsing, player_page
from tools.live import sources

pytestmark = [
    pytest.mark.site,
    pytest.mark.browser,
    pytest.mark.skipif(player_page.reason_to_skip() is not None, reason=str(player_page.reason_to_skip())),
]
PAGE = f"{player_page.NAME}.html"
PATIENCE = 300_000  # milliseconds until Python is there: a busy machine is not a wrong answer
SETTINGS = {"start": "KING.\nHow do you, café", "temperature": 0.85, "length": 80, "seed": 7}
IDLE = "() => { const go = document.querySelector('[type=submit]'); return !go.disabled; }"
WRITING = "() => document.querySelector('.rnn-picture').ariaLabel.includes('café')"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return player_page.systems(tmp_path_factory.mktemp("systems"))


@pytest.fixture(scope="module")
def site(tmp_path_factory, folder):
    site = tmp_path_factory.mktemp("site")
    player_page.write(site, folder)
    return site


def visitor(chromium, address, site, theme, width="desk", name=player_page.NAME):
    one = browsing.Visitor(chromium, address, site, theme)
    one.page.set_default_timeout(PATIENCE)
    one.page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    one.open(f"{name}.html", width)
    return one


@pytest.fixture(scope="module")
def reader(chromium, isolated, site):
    """At a desk, by day, where a page is isolated; the page stays open: Python is started once."""
    yield (one := visitor(chromium, isolated, site, "light"))
    one.close()


@pytest.fixture(scope="module")
def other(chromium, plain, site):
    """With a phone, at night, where it is not."""
    yield (one := visitor(chromium, plain, site, "dark", "phone"))
    one.close()


each_reader = pytest.mark.parametrize("who", ["reader", "other"])
each_other = pytest.mark.parametrize("system", [system for system in player_page.PLAYED if system != "language"])


def fill(page, **changes):
    for name, value in (SETTINGS | changes).items():
        page.locator(f"[data-param={name}]").fill(str(value))


def press(page, name="Continue"):
    page.get_by_role("button", name=name, exact=True).click()


def play(page, **changes):
    """Fill in, continue, wait for the end; what the page says then."""
    fill(page, **changes)
    press(page)
    page.wait_for_function(IDLE)
    return page.locator(".rnn-readout").inner_text()


def written(page):
    return page.locator(".rnn-picture").get_attribute("aria-label")


def text_in(html):
    """What is read of some HTML."""
    return re.sub("<[^>]*>", "", unescape(html))


def forget(page):
    """The page's Python has no model again."""
    page.evaluate("window.rnncourse.live.run('import live_players; live_players.MODELS.clear()')")


def endless(page):
    """A text that would take minutes: the form's own limit is lifted."""
    page.locator("[data-param=length]").evaluate("(input) => input.removeAttribute('max')")
    fill(page, length=1_000_000)
    press(page)


# --- before the click -----------------------------------------------------------------------------------------------


def test_nothing_of_a_model_is_loaded_before_the_click(other, site):
    visitor = other
    asked = {url.rpartition("/")[2] for url in visitor.asked}
    assert asked - {"favicon.ico"} == {"player.html", "figures.css", "course.css", "live.css", "live.js", "player.js"}
    assert (site / "_static" / "live" / "player.js").stat().st_size < 10_000
    model = (site / "_static" / "models" / "language.npz").stat().st_size
    config = json.loads(visitor.page.locator("#live-config").text_content())
    go = visitor.page.get_by_role("button", name="Continue", exact=True)
    words = f"loads {(config['bytes'] + model) / 1e6:.1f} MB once"
    assert visitor.page.locator(".rnn-size").inner_text() == words
    assert go.get_attribute("aria-describedby") == visitor.page.locator(".rnn-size").get_attribute("id")
    assert visitor.network_faults() + visitor.weight_faults() == []


def test_without_javascript_an_example_stands_there_and_no_form(chromium, plain, folder):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(plain + PAGE)
    assert not page.locator("form").is_visible()
    assert page.locator(".rnn-picture span").count() > 60
    assert "python -m rnncourse.systems.language sample" in page.locator(".rnn-still").inner_text()
    context.close()


def test_on_a_site_without_the_model_the_example_stands_there(chromium, plain, site, folder):
    name = "notebooks/without"
    player_page.write_page(site, folder, {"bytes": 1, "models": {}, "files": {}, "chapters": {}}, name)
    one = browsing.Visitor(chromium, plain, site, "light")
    one.open(f"{name}.html")
    one.page.locator("figure[data-ready]").wait_for()
    assert not one.page.locator("form").is_visible()
    assert one.page.locator(".rnn-still").is_visible()
    assert [fault for fault in one.network_faults() if "favicon" not in fault] == []
    one.close()


def test_opened_as_a_file_it_says_what_to_do(chromium, site):
    page = chromium.new_page()
    page.goto((site / PAGE).as_uri())
    if page.locator("form").is_visible():  # most browsers run no module from a file
        press(page)
        assert "make serve" in page.locator(".rnn-readout").inner_text()
    else:
        assert "Served with its Python" in page.locator(".rnn-still").inner_text()
    page.close()


# --- what it writes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("temperature", [0, 0.85, 1.5])
def test_the_page_writes_what_numpy_writes_here(reader, folder, temperature):
    said = play(reader.page, temperature=temperature)
    here = Shown().after(language.play(player_page.model(folder), **SETTINGS | {"temperature": temperature}))
    assert written(reader.page) == here.label
    assert reader.page.locator(".rnn-picture").evaluate("e => e.textContent") == re.sub("<[^>]*>", "", here.picture)
    titles = reader.page.locator(".rnn-picture span").evaluate_all("all => all.map((one) => one.title)")
    assert titles == re.findall(r'title="([^"]*)"', here.picture)
    assert said == here.words
    assert said.endswith("The model does not know “é”.")


def test_one_file_of_weights_is_asked_for_and_only_once_and_no_other_host(other):
    play(other.page)
    play(other.page, seed=8)
    models = [url for url in other.asked if "/models/" in url]
    assert len(models) == 1
    assert other.page.locator(".rnn-size").inner_text() == ""
    assert other.network_faults() == []


def test_the_text_comes_in_pieces_and_the_screen_reader_hears_no_more_than_the_end(reader):
    reader.page.evaluate(
        """() => {
          window.heard = []; window.seen = [];
          const status = document.querySelector('.rnn-readout'), picture = document.querySelector('.rnn-picture');
          new MutationObserver(() => heard.push(status.textContent)).observe(status, { childList: true });
          new MutationObserver(() => seen.push(picture.querySelectorAll('span').length))
            .observe(picture, { childList: true });
        }"""
    )
    reader.page.locator("[data-param=length]").evaluate("(input) => input.removeAttribute('max')")
    fill(reader.page, length=8000)  # a small model writes thousands in the time of a piece
    press(reader.page)
    reader.page.wait_for_function(IDLE)
    heard, seen = reader.page.evaluate("[heard, seen]")
    assert len(heard) == 2
    assert heard[0] == "At work …"
    assert heard[1].startswith("8000 characters written")
    assert len(seen) >= 2
    assert seen == sorted(seen)
    assert reader.page.locator("[aria-live], [role=status]").count() == 1
    assert reader.page.evaluate("document.getAnimations().length") == 0


def test_a_cell_runs_while_the_model_writes(reader):
    endless(reader.page)
    reader.page.wait_for_function(WRITING)
    assert reader.page.evaluate("window.rnncourse.live.run('1 + 1')")["text"] == "2"
    assert reader.page.get_by_role("button", name="Stop", exact=True).is_enabled()
    press(reader.page, "Stop")
    reader.page.wait_for_function(IDLE)


def test_it_is_worked_by_keyboard(reader):
    page = reader.page
    fill(page, length=100)
    page.locator("textarea").focus()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(IDLE)
    reached = ["start"]
    for _ in range(5):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.dataset.param || document.activeElement.textContent"))
        if reached[-1] == "Continue":
            break
    assert reached == ["start", "temperature", "length", "seed", "Continue"]
    page.locator("[data-param=temperature]").press("ArrowRight")
    assert page.locator(".rnn-value").inner_text() == "0.90"
    fill(page, length=2000)
    page.locator("[type=submit]").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "Stop"
    page.keyboard.press("Enter")
    page.wait_for_function(IDLE)
    assert page.evaluate("document.activeElement.textContent") == "Continue"


def test_a_player_that_comes_later_begins_as_well(reader):
    """A cell that is run in the page shows its own."""
    assert reader.page.evaluate(
        """() => {
          const other = document.querySelector('.rnn-player').cloneNode(true);
          delete other.dataset.ready;
          other.querySelector('form').hidden = true;
          document.querySelector('article').append(other);
          window.rnncourse.players.begin();
          const ready = [other.dataset.ready, other.querySelector('form').hidden];
          other.remove();
          return ready;
        }"""
    ) == ["", False]


@each_reader
def test_the_open_form_is_readable_by_everyone_at_both_widths(request, who):
    visitor = request.getfixturevalue(who)
    play(visitor.page, temperature=1.5)
    assert visitor.page.locator(".rnn-picture .rnn-s4").count() > 5
    for width in browsing.WIDTHS:
        visitor.resize(width)
        assert visitor.axe_faults(colours=True) + visitor.width_faults() + visitor.alt_faults() == []


# --- the other players ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def others(chromium, isolated, plain, site):
    """A page of each other system, opened once: at a desk by day, with a phone at night."""
    pages = {}

    def opened(system, width):
        if (system, width) not in pages:
            address, theme = (isolated, "light") if width == "desk" else (plain, "dark")
            pages[system, width] = visitor(chromium, address, site, theme, width, player_page.name_of(system))
        return pages[system, width]

    yield opened
    for one in pages.values():
        one.close()


@each_other
def test_before_the_click_nothing_of_the_model_is_loaded_and_the_example_stands_there(others, system, folder):
    one = others(system, "desk")
    assert not [url for url in one.asked if "/models/" in url]
    assert written(one.page) == Shown().after(player_page.player(folder, system).example).label
    assert one.page.locator("form").is_visible()
    assert one.network_faults() + one.weight_faults() == []


@each_other
@pytest.mark.parametrize("width", browsing.WIDTHS)
def test_the_page_plays_what_numpy_plays_here(others, system, width, folder):
    page = others(system, width).page
    press(page, player_page.part(system, "page").player([]).act)
    page.wait_for_function(IDLE)
    settings = {setting.name: setting.value for setting in player_page.part(system, "page").SETTINGS}
    here = Shown().after(player_page.part(system, "page").play(player_page.model(folder, system), **settings))
    assert page.locator(".rnn-readout").inner_text() == here.words
    assert written(page) == here.label
    assert text_in(page.locator(".rnn-picture").inner_html()) == text_in(here.picture)
    assert text_in(page.locator(".rnn-details").inner_html()) == text_in(here.details)
    assert len([url for url in others(system, width).asked if "/models/" in url]) == 1


@each_other
@pytest.mark.parametrize("width", browsing.WIDTHS)
def test_what_it_plays_is_readable_by_everyone(others, system, width):
    one = others(system, width)
    assert one.axe_faults(colours=True) + one.width_faults() + one.alt_faults() + one.network_faults() == []


@pytest.mark.parametrize("width", browsing.WIDTHS)
def test_a_date_that_is_offered_is_read_and_enter_reads(others, folder, width):
    page, model = others("seq2seq", width).page, player_page.model(folder, "seq2seq")
    language, text = seq2seq.OFFERS[2]
    page.get_by_role("button", name=text, exact=True).click()
    assert page.locator("[data-param=text]").input_value() == text
    assert page.locator(f"button[lang={language}]").inner_text() == text
    page.locator("[data-param=text]").press("Enter")
    page.wait_for_function(IDLE)
    assert page.locator(".rnn-readout").inner_text() == Shown().after(seq2seq.play(model, text=text)).words


@pytest.mark.parametrize("width", browsing.WIDTHS)
@pytest.mark.parametrize("text", ["7 march " * 7, "七" * 60, "m" * 60])
def test_a_long_text_fits(others, width, text):
    one = others("seq2seq", width)
    one.page.locator("[data-param=text]").fill(text)
    press(one.page, "Read")
    one.page.wait_for_function(IDLE)
    assert one.page.locator(".rnn-look").count() >= 1
    assert one.width_faults() + one.axe_faults(colours=True) == []


def test_an_empty_date_is_one_clear_line(others):
    page = others("seq2seq", "desk").page
    page.locator("[data-param=text]").fill("")
    press(page, "Read")
    page.wait_for_function(IDLE)
    assert page.locator(".rnn-readout").inner_text() == ("That did not work: an empty text: there is nothing to read")


# --- Stop -------------------------------------------------------------------------------------------------------------


@each_reader
def test_stop_ends_it_and_keeps_what_was_written_and_what_cells_made(request, who):
    page = request.getfixturevalue(who).page
    page.evaluate("window.rnncourse.live.run('kept = 7')")
    endless(page)
    page.wait_for_function(WRITING)
    press(page, "Stop")
    page.wait_for_function(IDLE)
    said = page.locator(".rnn-readout").inner_text()
    count = page.locator(".rnn-picture span").count() - len(SETTINGS["start"])
    assert said.startswith(f"Stopped. {count} characters written, ")
    assert page.evaluate("window.rnncourse.live.run('kept')")["text"] == "7"
    assert page.evaluate("window.rnncourse.live.restarted") == 0
    assert play(page).startswith("80 characters written, ")


def test_stop_while_the_model_is_loaded_ends_it_and_the_next_click_works(reader):
    page = reader.page
    forget(page)
    held = []
    page.context.route("**/models/*", lambda route: held.append(route), times=1)
    fill(page)
    press(page)
    while not held:
        page.wait_for_timeout(20)
    press(page, "Stop")
    page.wait_for_function(IDLE)
    assert page.locator(".rnn-readout").inner_text() == "Stopped."
    assert play(page).startswith("80 characters written, ")
    assert page.evaluate("window.rnncourse.live.restarted") == 0


# --- what may go wrong ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            {"body": b"PK half of a file"},
            "the model's file is damaged (17 bytes came): load the page anew and try again",
        ),
        ({"status": 404}, "language.npz could not be loaded (404)"),
        (None, "language.npz could not be loaded: is there a network?"),
    ],
)
def test_weights_that_do_not_come_whole_are_one_clear_line(reader, answer, words):
    page = reader.page
    forget(page)
    page.context.route("**/models/*", lambda r: r.abort() if answer is None else r.fulfill(**answer), times=1)
    before = written(page)
    assert play(page, seed=9) == f"That did not work: {words}"
    assert written(page) == before, "what stood there still stands"
    assert play(page, seed=9).startswith("80 characters written, "), "a second click tries again"


def test_a_worker_that_is_replaced_is_one_clear_line_and_the_next_click_works(other):
    page = other.page
    endless(page)
    page.wait_for_function(WRITING)
    page.evaluate("window.rnncourse.live.stop()")
    page.wait_for_function(IDLE)
    assert re.match(r"Stopped\.|That did not work: Python was started anew", page.locator(".rnn-readout").inner_text())
    assert play(page).startswith("80 characters written, ")


def test_python_that_does_not_come_or_is_stopped_is_one_clear_line_and_the_next_click_works(chromium, plain, site):
    page = visitor(chromium, plain, site, "light").page
    wasm = next(name for name in sources.PINS["pyodide"]["core"] if name.endswith(".wasm"))
    page.context.route(f"**/{wasm}", lambda route: route.abort(), times=1)
    assert (
        play(page) == f"That did not work: Python could not be started: {wasm} could not be loaded: is there a network?"
    )
    press(page)
    press(page, "Stop")
    page.wait_for_function(IDLE)
    assert page.locator(".rnn-readout").inner_text() == "Stopped."
    assert play(page).startswith("80 characters written, ")
    page.context.close()
