"""The page as its visitors use it, in a real Chromium: mouse, finger, keys, photos, engines, languages, screens."""

import json
import re
import subprocess
import threading

import pytest

from pipeline.browser import find_browser
from pipeline.config import PROJECT_ROOT
from pipeline.device_report import read_check
from pipeline.node import node_binary
from pipeline.progress import Silent
from pipeline.results import read_results
from pipeline.site.assemble import assemble
from pipeline.site.golden import known_flips
from pipeline.site.server import SiteServer

SCRIPT = PROJECT_ROOT / "tests" / "web" / "run.mjs"
NO_WASM = "TF.js has no backend wasm here"
TASKS = [
    "loading",
    "digits",
    "others",
    "two",
    "tools",
    "keyboard",
    "touch",
    "photos",
    "languages",
    "engines",
    "check",
    "early-stop",
    "inside",
    "screens",
    "accessibility",
    "early",
    "damaged",
    "late",
    "no-wasm",
    "no-tfjs",
    "no-layers",
    "no-section",
    "no-script",
    "file",
]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What came of each task, all in one browser."""
    folder = tmp_path_factory.mktemp("site") / "site"
    assemble(folder, PROJECT_ROOT / "exports", PROJECT_ROOT / "build", Silent())
    with SiteServer(folder, 0, "/teaching/digits/") as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            return run(server.address, folder)
        finally:
            server.shutdown()
            thread.join()


def run(address, folder):
    browser = find_browser()
    arguments = [browser.executable, json.dumps(browser.environment), address, folder, *TASKS]
    result = subprocess.run([node_binary(), SCRIPT, *arguments], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize("task", TASKS)
def test_task_ends_without_trouble(results, task):
    assert "error" not in results[task], results[task]["error"]
    # A browser says of itself what did not load, and that a file may not do what only a served page may.
    assert task in {"file", "no-wasm", "no-tfjs", "no-layers", "no-section"} or results[task]["trouble"] == []


def test_page_names_beforehand_what_its_first_answer_needs(results):
    loading = results["loading"]
    assert (loading["unnamed"], loading["unused"], loading["twice"]) == ([], [], [])
    assert loading["num_needed"] > 30


@pytest.mark.parametrize("name", ["W", "star", "house"])
def test_other_drawings_are_no_digit(results, name):
    assert results["others"]["answers"][name] == "No digit here, it seems."


def test_longer_sentence_under_the_pictures_moves_nothing(results):
    assert len(set(results["others"]["heights"])) == 1


@pytest.mark.parametrize("hand", ["round", "quick"])
def test_drawn_digits_are_read(results, hand):
    assert results["digits"][hand] == {str(digit): str(digit) for digit in range(10)}


def test_second_digit_is_left_out_in_words(results):
    assert results["two"]["digits"] == ["4", "4"]
    assert results["two"]["spoken"] == "Four, over 99\N{NO-BREAK SPACE}% \N{EN DASH} There may be more to read."


def test_words_about_a_second_digit_move_nothing(results):
    before, after = results["two"]["tops"]
    assert (before, results["two"]["height"]) == (after, 20)


def test_paper_can_be_cleared_and_taken_back(results):
    tools = results["tools"]
    assert (tools["empty"], tools["drawn"], tools["cleared"]) == ("Draw a digit.", "7", "")
    assert (tools["undone"], tools["gone"]) == ("7", "")
    assert tools["words"].startswith("Seven, over 99\N{NO-BREAK SPACE}%")


def test_small_digit_in_a_corner_is_read_with_preparation(results):
    assert results["tools"]["small"] == "1"
    assert len(results["tools"]["numbers"]) == 10


def test_screen_readers_hear_the_digit_before_its_number(results):
    assert "listitem: 1, over 99 %" in results["tools"]["heard"]
    assert "listitem: 0, 0 %" in results["tools"]["heard"]


def test_keys_draw(results):
    assert (results["keyboard"]["drawn"], results["keyboard"]["cleared"]) == ("1", "")
    assert results["keyboard"]["isCursorShown"]


def test_pen_of_the_keys_is_up_after_undo_and_clear(results):
    assert results["keyboard"]["isPenDown"] == [False, False]


def test_mouse_draws_where_the_keys_left_their_pen_down(results):
    assert results["keyboard"]["byMouse"] == "1"


def test_finger_draws_and_does_not_scroll(results):
    assert (results["touch"]["drawn"], results["touch"]["scrolled"]) == ("7", 0)


def test_photos_are_read_however_they_come(results):
    assert (results["photos"]["picked"], results["photos"]["others"]) == ("4", ["4", "4"])


def test_photo_without_ink_is_called_that(results):
    assert results["photos"]["ofBlank"] == "Too little ink to read."


def test_file_that_is_no_picture_is_refused_in_words(results):
    assert "no picture" in results["photos"]["problem"]


def test_language_is_the_browsers_until_another_is_chosen(results):
    languages = results["languages"]
    assert (languages["first"], languages["kept"]) == ("同一个模型", "Same model")
    assert (languages["sentence"], languages["untranslated"]) == ("七，超过 99%", [])


def test_every_engine_gives_the_same_answer(results):
    for engine in ("tfjs/float32/cpu", "tfjs/uint8/webgl", "litert/int8/wasm", "tfjs/float16/wasm"):
        answer = results["engines"][engine]
        assert answer["digit"] == "3", engine
        assert all(any(character.isdigit() for character in number) for number in answer["numbers"]), engine


def test_device_check_saves_what_the_report_reads(results, tmp_path):
    path = tmp_path / "device.json"
    path.write_text(json.dumps(results["check"]["result"]))
    check = read_check(path, PROJECT_ROOT / "exports", 10)
    assert (check.num_images, check.flips) == (500, ())


def test_device_check_finds_the_same_model(results):
    result = results["check"]["result"]
    assert results["check"]["verdict"] == "Same as the reference on 500 of 500."
    assert (result["num_images"], result["flips"]) == (500, [])
    assert result["accuracy"] == result["reference_accuracy"]
    assert 0 < result["median_s"] <= result["p90_s"]
    assert result["max_probability_difference"] < 0.02
    accuracy, difference, engine = (results["check"]["figures"][index] for index in (0, 2, 6))
    assert accuracy == f"{result['accuracy']:.1%}".replace("%", "\N{NO-BREAK SPACE}%")
    assert results["check"]["note"].startswith("100 of the 500 images are those that the reference is least sure of: ")
    assert difference == f"{100 * result['max_probability_difference']:.2f}\N{NO-BREAK SPACE}%"
    assert engine == "TF.js float16 · Wasm"


def test_device_check_knows_what_rounding_did_at_the_release(results):
    flips = known_flips(read_results(PROJECT_ROOT / "exports" / "results.json").parity)["tflite/int8"]
    assert flips
    same = f"Same as the reference on {500 - len(flips)} of 500."
    assert results["check"]["rounded"].startswith(f"{same} Not on {len(flips)}, as was known when")
    assert results["check"]["flip"].startswith("Label ")


def test_device_check_counts_says_that_it_was_stopped_and_keeps_the_former_result(results):
    check = results["check"]
    for stopped, former in ((check["stopped"], ""), (check["again"], " Below: the run before.")):
        assert re.fullmatch(rf"\d+ of 500\.{former}", stopped["running"])
        assert re.fullmatch(rf"Stopped after \d+ of 500\.{former}", stopped["stopped"])
    assert (check["stopped"]["verdict"], check["again"]["verdict"]) == ("", check["verdict"])


def test_device_check_that_was_stopped_early_can_start_again_at_once(results):
    start, stop = "Check this device", "Stop"
    # Started, stopped, started; stopped by another engine; started and run to its end.
    assert results["early-stop"]["words"] == [stop, start, stop, start, start]
    assert results["early-stop"]["counts"] == ["", "Stopped before the first count.", "", ""]
    assert not results["early-stop"]["isProgressShown"]
    assert results["early-stop"]["engine"] == "TF.js uint8 \N{MIDDLE DOT} Wasm"
    assert not results["early-stop"]["problem"]


def test_layers_light_up(results):
    inside = results["inside"]
    assert inside["sizes"] == [16, 24, 32, 32, 32, 32, 10]
    assert (inside["title"], inside["kernels"]) == ("Layer 2 · Map 5", 16)
    assert inside["brightest"] == 8


def test_arrows_go_from_map_to_map_as_they_point(results):
    moves = results["inside"]["moves"]
    assert moves == {"ArrowRight": [1, 0], "ArrowDown": [0, 1], "ArrowLeft": [-1, 0], "ArrowUp": [0, -1]}


def test_arrows_stop_at_the_edges_of_the_maps(results):
    # 32 maps in columns of 11: the last column has no eleventh.
    assert results["inside"]["stops"] == [0, 10, 10, 31]


def test_no_map_is_shown_of_a_blank_paper(results):
    blank, is_any_shown = (results["inside"][key] for key in ("blank", "isAnyShown"))
    assert (blank, is_any_shown) == ("Draw a digit, and the maps of each layer light up here.", 0)


def test_strongest_map_is_open_until_another_is_chosen(results):
    rises = results["inside"]["rises"]
    assert rises[results["inside"]["opened"]] == max(rises) > 100


def test_single_values_are_told_in_words(results):
    inside = results["inside"]
    assert inside["names"] == list("0123456789")
    assert re.search(r"Map 4 of the layer before has the value \d\.\d on average", inside["average"])
    assert "Strongest here" not in inside["average"]


def test_engine_that_tells_only_its_answer_has_no_legend_of_maps(results):
    assert not results["check"]["isLegendShown"]


def test_page_is_never_wider_than_the_screen(results):
    widths = results["screens"]["widths"]
    assert [width for width, _ in widths] == [found for _, found in widths]


def test_paper_tools_and_answer_are_in_view_on_low_screens(results):
    assert results["screens"]["outside"] == []


def test_ink_bars_and_chosen_tab_stay_visible_in_forced_colours(results):
    forced = results["screens"]["forced"]
    assert (forced["paper"], forced["edge_px"]) == ("rgb(247, 243, 234)", 1)
    assert forced["fill"] != forced["track"]
    assert forced["chosenTab_px"] > forced["otherTab_px"]


def test_page_is_accessible(results):
    assert results["accessibility"]["found"] == []


def test_chosen_theme_is_there_from_the_first_paint_and_frames_the_page(results):
    before, after = results["early"]["before"], results["early"]["after"]
    assert (before["theme"], after["theme"]) == ("dark", "light")
    assert (before["frame"], after["frame"]) == ([before["room"]], [after["room"]])


def test_page_that_is_not_ready_says_so_and_keeps_its_places(results):
    before, after = results["early"]["before"], results["early"]["after"]
    assert (before["disabled"], after["disabled"]) == (["undo", "clear"], [])
    assert before["places"] == after["places"]


def test_photo_that_was_picked_too_early_is_read(results):
    assert results["early"]["photo"] == "4"


def test_changed_model_is_an_error_and_no_guess(results):
    damaged = results["damaged"]
    assert damaged["problem"].startswith("models/tfjs/float16/group1-shard1of1.bin was changed")


def test_failed_engine_has_no_answer_whatever_else_goes_wrong(results):
    assert (results["damaged"]["sentence"], results["damaged"]["inside"]) == ("No answer.", "No answer.")


def test_network_is_still_loading_whatever_else_goes_wrong(results):
    assert results["late"]["sentence"] == "Loading the network \N{HORIZONTAL ELLIPSIS}"


def test_load_time_is_of_the_whole_start(results):
    assert results["late"]["load_ms"] >= results["late"]["delay_ms"]


def test_engine_without_its_webassembly_says_why_and_leaves_the_others(results):
    problem, digit = (results["no-wasm"][key] for key in ("problem", "digit"))
    assert (problem, digit) == (f"This engine did not start: {NO_WASM}. Choose another under Engines.", "7")


def test_table_of_engines_gives_the_reason_alone(results):
    assert results["no-wasm"]["first"] == f"{NO_WASM}."


def test_engine_that_was_left_before_it_failed_raises_no_alert(results):
    assert not results["no-wasm"]["isAlertLeft"]


def test_engine_without_its_code_says_so_and_leaves_the_others(results):
    problem, digit = (results["no-tfjs"][key] for key in ("problem", "digit"))
    assert (problem, digit) == ("engines/tfjs.js did not arrive. Check the connection, then reload.", "7")


@pytest.mark.parametrize(("task", "path"), [("no-wasm", "vendor/tfjs-cpu.js"), ("no-tfjs", "vendor/litert-wasm/")])
def test_engine_without_its_vendor_files_says_so_in_its_row(results, task, path):
    assert results[task]["reason"] == f"{path} did not arrive. Check the connection, then reload."


def test_missing_layers_do_not_blame_the_engine(results):
    layers = results["no-layers"]
    assert (layers["digit"], layers["sentence"]) == ("7", "Seven, over 99\N{NO-BREAK SPACE}%")
    assert layers["problem"] == "model/layers.js did not arrive. Check the connection, then reload."


def test_what_did_not_arrive_is_named_and_what_failed_is_not_blamed_on_the_connection(results):
    check, typical, engines, language, naive = results["no-section"]["problems"]
    assert check == "views/check.js did not arrive. Check the connection, then reload."
    assert typical == "typical.bin is missing. Build the site again."
    assert engines.startswith("This part of the page did not start: Cannot read properties of null")
    assert language == "strings/zh.js did not arrive. Check the connection, then reload."
    assert naive == "naive.js did not arrive. Check the connection, then reload."


def test_answer_does_not_wait_for_the_comparison_without_preparation(results):
    assert results["no-section"]["digit"] == "7"


def test_page_opened_as_a_file_says_what_to_do(results):
    assert (results["file"]["says"], results["file"]["papers"]) == (True, 0)


def test_page_without_javascript_says_so_and_nothing_else(results):
    _, problem = results["no-script"]["shown"]
    assert problem.startswith("This page computes in your browser: please allow its JavaScript.")
    assert results["no-script"]["buttons"] == 0
