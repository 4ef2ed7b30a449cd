//! What is parked, and its way back.

use route_policy::{Subject, Verdict};

use crate::world::World;

#[test]
fn a_dead_key_rests_until_a_probe_and_then_a_request_succeed() {
    World::new("name priority \n a 1 \n b 0").play(
        "
        0    probes            => a
        0    ask               => a
        0    fail key_dead a   => channel a parked 1800s
        0    state a           => parked
        0    ask               => b
        300  probes            => b
        1799 probes            => b
        1800 probes            => a!
        1800 ask               => b
        1801 probe a ok        => channel a on_trial
        1801 ask               => a*
        1801 ask               => b
        1802 ok a              => channel a recovered
        1802 ask               => a
        ",
    );
}

#[test]
fn a_probe_that_fails_again_rests_for_another_half_hour_and_is_not_said_again() {
    World::new("name \n a").play(
        "
        0    ask               => a
        0    fail key_dead a   => channel a parked 1800s
        1800 probes            => a!
        1800 probe a key_dead  =>
        3599 probes            =>
        3600 probes            => a!
        3600 probe a ok        => channel a on_trial
        3600 ask               => a*
        3601 fail key_dead a   => channel a parked 1800s
        3601 ask               => no healthy channel, 1800s
        ",
    );
}

#[test]
fn arrears_park_every_key_of_the_account_and_one_probe_asks_for_all() {
    World::new("name account \n a ali \n b ali \n c own").play(
        "
        0    ask            => a
        0    fail arrears a => account ali parked 1800s
        0    state b        => parked
        0    ask            => c
        0    ask            => c
        0.5  probes         => c
        1800 probes         => a! c
        1800 probe a ok     => account ali on_trial
        1800 ask            => b*
        1800 ask            => c
        1800 ask            => c
        1801 ok b           => account ali recovered
        1801 ask            => a
        ",
    );
}

#[test]
fn a_model_that_is_denied_rests_for_the_account_and_one_that_is_missing_for_the_channel() {
    World::new("name account models \n a ali m,other \n b ali m,other \n c own m,other").play(
        "
        0    ask                => a
        0    fail denied a      => model m of account ali parked 1800s
        0    ask                => c
        0    ask model=other    => a
        0    ask model=other    => b
        0    fail missing b     => model other of channel b parked 1800s
        0    ask model=other    => c
        0    ask model=other    => a
        0    ask model=other    => c
        1    state a            => healthy
        ",
    );
}

#[test]
fn a_probe_says_nothing_about_a_model_until_its_time_has_come() {
    World::new("name models \n a m,other").play(
        "
        0    probes        => a
        0    ask           => a
        0    fail denied a => model m of account a parked 1800s
        300  probes        => a
        300  probe a ok    =>
        300  ask           => no healthy channel, 1500s
        1800 probes        => a!
        1800 probe a ok    => model m of account a on_trial
        1800 ask           => a*
        1800 ask           => waits as 1
        1801 ok a          => model m of account a recovered
        1801 pump          => 1 to a
        ",
    );
}

#[test]
fn a_missing_model_is_tried_again_too() {
    World::new("name models \n a m,other").play(
        "
        0    probes         => a
        0    ask            => a
        0    fail missing a => model m of channel a parked 1800s
        1800 probes         => a!
        1800 probe a ok     => model m of channel a on_trial
        1800 ask            => a*
        1800 ok a           => model m of channel a recovered
        ",
    );
}

#[test]
fn a_failing_channel_that_answers_no_probe_either_rests_at_once() {
    let fails = "0 ask => a\n 0 fail broken a =>\n".repeat(4);
    World::new("name \n a").play(&format!(
        "{fails}
        0 ask           => a
        0 fail broken a => model m of channel a breaker_opened 10s
        1 probe a down  => channel a parked 300s
        "
    ));
}

