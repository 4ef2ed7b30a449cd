//! What fails often is left alone; what failed once is not.

use crate::world::World;

#[test]
fn one_failure_disables_nothing() {
    World::new("name \n a").play(
        "
        0 ask           => a
        0 fail broken a =>
        0 ask           => a
        0 state a       => healthy
        ",
    );
}

/// Five failures of channel `a`.
const FIVE: &str = "
    0 ask => a
    0 fail broken a =>
    0 ask => a
    0 fail broken a =>
    0 ask => a
    0 fail broken a =>
    0 ask => a
    0 fail broken a =>
    0 ask => a
    0 fail broken a => model m of channel a breaker_opened 10s
";

#[test]
fn many_failures_open_it_and_one_request_closes_it() {
    World::new("name priority \n a 1 \n b 0").play(&format!(
        "{FIVE}
        0  state a  => breaker_open
        1  ask      => b
        10 state a  => half_open
        10 ask      => a*
        10 ask      => b
        11 ok a     => model m of channel a breaker_closed
        11 ask      => a
        11 ask      => a
        "
    ));
}

#[test]
fn a_canary_that_fails_doubles_the_rest() {
    World::new("name \n a").play(&format!(
        "{FIVE}
        1  ask           => no healthy channel, 9s
        10 ask           => a*
        11 fail broken a => model m of channel a breaker_opened 20s
        30 ask           => no healthy channel, 1s
        31 ask           => a*
        31 ok a          => model m of channel a breaker_closed
        "
    ));
}

#[test]
fn a_canary_that_tells_nothing_leaves_its_place_to_the_next() {
    World::new("name \n a").play(&format!(
        "{FIVE}
        10 ask               => a*
        10 ask               => waits as 1
        11 cancel a          =>
        11 pump              => 1 to a*
        12 fail rpm a        => model m of account a paused 4s
        12 state a           => half_open
        16 ask               => a*
        16 fail overloaded a => model m of channel a cooling_down 2s
        18 ask               => a*
        18 fail caller a     => model m of channel a breaker_closed
        "
    ));
}

#[test]
fn a_model_that_fails_does_not_take_its_channel_with_it() {
    World::new("name models \n a m,other").play(&format!(
        "{FIVE}
        0 ask model=other => a
        0 state a         => healthy
        "
    ));
}

#[test]
fn an_upstream_that_inspects_content_is_well() {
    World::new("name \n a").play(&format!(
        "{FIVE}
        10 ask            => a*
        10 fail content a => model m of channel a breaker_closed
        "
    ));
}

#[test]
fn a_breaker_that_will_be_tried_soon_is_said_before_a_budget_that_is_spent() {
    World::new("name priority budget \n a 1 - \n b 0 0").play(&format!(
        "{FIVE}
        1 ask  => no healthy channel, 9s
        1 lost => a breaker_open, b no_budget
        "
    ));
}

#[test]
fn refusals_that_are_the_callers_fault_open_nothing() {
    let mut world = World::new("name \n a");
    world.play(&"0 ask => a\n0 fail caller a =>\n0 ask => a\n0 fail content a =>\n".repeat(20));
    assert_eq!(world.state("a"), "healthy");
}
