"""The tests in three tiers, and how much of each long test a tier runs.

`fast` is what `tests/run` runs: everything short, and a first few of each long one. `all` is
everything, each long test in a short version. `deep` is the full counts, by a seed of the day.
Tests that are named (`tests/run tests/test_x.py -k word`) run whole, with the counts of `all`.

A long test is marked `sampled` and gets one case a sample. The samples of a tier are the first of
those of the next one, so that each tier holds the one before it; what is left out of `fast` is
marked `slow`, and what is left out of `all` is marked `deep`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import pytest

FAST, ALL, DEEP = "fast", "all", "deep"
# Tests that are named on the command line: nothing of them is left out.
CHOSEN = "chosen"
# Apart, so that the samples of two days share nothing: more than any tier has of one kind.
SEEDS_A_DAY = 1_000_000
# What is not part of a clone: real click logs, recorded answers, descriptions of the API.
SHARED = Path(__file__).parents[2] / "shared"
WITHOUT_SHARED = "../shared is not here"


# All cases at once take longer than somebody waits who sends a change: slow ones can take turns.
TURNS = 2


class Count(NamedTuple):
    """How many samples of a kind each tier takes."""

    what: str
    fast: int
    all: int
    deep: int


COUNTS = {
    # Pages without a browser, each compared with a second count.
    "views": Count("sampled views of the pages on the real click log", 4, 50, 600),
    "demo-views": Count("sampled views of the pages on the demo's log", 0, 20, 300),
    "zone-views": Count("sampled views around changes of clocks", 4, 24, 640),
    "v4-views": Count("views of the pages on v4, for each log, plan and moment", 0, 2, 20),
    # The same in a real browser.
    "browser-views": Count("sampled views in a real browser", 0, 2, 60),
    "browser-zone-views": Count("views around changes of clocks in a real browser", 0, 1, 48),
    # Questions to the sources.
    "v4-questions": Count("questions to v4, for each log, plan and moment", 1, 3, 120),
    "parts": Count("tables of parts that add up, for each log and plan", 1, 3, 80),
    "rankings": Count("rankings of links, for each log and plan", 1, 3, 80),
    "zones": Count("ways to set clocks, of all zones in two years", 2, 24, 1000),
    "logs": Count("random click logs with gaps, and questions to each", 2, 12, 1000),
    "turns": Count("turns of random moments around each change of clocks", 1, 1, 8),
    # What goes wrong.
    "fault-sequences": Count("random sequences of faults", 100, 600, 20_000),
    "socket-faults": Count("random sequences of faults over real sockets", 0, 30, 500),
    "corrections": Count("random sequences of a v4 that corrects its answers", 10, 20, 1000),
    "fuzz": Count("inputs that are made up for the parsers", 1000, 12_000, 1_000_000),
    "kills": Count("processes that are killed while they fetch and keep", 0, 4, 200),
    "archive-sessions": Count("sessions of questions while the archive's file fails", 4, 12, 1500),
    # Charts.
    "charts": Count("random charts whose drawn places are read back", 20, 100, 6000),
    # Statistics and endurance.
    "draws": Count("pairs of periods drawn for each share of an answer", 300, 1400, 10_000),
    "demos": Count("demo organizations on which a verdict is judged", 0, 20, 60),
    "soak": Count("seconds of many sessions at once", 60, 60, 600),
}


# What takes seconds a case, and what the fast tier runs of it: the cases with one of these words in
# their names, of most families none. The others are marked `slow`.
SHORTENED: dict[str, tuple[str, ...]] = {
    # Pages without a browser: on one page instead of each, with a few of many values.
    "test_a_control_in_the_address_changes_what_is_shown": ("units-7", "tz-Asia", "login"),
    "test_a_bad_address_is_dropped_with_a_sentence": ("overview",),
    "test_a_widget_writes_the_address": ("overview",),
    "test_the_zone_is_in_the_address_also_when_it_is_the_browser_s": ("link",),
    "test_a_period_that_bitly_cannot_know_is_said": (),
    "test_a_server_that_is_down_has_one_sentence": ("compare",),
    "test_the_numbers_are_those_of_a_second_count_and_add_up": (),
    "test_a_page_makes_each_thing_once_and_a_redraw_nothing": ("overview--v3", "link--v4"),
    "test_a_page_is_asked_again_in_full": ("overview-v4",),
    "test_a_page_goes_by_the_clicks_that_are_not_far_from_all_others": ("hour-v3",),
    "test_every_form_and_scale_is_drawn_from_the_address": ("stacked", "index"),
    "test_parts_add_up": ("demo-v3", "usagov"),
    "test_every_form_of_every_chart_can_be_drawn": ("0-", "5-"),
    "test_all_addresses_by_v3_and_by_v4": ("day",),
    # Whole histories, filled call by call.
    "test_a_year_is_filled_and_survives_a_restart": (),
    "test_a_plan_of_all_time_is_as_long_as_the_history": (),
    "test_a_first_view_and_the_same_an_hour_later": (),
    "test_walls_switch_to_the_next_way_and_say_so": (),
    "test_days_with_more_links_than_a_list_holds_are_made_from_their_hours": (),
    "test_lists_of_hours_that_follow_lists_of_days_are_offered_as_well": (),
    "test_what_was_fetched_before_a_stop_is_not_asked_for_again": (),
    "test_a_comparison_that_takes_many_calls_is_offered": (),
    # The local Bitly beside a second count, and driven by its description.
    "test_links_count_like_the_second_count": ("usagov-day-0",),
    "test_groups_count_like_the_second_count": (),
    "test_organization_against_a_plain_count": ("domains5",),
    "test_answers_are_as_described": ("core-/user", "core-/bitlinks/{bitlink}/clicks"),
    "test_the_real_back_halves": (),
    # Both APIs beside each other: the demo's log alone takes its seconds to be counted.
    "test_v4_says_what_v3_says": ("usagov-free-0", "usagov-growth-2"),
    "test_the_newest_links_are_those_of_all_groups": (),
    "test_other_people_s_links_are_refused_with_a_sentence": ("usagov",),
    "test_listed_and_not_listed_are_everything": ("usagov-growth-2",),
    "test_totals_of_a_link_up_to_now": (),
    "test_around_changes_of_clocks": ("lord-howe",),
    "test_series_and_totals": (),
    "test_the_data_layer_counts_like_the_second_count": (),
    # The check-up of connections, and what starts processes of its own.
    "test_one_group_that_is_refused_is_told": (),
    "test_the_window_is_found_whatever_the_habits": (),
    "test_a_plan_is_found_out": (),
    "test_files_are_byte_for_byte_those_of_a_frame": (),
    "test_the_demo_far_in_the_future_opens_and_has_clicks": (),
    "test_a_wide_view_says_its_price_and_is_fetched_in_the_background": (),
    "test_a_login_beside_the_domains_costs_nothing_more": (),
    "test_the_own_domains_are_compared_in_any_zone": ("Tallinn",),
    # Pages and servers that are opened for one question each.
    "test_a_bucket_in_the_address_tells_who_made_it": (),
    "test_a_choice_that_a_page_does_not_draw_goes_there_and_back": (),
    "test_a_click_is_in_one_bucket": (),
    "test_a_day_of_25_hours_is_marked": (),
    "test_a_fault_on_a_real_socket": (),
    "test_a_german_page_has_german_numbers_and_dates": (),
    "test_a_group_that_is_not_there_is_said_and_nothing_else_is_lost": (),
    "test_a_narrowed_overview_ranks_the_links_of_that_domain": (),
    "test_a_page_draws_the_controls_that_it_takes_and_no_other": (),
    "test_a_page_opens_first_by_itself": (),
    "test_a_page_shows_its_numbers_and_says_what_was_not_kept": (),
    "test_a_period_before_bitly_could_know_is_refused_in_words": (),
    "test_a_period_far_from_all_clicks_breaks_nothing": (),
    "test_a_period_that_cannot_be_asked_has_one_sentence": (),
    "test_a_plan_behind_a_wall_costs_no_lists_and_counts_them": (),
    "test_a_plan_is_shown": (),
    "test_a_preset_is_one_action_and_stands_in_the_address": (),
    "test_a_reader_that_went_away_ends_no_command_in_a_traceback": (),
    "test_a_series_that_a_limit_cut_names_the_missing_part": (),
    "test_a_server_is_asked_by_the_button_only": (),
    "test_a_server_is_tested_then_used_with_the_same_token": (),
    "test_a_server_stops_at_once_with_clients_on_the_line": (),
    "test_a_token_is_nowhere": (),
    "test_a_token_that_no_list_of_processes_shows": (),
    "test_a_whole_organization_behind_a_wall_has_a_plan": (),
    "test_an_account_is_offered_the_period_that_its_first_answer_told_of": (),
    "test_an_old_address_leads_on_with_its_question": (),
    "test_another_group_keeps_period_unit_zone_and_domain": (),
    "test_another_period_is_drawn_listed_and_told": (),
    "test_bitly_s_own_all_time_ends_where_it_was_asked_to": (),
    "test_both_answers_on_one_screen": (),
    "test_both_answers_whatever_is_asked": (),
    "test_days_of_utc_are_named_as_days_of_utc": (),
    "test_each_group_has_its_own_numbers_and_they_add_up": (),
    "test_each_preset_shows_its_own_buckets": (),
    "test_every_page_by_v4": (),
    "test_every_page_watches_its_server_once": (),
    "test_generated_input_ends_in_data_or_in_the_typed_error": (),
    "test_it_serves_this_machine_from_any_folder_and_ends_when_told": (),
    "test_its_head_says_what_it_is_and_leads_on": (),
    "test_its_price_is_said_before_it_is_asked_for": (),
    "test_lies_are_not_kept": (),
    "test_links_and_lines_are_let_go_in_the_middle_of_a_file": (),
    "test_more_connections_than_there_are_files_for": (),
    "test_no_encoding_of_a_console_ends_in_a_traceback": (),
    "test_no_page_mixes_two_ways_of_writing": (),
    "test_no_room_is_one_sentence": (),
    "test_other_units_in_the_sidebar_end_the_period_and_keep_unit_and_end": (),
    "test_risers_and_fallers_are_those_that_changed_most": (),
    "test_sentences_write_numbers_by_the_locale": (),
    "test_states_are_told_in_one_line_and_by_their_look": (),
    "test_the_best_links_are_there_without_a_click": (),
    "test_the_clicks_of_a_domain_in_another_spelling": (),
    "test_the_clicks_of_a_link_in_another_spelling": (),
    "test_the_demo": (),
    "test_the_demo_by_v4": (),
    "test_the_demo_s_groups_have_the_clicks_of_their_logins": (),
    "test_the_first_page_of_the_demo_has_a_verdict": (),
    "test_the_menu_carries_the_question": (),
    "test_the_rows_are_what_a_second_count_says": (),
    "test_the_sample_is_large_enough": (),
    "test_the_sdk_reads_a_link_s_clicks": (),
    "test_two_accounts_in_one_process": (),
    "test_two_readers_never_see_each_other_s_numbers": (),
    "test_two_sessions_never_meet": (),
    "test_v3_ranks_like_the_second_count": (),
    "test_v4_has_no_other_people_s_links_and_says_so": (),
    "test_v4_ranks_like_the_second_count": (),
    "test_weeks_start_as_the_reader_s_do_and_the_address_says_so": (),
    "test_what_is_before_a_fault_of_a_container_is_read": (),
    "test_what_is_written_is_read_back": (),
    "test_what_the_chart_library_cannot_write_comes_with_the_label": (),
    "test_where_there_is_one_group_there_is_no_choice": (),
    "test_whoever_is_new_on_the_demo_sees_it_until_it_is_put_away": (),
    "test_whole_hours_from_utc": (),
    "test_without_a_question_it_is_the_page_as_it_begins": (),
    # Every lie of an upstream, of which some stand for all.
    "test_a_lie_is_never_shown_as_a_number": ("null-dense",),
}
# Of the tests in a real browser the fast tier has the main journey: a page opens on a fresh server,
# the menu, Back and reload keep the question, and numbers are taken away.
JOURNEY: dict[str, tuple[str, ...]] = {
    "test_a_page_opens_first_on_a_fresh_server": ("overview",),
    "test_the_menu_back_and_reload_keep_the_question": ("",),
    "test_downloads": ("overview",),
}


# What takes seconds a case, and what `all` runs of it: the cases with one of these words in their
# names. The others are marked `deep`.
FOR_DEEP: dict[str, tuple[str, ...]] = {
    # Around changes of clocks: each way in one of the two tests.
    "test_series_and_totals": (
        "tallinn",
        "lord-howe",
        "casablanca",
        "st-johns",
        "utc",
    ),
    "test_all_time": (
        "new-york",
        "chatham",
        "apia",
        "tehran",
        "casey",
        "usagov",
    ),
    "test_the_data_layer_counts_like_the_second_count": ("usagov", "demo-day"),
    "test_the_server_counts_like_the_second_count": ("usagov", "demo-day"),
    "test_the_numbers_are_those_of_a_second_count_and_add_up": ("demo-v3", "usagov-v4"),
    "test_around_changes_of_clocks": (
        "new-york",
        "chatham",
        "lord-howe",
        "apia",
        "tehran",
        "st-johns",
        "havana",
        "casey",
    ),
    "test_a_lie_is_never_shown_as_a_number": ("dense",),
    "test_whole_hours_from_utc": ("3", "7"),
    "test_no_encoding_of_a_console_ends_in_a_traceback": ("cp1252", "ascii"),
    "test_a_plan_of_all_time_is_as_long_as_the_history": ("130",),
    "test_a_period_that_bitly_cannot_know_is_said": ("params0", "params2", "params4"),
    # In a real browser: what pages do alike is tried on one of them.
    "test_a_state_looks_right": (
        "empty-period",
        "loading-lines",
        "partial",
        "failed",
        "quota-used",
        "series-40",
        "long-name-links",
        "arabic",
    ),
    "test_axe_finds_nothing": ("links", "link-", "compare-light"),
    "test_every_control_of_an_organization": ("overview",),
    "test_downloads": ("overview", "compare"),
    "test_a_page_opens_first_on_a_fresh_server": ("overview", "compare"),
    "test_other_keyboards": ("Digit2-more0", "more2"),
    "test_the_end_of_the_range": ("compare",),
    "test_the_picture_below_a_chart_is_the_only_one": ("overview",),
    "test_a_phone_needs_no_sideways_scrolling": ("link",),
    "test_a_pasted_address_is_the_same_view_anywhere": ("America",),
    "test_an_old_address_opens_the_same_question": ("organization",),
    "test_a_german_browser_shows_no_english_number": ("overview",),
}


def in_turn(turn: int, place: int, places: int) -> list[pytest.MarkDecorator]:
    """The marks of a case in one of some places, of which each turn has one; the deep tier has
    every turn in all of them.
    """
    return [] if (place - turn) % places == 0 else [pytest.mark.deep]


def shorten(items: Sequence[pytest.Item]) -> None:
    """Mark what the fast tier, and what `all`, leaves out of the tests above."""
    for item in items:
        name = getattr(item, "originalname", item.name)
        in_browser = item.get_closest_marker("browser") is not None
        words = JOURNEY.get(name, ()) if in_browser else SHORTENED.get(name, ("",))
        case = item.name.removeprefix(name)
        if not any(word in case for word in words):
            item.add_marker(pytest.mark.slow)
        if not any(word in case for word in FOR_DEEP.get(name, ("",))):
            item.add_marker(pytest.mark.deep)


def add_options(parser: pytest.Parser) -> None:
    group = parser.getgroup("tiers", "how much of the tests runs")
    group.addoption(
        "--all",
        dest="tier",
        action="store_const",
        const=ALL,
        help="everything, with a short version of each long test",
    )
    group.addoption(
        "--deep",
        dest="tier",
        action="store_const",
        const=DEEP,
        help="the full counts, by a seed that changes with the day",
    )
    group.addoption(
        "--seed",
        type=int,
        help="the seed of all samples: 0, but in the deep tier the day as YYYYMMDD",
    )
    group.addoption(
        "--turn",
        type=int,
        choices=range(TURNS),
        help="with --all: of the cases that the fast tier leaves out those of one turn",
    )
    for name, count in COUNTS.items():
        group.addoption(
            f"--{name}",
            type=int,
            help=f"how many: {count.what} ({count.fast}, {count.all}, {count.deep} by tier)",
        )


def settle(config: pytest.Config) -> None:
    """Say which tier runs and by which seed, once, so that all workers have the same."""
    given = getattr(config, "workerinput", {})  # of the process that started this worker
    option = config.option
    if "tier" in given:
        option.tier, option.seed = given["tier"], given["seed"]
        return
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    if option.tier is None:
        option.tier = (
            CHOSEN if named or option.keyword or option.markexpr or is_again(option) else FAST
        )
    if option.seed is None:
        option.seed = int(f"{date.today():%Y%m%d}") if option.tier == DEEP else 0


def leaves_out(config: pytest.Config, item: pytest.Item) -> bool:
    """Whether a case is not of the tier that runs."""
    is_slow, is_deep = (item.get_closest_marker(name) is not None for name in ("slow", "deep"))
    if config.option.tier == FAST:
        return is_slow or is_deep
    in_another = is_slow and config.option.turn not in (None, turn_of(item))
    return config.option.tier == ALL and (is_deep or in_another)


def turn_of(item: pytest.Item) -> int:
    """In which turn a slow case runs where they take turns: the same on every machine."""
    return crc32(f"{item.path.name}::{item.name}".encode()) % TURNS


def tally(items: Sequence[pytest.Item]) -> dict[str, int]:
    """How many cases of the tier `all` there are of each test file, by its name."""
    cases = (item for item in items if item.get_closest_marker("deep") is None)
    names = (item.path.stem.removeprefix("test_").replace("_", " ") for item in cases)
    return dict(Counter(sorted(names)))


def in_words(config: pytest.Config) -> str:
    seed = config.option.seed
    return config.option.tier + (f", seed {seed}; again with --seed {seed}" if seed else "")


def last_words(
    config: pytest.Config, left_out: Mapping[str, int], skipped: Sequence[str]
) -> Iterator[str]:
    """What a run did not do, in sentences."""
    tier, seed = config.option.tier, config.option.seed
    if tier == FAST and left_out:
        families = ", ".join(f"{name} {number:,}" for name, number in left_out.items())
        cases = sum(left_out.values())
        yield f"Left out of this fast run: {cases:,} cases, which tests/run --all runs: {families}."
    if tier == ALL and left_out:
        cases = sum(left_out.values())
        yield f"This was one of {TURNS} turns: {cases:,} slow cases have another."
    if tier == ALL:
        yield "Long tests ran in their short versions; tests/run --deep runs the full counts."
    if seed:
        yield f"The seed of this run was {seed}; --seed {seed} draws the same samples again."
    if not SHARED.is_dir():
        without = sum(WITHOUT_SHARED in reason for reason in skipped)
        yield (
            f"{WITHOUT_SHARED} with its real click logs and recorded answers: "
            f"{without:,} cases were skipped for it."
        )


def is_again(option: Any) -> bool:
    """Whether tests are chosen by how they went before."""
    return any(getattr(option, name, False) for name in ("lf", "failedfirst", "stepwise"))


def count(config: pytest.Config, name: str) -> int:
    """How many of a kind there are: as the option says, or as the tier has it."""
    given = config.getoption(f"--{name}")
    if given is not None:
        return int(given)
    row, tier = COUNTS[name], config.option.tier
    return row.fast if tier == FAST else row.deep if tier == DEEP else row.all


def seeds(config: pytest.Config, name: str, start: int = 0, share: int = 1000) -> range:
    """The seeds of a kind's samples, `share` [per mille] of them, of a faster tier first.

    What the fast tier leaves out is made all the same: so it can say how much that is.
    """
    number = count(config, name)
    if config.getoption(f"--{name}") is None:
        number = max(number, COUNTS[name].all)
    first = start + config.option.seed * SEEDS_A_DAY
    return range(first, first + part(number, share))


def part(number: int, share: int) -> int:
    """So many [per mille] of a number, rounded up."""
    return -(-number * share // 1000)


def samples(
    config: pytest.Config,
    name: str,
    *,
    start: int = 0,
    share: int = 1000,
    block: int = 0,
    values: Callable[[], Sequence[Any]] | None = None,
    words: Callable[[Any], str] | None = None,
    group: Callable[[Any], str] | None = None,
) -> list[Any]:
    """The samples of a kind as parameters, marked by the tier that leaves them out.

    They are the seeds from `start` on, or ranges of `block` of them, or as many of `values`, which
    begin at another place each day; `words` makes the name of a case, `group` that of its worker.
    """
    row, chosen = COUNTS[name], config.getoption(f"--{name}") is not None
    found: Sequence[Any] = seeds(config, name, start, share)
    if values is not None:
        whole = values()
        turn = config.option.seed % len(whole)
        found = [*whole[turn:], *whole[:turn]][: len(found)]
    if block:
        found = [found[at : at + block] for at in range(0, len(found), block)]
    params = []
    for index, value in enumerate(found):
        marks = [pytest.mark.xdist_group(group(value))] if group else []
        at = index * max(block, 1)
        if not chosen and at >= part(row.fast, share):
            marks.append(pytest.mark.slow)
        if not chosen and at >= part(row.all, share):
            marks.append(pytest.mark.deep)
        # A block is called by its first seed: the last block of one tier is longer in the next.
        name_of = words or (lambda value: str(value[0] if block else value))
        params.append(pytest.param(value, marks=marks, id=name_of(value)))
    return params
