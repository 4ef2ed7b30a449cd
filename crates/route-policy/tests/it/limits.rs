//! Requests and tokens per minute, of channels and of accounts.

use std::time::Duration;

use route_policy::{Admission, GroupSpec, Growth, RouterOptions};

use crate::world::World;

fn group(model: &str, rpm: Option<u32>, tpm: Option<u64>, per_second: bool, growth: Option<Growth>) -> GroupSpec {
    GroupSpec { account: "ali".into(), model: model.into(), rpm, tpm, per_second, growth }
}

fn with_group(table: &str, group: GroupSpec) -> World {
    World::with(table, vec![group], RouterOptions::default())
}

#[test]
fn a_full_channel_is_passed_over_and_is_back_a_minute_after_its_first_request() {
    World::new("name rpm tpm flight \n a 2 - - \n b - 2500 - \n c - - 1").play(
        "
        0      ask => a
        1      ask => b
        2      ask => c
        3      ask => a
        4      ask => b
        5      ask nowait => rate limited by 2 requests per minute of channel a, 55.001s
        5      lost => a rpm_full, b tpm_full, c in_flight_full
        6      ok c =>
        6      ask => c
        60     ask nowait => rate limited by 2 requests per minute of channel a, 0.001s
        60.001 ask nowait => a
        61.001 ask nowait => b
        ",
    );
}

#[test]
fn tokens_are_reserved_by_the_estimate_and_corrected_by_the_usage() {
    let mut world = World::new("name tpm \n a 10000");
    let large = world.ask("m", 9_000);
    let grant = world.granted(&large);
    assert!(matches!(world.router.admit(&large, world.at()), Admission::Queued(_)));
    let at = world.at();
    world.router.settle(grant.reservation, route_policy::Cny::ZERO, 500, at);
    assert_eq!(world.router.status(at)[0].tpm.used, 500);
    assert_eq!(world.router.pump(at).granted.len(), 1);
}

#[test]
fn a_request_that_was_sent_counts_whatever_came_of_it_and_one_that_was_not_does_not() {
    World::new("name rpm \n a 1").play(
        "
        0  ask => a
        1  cancel a =>
        1  ask => a
        2  drop a =>
        2  ask nowait => rate limited by 1 requests per minute of channel a, 59.001s
        ",
    );
}

#[test]
fn keys_of_one_account_share_its_limits_for_a_model() {
    with_group(
        "name account models \n a ali m,other \n b ali m,other \n c own m",
        group("m", Some(2), None, false, None),
    )
    .play(
        "
        0 ask => a
        0 ask => b
        0 ask => c
        0 ask => c
        0 ask tried=c nowait => rate limited by 2 requests per minute of account ali for m, 60.001s
        0 ask model=other => a
        ",
    );
}

#[test]
fn an_accounts_tokens_are_corrected_too_and_what_was_not_sent_is_not_counted() {
    for per_second in [false, true] {
        let group = group("m", Some(1), Some(3_000), per_second, None);
        let mut world = with_group("name account \n a ali", group);
        let ask = world.ask("m", 3_000);
        for _ in 0..3 {
            let grant = world.granted(&ask);
            let at = world.at();
            world.router.cancel(grant.reservation, at);
        }
        let at = world.at();
        let grant = world.granted(&ask);
        world.router.settle(grant.reservation, route_policy::Cny::ZERO, 500, at);
        world.after_s(60);
        world.play("0.001 ask tokens=3000 => a");
    }
    let mut world = with_group("name account \n a ali", group("m", None, Some(3_000), false, None));
    world.play(
        "
        0 ask tokens=3000        => a
        0 ask tokens=1000 nowait => rate limited by 3000 tokens per minute of account ali for m, 60.001s
        1 drop a                 =>
        1 ask tokens=3000        => a
        ",
    );
}

#[test]
fn a_group_for_every_model_counts_each_for_itself() {
    with_group("name account models \n a ali m,other", group("*", Some(1), None, false, None)).play(
        "
        0 ask => a
        0 ask model=other => a
        0 ask nowait => rate limited by 1 requests per minute of account ali for m, 60.001s
        ",
    );
}

