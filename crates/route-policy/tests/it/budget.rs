//! Money: leases ahead of need, days, breaches, the operator's hand.

use route_policy::{Cny, Day, Return, Returnable};

use crate::world::World;

fn yuan(text: &str) -> Cny {
    text.parse().unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn settled(world: &World, channel: &str) -> Cny {
    world.router.status(world.at()).into_iter().find(|status| *status.name == *channel).unwrap().budget.settled
}

#[test]
fn a_spent_channel_is_passed_over_until_the_next_day_in_shanghai() {
    let mut world = World::new("name budget \n a 0.002 \n b -");
    world.set_wall("2026-11-23T15:59:50Z");
    world.play(
        "
        0  ask tokens=2000 => a
        0  ok a            =>
        0  ask             => b
        0  ask             => b
        0  state a         => budget_spent
        9  ask             => b
        10 lease           =>
        10 ask             => a
        10 state a         => healthy
        ",
    );
}

#[test]
fn a_budget_of_nothing_disables_at_once_and_another_one_enables() {
    World::new("name priority budget \n a 1 10 \n b 0 10").play(
        "
        0 ask           => a
        0 budget a 0    => true
        0 ask           => b
        0 state a       => budget_spent
        1 budget a 10   => true
        1 ask           => a
        1 budget gone 1 => false
        ",
    );
}

#[test]
fn a_reservation_is_charged_to_the_day_it_was_made() {
    let mut world = World::new("name budget \n a 10");
    world.set_wall("2026-11-23T15:59:59Z");
    let ask = world.ask("m", 1_000_000);
    let grant = world.granted(&ask);
    assert_eq!((grant.reservation.day(), grant.reservation.cny()), (day("2026-11-23"), Cny::from_yuan(1)));
    assert_eq!(grant.reservation.made_at(), world.at().wall);
    world.after_s(60);
    let at = world.at();
    assert!(world.router.returnable(Returnable::OverDays, at).is_empty(), "it still runs");
    world.router.settle(grant.reservation, yuan("0.5"), 500_000, at);
    assert_eq!(settled(&world, "a"), Cny::ZERO, "today is another day");
    let returned = Return { channel: "a".into(), day: day("2026-11-23"), spent: yuan("0.5") };
    assert_eq!(world.router.returnable(Returnable::OverDays, at), [returned]);
    assert!(world.router.returnable(Returnable::OverDays, at).is_empty());
}

#[test]
fn a_wall_clock_that_steps_back_does_not_reopen_the_older_day() {
    let mut world = World::new("name budget \n a 0.001");
    world.set_wall("2026-11-23T16:00:01Z");
    world.play("0 lease =>\n0 ask => a\n0 ok a =>");
    world.set_wall("2026-11-23T15:59:00Z");
    world.play("0 ask => budget spent, 86460s");
}

#[test]
fn the_next_days_first_block_is_leased_before_midnight() {
    let mut world = World::new("name budget \n a 10");
    world.set_wall("2026-11-23T15:59:10Z");
    let at = world.at();
    let wants = world.router.wanted_leases(at);
    assert_eq!(wants.len(), 1);
    assert_eq!((wants[0].day, wants[0].amount), (day("2026-11-24"), Cny::from_yuan(2)));
    world.router.lease_granted("a", wants[0].day, wants[0].amount);
    world.after_s(60);
    world.play("0 ask => a");
}

#[test]
fn leases_are_taken_ahead_of_need_so_that_nobody_waits() {
    let mut world = World::new("name budget \n a 500");
    for _ in 0..200 {
        let ask = world.ask("m", 300_000);
        let grant = world.granted(&ask);
        let (at, cny) = (world.at(), grant.reservation.cny());
        world.router.settle(grant.reservation, cny, 300_000, at);
        if world.router.wants_leases() {
            world.lease_all();
        }
    }
    assert_eq!(settled(&world, "a"), Cny::from_yuan(60));
}

#[test]
fn a_grant_that_leaves_less_than_half_a_block_wants_the_next() {
    let mut world = World::new("name budget \n a 500");
    assert!(!world.router.wants_leases());
    world.play("0 ask tokens=1000000 => a");
    assert!(!world.router.wants_leases(), "half a block is left");
    world.play("0 ask tokens=1 => a");
    assert!(world.router.wants_leases());
    world.lease_all();
    assert!(!world.router.wants_leases());
}

#[test]
fn a_request_dearer_than_a_block_gets_a_lease_of_its_size() {
    let mut world = World::new("name budget \n a 100");
    world.play("0 ask tokens=9000000 => waits as 1");
    assert!(world.router.wants_leases());
    world.lease_all();
    world.play("0 pump => 1 to a");
}

#[test]
fn a_charge_above_its_reservation_is_a_named_breach_and_the_channel_is_spent() {
    let mut world = World::new("name budget \n a 1");
    let ask = world.ask("m", 1_000);
    let grant = world.granted(&ask);
    let at = world.at();
    let outcome = world.router.settle(grant.reservation, yuan("1.5"), 1_500_000, at);
    assert_eq!(outcome.breach, Some(yuan("1.499")));
    world.play("0 state a => budget_spent\n0 ask => budget spent, 43200s");
    assert_eq!(world.router.status(at)[0].budget.breached, yuan("1.499"));
}

#[test]
fn what_the_ledger_remembers_counts() {
    let mut world = World::new("name budget \n a 1");
    world.router.restore_spent("a", day("2026-11-23"), yuan("1"));
    world.router.restore_spent("a", day("2026-11-22"), yuan("1"));
    world.play("0 ask => budget spent, 43200s");
    let at = world.at();
    assert!(world.router.returnable(Returnable::OverDays, at).is_empty(), "nothing of it is unused");
}

#[test]
fn at_the_end_all_leases_go_back() {
    let mut world = World::new("name budget \n a 10 \n b 10");
    world.play("0 ask tokens=500000 => a\n0 ok a =>\n0 ask => b");
    let at = world.at();
    let returns = world.router.returnable(Returnable::All, at);
    let said: Vec<_> = returns.iter().map(|one| format!("{} {} {}", one.channel, one.day, one.spent)).collect();
    assert_eq!(said, ["a 2026-11-23 0.5", "b 2026-11-23 0.001"], "what is held counts as spent");
    world.play("0 ask nowait => ledger unavailable, 1s");
}
