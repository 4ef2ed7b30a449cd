//! The operators' pages of all daemons in a real browser: headless Chromium through chromedriver, over the daemons' own
//! binaries.
//!
//! One world and one browser serve all cases, which run one after the other; each is a sentence. Without a browser they are
//! skipped, and say so; `BROWSER_TESTS=required` makes that a failure.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cases;
mod data;
mod door;
mod everywhere;
mod gateway;
mod harness;
mod registry;
mod shell;

use system_tests::{
    browser::Browser,
    console::{Scale, World},
};

use self::cases::{Cases, cases};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_see_and_change_the_whole_system_in_a_browser() {
    let Some(browser) = Browser::start().await else { return };
    let mut run = Cases::new(World::start(Scale::SMALL).await, browser);
    cases!(
        run,
        door::who_is_not_logged_in_is_led_to_the_login_and_back,
        door::a_wrong_token_is_refused_and_a_right_one_opens_a_guarded_session,
        door::a_change_without_a_session_is_refused,
        door::a_change_from_another_site_is_refused_and_changes_nothing,
        door::logging_out_ends_the_session_on_the_server,
        door::each_daemon_keeps_its_own_session,
        door::a_revoked_token_ends_its_session,
        shell::language_and_colours_are_a_click_away_and_stay,
        shell::the_keyboard_goes_past_the_menu_and_shows_where_it_is,
        gateway::five_channels_are_seen_healthy,
        gateway::a_page_of_channels_renews_itself,
        gateway::a_request_shows_who_asked_and_what_was_decided,
        everywhere::every_page_is_sound_in_both_languages_on_desk_and_phone_light_and_dark,
        gateway::a_budget_of_nothing_disables_a_channel_and_traffic_moves,
        data::a_finding_opens_the_raw_rows_of_both_sources,
        data::a_dead_letter_is_sent_again_and_runs,
        data::a_released_row_leaves_quarantine_with_the_next_generation,
        data::a_fetch_is_asked_for_and_runs,
        data::the_chart_marks_the_ex_date_and_the_adjustment_changes_the_numbers,
        registry::an_edited_profile_is_restored_to_an_earlier_commit,
        registry::orders_stand_by_state_and_the_stuck_one_says_why,
        door::guessing_tokens_is_slowed_down,
    );
    run.finish().await;
}
