//! The simulator's faults, one server of several at a time: whatever one does, the answer is the market's.

use source_tdx::{Client, ServerState, TdxError};
use upstream_simulators::{TdxFault, tdx::TdxFaultRule};

use crate::simulator::{Setup, config, setup, steady};

/// The dates and closes of the steady share.
async fn closes(setup: &Setup, client: &Client) -> Vec<(String, f64)> {
    let fetched = client.daily_bars(&steady(&setup.market), setup.first_day, setup.last_day).await.unwrap();
    fetched.rows.into_iter().map(|row| (row.value.trade_date.to_string(), row.value.close)).collect()
}

fn truth(setup: &Setup) -> Vec<(String, f64)> {
    let bars = setup.market.bars(&steady(&setup.market));
    bars.into_iter().map(|bar| (bar.trade_date.to_string(), bar.close)).collect()
}

#[tokio::test]
async fn every_fault_of_the_wire_leads_to_another_server_and_the_right_answer() {
    for fault in [
        TdxFault::CountOnly,
        TdxFault::ShortBody(11),
        TdxFault::ShortBody(1),
        TdxFault::Empty,
        TdxFault::Silence,
        TdxFault::Drop,
        TdxFault::Hangup,
        TdxFault::WrongMethod,
        TdxFault::WrongSequence,
        TdxFault::WrongMagic,
        TdxFault::CorruptZlib,
        TdxFault::WrongLength,
        TdxFault::Slow(20_000),
        TdxFault::Drip { bytes: 1, ms: 200 },
    ] {
        let setup = setup(3).await;
        // Two of three servers, after their probes.
        for server in &setup.servers[..2] {
            server.faults().add(TdxFaultRule::new(fault.clone()).on("bars").after(1));
        }
        let mut config = config(&setup.servers, &setup.market);
        config.read_timeout = std::time::Duration::from_millis(600);
        let client = Client::new(config, setup.clock.clock());
        assert_eq!(closes(&setup, &client).await, truth(&setup), "{fault:?}");
    }
}

#[tokio::test]
async fn drifts_of_the_servers_are_put_right() {
    for fault in [TdxFault::Descending, TdxFault::Shares] {
        let setup = setup(1).await;
        let code = steady(&setup.market);
        let before = setup.client.daily_bars(&code, setup.first_day, setup.last_day).await.unwrap();
        setup.servers[0].faults().always("bars", fault.clone());
        let after = setup.client.daily_bars(&code, setup.first_day, setup.last_day).await.unwrap();
        assert_eq!(after.rows.len(), before.rows.len(), "{fault:?}");
        for (after, before) in after.rows.iter().zip(&before.rows) {
            let (after, before) = (&after.value, &before.value);
            assert_eq!((after.trade_date, after.close), (before.trade_date, before.close), "{fault:?}");
            // Shares are more exact than lots.
            assert!((after.volume - before.volume).abs() <= 50 + before.volume / 1_000_000, "{fault:?} {after:?}");
        }
        assert_eq!(after.notes.len(), usize::from(fault == TdxFault::Shares), "{fault:?}");
        assert!(after.rejected.is_empty(), "{fault:?}");
    }
}

#[tokio::test]
async fn bars_that_come_twice_count_once_and_such_a_server_is_left_when_there_is_another() {
    let setup = setup(2).await;
    for server in &setup.servers {
        // After the probe, and one page long.
        server.faults().add(TdxFaultRule::new(TdxFault::DuplicateBars).on("bars").after(1).times(1));
    }
    assert_eq!(closes(&setup, &setup.client).await, truth(&setup));
    setup.servers[0].faults().always("bars", TdxFault::DuplicateBars);
    let client = Client::new(config(&setup.servers, &setup.market), setup.clock.clock());
    client.probe().await;
    assert_eq!(closes(&setup, &client).await, truth(&setup));
    assert!(client.health()[0].last_fault.as_ref().unwrap().contains("4 instead of 2"));
}

#[tokio::test]
async fn half_of_the_servers_dead_lying_or_slow() {
    let setup = setup(8).await;
    setup.servers[0].go_down().await;
    setup.servers[2].faults().always("bars", TdxFault::CountOnly);
    setup.servers[4].faults().always("", TdxFault::Slow(150));
    setup.servers[6].faults().always("connect", TdxFault::Hangup);
    let codes = setup.market.codes();
    let asking = codes.iter().map(|code| setup.client.daily_bars(code, setup.first_day, setup.last_day));
    for (code, fetched) in codes.iter().zip(futures::future::join_all(asking).await) {
        assert_eq!(fetched.unwrap().rows.len(), setup.market.bars(code).len(), "{code}");
    }
    let states: Vec<_> = setup.client.health().into_iter().map(|server| server.state == ServerState::Good).collect();
    assert_eq!(states, [false, true, false, true, true, true, false, true]);
}

#[tokio::test]
async fn a_server_that_is_not_fed_any_more_is_found_out_by_the_others() {
    let setup = setup(3).await;
    setup.servers[1].faults().always("bars", TdxFault::Stale(1));
    let health = setup.client.probe().await;
    assert_eq!(closes(&setup, &setup.client).await, truth(&setup));
    let stale = &setup.client.health()[1];
    assert!(matches!(stale.state, ServerState::Bad { .. }), "{health:?}");
    assert!(stale.last_fault.as_ref().unwrap().contains("not fed"), "{stale:?}");
    assert_eq!(setup.client.health()[0].newest_bar, Some(setup.last_day));
}

#[tokio::test]
async fn a_server_that_stops_being_fed_later_is_found_out_when_its_probe_is_old() {
    let setup = setup(2).await;
    let mut config = config(&setup.servers, &setup.market);
    config.probe_lifetime = std::time::Duration::ZERO;
    let client = Client::new(config, setup.clock.clock());
    assert_eq!(closes(&setup, &client).await, truth(&setup));
    setup.servers[0].faults().always("bars", TdxFault::Stale(1));
    // The other one answers from now on, whoever was asked before; once in a row is enough to be found out.
    client.probe().await;
    for _ in 0..3 {
        assert_eq!(closes(&setup, &client).await, truth(&setup));
    }
    assert!(client.health()[0].last_fault.as_ref().unwrap().contains("not fed"));
}

#[tokio::test]
async fn a_server_that_comes_back_is_used_again_and_one_that_goes_down_is_left() {
    let setup = setup(2).await;
    assert_eq!(closes(&setup, &setup.client).await, truth(&setup));
    setup.servers[0].go_down().await;
    setup.servers[1].go_down().await;
    let code = steady(&setup.market);
    let error = setup.client.daily_bars(&code, setup.first_day, setup.last_day).await.unwrap_err();
    assert!(matches!(error, TdxError::AllServersBad { servers: 2, .. }), "{error:?}");
    setup.servers[0].come_back().await.unwrap();
    setup.servers[1].come_back().await.unwrap();
    setup.client.probe().await;
    assert_eq!(closes(&setup, &setup.client).await, truth(&setup));
}

#[tokio::test]
async fn a_revision_of_history_is_what_the_next_fetch_says() {
    let setup = setup(1).await;
    let code = steady(&setup.market);
    let mut revised = setup.market.bars(&code)[10].clone();
    revised.close = revised.low;
    setup.servers[0].faults().revise(revised.clone());
    let client = Client::new(config(&setup.servers, &setup.market), setup.clock.clock());
    let fetched = client.daily_bars(&code, setup.first_day, setup.last_day).await.unwrap();
    assert_eq!(fetched.rows[10].value.close, revised.close);
}