#[test]
fn an_account_that_counts_by_the_second_is_asked_evenly() {
    with_group("name account \n a ali", group("m", Some(60), None, true, None)).play(
        "
        0   ask => a
        0.5 ask => waits as 1
        0.5 pump => again in 0.5s
        1   pump => 1 to a
        ",
    );
}

#[test]
fn an_account_that_dislikes_growth_is_ramped_up() {
    let growth = Growth { floor: 2, percent: 200, over: Duration::from_secs(10) };
    with_group("name account \n a ali", group("m", None, None, false, Some(growth))).play(
        "
        0  ask => a
        0  ask => a
        0  ask nowait => rate limited by growth of requests of account ali for m, 10s
        10 ask => a
        10 ask => a
        10 ask => a
        10 ask => a
        10 ask nowait => rate limited by growth of requests of account ali for m, 10s
        ",
    );
}

#[test]
fn a_request_above_every_limit_is_told_so_at_once() {
    World::new("name tpm \n a 1000 \n b 5000").play(
        "
        0 ask tokens=3000 => b
        0 ask tokens=6000 => too large for 5000 tokens per minute of channel b
        ",
    );
}

#[test]
fn of_a_channels_and_an_accounts_limit_the_narrower_is_named() {
    with_group("name account tpm \n a ali 5000", group("m", None, Some(2_000), false, None)).play(
        "
        0 ask tokens=3000 => too large for 2000 tokens per minute of account ali for m
        0 ask tokens=6000 => too large for 2000 tokens per minute of account ali for m
        ",
    );
    with_group("name account tpm \n a ali 5000", group("m", None, Some(9_000), false, None))
        .play("0 ask tokens=6000 => too large for 5000 tokens per minute of channel a");
}

#[test]
fn the_limit_that_has_room_first_is_named() {
    World::new("name rpm \n a 1 \n b 2").play(
        "
        0 ask        => a
        1 ask        => b
        5 cancel a   =>
        5 ask        => a
        6 ask        => b
        7 ask nowait => rate limited by 2 requests per minute of channel b, 54.001s
        ",
    );
}

#[test]
fn a_wait_is_said_once_and_begins_anew_after_an_answer() {
    World::new("name \n a").play(
        "
        0  ask               => a
        0  ask               => a
        0  fail tpm a        => model m of account a paused 8s
        1  fail tpm a        =>
        8  ask               => a
        8  ok a              =>
        9  ask               => a
        9  fail tpm a        => model m of account a paused 8s
        17 ask               => a
        17 fail overloaded a => model m of channel a cooling_down 2s
        19 ask               => a
        19 ok a              =>
        20 ask               => a
        20 fail overloaded a => model m of channel a cooling_down 2s
        ",
    );
}

#[test]
fn a_wait_of_an_account_spares_its_other_models_and_other_accounts() {
    World::new("name account models \n a ali m,other \n b ali m \n c own m").play(
        "
        0  ask           => a
        0  fail tpm a    => model m of account ali paused 8s
        0  ask           => c
        0  ask           => c
        0  ask model=other => a
        8  ask           => b
        8  fail rpm b 20 => model m of account ali paused 20s
        27 ask tried=c nowait => rate limited by requests per minute of account ali for m, 1s
        28 ask tried=c   => a
        ",
    );
}

#[test]
fn an_overloaded_model_cools_down_alone_and_longer_each_time() {
    World::new("name models \n a m,other \n b m").play(
        "
        0 ask               => a
        0 fail overloaded a => model m of channel a cooling_down 2s
        0 ask               => b
        1 ask tried=b       => waits as 1
        1 pump              => again in 1s
        1 ask model=other   => waits as 2
        1 pump              => 2 to a, again in 1s
        2 pump              => 1 to a
        2 ok a              =>
        2 ask tried=a,b nowait => no healthy channel
        2 fail overloaded a => model m of channel a cooling_down 4s
        3 ask tried=b nowait   => no healthy channel, 3s
        3 ask                  => b
        ",
    );
}
