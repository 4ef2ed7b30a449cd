//! Everything that can go wrong on the wire.

use tokio::time::{Duration, Instant};
use upstream_simulators::{TdxFault, tdx::TdxFaultRule};

use crate::{
    decode,
    harness::{Answer, Client, Sim, bars_payload, is_index, one_code, words},
};

/// Asks for 30 bars of a steady share under a fault, then without it on a connection of its own.
struct Under {
    sim: Sim,
    client: Client,
    payload: Vec<u8>,
}

impl Under {
    async fn new(fault: TdxFault) -> Self {
        let sim = Sim::start().await;
        let (client, payload) = (sim.client().await, bars_payload(&sim.steady_code(), 9, 0, 30));
        sim.server.faults().next(1, "bars", fault);
        Self { sim, client, payload }
    }

    async fn ask(&mut self) -> std::io::Result<Answer> {
        self.client.ask(0x052d, &self.payload).await
    }

    /// The answer without the fault, which is used up by now.
    async fn truth(&self) -> Vec<u8> {
        assert!(self.sim.server.faults().rules().is_empty(), "one call used the fault up");
        self.sim.client().await.call(0x052d, &self.payload).await
    }

    fn outcome(&self) -> &'static str {
        self.sim.server.calls().log()[0].outcome
    }
}

#[tokio::test]
async fn a_truncated_body_announces_what_does_not_come() {
    let mut under = Under::new(TdxFault::CountOnly).await;
    let answer = under.ask().await.unwrap();
    assert_eq!((answer.wire.as_slice(), &answer.head[12..]), (&[30, 0][..], &[2, 0, 2, 0][..]));
    assert_eq!(under.outcome(), "count_only");
    let mut under = Under::new(TdxFault::ShortBody(11)).await;
    let answer = under.ask().await.unwrap();
    assert_eq!(answer.wire, under.truth().await[..11]);
}

#[tokio::test]
async fn an_empty_body_announces_nothing() {
    let mut under = Under::new(TdxFault::Empty).await;
    assert_eq!(under.ask().await.unwrap().wire, [0, 0]);
    let (faults, code) = (under.sim.server.faults(), under.sim.steady_code());
    faults.always("", TdxFault::Empty);
    assert!(decode::xdxr(&under.client.call(0x000f, &one_code(&code)).await).is_empty());
    assert!(under.client.quotes(&[code]).await.is_empty());
    assert_eq!(under.client.call(0x0450, &words(&[1, 0])).await, [0, 0]);
    faults.clear();
    assert_eq!(under.client.quotes(&[code]).await.len(), 1);
}

#[tokio::test]
async fn silence_leaves_one_request_without_an_answer() {
    let mut under = Under::new(TdxFault::Silence).await;
    under.client.send(0x052d, &under.payload.clone()).await.unwrap();
    under.client.send(0x044e, &words(&[1, 0, 0])).await.unwrap();
    assert_eq!(under.client.receive().await.unwrap().method(), 0x044e);
    assert_eq!(under.outcome(), "silence");
}

#[tokio::test]
async fn a_drop_ends_the_connection_in_the_middle_of_the_body() {
    let mut under = Under::new(TdxFault::Drop).await;
    under.client.send(0x052d, &under.payload.clone()).await.unwrap();
    let mut came = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut under.client.stream, &mut came).await.unwrap();
    let said = usize::from(u16::from_le_bytes([came[12], came[13]]));
    assert_eq!(came.len(), 16 + said / 2);
    let mut under = Under::new(TdxFault::Hangup).await;
    assert!(under.ask().await.is_err());
}

#[tokio::test]
async fn a_wrong_head_echoes_what_was_not_asked() {
    let mut under = Under::new(TdxFault::WrongMethod).await;
    let answer = under.ask().await.unwrap();
    assert_ne!(answer.method(), 0x052d);
    assert_eq!((answer.sequence(), answer.body().unwrap()), (under.client.sequence(), under.truth().await));
    let mut under = Under::new(TdxFault::WrongSequence).await;
    let answer = under.ask().await.unwrap();
    assert_ne!(answer.sequence(), under.client.sequence());
    assert_eq!((answer.method(), answer.body().unwrap()), (0x052d, under.truth().await));
    let mut under = Under::new(TdxFault::WrongMagic).await;
    assert_ne!(under.ask().await.unwrap().head[1..4], [0xcb, 0x74, 0x00]);
}

#[tokio::test]
async fn corrupt_bodies_do_not_inflate_to_what_the_head_says() {
    for fault in [TdxFault::CorruptZlib, TdxFault::WrongLength] {
        let mut under = Under::new(fault.clone()).await;
        let answer = under.ask().await.unwrap();
        assert!(answer.is_deflated() && answer.body().is_err(), "{fault:?}");
        // Small bodies too.
        under.sim.server.faults().next(1, "security_count", fault);
        let answer = under.client.ask(0x044e, &words(&[1, 0, 0])).await.unwrap();
        assert!(answer.is_deflated() && answer.body().is_err());
        assert_eq!(under.client.call(0x044e, &words(&[1, 0, 0])).await.len(), 2);
    }
}

#[tokio::test]
async fn bars_can_come_newest_first_or_twice() {
    let mut under = Under::new(TdxFault::Descending).await;
    let bars = |body: Vec<u8>| decode::bars(&body, 9, false);
    let answer = under.ask().await.unwrap();
    let descending = bars(answer.body().unwrap());
    let mut truth = bars(under.truth().await);
    truth.reverse();
    assert_eq!(descending, truth);
    assert!(descending[0].at > descending[29].at);
    let mut under = Under::new(TdxFault::DuplicateBars).await;
    let answer = under.ask().await.unwrap();
    let twice = bars(answer.body().unwrap());
    let truth = bars(under.truth().await);
    assert_eq!((twice.len(), &twice[0], &twice[1]), (60, &truth[0], &truth[0]));
}

