//! `list`: profiles, here and in the registry.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use profile_store::ProfileName;
use serde_json::json;

use super::show::compare;
use crate::{context::Context, failure::Failure, output::table, state::StoredBase};

/// Lists profiles.
#[derive(Args)]
pub(crate) struct List {
    /// Only those in this machine's folder; asks nobody.
    #[arg(long)]
    local: bool,
}

impl List {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let here: BTreeSet<ProfileName> = context.home.names()?.into_iter().collect();
        let rows = if self.local { Vec::new() } else { context.client()?.profiles().await? };
        let rows: BTreeMap<String, _> = rows.into_iter().map(|row| (row.name.clone(), row)).collect();
        let names: BTreeSet<String> = here.iter().map(ToString::to_string).chain(rows.keys().cloned()).collect();
        let mut listed = Vec::new();
        let mut lines = Vec::new();
        for name in names {
            let profile = ProfileName::parse(&name).ok();
            let base = profile.as_ref().map(|profile| context.state.base(profile)).transpose()?.flatten();
            let is_here = profile.as_ref().is_some_and(|profile| here.contains(profile));
            let row = rows.get(&name);
            let is_changed = match (&profile, &base) {
                (Some(profile), Some(base)) => is_changed(context, profile, base),
                _ => None,
            };
            let synced = match (&base, row) {
                (None, _) => "never",
                (Some(base), Some(row)) if base.head.content_id == row.content_id && is_changed == Some(true) => {
                    "changed here"
                }
                (Some(base), Some(row)) if base.head.content_id == row.content_id => "up to date",
                (Some(_), Some(_)) if is_changed == Some(true) => "changed on both sides",
                (Some(_), Some(_)) => "behind",
                (Some(_), None) => "yes",
            };
            let of_row = |get: fn(&crate::client::ProfileRow) -> Option<&String>| row.and_then(get).cloned();
            listed.push(json!({
                "name": name,
                "here": is_here,
                "registered": row.is_some(),
                "synchronised": synced,
                "changed_here": is_changed,
                "commit": base.as_ref().map(|base| &base.head.commit),
                "serving_here": base.as_ref().map(|base| base.head.serving),
                "row": row,
            }));
            let shown = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
            lines.push([
                name,
                shown(of_row(|row| row.owner.as_ref())),
                if is_here { "yes" } else { "no" }.to_owned(),
                synced.to_owned(),
                shown(of_row(|row| row.serving_host.as_ref())),
                shown(of_row(|row| row.state.as_ref())),
                shown(of_row(|row| row.paid_until.as_ref())),
            ]);
        }
        let heading = ["profile", "owner", "here", "synchronised", "served by", "order", "paid until"];
        context.output.answer(&json!({"profiles": listed}), || table(heading, lines));
        Ok(())
    }
}

/// Whether a profile here is another one than what was last the same; what cannot be read is.
fn is_changed(context: &Context, profile: &ProfileName, base: &StoredBase) -> Option<bool> {
    let tree = base.tree.as_ref()?;
    match compare(context, profile, tree, base.head.serving, base.head.memories) {
        Ok(compared) => compared.map(|(commit, ours)| commit != ours),
        Err(_) => Some(true),
    }
}
