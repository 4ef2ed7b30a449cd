//! What a profile that was paid for was made of, and how far it is from that by now.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use profile_store::{CommitId, Drift, ProfileName, Store, StoreError, template::Files};
use rusqlite::{Connection, OptionalExtension as _};

use super::{
    Catalog, ProvisionError, Provisioner,
    order::{COLUMNS, Order},
};

/// What the last line of a commit that makes a profile says of its template: `Template: <name>@<version>`.
pub(super) const TRAILER: &str = "Template: ";

/// What a profile was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The order that it was made for.
    pub(crate) out_trade_no: String,
    /// What was bought.
    pub(crate) product: String,
    /// The commit that made it.
    pub(crate) made: CommitId,
    /// The template, and the version that it had then; `None` where the commit does not say so.
    pub(crate) template: Option<(String, String)>,
    /// How far it is from that, or why nobody can tell.
    pub(crate) drift: Result<Drift, String>,
}

/// What was found out before, by profile.
#[derive(Default)]
pub(super) struct Known(Mutex<HashMap<ProfileName, Found>>);

/// As of which content something was found out.
struct Found {
    content: Option<String>,
    origin: Arc<Origin>,
}

/// What has to be told of one profile.
struct Made {
    profile: ProfileName,
    order: Order,
    commit: CommitId,
}

impl Provisioner {
    /// What these profiles were made of; those that nobody paid for are left out.
    ///
    /// # Errors
    /// What the books and the repository do.
    pub(crate) async fn origins(
        &self,
        profiles: Vec<ProfileName>,
    ) -> Result<BTreeMap<ProfileName, Arc<Origin>>, ProvisionError> {
        let read = move |connection: &Connection| {
            let made = profiles.into_iter().map(|profile| made(connection, profile));
            made.filter_map(Result::transpose).collect::<Result<Vec<_>, ProvisionError>>()
        };
        let made = self.parts().books.read(read).await?;
        let this = self.clone();
        let look = move |store: &Store| {
            let (now, known) = (store.head()?, this.known_origins());
            let mut origins = BTreeMap::new();
            for made in made {
                let content = now.content_id(&made.profile)?;
                let origin = match known.get(&made, content.as_ref()) {
                    Some(origin) => origin,
                    None => {
                        let origin = Arc::new(made.look(store, &now, this.catalog())?);
                        known.keep(&made.profile, content, &origin);
                        origin
                    }
                };
                origins.insert(made.profile, origin);
            }
            Ok::<_, StoreError>(origins)
        };
        Ok(self.git(look).await?)
    }

    /// The files that a profile's product would make today, as far as the template gives them.
    ///
    /// # Errors
    /// Why it would not, for people.
    pub(crate) async fn made_today(&self, origin: &Origin, profile: &ProfileName) -> Result<Files, String> {
        let order = self.order(&origin.out_trade_no).await.map_err(|error| error.to_string())?;
        rendered(self.catalog(), &order, profile)
    }
}

impl Known {
    fn get(&self, made: &Made, content: Option<&String>) -> Option<Arc<Origin>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Found { content: of, origin } = known.get(&made.profile)?;
        (of.as_ref() == content && origin.made == made.commit).then(|| Arc::clone(origin))
    }

    fn keep(&self, profile: &ProfileName, content: Option<String>, origin: &Arc<Origin>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(profile.clone(), Found { content, origin: Arc::clone(origin) });
    }
}

impl Made {
    fn look(&self, store: &Store, now: &profile_store::Snapshot, catalog: &Catalog) -> Result<Origin, StoreError> {
        let Self { profile, order, commit } = self;
        let drift = match rendered(catalog, order, profile) {
            Ok(today) => match store.drift(now, profile, *commit, &today) {
                Err(StoreError::NoCommit(commit)) => Err(format!("main has never been at {commit}")),
                drift => Ok(drift?),
            },
            Err(why) => Err(why),
        };
        let template = match store.entry(profile, *commit) {
            Err(StoreError::NoCommit(_)) => None,
            entry => entry?.message.lines().find_map(|line| {
                let (name, version) = line.strip_prefix(TRAILER)?.split_once('@')?;
                Some((name.to_owned(), version.to_owned()))
            }),
        };
        let (out_trade_no, product) = (order.out_trade_no.clone(), order.product.clone());
        Ok(Origin { out_trade_no, product, made: *commit, template, drift })
    }
}

fn rendered(catalog: &Catalog, order: &Order, profile: &ProfileName) -> Result<Files, String> {
    let product = catalog.get(&order.product).map_err(|error| error.to_string())?;
    let owner = order.owner().map_err(|error| error.to_string())?;
    let rendered = product.render(profile.as_str(), owner.as_str(), &order.given);
    Ok(rendered.map_err(|error| error.to_string())?.files)
}

/// The order that made a profile: the first one of which a commit came.
fn made(connection: &Connection, profile: ProfileName) -> Result<Option<Made>, ProvisionError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM orders WHERE profile = ? AND commit_id IS NOT NULL
         ORDER BY paid_at, created_at, out_trade_no LIMIT 1"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let order = statement.query_row([profile.as_str()], Order::read).optional()?;
    Ok(order.and_then(|order| {
        let commit = order.commit.as_deref()?.parse().ok()?;
        Some(Made { profile, order, commit })
    }))
}
