//! Readers under a stream of generations: no request fails, and each answer belongs to one generation.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use job_queue::payload::IngestJob;
use system_tests::{Http, Readers, Settings, Stage, market};

/// Asks as fast as it is answered; returns how many answers there were. A failed request is a panic.
async fn client(http: Http, path: String, stop: Arc<AtomicBool>) -> u64 {
    let (mut last, mut answers) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        let (status, answer) = http.get(&path).await;
        assert_eq!(status, 200, "{path}: {answer}");
        let generation = answer["generation"].as_u64().unwrap();
        assert!(generation >= last, "generation {generation} after {last}");
        (last, answers) = (generation, answers + 1);
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_during_publishes_and_a_compaction_never_fail() {
    let market = market(20, 16);
    // As in production three generations stay: those that a reader has open must outlive that.
    let stage = Stage::with(&market, Settings { keep_generations: Some(3), ..Settings::default() }).await;
    let days = stage.days(15);
    let worker = stage.worker().await;
    stage.done(&stage.ask_for(&days[..1]).await).await;
    let first = warehouse::list_generations(&stage.published()).unwrap()[0].number;

    let api = stage.api().await;
    let stop = Arc::new(AtomicBool::new(false));
    let codes = market.expected_codes(days[14]);
    let clients: Vec<_> = [
        format!("/warehouse/daily?code={}&start={}&end={}", codes[0], days[0], days[14]),
        format!("/warehouse/daily?code={}&start={}&end={}&layer=normalized", codes[1], days[0], days[14]),
        format!("/warehouse/features?code={}&date={}", codes[2], days[0]),
        "/warehouse/daily?code=CODE&layer=raw".replace("CODE", &codes[3].to_string()),
    ]
    .into_iter()
    .map(|path| tokio::spawn(client(Http::new(&api.url), path, stop.clone())))
    .collect();

    for (index, day) in days.iter().enumerate().skip(1) {
        stage.done(&stage.ask_for(&[*day]).await).await;
        if index == 7 {
            stage.done(&[stage.ask(&IngestJob::Compact).await]).await;
        }
    }
    // What every day's readers check is checked on the last generation, base and tail together.
    let readers = Readers::start(&stage, &api);
    let seen = readers.stop().await;
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        assert!(client.await.unwrap() > 10, "too few answers to tell anything");
    }
    let last = *seen.last().unwrap();
    assert!(last >= first + 14, "{first} to {last}");
    let kept = warehouse::list_generations(&stage.published()).unwrap();
    assert!(kept[0].manifest.as_ref().unwrap().base.is_some(), "the compaction is published");
    api.stop().await;
    worker.stop().await;
    stage.published_hash().await;
}