#[tokio::test]
async fn a_server_can_count_shares_where_lots_are_due() {
    let mut under = Under::new(TdxFault::Shares).await;
    let answer = under.ask().await.unwrap();
    let shares = decode::bars(&answer.body().unwrap(), 9, false);
    let lots = decode::bars(&under.truth().await, 9, false);
    for (shares, lots) in shares.iter().zip(&lots) {
        assert!((shares.volume / 100.0 - lots.volume).abs() < 1.0 && shares.amount == lots.amount);
    }
}

#[tokio::test]
async fn a_lying_server_answers_well_formed_prices_that_are_off() {
    let mut under = Under::new(TdxFault::Lie(30)).await;
    let answer = under.ask().await.unwrap();
    let lies = decode::bars(&answer.body().unwrap(), 9, false);
    let truth = decode::bars(&under.truth().await, 9, false);
    for (lie, truth) in lies.iter().zip(&truth) {
        assert_eq!((lie.at, lie.volume), (truth.at, truth.volume));
        for (lie, truth) in lie.prices.iter().zip(truth.prices) {
            assert!((lie * 1000 - truth * 1030).abs() <= 10_000 && lie % 10 == 0, "{lie} {truth}");
        }
    }
    let code = under.sim.steady_code();
    let before = under.client.quotes(&[code]).await[0].prices[0];
    under.sim.server.faults().always("quotes", TdxFault::Lie(-100));
    assert!(under.client.quotes(&[code]).await[0].prices[0] < before);
}

#[tokio::test]
async fn a_stale_server_misses_the_last_days() {
    let mut under = Under::new(TdxFault::Stale(3)).await;
    let answer = under.ask().await.unwrap();
    let stale = decode::bars(&answer.body().unwrap(), 9, false);
    let days = under.sim.market().trading_days();
    assert_eq!(stale[29].date(), days[days.len() - 4]);
}

#[tokio::test]
async fn slow_answers_are_late_and_dripping_ones_come_in_pieces() {
    let mut under = Under::new(TdxFault::Slow(60)).await;
    let before = Instant::now();
    let answer = under.ask().await.unwrap();
    assert!(before.elapsed() >= Duration::from_millis(60));
    assert_eq!(answer.body().unwrap(), under.truth().await);
    let mut under = Under::new(TdxFault::Drip { bytes: 40, ms: 2 }).await;
    let before = Instant::now();
    let answer = under.ask().await.unwrap();
    let pieces = answer.wire.len().div_ceil(40) as u64;
    assert!(pieces > 5 && before.elapsed() >= Duration::from_millis(2 * pieces));
    assert_eq!(answer.body().unwrap(), under.truth().await);
}

#[tokio::test]
async fn rules_choose_by_method_and_code_and_after_calls_that_went_well() {
    let sim = Sim::start().await;
    let mut client = sim.client().await;
    let code = sim.steady_code();
    let other = sim.market().codes().iter().copied().find(|other| *other != code).unwrap();
    sim.server.faults().add(TdxFaultRule::new(TdxFault::CountOnly).on("bars").code(code).after(2).times(1));
    let mut lengths = Vec::new();
    for asked in [code, other, code, other, code, code] {
        let answer = client.ask(0x052d, &bars_payload(&asked, 9, 0, 1)).await.unwrap();
        lengths.push(answer.wire.len() > 2);
    }
    assert_eq!(lengths, [true, true, true, true, false, true]);
    assert!(!client.xdxr(&code).await.is_empty());

    // An index is asked for by the same request and bent on its own.
    sim.server.faults().always("index_bars", TdxFault::Empty);
    let index = "000300.SH".parse().unwrap();
    assert!(is_index(&index) && client.bars(&index, 9, 0, 5).await.is_empty());
    assert_eq!(client.bars(&code, 9, 0, 5).await.len(), 5);
}

#[tokio::test]
async fn a_connection_can_end_at_once_or_stay_deaf() {
    let sim = Sim::start().await;
    sim.server.faults().always("", TdxFault::Hangup);
    assert!(sim.client().await.ask(0x044e, &words(&[1, 0, 0])).await.is_err(), "a call is hung up on");
    assert_eq!(sim.server.calls().total(), 1);
    sim.server.faults().clear();
    sim.server.faults().next(1, "connect", TdxFault::Hangup);
    assert!(sim.client().await.ask(0x044e, &words(&[1, 0, 0])).await.is_err());
    assert_eq!(sim.server.calls().total(), 1, "nothing was read");
    sim.server.faults().next(1, "connect", TdxFault::Silence);
    let mut deaf = sim.client().await;
    deaf.send(0x044e, &words(&[1, 0, 0])).await.unwrap();
    let (mut heard, payload) = (sim.client().await, words(&[1, 0, 0]));
    for _ in 0..20 {
        tokio::select! {
            biased;
            answer = deaf.receive() => panic!("{answer:?}"),
            body = heard.call(0x044e, &payload) => assert_eq!(body.len(), 2),
        }
    }
    let asked = sim.server.calls().log().iter().filter(|call| call.connection == 3).count();
    assert_eq!(asked, 1, "it was read all the same");
}
