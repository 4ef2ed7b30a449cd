//! A full disk under the books: requests go on within the budget that is leased, then an honest 503, and everything is
//! well again as soon as there is room, without a restart.

#![cfg(target_os = "linux")]

use daemon_kit::clock::Clock;
use gateway_ledger::{Ledger, LedgerOptions};
use route_policy::{Cny, Day};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::json;
use system_tests::{
    eventually,
    gateway::{Gateway, GatewaySettings, GatewayStage},
};

use super::{budgets::DEAR, kit::ask};

/// From now on no write of this process succeeds; or every one, again.
fn disk_is_full(gateway: &Gateway, full: bool) {
    let pid = gateway.daemon.pid().try_into().ok().and_then(Pid::from_raw);
    let limit = Rlimit { current: full.then_some(0), maximum: None };
    prlimit(pid, Resource::Fsize, limit).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_costs_nothing_until_the_leases_are_used_up_and_nothing_once_there_is_room() {
    let mut settings = GatewaySettings { budget: "500".to_owned(), ..GatewaySettings::keys(2) };
    settings.llm.price = DEAR;
    settings.gateway = "max_wait_s = 1".to_owned();
    let stage = GatewayStage::new(settings).await;
    let gateway = stage.gateway_on_a_disk_that_may_be_full().await;
    let caller = gateway.caller("research-bot").await;
    ask(&caller, 4).await;

    disk_is_full(&gateway, true);
    let mut good = 0;
    let refused = loop {
        let said = caller.chat(json!({})).await;
        if said.status != 200 {
            break said;
        }
        good += 1;
        assert!(good < 200, "money is spent that nobody wrote down");
    };
    assert!(good >= 1, "what is leased can be spent");
    assert_eq!((refused.status, refused.code()), (503, "ledger_unavailable"), "{refused:?}");
    assert!(!refused.header("retry-after").is_empty(), "{refused:?}");
    let again = caller.chat(json!({})).await;
    assert_eq!((again.status, again.code()), (503, "ledger_unavailable"), "{again:?}");
    assert_eq!(gateway.admin("GET", "/healthz", None).await.0, 200);
    assert!(gateway.daemon.says("disk is full"), "{}", gateway.daemon.log());

    disk_is_full(&gateway, false);
    eventually("requests go on", async || (caller.chat(json!({})).await.status == 200).then_some(())).await;
    ask(&caller, 8).await;
    gateway.daemon.stop().await;

    // What was spent while nothing could be written is in the books to the last nano-yuan.
    stage.provider_is_idle().await;
    let now = Clock::system().now();
    let (ledger, recovery) = Ledger::open(&stage.books(), LedgerOptions::default(), now).unwrap();
    assert_eq!(recovery.written_off, []);
    for key in ["key-1", "key-2"] {
        for (date, nano) in stage.llm.book(key).billed_by_day {
            let totals = ledger.day_totals(Day::from_date(date)).await.unwrap();
            let total = totals.iter().find(|total| total.channel == key).unwrap();
            assert_eq!((total.charged, total.written_off), (Cny::from_nano(nano), Cny::ZERO), "{key}");
        }
    }
}
