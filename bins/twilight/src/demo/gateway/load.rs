//! The provider behind the gateway, and everybody who asks at once.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use daemon_kit::clock::Clock;
use tokio::{sync::Notify, task::JoinSet};
use upstream_simulators::{LlmAnswer, LlmDialect, LlmOptions, LlmServer};

use super::profile::{Answer, Profile};

const KEYS: usize = 5;
/// Questions of each profile.
pub(super) const EACH: usize = 30;

/// Five keys of one provider, which answers a token every other millisecond.
pub(crate) async fn provider() -> io::Result<LlmServer> {
    let answer = LlmAnswer {
        tokens: 24,
        first_token_delay: Duration::from_millis(20),
        interval: Duration::from_millis(2),
        ..LlmAnswer::default()
    };
    let clock = Clock::system();
    let options = LlmOptions { answer, ..LlmOptions::with_keys(LlmDialect::DashScope, KEYS) };
    LlmServer::start(LlmOptions { clock: Some(Arc::new(move || clock.now())), ..options }).await
}

/// All answers, and what callers saw in place of one.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) answers: Vec<Answer>,
    pub(super) errors: Vec<String>,
}

/// Everybody asks [`EACH`] questions, one after the other; `midway` runs once a third of them is answered.
pub(super) async fn ask_all(profiles: Vec<Profile>, midway: impl FnOnce()) -> anyhow::Result<Seen> {
    let answered = Arc::new(AtomicUsize::new(0));
    let third = Arc::new(Notify::new());
    let wanted = profiles.len() * EACH / 3;
    let mut asking = JoinSet::new();
    for profile in profiles {
        let (answered, third) = (answered.clone(), third.clone());
        asking.spawn(async move {
            let mut seen = Seen::default();
            for turn in 0..EACH {
                let question = format!("What moved the market today? ({turn})");
                match profile.ask(&question, turn % 2 == 0).await {
                    Ok(answer) => seen.answers.push(answer),
                    Err(error) => seen.errors.push(format!("{error:#}")),
                }
                if answered.fetch_add(1, Ordering::AcqRel) + 1 == wanted {
                    third.notify_one();
                }
            }
            seen
        });
    }
    third.notified().await;
    midway();
    let mut all = Seen::default();
    while let Some(seen) = asking.join_next().await {
        let seen = seen?;
        all.answers.extend(seen.answers);
        all.errors.extend(seen.errors);
    }
    Ok(all)
}
