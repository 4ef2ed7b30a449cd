//! An answer as a stream of events.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    answer::LlmAnswer,
    bend::Bend,
    dialect::LlmEndpoint,
    generation::{CREATED, Generation},
    script::{Step, Steps},
};

/// How a stream ends early.
#[derive(Debug, Clone)]
pub(super) enum Stop {
    Cut,
    Stall,
    /// With this frame.
    Frame(Bytes),
    /// In order, but without `[DONE]`.
    Silence,
}

/// The steps of a whole stream, made one by one.
pub(super) fn steps(said: Generation, answer: &LlmAnswer, bend: &Bend) -> Steps {
    if bend.only_done {
        return Box::new(std::iter::once(Step::Data(Bytes::from_static(b"data: [DONE]\n\n"), 0)));
    }
    let first_token = bend.first_token.unwrap_or(answer.first_token_delay);
    let interval = bend.interval.unwrap_or(answer.interval);
    let comments = (0..bend.comments).map(|number| data(format!(": keep-alive {number}\n\n"), 0));
    let begin = comments.chain(std::iter::once(Step::Wait(first_token)));
    if let Some(frame) = &bend.first_frame {
        return Box::new(begin.chain(std::iter::once(Step::Data(frame.clone(), 0))));
    }
    let per_frame = answer.tokens_per_frame.max(1);
    let (thinking, text) = (said.thinking.div_ceil(per_frame), said.text.div_ceil(per_frame));
    let most = bend.stop.as_ref().map_or(u64::MAX, |(after, _)| *after);
    let frames = (thinking + text).min(most);
    let tail = tail(&said, bend);
    let role = role(&said);
    let mut told = 0;
    let every = bend.usage_in_every_frame;
    let content = (0..frames).flat_map(move |number| {
        let (tokens, mut chunk) = frame(&said, number, thinking, per_frame);
        told += tokens;
        if every {
            chunk["usage"] = said.usage(told).unwrap_or_default();
        }
        let wait = if number == 0 { Step::Yield } else { Step::Wait(interval) };
        [wait, data(event(&chunk), tokens)]
    });
    Box::new(begin.chain(role).chain(content).chain(tail))
}

fn data(frame: String, tokens: u64) -> Step {
    Step::Data(Bytes::from(frame), tokens)
}

fn event(chunk: &Value) -> String {
    format!("data: {chunk}\n\n")
}

fn chunk(said: &Generation, choices: Value) -> Value {
    let object = if said.endpoint == LlmEndpoint::Chat { "chat.completion.chunk" } else { "text_completion" };
    json!({
        "id": said.id(), "object": object, "created": CREATED, "model": said.model, "choices": choices,
        // What only this provider says, and a number that would not come back the same from a parser.
        "x_sim": {"score": 1.50e0, "note": "原样"},
    })
}

/// Chat streams begin with a frame that only names the role.
fn role(said: &Generation) -> Option<Step> {
    (said.endpoint == LlmEndpoint::Chat).then(|| {
        let delta = json!({"role": "assistant", "content": ""});
        data(event(&chunk(said, choices(said, |_| json!({"delta": delta, "finish_reason": null})))), 0)
    })
}

fn choices(said: &Generation, choice: impl Fn(u64) -> Value) -> Value {
    let with_index = |index: u64| {
        let mut choice = choice(index);
        choice["index"] = index.into();
        choice
    };
    (0..said.choices).map(with_index).collect()
}

/// The frame of this number, and its tokens.
fn frame(said: &Generation, number: u64, thinking: u64, per_frame: u64) -> (u64, Value) {
    let thinks = number < thinking;
    let (place, total) = if thinks { (number, said.thinking) } else { (number - thinking, said.text) };
    let (from, to) = (place * per_frame, ((place + 1) * per_frame).min(total));
    let choice = |_| match (said.endpoint, &said.tool) {
        (LlmEndpoint::Completions, _) => json!({"text": said.words(from, to), "finish_reason": null}),
        _ if thinks => json!({"delta": {"reasoning_content": said.words(from, to)}, "finish_reason": null}),
        (_, Some(tool)) => {
            let mut call = json!({"index": 0, "function": {"arguments": said.arguments(from, to)}});
            if from == 0 {
                call["id"] = format!("call-{}", said.number).into();
                call["type"] = "function".into();
                call["function"]["name"] = tool.as_str().into();
            }
            json!({"delta": {"tool_calls": [call]}, "finish_reason": null})
        }
        _ => json!({"delta": {"content": said.words(from, to)}, "finish_reason": null}),
    };
    ((to - from) * said.choices, chunk(said, choices(said, choice)))
}

/// What comes after the content.
fn tail(said: &Generation, bend: &Bend) -> Vec<Step> {
    match &bend.stop {
        Some((_, Stop::Cut)) => return vec![Step::Yield, Step::Cut],
        Some((_, Stop::Stall)) => return vec![Step::Stall],
        Some((_, Stop::Frame(frame))) => return vec![Step::Data(frame.clone(), 0)],
        Some((_, Stop::Silence)) => return Vec::new(),
        None => {}
    }
    let finish = |_| match said.endpoint {
        LlmEndpoint::Chat => json!({"delta": {}, "finish_reason": said.finish}),
        _ => json!({"text": "", "finish_reason": said.finish}),
    };
    let mut last = vec![data(event(&chunk(said, choices(said, finish))), 0)];
    if said.include_usage
        && let Some(usage) = said.usage(said.output())
    {
        let mut chunk = chunk(said, json!([]));
        chunk["usage"] = usage;
        last.push(data(event(&chunk), 0));
    }
    last.push(Step::Data(Bytes::from_static(b"data: [DONE]\n\n"), 0));
    last
}
