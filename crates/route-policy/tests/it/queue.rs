//! One flooding profile and ninety-nine others.

use std::collections::HashMap;

use route_policy::{Admission, Ask, RouterOptions, Ticket};

use crate::world::World;

/// Five channels of 100 requests per minute; a flood that always has 200 requests waiting, and 99 profiles that ask
/// once every 20 seconds. Says the longest wait of each kind in milliseconds, and how many were refused.
fn simulate(minutes: u64) -> (u64, u64, usize) {
    let options = RouterOptions { max_wait: std::time::Duration::from_secs(600), ..RouterOptions::default() };
    let mut world = World::with("name rpm \n a 100 \n b 100 \n c 100 \n d 100 \n e 100", Vec::new(), options);
    let mut waiting: HashMap<Ticket, (bool, u64)> = HashMap::new();
    let (mut polite_most, mut flood_served, mut refused) = (0, 0, 0);
    let begin = world.millis;
    for second in 0..minutes * 60 {
        world.millis = begin + second * 1_000;
        let polite =
            (0..99).filter(|profile| second % 20 == profile % 20).map(|profile| (false, format!("p{profile}")));
        let flood = (0..200).map(|_| (true, "flood".to_owned()));
        // The flood asks first.
        for (is_flood, profile) in flood.chain(polite) {
            let ask = Ask { profile: profile.as_str().into(), ..world.ask("m", 1_000) };
            let at = world.at();
            match world.router.admit(&ask, at) {
                Admission::Granted(grant) => {
                    flood_served += u64::from(is_flood);
                    world.router.settle(grant.reservation, route_policy::Cny::ZERO, 1_000, at);
                }
                Admission::Queued(ticket) => {
                    waiting.insert(ticket, (is_flood, world.millis));
                }
                Admission::Refused(_) => refused += usize::from(!is_flood),
            }
        }
        for millis in [0, 250, 500, 750] {
            world.millis = begin + second * 1_000 + millis;
            let at = world.at();
            let pumped = world.router.pump(at);
            for (ticket, grant) in pumped.granted {
                let (is_flood, since) = waiting.remove(&ticket).unwrap();
                flood_served += u64::from(is_flood);
                if !is_flood {
                    polite_most = polite_most.max(world.millis - since);
                }
                world.router.settle(grant.reservation, route_policy::Cny::ZERO, 1_000, at);
            }
            refused += pumped.refused.len();
        }
    }
    (polite_most, flood_served, refused)
}

#[test]
fn a_flood_cannot_delay_ninety_nine_others_beyond_a_bound() {
    let (polite_most, flood_served, refused) = simulate(5);
    assert_eq!(refused, 0, "nobody polite is refused while there is room");
    // They ask for 297 of the 500 per minute. After the first burst has used up a minute at once, room comes back in
    // one burst per minute: that minute is the bound, whatever the flood does.
    assert!(polite_most <= 60_250, "{polite_most} ms");
    let capacity = 5 * 100 * 5;
    let polite = 99 * 3 * 5;
    assert!(flood_served >= capacity - polite - 100, "what others leave is used: {flood_served}");
}
