//! Memory: long streams, slow readers.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, MissedTickBehavior, interval};
use upstream_simulators::{LlmAnswer, LlmFault};

use super::kit::Rival;

/// What a caller who does not read may keep busy: buffers of the sockets on both sides, and a frame here and there.
const BUFFERS: u64 = 24 << 20;

/// New-API #6732, #6731, #5480, #6159: everything that a stream said is kept, until memory is gone. Here a caller who does
/// not read stops the provider, because nothing is read that cannot be passed on.
#[tokio::test]
async fn a_caller_who_does_not_read_stops_the_stream_rather_than_filling_memory() {
    let rival = Rival::keys(1).await;
    // Frames of about 45 KB, many more of them than anybody has room for.
    rival.llm.set_answer(LlmAnswer { tokens_per_frame: 10_000, ..LlmAnswer::default() });
    rival.llm.faults().next(1, "key-1", LlmFault::IgnoreMaxTokens(1_000_000_000));
    let mut answer = rival.begin(json!({"stream": true})).await;
    assert!(answer.chunk().await.unwrap().is_some());
    let sent = standstill(&rival).await;
    let bytes = sent / 10_000 * 45_000;
    assert!(bytes < BUFFERS, "{bytes} bytes went out to somebody who does not read");
    // Reading sets it going again.
    for _ in 0..200 {
        assert!(answer.chunk().await.unwrap().is_some());
    }
    assert!(rival.llm.book("key-1").billed_output > sent);
}

/// Tokens that the provider has sent once it sends no more.
async fn standstill(rival: &Rival) -> u64 {
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut ticks = interval(Duration::from_millis(100));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut before = u64::MAX;
    loop {
        ticks.tick().await;
        let now = rival.llm.book("key-1").billed_output;
        if now == before && now > 0 {
            return now;
        }
        before = now;
        assert!(Instant::now() < deadline, "the provider never stops");
    }
}

/// The same issues, and LiteLLM's leaks (#12685, #27954, #15128): what has been passed on is let go. A hundred megabytes in
/// one stream, read as they come, in a process that has provider, gateway and caller in it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_hundred_megabytes_in_one_stream_leave_nothing_behind() {
    let rival = Rival::keys(1).await;
    rival.llm.set_answer(LlmAnswer { tokens_per_frame: 10_000, ..LlmAnswer::default() });
    rival.llm.faults().next(1, "key-1", LlmFault::IgnoreMaxTokens(1_000_000_000));
    let mut answer = rival.begin(json!({"stream": true})).await;
    let (mut read, mut resident) = (0, None);
    while read < 100 << 20 {
        read += answer.chunk().await.unwrap().unwrap().len();
        if read > 36 << 20 && resident.is_none() {
            resident = Some(resident_bytes());
        }
    }
    let grown = resident_bytes().saturating_sub(resident.unwrap());
    assert!(grown < 16 << 20, "{} MiB grown over the last {} MiB", grown >> 20, (read >> 20) - 36);
}

/// What the kernel says this process has in memory.
#[cfg(target_os = "linux")]
fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 4096
}
