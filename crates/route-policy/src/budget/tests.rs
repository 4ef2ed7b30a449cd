use super::*;

const TODAY: fn() -> Day = || "2026-11-23".parse().unwrap();

fn yuan(yuan: i64) -> Cny {
    Cny::from_yuan(yuan)
}

fn at(millis: u64) -> Tick {
    Tick::from_millis(millis)
}

/// A book that has leased `leased` of a budget of ¥10.
fn book(leased: i64) -> BudgetBook {
    let mut book = BudgetBook::new(Some(yuan(10)));
    assert!(book.want_lease(TODAY(), yuan(leased), at(0)).is_some());
    book.lease_granted(TODAY(), yuan(leased));
    book
}

#[test]
fn an_amount_is_short_of_exactly_one_thing() {
    for (leased, settled, held, amount, expected) in [
        (4, 0, 0, 4, Ok(())),
        (4, 0, 0, 5, Err(Short::NoLease { failing: false })),
        (4, 1, 2, 2, Err(Short::NoLease { failing: false })),
        (10, 1, 2, 7, Ok(())),
        (10, 1, 2, 8, Err(Short::Held)),
        (10, 1, 2, 10, Err(Short::Spent)),
        (10, 1, 2, 11, Err(Short::Never)),
        (10, 10, 0, 1, Err(Short::Spent)),
    ] {
        let mut book = book(leased);
        book.reserve(TODAY(), yuan(settled)).unwrap();
        book.settle(TODAY(), yuan(settled), yuan(settled));
        if held > 0 {
            book.reserve(TODAY(), yuan(held)).unwrap();
        }
        assert_eq!(book.reserve(TODAY(), yuan(amount)), expected, "{leased} {settled} {held} {amount}");
    }
}

#[test]
fn no_budget_is_spent_at_once_and_wants_no_lease() {
    let mut book = BudgetBook::new(Some(Cny::ZERO));
    assert_eq!(book.reserve(TODAY(), Cny::from_nano(1)), Err(Short::Spent));
    assert_eq!((book.want_lease(TODAY(), yuan(2), at(0)), book.is_spent(TODAY())), (None, true));
}

#[test]
fn no_bound_needs_no_lease_and_still_counts() {
    let mut book = BudgetBook::new(None);
    book.reserve(TODAY(), yuan(1_000)).unwrap();
    book.settle(TODAY(), yuan(1_000), yuan(700));
    assert_eq!((book.status(TODAY()).settled, book.want_lease(TODAY(), yuan(2), at(0))), (yuan(700), None));
    book.set_limit(Some(yuan(1_000)));
    assert_eq!(book.reserve(TODAY(), yuan(100)), Err(Short::NoLease { failing: false }));
    assert_eq!(
        book.want_lease(TODAY(), yuan(2), at(0)),
        Some(yuan(100)),
        "what was spent without a lease is charged in the ledger, which grants nothing for it again"
    );
    book.lease_granted(TODAY(), yuan(100));
    assert_eq!(book.reserve(TODAY(), yuan(100)), Ok(()));
    assert_eq!(book.status(TODAY()).leased, yuan(800));
}

#[test]
fn a_lease_is_wanted_ahead_of_need_and_one_at_a_time() {
    let mut book = BudgetBook::new(Some(yuan(10)));
    assert_eq!(book.want_lease(TODAY(), yuan(4), at(0)), Some(yuan(4)));
    assert_eq!(book.want_lease(TODAY(), yuan(4), at(0)), None, "one is under way");
    book.lease_granted(TODAY(), yuan(4));
    book.reserve(TODAY(), yuan(2)).unwrap();
    assert_eq!(book.want_lease(TODAY(), yuan(4), at(0)), None, "half a block is free");
    book.reserve(TODAY(), yuan(1)).unwrap();
    assert_eq!(book.want_lease(TODAY(), yuan(4), at(0)), Some(yuan(4)));
    book.lease_granted(TODAY(), yuan(4));
    assert_eq!(book.reserve(TODAY(), yuan(7)), Err(Short::NoLease { failing: false }));
    assert_eq!(book.want_lease(TODAY(), yuan(4), at(0)), Some(yuan(2)), "never more than the budget");
}

#[test]
fn a_ledger_that_grants_less_has_no_more() {
    let mut book = BudgetBook::new(Some(yuan(10)));
    book.want_lease(TODAY(), yuan(4), at(0)).unwrap();
    book.lease_granted(TODAY(), yuan(1));
    assert_eq!(book.reserve(TODAY(), yuan(2)), Err(Short::Spent));
    assert_eq!((book.want_lease(TODAY(), yuan(4), at(0)), book.is_spent(TODAY())), (None, true));
    assert_eq!(book.reserve(TODAY(), yuan(1)), Ok(()));
    assert!(!book.is_spent(TODAY()), "a small request still fits");
    book.set_limit(Some(yuan(20)));
    assert_eq!(book.want_lease(TODAY(), yuan(4), at(0)), Some(yuan(4)), "a new budget asks anew");
}