#[test]
fn a_channel_that_answers_no_probe_twice_rests_until_it_does() {
    World::new("name priority \n a 1 \n b 0").play(
        "
        0    probes       => a
        0    probe a down =>
        0    state a      => healthy
        300  probes       => a b
        300  probe a down => channel a parked 300s
        300  ask          => b
        600  probes       => a! b
        600  probe a down =>
        900  probes       => a! b
        900  probe a ok   => channel a on_trial
        900  ask          => a*
        900  fail broken a => channel a parked 300s
        1200 probes       => a! b
        1200 probe a ok   => channel a on_trial
        1200 ask          => a*
        1200 ok a         => channel a recovered
        ",
    );
}

#[test]
fn a_channel_that_answers_requests_is_well_whatever_its_probes_say() {
    World::new("name \n a").play(
        "
        0   ask          => a
        1   ok a         =>
        2   probe a down =>
        3   probe a down =>
        4   probe a misconfigured =>
        4   state a      => healthy
        ",
    );
}

#[test]
fn what_has_nothing_free_to_ask_is_found_out_by_a_request() {
    World::new("name \n a").play(
        "
        0    probe a unsupported =>
        0    ask                 => a
        0    fail key_dead a     => channel a parked 1800s
        900  probe a unsupported =>
        1800 probes              => a!
        1800 probe a unsupported => channel a on_trial
        1800 ask                 => a*
        1800 fail rpm a          => channel a recovered, model m of account a paused 4s
        ",
    );
}

#[test]
fn what_the_operator_or_the_budget_switched_off_is_never_probed() {
    World::new("name budget \n a - \n b 0 \n c 10").play(
        "
        0   disable a  => true
        400 probes     => c
        400 state b    => budget_spent
        800 enable a   => true
        800 probes     => a c
        ",
    );
}

#[test]
fn an_operator_who_switches_a_channel_on_again_knows_that_it_is_in_order() {
    World::new("name \n a").play(
        "
        0 ask             => a
        0 fail key_dead a => channel a parked 1800s
        1 disable a       => true
        2 enable a        => true
        2 ask             => a
        2 enable nobody   => false
        ",
    );
}

#[test]
fn what_a_channel_shares_with_others_is_tried_when_it_is_switched_on_again() {
    World::new("name account \n a ali \n b ali").play(
        "
        0 ask            => a
        0 fail arrears a => account ali parked 1800s
        1 disable a      => true
        2 enable a       => true
        2 ask            => b*
        2 fail denied b  => account ali recovered, model m of account ali parked 1800s
        3 ask            => no healthy channel, 1799s
        4 disable a      => true
        5 enable a       => true
        5 ask            => a*
        5 ok a           => model m of account ali recovered
        ",
    );
}

#[test]
fn a_canary_out_makes_the_others_wait_for_what_comes_of_it() {
    World::new("name \n a").play(
        "
        0    ask             => a
        0    ask             => a
        0    fail key_dead a => channel a parked 1800s
        1    ok a            =>
        1    state a         => parked
        1800 probe a ok      => channel a on_trial
        1800 ask             => a*
        1800 ask             => waits as 1
        1800 pump            => again in 30s
        1801 ok a            => channel a recovered
        1801 pump            => 1 to a
        ",
    );
}

#[test]
fn what_was_parked_when_the_process_ended_is_parked_again() {
    let mut world = World::new("name account \n a ali \n b ali");
    let at = world.at();
    for (subject, why) in [
        (Subject::Account("ali".into()), Verdict::AccountParked),
        (Subject::AccountModel { account: "ali".into(), model: "m".into() }, Verdict::ModelDenied),
        (Subject::ChannelModel { channel: "a".into(), model: "m".into() }, Verdict::ModelMissing),
        (Subject::Channel("a".into()), Verdict::KeyDead),
    ] {
        assert_eq!(world.router.park(&subject, why, at).len(), 1, "{subject}");
        assert_eq!(world.state("a"), "parked", "{subject}");
        assert_eq!(world.router.unpark(&subject).len(), 1, "{subject}");
        assert_eq!(world.router.unpark(&subject).len(), 0, "{subject}");
        assert_eq!(world.state("a"), "healthy", "{subject}");
    }
    assert!(world.router.park(&Subject::Channel("gone".into()), Verdict::KeyDead, at).is_empty());
}
