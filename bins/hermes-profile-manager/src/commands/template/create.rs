//! `template create`.

use clap::Args;
use profile_store::template::Host;
use serde_json::json;

use super::profile_name;
use crate::{
    context::Context,
    failure::Failure,
    templates::{self, local},
};

/// Make a template of one's own.
#[derive(Args)]
pub(crate) struct Create {
    /// What it is called
    name: String,
    /// The template that it begins as
    #[arg(
        long,
        value_name = "TEMPLATE",
        default_value = "template-stock-research-lite",
        conflicts_with = "from_profile"
    )]
    from: String,
    /// The profile here that it is made of
    #[arg(long, value_name = "PROFILE")]
    from_profile: Option<String>,
}

impl Create {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let name = templates::template_name(&self.name)?;
        let (files, left_out) = match &self.from_profile {
            Some(profile) => {
                let profile = profile_name(profile)?;
                let dir = context.home.profile_text(&profile)?;
                let local = local(context, &profile)?.ok_or_else(|| Failure::failed(format!("{dir} is not there")))?;
                let made = templates::from_profile(&local.files, Host { profile_dir: &dir, serving: true })?;
                (made.files, made.left_out)
            }
            None => (templates::find(context, &self.from)?.files, Vec::new()),
        };
        let path = context.state.path().join("templates").join(&name);
        let known = context.state.own_templates()?.into_iter().find(|(known, _)| *known == name);
        if known.as_ref().is_some_and(|(_, known)| *known != files) {
            return Err(Failure::Undecided(format!("{} is there, and is another one", path.display())));
        }
        let is_new = known.is_none();
        if is_new && !context.dry_run {
            context.lock().await?.put_template(&name, &files)?;
        }
        let left: Vec<_> = left_out.iter().map(|(path, why)| json!({"path": path, "why": why})).collect();
        let value = json!({
            "name": name,
            "folder": path.display().to_string(),
            "files": files.keys().collect::<Vec<_>>(),
            "left_out": left,
            "created": is_new && !context.dry_run,
        });
        context.output.answer(&value, || {
            let would = if is_new && context.dry_run { "would have " } else { "" };
            let mut lines = vec![format!("{}: {would}{} files", path.display(), files.len())];
            lines.extend(left_out.iter().map(|(path, why)| format!("  left out {path}: {why}")));
            lines.join("\n")
        });
        Ok(())
    }
}