#[test]
fn a_failing_ledger_is_asked_again_with_growing_rests() {
    let mut book = BudgetBook::new(Some(yuan(10)));
    let mut now = at(0);
    for rest_ms in [500, 1_000, 2_000, 4_000, 8_000, 8_000] {
        assert!(book.want_lease(TODAY(), yuan(4), now).is_some());
        book.lease_failed(TODAY(), now);
        assert_eq!(book.reserve(TODAY(), yuan(1)), Err(Short::NoLease { failing: true }));
        assert_eq!(book.want_lease(TODAY(), yuan(4), now + Duration::from_millis(rest_ms - 1)), None);
        now = now + Duration::from_millis(rest_ms);
    }
    assert!(book.want_lease(TODAY(), yuan(4), now).is_some());
    book.lease_granted(TODAY(), yuan(4));
    assert_eq!(book.reserve(TODAY(), yuan(1)), Ok(()));
}

#[test]
fn a_breach_is_named_and_spends_the_channel() {
    let mut book = book(10);
    book.reserve(TODAY(), yuan(3)).unwrap();
    assert_eq!(book.settle(TODAY(), yuan(3), yuan(12)), Some(yuan(9)));
    assert_eq!((book.status(TODAY()).breached, book.is_spent(TODAY())), (yuan(9), true));
    assert_eq!(book.reserve(TODAY(), Cny::from_nano(1)), Err(Short::Spent));
}

#[test]
fn a_charge_below_nothing_is_nothing() {
    let mut book = book(10);
    book.reserve(TODAY(), yuan(3)).unwrap();
    assert_eq!(book.settle(TODAY(), yuan(3), yuan(-5)), None);
    assert_eq!(book.status(TODAY()).settled, Cny::ZERO);
}

#[test]
fn a_lowered_budget_lets_nothing_more_in() {
    let mut book = book(8);
    book.reserve(TODAY(), yuan(5)).unwrap();
    book.set_limit(Some(yuan(4)));
    assert_eq!(book.reserve(TODAY(), yuan(1)), Err(Short::Held));
    book.settle(TODAY(), yuan(5), yuan(4));
    assert_eq!((book.reserve(TODAY(), yuan(1)), book.is_spent(TODAY())), (Err(Short::Spent), true));
}

#[test]
fn a_day_that_is_over_goes_back_once_nothing_of_it_is_held() {
    let mut book = book(4);
    let (today, tomorrow) = (TODAY(), TODAY().next());
    book.reserve(today, yuan(2)).unwrap();
    assert_eq!(book.take_over_days(tomorrow).collect::<Vec<_>>(), [], "a request of yesterday still runs");
    assert_eq!(book.settle(today, yuan(2), yuan(1)), None);
    assert_eq!(book.take_over_days(tomorrow).collect::<Vec<_>>(), [(today, yuan(1))]);
    assert_eq!(book.take_over_days(tomorrow).collect::<Vec<_>>(), []);
    assert_eq!(book.reserve(tomorrow, yuan(1)), Err(Short::NoLease { failing: false }), "a lease is for its own day");
}

#[test]
fn a_lease_that_comes_after_midnight_goes_back_too() {
    let mut book = BudgetBook::new(Some(yuan(10)));
    let (today, tomorrow) = (TODAY(), TODAY().next());
    book.want_lease(today, yuan(4), at(0)).unwrap();
    assert_eq!(book.take_over_days(tomorrow).collect::<Vec<_>>(), [], "its answer is under way");
    book.lease_granted(today, yuan(4));
    assert_eq!(book.take_over_days(tomorrow).collect::<Vec<_>>(), [(today, Cny::ZERO)]);
    book.lease_granted(today, yuan(4));
    assert_eq!(book.take_over_days(tomorrow).collect::<Vec<_>>(), [], "money for a closed day is not believed in");
}

#[test]
fn at_the_end_everything_goes_back_but_what_is_held() {
    let mut book = book(6);
    book.reserve(TODAY(), yuan(1)).unwrap();
    book.settle(TODAY(), yuan(1), yuan(1));
    book.reserve(TODAY(), yuan(2)).unwrap();
    assert_eq!(book.take_all_days().collect::<Vec<_>>(), [(TODAY(), yuan(3))]);
    assert_eq!(book.take_all_days().collect::<Vec<_>>(), []);
    book.lease_granted(TODAY(), yuan(4));
    assert_eq!(book.reserve(TODAY(), Cny::from_nano(1)), Err(Short::NoLease { failing: true }));
    assert_eq!(book.want_lease(TODAY(), yuan(4), at(0)), None);
}

#[test]
fn what_was_spent_before_the_start_stays_spent() {
    let mut book = BudgetBook::new(Some(yuan(10)));
    book.restore(TODAY(), yuan(9));
    assert_eq!(book.reserve(TODAY(), yuan(2)), Err(Short::Spent));
    assert_eq!(book.want_lease(TODAY(), yuan(4), at(0)), Some(yuan(1)));
}

#[test]
fn what_a_breach_took_is_not_leased_a_second_time() {
    let mut book = book(2);
    book.reserve(TODAY(), yuan(1)).unwrap();
    assert_eq!(book.settle(TODAY(), yuan(1), yuan(5)), Some(yuan(4)));
    assert_eq!(book.reserve(TODAY(), yuan(5)), Err(Short::NoLease { failing: false }), "five of ten are left");
    assert_eq!(book.want_lease(TODAY(), yuan(2), at(0)), Some(yuan(5)));
    book.lease_granted(TODAY(), yuan(5));
    assert_eq!(book.reserve(TODAY(), yuan(5)), Ok(()));
    assert_eq!(book.want_lease(TODAY(), yuan(2), at(0)), None, "there is no more");
}
