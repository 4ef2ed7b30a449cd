//! `restore`: what a profile was at a commit, as a new commit, and here.

use clap::Args;
use profile_store::ProfileName;
use serde::Deserialize;
use serde_json::json;

use super::{claim::profile_name, history, sync::this_host};
use crate::{
    context::Context,
    failure::Failure,
    sync::{Choices, Engine, Mode, Task, unified},
};

/// Brings back an old state of a profile. Nothing is erased: it is a new commit.
#[derive(Args)]
pub(crate) struct Restore {
    /// Which profile.
    #[arg(value_parser = profile_name)]
    profile: ProfileName,
    /// Which commit, as `history` names it.
    commit: String,
}

#[derive(Deserialize)]
struct Restored {
    commit: String,
}

impl Restore {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (profile, client) = (&self.profile, context.client()?);
        let commit = history::commit(&client, profile, &self.commit).await?;
        if context.dry_run {
            let now = history::tree_at(&client, profile, None).await?;
            let diff = unified(&now, &history::tree_at(&client, profile, Some(&commit)).await?);
            let answer = json!({"profile": profile.as_str(), "commit": commit, "dry_run": true, "diff": diff});
            context.output.answer(&answer, || format!("{profile} would be as at {commit}:\n{diff}"));
            return Ok(());
        }
        let body = json!({"commit": commit});
        let restored: Restored = client.post(&format!("/profiles/{profile}/restore"), &body).await?;
        let is_here = context.home.profile(profile)?.is_some();
        let pulled = if is_here {
            let locked = context.lock().await?;
            let host = this_host(context, &client).await?;
            let engine = Engine {
                remote: &client,
                home: &context.home,
                state: &context.state,
                locked: Some(&locked),
                host: host.as_deref(),
                now: context.clock.now(),
            };
            let task = Task {
                profile: profile.clone(),
                mode: Mode::Pull,
                choices: Choices::default(),
                serve: None,
                memories: None,
                message: None,
                named: true,
            };
            let pulled = engine.run(&task).await;
            if pulled.is_err() {
                context.output.note(&format!("{profile} is restored in the registry, but not here:"));
            }
            Some(pulled?)
        } else {
            None
        };
        let answer = json!({"profile": profile.as_str(), "commit": restored.commit, "pulled": pulled.as_ref().map(|report| report.to_json())});
        context.output.answer(&answer, || {
            let mut text = format!("{profile} is as at {commit}, by the commit {}", restored.commit);
            if let Some(report) = &pulled {
                text.push_str(&format!("\n{}", report.to_text()));
            }
            text
        });
        Ok(())
    }
}
