//! A wait that is told is true: who comes back after exactly that long, and finds nobody else, gets in.

use std::time::Duration;

use proptest::prelude::*;
use route_policy::{Admission, Ask, Feedback, GroupSpec, Growth, Meter, RefusalKind, RouterOptions, Verdict};

use crate::world::World;

#[derive(Clone, Debug)]
struct Limits {
    rpm: Option<u8>,
    tpm: Option<u16>,
    group_rpm: Option<u8>,
    group_tpm: Option<u16>,
    per_second: bool,
    ramp: Option<u8>,
}

fn limits() -> impl Strategy<Value = Limits> {
    let few = || proptest::option::of(1_u8..8);
    let tokens = || proptest::option::of(1_000_u16..9_000);
    (few(), tokens(), few(), tokens(), any::<bool>(), few()).prop_map(
        |(rpm, tpm, group_rpm, group_tpm, per_second, ramp)| Limits {
            rpm,
            tpm,
            group_rpm,
            group_tpm,
            per_second,
            ramp,
        },
    )
}

fn world(limits: &Limits) -> World {
    let cell = |limit: Option<String>| limit.unwrap_or_else(|| "-".to_owned());
    let (rpm, tpm) = (cell(limits.rpm.map(|rpm| rpm.to_string())), cell(limits.tpm.map(|tpm| tpm.to_string())));
    let growth = limits.ramp.map(|floor| Growth { floor: floor.into(), percent: 200, over: Duration::from_secs(10) });
    let group = GroupSpec {
        account: "ali".into(),
        model: "m".into(),
        rpm: limits.group_rpm.map(u32::from),
        tpm: limits.group_tpm.map(u64::from),
        per_second: limits.per_second,
        growth,
    };
    let table = format!("name account rpm tpm\na ali {rpm} {tpm}\nb ali 3 5000\nc own 2 {tpm}");
    World::with(&table, vec![group], RouterOptions::default())
}

proptest! {
    #[test]
    fn whoever_waits_as_long_as_told_gets_in(
        limits in limits(),
        history in proptest::collection::vec((0_u64..9_000, 0_u64..3_000, 0_u64..150, 0_u8..20), 1..60),
        tokens in 0_u64..3_000,
    ) {
        let mut world = world(&limits);
        for (pause, tokens, percent, limited) in history {
            world.after(Duration::from_millis(pause));
            let ask = Ask { wait: false, ..world.ask("m", tokens) };
            if let Admission::Granted(grant) = world.router.admit(&ask, world.at()) {
                if limited == 0 {
                    let feedback = Feedback::Refused { verdict: Verdict::Wait(Meter::Tokens), retry_after: None };
                    world.router.observe(grant.channel, &grant.upstream_model, feedback, world.at());
                }
                let charge = grant.reservation.cny();
                world.router.settle(grant.reservation, charge, tokens * percent / 100, world.at());
            }
        }
        let ask = Ask { wait: false, ..world.ask("m", tokens) };
        let Admission::Refused(refusal) = world.router.admit(&ask, world.at()) else { return Ok(()) };
        if !matches!(refusal.kind, RefusalKind::RateLimited { .. }) {
            return Ok(());
        }
        let wait = refusal.retry_after.expect("a limit ends");
        world.after(wait);
        let again = world.router.admit(&ask, world.at());
        prop_assert!(matches!(again, Admission::Granted(_)), "after {wait:?} of {:?}: {again:?}", refusal.considered);
        // Nor is it told to stay away for nothing: not all channels had room long before.
        prop_assert!(wait <= Duration::from_secs(121), "{wait:?}");
    }
}
