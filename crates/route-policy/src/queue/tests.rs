use proptest::prelude::*;

use super::*;

fn ask(profile: &str, model: &str, tokens: u64) -> Ask {
    Ask {
        profile: profile.into(),
        profile_cap: None,
        model: model.into(),
        group: None,
        input_tokens: tokens,
        output_tokens: 0,
        estimated_tokens: tokens,
        deadline: Tick::from_millis(30_000),
        tried: Vec::new(),
        wait: true,
    }
}

fn join(queue: &mut FairQueue, profile: &str, model: &str, tokens: u64) -> Ticket {
    let now = Tick::from_millis(0);
    queue.join(&ask(profile, model, tokens), tokens, 1, Tick::from_millis(30_000), now)
}

/// Serves `count` requests in fair order, by profile.
fn serve(queue: &mut FairQueue, count: usize) -> String {
    queue.begin_pass();
    let next = |_| {
        let ticket = queue.next_in_pass()?;
        let profile = queue.ask(ticket)?.profile.to_string();
        queue.serve(ticket);
        Some(profile)
    };
    (0..count).map_while(next).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_flood_delays_a_single_request_by_one_at_most() {
    let mut queue = FairQueue::default();
    for _ in 0..100 {
        join(&mut queue, "flood", "m", 1_000);
    }
    join(&mut queue, "one", "m", 1_000);
    assert_eq!(serve(&mut queue, 3), "flood one flood");
    join(&mut queue, "one", "m", 1_000);
    assert_eq!(serve(&mut queue, 3), "one flood flood", "each time");
}

#[test]
fn who_was_not_there_has_no_claim_to_what_was_served_meanwhile() {
    let mut queue = FairQueue::default();
    for _ in 0..20 {
        join(&mut queue, "early", "m", 1_000);
    }
    serve(&mut queue, 10);
    for _ in 0..20 {
        join(&mut queue, "late", "m", 1_000);
    }
    let served = serve(&mut queue, 8);
    assert!((4..=5).contains(&served.matches("late").count()), "{served}");
}

#[test]
fn fairness_is_by_tokens_and_not_by_requests() {
    let mut queue = FairQueue::default();
    for _ in 0..20 {
        join(&mut queue, "large", "m", 4_000);
        join(&mut queue, "small", "m", 1_000);
    }
    let served = serve(&mut queue, 20);
    assert_eq!((served.matches("large").count(), served.matches("small").count()), (4, 16), "{served}");
}

#[test]
fn a_full_class_does_not_hold_up_another_one_of_the_same_profile() {
    let mut queue = FairQueue::default();
    let full = join(&mut queue, "one", "full", 10);
    let free = join(&mut queue, "one", "free", 10);
    queue.begin_pass();
    assert_eq!(queue.next_in_pass(), Some(full));
    queue.found_no_room(full, false, Tick::from_millis(0));
    assert_eq!(queue.next_in_pass(), Some(free));
    queue.serve(free);
    assert_eq!(queue.next_in_pass(), None);
    assert_eq!(queue.len(), 1);
}

#[test]
fn a_smaller_one_may_overtake_until_half_the_time_is_over() {
    for (millis, overtakes) in [(0, true), (14_999, true), (15_000, false), (29_000, false)] {
        let mut queue = FairQueue::default();
        let large = join(&mut queue, "a", "m", 400_000);
        let small = join(&mut queue, "b", "m", 100);
        queue.begin_pass();
        assert_eq!(queue.next_in_pass(), Some(large));
        queue.found_no_room(large, true, Tick::from_millis(millis));
        assert_eq!(queue.next_in_pass(), overtakes.then_some(small), "{millis}");
    }
}

#[test]
fn leaving_costs_nothing_and_leaves_nothing_behind() {
    let mut queue = FairQueue::default();
    let tickets: Vec<_> = (0..10).map(|_| join(&mut queue, "a", "m", 1_000)).collect();
    for ticket in tickets {
        assert!(queue.remove(ticket).is_some());
        assert!(queue.remove(ticket).is_none());
    }
    assert!(queue.is_empty() && queue.order.is_empty() && queue.deadlines.is_empty() && !queue.contends(u64::MAX));
    assert_eq!(queue.flows[0].end(), 0);
    join(&mut queue, "b", "m", 1);
    join(&mut queue, "a", "m", 1);
    assert_eq!(serve(&mut queue, 2), "a b", "of equal tags the older profile");
}

#[test]
fn what_is_ahead_of_a_newcomer_is_what_fair_order_serves_first() {
    let mut queue = FairQueue::default();
    for _ in 0..50 {
        join(&mut queue, "flood", "m", 1_000);
    }
    assert_eq!(queue.ahead("new", 1), Ahead { requests: 1, tokens: 1_000 });
    assert_eq!(queue.ahead("flood", 1), Ahead { requests: 50, tokens: 50_000 });
    assert_eq!(queue.ahead("new", 2), Ahead::default(), "nobody waits for other channels");
}

proptest! {
    /// Between two profiles that always wait, the service never differs by more than one request of each.
    #[test]
    fn service_in_tokens_stays_even(costs in proptest::collection::vec((0_usize..5, 1_u64..5_000), 50..300)) {
        let mut queue = FairQueue::default();
        for (profile, tokens) in &costs {
            join(&mut queue, &profile.to_string(), "m", *tokens);
        }
        let mut served = [0_u64; 5];
        let largest = |profile: usize| costs.iter().filter(|(one, _)| *one == profile).map(|(_, cost)| *cost).max();
        queue.begin_pass();
        while let Some(ticket) = queue.next_in_pass() {
            let ask = queue.ask(ticket).unwrap();
            let position: usize = ask.profile.parse().unwrap();
            queue.serve(ticket);
            served[position] += ask.estimated_tokens;
            for (one, other) in (0..5).flat_map(|one| (0..5).map(move |other| (one, other))) {
                if one != other && queue.waiting_of(&one.to_string()) > 0 && queue.waiting_of(&other.to_string()) > 0 {
                    let bound = largest(one).unwrap_or(0) + largest(other).unwrap_or(0);
                    prop_assert!(served[one].abs_diff(served[other]) <= bound, "{:?}", served);
                }
            }
        }
        prop_assert!(queue.is_empty());
        prop_assert_eq!(served.iter().sum::<u64>(), costs.iter().map(|(_, cost)| *cost).sum::<u64>());
    }
}
