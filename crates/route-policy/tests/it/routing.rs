//! Which channel is next.

use route_policy::{RouterOptions, Strategy};

use crate::world::{World, channels, prices};

#[test]
fn channels_take_turns() {
    World::new("name \n a \n b \n c").play(
        "
        0 ask => a
        0 ask => b
        0 ask => c
        0 ask => a
        ",
    );
}

#[test]
fn a_lower_priority_is_asked_only_when_no_higher_one_has_room() {
    World::new("name priority rpm \n spare 0 - \n one 10 1 \n two 10 1").play(
        "
        0  ask => one
        0  ask => two
        0  ask => spare
        0  ask => spare
        61 ask => one
        ",
    );
}

#[test]
fn by_weight_the_shares_are_those_of_the_weights() {
    let options = RouterOptions { strategy: Strategy::Weighted, ..RouterOptions::default() };
    let mut world = World::with("name weight \n a 3 \n b 1", Vec::new(), options);
    let script = ["a", "a", "b", "a"].repeat(2);
    world.play(&script.iter().map(|name| format!("0 ask => {name}\n")).collect::<String>());
}

#[test]
fn a_request_is_at_a_channel_once() {
    World::new("name \n a \n b \n c").play(
        "
        0 ask                  => a
        0 ask tried=b          => c
        0 ask tried=a,b        => c
        0 ask tried=a,b,c      => no healthy channel
        0 lost                 => a tried, b tried, c tried
        ",
    );
}

#[test]
fn a_caller_of_a_group_gets_channels_of_that_group() {
    World::new("name group \n a research \n b default").play(
        "
        0 ask group=default    => b
        0 ask group=default    => b
        0 ask group=research   => a
        0 ask group=other      => unknown model
        0 ask                  => b
        0 ask                  => a
        ",
    );
}

#[test]
fn a_model_is_sent_under_its_upstream_name() {
    let mut world = World::new("name models \n a qwen=Qwen/Qwen3 \n b qwen=qwen-plus,gte");
    let ask = world.ask("qwen", 10);
    let grants = [world.granted(&ask), world.granted(&ask)];
    let names: Vec<_> = grants.iter().map(|grant| &*grant.upstream_model).collect();
    assert_eq!(names, ["Qwen/Qwen3", "qwen-plus"]);
    let at = world.at();
    for grant in grants {
        world.router.release(grant.reservation, at);
    }
    world.play(
        "
        0 ask model=gte  => b
        0 ask model=gwen => unknown model, near qwen
        0 ask model=zzz  => unknown model
        ",
    );
}

#[test]
fn why_the_others_lost_is_said() {
    let mut world = World::new("name priority rpm \n full 5 1 \n off 5 - \n turn 5 - \n next 5 - \n low 0 -");
    world.play("0 ask => full\n0 disable off => true");
    let ask = world.ask("m", 10);
    let grant = world.granted(&ask);
    let lost: Vec<_> = grant.considered.iter().map(|one| format!("{} {}", one.channel, one.lost.name())).collect();
    assert_eq!(lost, ["full rpm_full", "off disabled", "next not_its_turn", "low lower_priority"]);
    let at = world.at();
    world.router.release(grant.reservation, at);
}

#[test]
fn a_new_configuration_keeps_what_was_used_and_settles_what_was_removed() {
    let mut world = World::new("name rpm budget \n a 1 10 \n b 1 10");
    world.play("0 ask => a\n0 ask => b");
    let key = world.key("a");
    let at = world.at();
    world.router.configure(channels("name rpm budget \n b 1 10 \n c 5 10"), Vec::new(), prices(), at);
    world.lease_all();
    world.play("0 ask => c");
    assert_eq!(world.router.key("a"), None);
    let removed = world.open.remove(0);
    assert_eq!(removed.channel, key);
    let charge = removed.reservation.cny();
    let breach = world.router.settle(removed.reservation, charge, 10, at).breach;
    assert_eq!(breach, None);
    world.router.configure(channels("name rpm budget \n a 1 10"), Vec::new(), prices(), at);
    assert_eq!(world.key("a"), key, "a name keeps its key");
    let status = world.router.status(at);
    assert_eq!((status[0].rpm.used, status[0].budget.settled), (1, charge), "and its use");
}

#[test]
fn a_new_configuration_does_not_begin_the_turns_anew() {
    let mut world = World::new("name \n a \n b \n c");
    world.play("0 ask => a\n0 ask => b");
    let at = world.at();
    world.router.configure(channels("name \n a \n b \n c"), Vec::new(), prices(), at);
    world.play("0 ask => c\n0 ask => a");
}

#[test]
fn the_order_can_be_changed_by_hand() {
    let mut world = World::new("name \n a \n b");
    assert!(world.router.set_order("b", 5, 1));
    assert!(!world.router.set_order("nobody", 5, 1));
    world.play("0 ask => b\n0 ask => b");
}

#[test]
fn of_two_offers_of_one_name_the_first_counts() {
    let mut world = World::new("name models \n a m=one,m=two");
    let ask = world.ask("m", 10);
    let grant = world.granted(&ask);
    assert_eq!((&*grant.upstream_model, grant.considered.len()), ("one", 0));
    world.open.push(grant);
    world.play("0 ok a =>");
}

#[test]
fn only_models_of_enabled_channels_are_listed() {
    let mut world = World::new("name models \n a x,y \n b y,z");
    assert_eq!(world.router.models().join(" "), "x y z");
    world.router.set_enabled("a", false);
    assert_eq!(world.router.models().join(" "), "y z");
    world.play("0 ask model=x => no healthy channel\n0 lost => a disabled");
}
