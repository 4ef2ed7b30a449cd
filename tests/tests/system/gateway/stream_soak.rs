//! Streams without a pause: whatever begins and ends, is read slowly or left early, nothing of it stays in memory.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use system_tests::gateway::{Caller, Gateway, GatewaySettings, GatewayStage, chat_body};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::soak;

const CALLERS: usize = 64;
/// Memory settles while pools, caches and the allocator fill: a quarter of the time, as far as that goes.
const WARM_UP_PART: u32 = 4;
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// What a plateau may differ by: pages that the allocator keeps.
const GROWTH_MAX: f64 = 1.10;
const SLACK_MB: f64 = 2.0;

#[derive(Default)]
struct Counts {
    whole: AtomicU64,
    left: AtomicU64,
    bytes: AtomicU64,
}

/// Asks for streams of different length until the time is over; one in eight is left in the middle.
async fn keep_streaming(caller: Caller, until: Instant, mut random: ChaCha8Rng, counts: Arc<Counts>) {
    while Instant::now() < until {
        let tokens = random.random_range(20..200);
        let mut body = chat_body(json!({"stream": true, "max_tokens": 256}));
        body["messages"][0]["content"] = format!("[[tokens:{tokens}]]").into();
        if random.random_ratio(1, 8) {
            let mut answer = caller.begin("/v1/chat/completions", &body).await.unwrap();
            for _ in 0..random.random_range(1..10) {
                answer.chunk().await.unwrap();
            }
            counts.left.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        let said = caller.try_ask("/v1/chat/completions", &body).await.unwrap();
        assert!(said.status == 200 && said.whole, "{said:?}");
        assert!(said.text.ends_with("data: [DONE]\n\n"), "{said:?}");
        counts.whole.fetch_add(1, Ordering::Relaxed);
        counts.bytes.fetch_add(said.text.len() as u64, Ordering::Relaxed);
    }
}

/// Resident memory of the gateway, MB.
fn resident(gateway: &Gateway) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", gateway.daemon.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_else(|| panic!("{status}"));
    line.split_whitespace().next().unwrap().parse::<f64>().unwrap() * 1024.0 / 1e6
}

fn mean(looks: &[f64]) -> f64 {
    looks.iter().sum::<f64>() / looks.len() as f64
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(target_os = "linux"), expect(unused, reason = "memory is read from /proc"))]
async fn streams_without_a_pause_leave_the_gateways_memory_flat() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let (seconds, seed) = (soak::asked_for("SOAK_STREAM_SECONDS", 8_u64), soak::seed());
    let mut settings = GatewaySettings { budget: "1000000".to_owned(), ..GatewaySettings::keys(3) };
    settings.llm.answer.interval = Duration::from_millis(5);
    settings.llm.keep_calls = 1_000;
    let stage = GatewayStage::new(settings).await;
    let gateway = stage.gateway().await;
    let counts = Arc::new(Counts::default());
    let begun = Instant::now();
    let until = begun + Duration::from_secs(seconds);
    let mut callers = Vec::new();
    for number in 0..CALLERS {
        let caller = gateway.caller(&format!("profile-{number}")).await;
        let random = ChaCha8Rng::seed_from_u64(seed * 1_000 + number as u64);
        callers.push(tokio::spawn(keep_streaming(caller, until, random, counts.clone())));
    }
    let mut looks = Vec::new();
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while Instant::now() < until {
        ticks.tick().await;
        if begun.elapsed() >= Duration::from_secs(seconds) / WARM_UP_PART {
            looks.push(resident(&gateway));
        }
    }
    for caller in join_all(callers).await {
        caller.unwrap();
    }

    let parts: Vec<f64> = looks.chunks(looks.len().div_ceil(10)).map(mean).collect();
    let (first, last) = (parts[0], parts[parts.len() - 1]);
    let (whole, left) = (counts.whole.load(Ordering::Relaxed), counts.left.load(Ordering::Relaxed));
    let megabytes = counts.bytes.load(Ordering::Relaxed) as f64 / 1e6;
    let parts: Vec<String> = parts.iter().map(|part| format!("{part:.1}")).collect();
    println!("{seconds} s, {whole} streams read to their end ({megabytes:.0} MB), {left} left early");
    println!("resident, MB, after the warm-up, in ten parts: {}", parts.join(" "));
    assert!(whole > 0 && left > 0, "{whole} {left}");
    assert!(last <= first * GROWTH_MAX + SLACK_MB, "memory grows: {}", parts.join(" "));
    gateway.is_idle().await;
    gateway.daemon.stop().await;
}
