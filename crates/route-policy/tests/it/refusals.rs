//! A no names the limit, the meter and the wait.

use route_policy::{Cny, ProfileCaps, RouterOptions};

use crate::world::World;

#[test]
fn each_reason_has_its_own_refusal() {
    World::new("name rpm budget \n a 1 -").play(
        "
        0 ask model=x   => unknown model
        0 ask           => a
        0 ask nowait    => rate limited by 1 requests per minute of channel a, 60.001s
        0 ask tried=a   => no healthy channel
        1 fail key_dead a => channel a parked 1800s
        1 ask           => no healthy channel, 1800s
        2 disable a     => true
        2 ask           => no healthy channel
        ",
    );
}

#[test]
fn a_wait_that_is_longer_than_the_caller_waits_is_refused_at_once() {
    World::new("name rpm \n a 1").play(
        "
        0  ask              => a
        10 ask deadline=50  => rate limited by 1 requests per minute of channel a, 50.001s
        31 ask deadline=50  => waits as 1
        31 pump             => again in 29.001s
        60.001 pump         => 1 to a
        ",
    );
}

#[test]
fn the_wait_counts_what_is_ahead() {
    let mut world = World::new("name rpm \n a 2");
    world.play(
        "
        0  ask  => a
        10 ask  => a
        40 ask profile=one   => waits as 1
        40 ask profile=two   => waits as 2
        40 ask profile=three nowait => rate limited by 2 requests per minute of channel a, 80.001s
        ",
    );
}

#[test]
fn the_wait_is_shared_by_the_channels_that_will_have_room() {
    World::new("name flight rpm \n a - 1 \n b - 1").play(
        "
        0  ask => a
        1  ask => b
        40 ask profile=one   => waits as 1
        40 ask profile=two   => waits as 2
        40 ask profile=three nowait => rate limited by 1 requests per minute of channel a, 80.001s
        ",
    );
}

#[test]
fn a_spent_budget_waits_for_midnight() {
    World::new("name budget \n a 0.001 \n b 0").play(
        "
        0 ask tokens=1001 => budget spent, 43200s
        0 lost            => a too_expensive, b no_budget
        0 ask             => a
        0 ask             => waits as 1
        0 pump            => again in 30s
        1 ok a            =>
        1 pump            => 1 budget spent, 43199s
        1 state a         => budget_spent
        ",
    );
}

#[test]
fn a_request_above_every_budget_is_told_so() {
    World::new("name budget \n a 0.001 \n b 0.002").play("0 ask tokens=3000 => too expensive for 0.002");
}

#[test]
fn a_profiles_cap_is_said_and_only_enforced_on_request() {
    let cap = "0.0015";
    let script = format!("0 ask cap={cap} => a\n0 ask cap={cap} =>");
    World::new("name \n a").play(&format!("{script} a"));
    let enforce = RouterOptions { profile_caps: ProfileCaps::Enforce, ..RouterOptions::default() };
    let mut world = World::with("name \n a", Vec::new(), enforce);
    world.play(&format!("{script} cap 0.0015, used 0.001, 43200s\n0 ask => a"));
    world.play("0 ok a =>\n0 ask tokens=600 cap=0.0015 => cap 0.0015, used 0.002, 43200s");
    world.play("0 ask tokens=1000 cap=0.003 => a\n1 drop a =>\n1 ask tokens=1000 cap=0.003 => a");
    let at = world.at();
    let grant = world.open.remove(0);
    assert!(!world.router.settle(grant.reservation, "0.0015".parse().unwrap(), 1, at).profile_over_cap);
}

#[test]
fn a_profile_over_its_cap_is_said_when_it_is() {
    let mut world = World::new("name \n a");
    let at = world.at();
    world.router.restore_profile_spent("p", "2026-11-23".parse().unwrap(), Cny::from_yuan(1));
    for (cap, over) in [(None, false), (Some(Cny::from_yuan(2)), false), (Some(Cny::from_yuan(1)), true)] {
        let ask = route_policy::Ask { profile_cap: cap, ..world.ask("m", 10) };
        let grant = world.granted(&ask);
        let charge = grant.reservation.cny();
        assert_eq!(world.router.settle(grant.reservation, charge, 10, at).profile_over_cap, over, "{cap:?}");
    }
}

#[test]
fn a_full_queue_is_a_refusal_with_the_wait_that_it_would_be() {
    let options = RouterOptions { max_waiting: 3, max_waiting_per_profile: 2, ..RouterOptions::default() };
    World::with("name rpm \n a 1", Vec::new(), options).play(
        "
        0  ask  => a
        40 ask  => waits as 1
        40 ask  => waits as 2
        40 ask  => queue full of its own, 140.001s
        40 ask profile=q => waits as 3
        40 ask profile=r => queue full, 140.001s
        ",
    );
}

#[test]
fn without_a_ledger_what_is_leased_is_used_up_and_then_it_is_said() {
    let mut world = World::new("name budget \n a 10");
    world.play(
        "
        0 ask tokens=1900000 => a
        0 ask tokens=200000 deadline=5 => waits as 1
        ",
    );
    let at = world.at();
    let wants = world.router.wanted_leases(at);
    assert_eq!(wants.len(), 1, "the next block is wanted: {wants:?}");
    world.router.lease_failed("a", wants[0].day, at);
    world.play(
        "
        0 pump => again in 5s
        5 pump => 1 ledger unavailable, 1s
        5 lost => a ledger_failing
        6 ask tokens=1000 => a
        ",
    );
}
