//! Waiting: who gets what becomes free, and when to look again.

use crate::world::World;

#[test]
fn a_request_waits_until_a_channel_has_room() {
    World::new("name flight \n a 1").play(
        "
        0 ask  => a
        0 ask  => waits as 1
        0 ask  => waits as 2
        0 pump => again in 30s
        3 ok a =>
        3 pump => 1 to a, again in 27s
        4 ok a =>
        4 pump => 2 to a
        4 pump =>
        ",
    );
}

#[test]
fn a_newcomer_does_not_overtake() {
    World::new("name flight \n a 1").play(
        "
        0 ask            => a
        0 ask profile=x  => waits as 1
        1 ok a           =>
        1 ask profile=y  => waits as 2
        1 pump           => 1 to a, again in 30s
        ",
    );
}

#[test]
fn who_waits_for_one_channel_does_not_hold_up_those_of_another() {
    World::new("name flight models \n a 1 m \n b - other").play(
        "
        0 ask             => a
        0 ask             => waits as 1
        0 ask model=other => b
        ",
    );
}

#[test]
fn a_second_attempt_that_waits_does_not_hold_up_first_ones() {
    World::new("name flight \n a 1 \n b 1").play(
        "
        0 ask         => a
        0 ask         => b
        0 ask tried=a => waits as 1
        0 ask         => waits as 2
        1 ok a        =>
        1 pump        => 2 to a, again in 29s
        2 ok b        =>
        2 pump        => 1 to b
        ",
    );
}

#[test]
fn time_that_is_up_is_a_refusal_that_names_the_limit() {
    World::new("name flight rpm \n a 1 -").play(
        "
        0  ask                 => a
        0  ask deadline=5      => waits as 1
        0  ask                 => waits as 2
        0  pump                => again in 5s
        5  pump                => 1 rate limited by 1 requests at the same time of channel a, 1s, again in 25s
        30 pump                => 2 rate limited by 1 requests at the same time of channel a, 1s
        ",
    );
}

#[test]
fn waiting_that_has_become_hopeless_ends() {
    World::new("name flight \n a 1").play(
        "
        0 ask             => a
        0 ask             => waits as 1
        0 ask             => waits as 2
        1 fail key_dead a => channel a parked 1800s
        1 pump            => 1 no healthy channel, 1800s, 2 no healthy channel, 1800s
        ",
    );
}

#[test]
fn who_has_no_time_does_not_wait() {
    World::new("name flight \n a 1").play(
        "
        0 ask            => a
        0 ask deadline=0 => rate limited by 1 requests at the same time of channel a, 1s
        0 ask            => waits as 1
        0 ask deadline=0 => rate limited by 1 requests at the same time of channel a, 1s
        ",
    );
}

#[test]
fn who_left_gets_nothing() {
    let mut world = World::new("name flight \n a 1");
    world.play("0 ask => a\n0 ask => waits as 1\n0 ask profile=q => waits as 2");
    world.router.withdraw(world.tickets[0]);
    assert_eq!(world.router.waiting(), 1);
    world.play("0 ok a =>\n0 pump => 2 to a");
    world.router.withdraw(world.tickets[1]);
    assert_eq!(world.router.waiting(), 0);
}

#[test]
fn a_large_request_is_overtaken_by_small_ones_for_half_its_time_only() {
    World::new("name tpm \n a 10000").play(
        "
        0  ask tokens=6000               => a
        1  ask tokens=5000 profile=large => waits as 1
        1  ask tokens=1000 profile=small => waits as 2
        1  pump                          => 2 to a, again in 30s
        17 ask tokens=1000 profile=small => waits as 3
        17 pump                          => again in 14s
        31 pump => 1 rate limited by 10000 tokens per minute of channel a, 29.001s, again in 16s
        31 pump => 3 to a
        ",
    );
}
