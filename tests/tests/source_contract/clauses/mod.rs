//! The clauses, each for every client.

mod access;
mod allowance;
mod body;
mod live;
mod nothing;
mod truth;
mod unit;
mod way;

macro_rules! clauses {
    ($($file:ident: $($clause:ident),+;)+) => {
        $(pub(crate) use $file::{$($clause),+};)+

        /// Every clause by name.
        pub(crate) const ALL: &[&str] = &[$($(stringify!($clause)),+),+];
    };
}

clauses! {
    access: a_refused_key_stops_and_is_not_asked_again, the_secret_is_in_nothing_that_comes_back;
    allowance:
        too_many_calls_are_waited_out_and_then_answered,
        a_spent_day_is_left_alone_until_the_vendors_next_day,
        a_client_in_a_hurry_keeps_its_own_pace;
    body: a_garbled_body_is_asked_for_again_and_never_half_used, an_answer_of_another_shape_is_refused_with_its_pages;
    live: a_bar_that_still_trades_is_in_no_row;
    nothing: nothing_there_is_an_answer_and_no_error;
    truth: rows_are_the_truth_when_nothing_is_wrong, every_row_leads_back_to_where_it_stood;
    unit: figures_in_a_wrong_unit_are_refused_or_put_right;
    way:
        a_slow_vendor_is_given_up_in_time,
        a_connection_that_drops_in_a_body_is_asked_for_again,
        a_vendor_that_is_away_is_used_again_when_it_is_back;
}
