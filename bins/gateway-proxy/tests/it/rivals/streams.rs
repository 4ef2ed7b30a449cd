//! Streams.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;
use upstream_simulators::{LlmFault, LlmRefusal};

use super::kit::{Rival, contents, read_contents};

/// New-API #7005, #7126: a stream runs one frame behind, so that the last words come with the end, or never.
#[tokio::test]
async fn a_frame_leaves_when_it_arrives_and_not_with_the_next_one() {
    let rival = Rival::keys(1).await;
    rival.llm.faults().next(1, "key-1", LlmFault::StallAfter(3));
    let mut answer = rival.begin(json!({"stream": true})).await;
    let read = timeout(Duration::from_secs(5), read_contents(&mut answer, 3)).await;
    assert_eq!(read.as_deref(), Ok("The market closed"), "the third frame waits for no fourth");
}

/// Bifrost #5546: an upstream that dies in a stream is given a clean `[DONE]`.
#[tokio::test]
async fn a_stream_that_breaks_off_ends_with_an_error_and_never_with_done() {
    let rival = Rival::with(1, "idle_timeout_s = 1").await;
    for fault in [
        LlmFault::CutAfter(3),
        LlmFault::NoDone(3),
        LlmFault::StallAfter(3),
        LlmFault::ErrorEvent { after: 3, refusal: LlmRefusal::Internal },
    ] {
        rival.llm.faults().next(1, "key-1", fault.clone());
        let said = rival.chat(json!({"stream": true})).await;
        assert_eq!((said.status, contents(&said.text).as_str()), (200, "The market closed"), "{fault:?}: {said:?}");
        assert!(!said.text.contains("[DONE]"), "{fault:?}: {}", said.text);
        let last = said.text.trim_end().rsplit("\n\n").next().unwrap_or_default();
        assert!(last.starts_with("data: {\"error\":"), "{fault:?}: openai clients raise on this: {last}");
    }
}

/// New-API #6594: streams that failed are recorded as successes.
#[tokio::test]
async fn a_stream_that_broke_off_is_recorded_as_a_failure() {
    let rival = Rival::keys(1).await;
    rival.llm.faults().next(1, "key-1", LlmFault::CutAfter(2));
    let said = rival.chat(json!({"stream": true})).await;
    let record = rival.record(&said).await;
    assert_eq!((&record["outcome"], &record["failed"]), (&json!("cut"), &json!(true)), "{record}");
    let fine = rival.chat(json!({"stream": true})).await;
    assert_eq!(rival.record(&fine).await["outcome"], "ok");
}

/// Bifrost #5395: no fallback after the first chunk, although that chunk is an error, or says nothing yet.
#[tokio::test]
async fn a_stream_whose_first_frame_is_an_error_falls_back_unseen() {
    for fault in [
        LlmFault::ErrorFirst(LlmRefusal::TokensPerMinute),
        LlmFault::ErrorFirst(LlmRefusal::Internal),
        LlmFault::ErrorEvent { after: 0, refusal: LlmRefusal::Overloaded },
        LlmFault::CutAfter(0),
        LlmFault::NoDone(0),
        LlmFault::Empty,
        LlmFault::RefuseWith200(LlmRefusal::Internal),
    ] {
        let rival = Rival::keys(2).await;
        rival.llm.faults().always("key-1", fault.clone());
        for _ in 0..2 {
            let said = rival.chat(json!({"stream": true})).await;
            assert_eq!((said.status, said.channel()), (200, "key-2"), "{fault:?}: {said:?}");
            assert!(said.whole && said.text.ends_with("data: [DONE]\n\n"), "{fault:?}: {}", said.text);
            assert!(!said.text.contains("error"), "{fault:?}: {}", said.text);
            assert_eq!(said.text.matches("\"role\":\"assistant\"").count(), 1, "{fault:?}: held frames are not mixed");
        }
    }
}

/// TensorZero's 40.8 ms in a published benchmark: Nagle's algorithm against delayed acknowledgements.
#[tokio::test]
async fn no_frame_waits_forty_milliseconds_for_an_acknowledgement() {
    let rival = Rival::keys(1).await;
    rival.chat(json!({"stream": true})).await;
    // The quickest of many: a busy machine may delay most, Nagle's algorithm delays all.
    let mut times = Vec::new();
    for _ in 0..21 {
        rival.llm.faults().next(1, "key-1", LlmFault::Interval(1));
        let begun = tokio::time::Instant::now();
        let said = rival.chat(json!({"stream": true})).await;
        assert_eq!(said.status, 200);
        times.push(begun.elapsed());
    }
    // 16 tokens a millisecond apart.
    assert!(times.iter().min().unwrap() < &Duration::from_millis(40), "{times:?}");
}

/// Many gateways parse a stream and write it anew: fields that they do not know are lost, numbers change.
#[tokio::test]
async fn frames_are_passed_on_byte_for_byte() {
    let rival = Rival::keys(1).await;
    for fault in [None, Some(LlmFault::Crlf), Some(LlmFault::Comments(2)), Some(LlmFault::Drip(5))] {
        if let Some(fault) = fault.clone() {
            rival.llm.faults().next(2, "", fault);
        }
        let (through, direct) =
            (rival.chat(json!({"stream": true})).await, rival.direct(json!({"stream": true})).await);
        // The provider numbers its answers.
        let unnumbered = |text: &str| {
            text.split("sim-").map(|part| part.trim_start_matches(char::is_numeric).to_owned()).collect::<Vec<_>>()
        };
        let comments = |text: &str| text.matches(": keep-alive").count();
        if fault == Some(LlmFault::Comments(2)) {
            assert!(comments(&through.text) <= 2, "{}", through.text);
            let rest = |text: &str| {
                text.split("\n\n").filter(|frame| !frame.starts_with(':')).collect::<Vec<_>>().join("\n\n")
            };
            assert_eq!(unnumbered(&rest(&through.text)), unnumbered(&rest(&direct.text)));
        } else {
            assert_eq!(unnumbered(&through.text), unnumbered(&direct.text), "{fault:?}");
        }
    }
}
