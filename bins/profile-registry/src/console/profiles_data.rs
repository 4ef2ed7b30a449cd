//! What the list of profiles shows.

use std::{collections::BTreeMap, sync::Arc};

use daemon_kit::problem::Problem;
use profile_store::{LastChange, OwnerLine, ProfileName};

use crate::{
    failure,
    provisioning::{Delivery, Origin, problem},
    registry::Registry,
    routes::{
        profiles_access::Refused,
        profiles_row::{Paid, paid},
    },
};

/// Profiles on one page.
pub(super) const PAGE: usize = 50;

/// Which profiles are wanted.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// With this somewhere in name, owner, product or host.
    pub(super) search: Option<String>,
    /// In this state; `none` is what nobody paid for, `unowned` what nobody owns.
    pub(super) state: Option<String>,
    /// That this host serves.
    pub(super) host: Option<String>,
    /// Those that were changed last first; else by name.
    pub(super) by_change: bool,
    /// From 1.
    pub(super) page: usize,
}

/// One profile of the list.
pub(super) struct Row {
    pub(super) name: ProfileName,
    pub(super) line: Option<OwnerLine>,
    pub(super) has_files: bool,
    pub(super) paid: Option<Paid>,
    pub(super) last: Option<Arc<LastChange>>,
    pub(super) origin: Option<Arc<Origin>>,
    pub(super) delivery: Option<Delivery>,
}

/// A page of the list, and figures about all of it.
pub(super) struct Listing {
    /// How many profiles there are.
    pub(super) all: usize,
    /// Of those, without an owner.
    pub(super) unowned: usize,
    /// How many of those that were paid for are in which state.
    pub(super) states: BTreeMap<String, usize>,
    /// How many are wanted.
    pub(super) matching: usize,
    /// The page of those.
    pub(super) rows: Vec<Row>,
}

/// Everything that main has, and what the books know of it.
pub(super) async fn list(registry: &Registry, wanted: Wanted) -> Result<Listing, Problem> {
    let read = registry.git(|store| {
        let now = store.head()?;
        let (owners, contents, changes) = (now.owners()?, now.content_ids()?, store.last_changes()?);
        let mut rows: BTreeMap<ProfileName, Row> = BTreeMap::new();
        let fresh = |name: &ProfileName| Row {
            name: name.clone(),
            line: None,
            has_files: false,
            paid: None,
            last: changes.get(name).cloned(),
            origin: None,
            delivery: None,
        };
        for line in owners.lines() {
            rows.entry(line.profile.clone()).or_insert_with(|| fresh(&line.profile)).line = Some(line.clone());
        }
        for name in contents.keys() {
            rows.entry(name.clone()).or_insert_with(|| fresh(name)).has_files = true;
        }
        Ok::<_, Refused>(rows)
    });
    let mut rows: Vec<Row> = read.await?.into_values().collect();
    let mut known = registry.books.read(|connection| paid(connection, None)).await.map_err(failure::books)?;
    let mut states: BTreeMap<String, usize> = BTreeMap::new();
    for row in &mut rows {
        row.paid = known.remove(row.name.as_str());
        if let Some(paid) = &row.paid {
            *states.entry(paid.state.clone()).or_default() += 1;
        }
    }
    let (all, unowned) = (rows.len(), rows.iter().filter(|row| row.line.is_none()).count());
    rows.retain(|row| wanted.takes(row));
    if wanted.by_change {
        rows.sort_by_key(|row| std::cmp::Reverse(row.last.as_ref().map(|last| last.landed)));
    }
    let matching = rows.len();
    let mut rows: Vec<Row> = rows.into_iter().skip((wanted.page - 1) * PAGE).take(PAGE).collect();
    look(registry, &mut rows).await?;
    Ok(Listing { all, unowned, states, matching, rows })
}

/// What costs a look into each profile.
async fn look(registry: &Registry, rows: &mut [Row]) -> Result<(), Problem> {
    let names: Vec<ProfileName> = rows.iter().filter(|row| row.paid.is_some()).map(|row| row.name.clone()).collect();
    let (origins, deliveries) =
        tokio::try_join!(registry.provisioner.origins(names.clone()), registry.provisioner.deliveries(names))
            .map_err(problem)?;
    for row in rows {
        row.origin = origins.get(&row.name).cloned();
        row.delivery = deliveries.get(&row.name).cloned();
    }
    Ok(())
}

impl Wanted {
    fn takes(&self, row: &Row) -> bool {
        let paid = row.paid.as_ref();
        let is_state = |state: &String| match state.as_str() {
            "none" => paid.is_none(),
            "unowned" => row.line.is_none(),
            state => paid.is_some_and(|paid| paid.state == state),
        };
        let host = paid.and_then(|paid| paid.host.as_ref());
        self.state.as_ref().is_none_or(is_state)
            && self.host.as_ref().is_none_or(|wanted| host == Some(wanted))
            && self.search.as_ref().is_none_or(|text| row.has(&text.to_lowercase()))
    }
}

impl Row {
    fn has(&self, text: &str) -> bool {
        let owner = self.line.as_ref().map(|line| line.owner.as_str());
        let (product, host) = self.paid.as_ref().map(|paid| (paid.product.as_str(), paid.host.as_deref())).unzip();
        let places = [Some(self.name.as_str()), owner, product, host.flatten()];
        places.into_iter().flatten().any(|place| place.to_lowercase().contains(text))
    }
}
