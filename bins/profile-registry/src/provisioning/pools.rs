//! Filling the pools that products take secrets out of.

use daemon_kit::config::Secret;
use rusqlite::{Connection, Transaction};

use super::{ProvisionError, Provisioner, provisioner::audit};
use crate::{
    books::Moment,
    secrets::pool::{self, Cooling, PoolCount},
};

/// A pool as operators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolStatus {
    /// Its name.
    pub name: String,
    /// How many values it has.
    pub count: PoolCount,
    /// What came back, and has to be replaced.
    pub cooling: Vec<Cooling>,
}

impl Provisioner {
    /// The pools of all products.
    ///
    /// # Errors
    /// What the books do.
    pub async fn pools(&self) -> Result<Vec<PoolStatus>, ProvisionError> {
        let names: Vec<String> = self.catalog().pools().into_iter().map(str::to_owned).collect();
        let read = move |connection: &Connection| {
            let counts = pool::counts(connection)?;
            let status = |name: String| {
                let (count, cooling) =
                    (counts.get(&name).copied().unwrap_or_default(), pool::cooling(connection, &name)?);
                Ok(PoolStatus { name, count, cooling })
            };
            names.into_iter().map(status).collect()
        };
        self.parts().books.read(read).await
    }

    /// Adds values to a pool; how many of them were news. Orders that waited for one go on.
    ///
    /// # Errors
    /// [`ProvisionError::Invalid`] for a pool that no product takes from, and for a value that no template takes; then
    /// none was added.
    pub async fn add_to_pool(&self, pool: &str, values: Vec<Secret>) -> Result<usize, ProvisionError> {
        for value in &values {
            self.check(pool, value)?;
        }
        let (vault, name, now) = (self.parts().vault.clone(), pool.to_owned(), self.now());
        let add = move |tx: &Transaction<'_>| {
            let mut added = 0;
            for value in values {
                added += usize::from(pool::add(tx, &name, &vault.seal(&value)?, now)?);
            }
            // Orders that were parked for want of one look again at once.
            tx.execute(
                "UPDATE orders SET retry_at = ? WHERE state = 'paid' AND parked_why IS NOT NULL",
                [Moment(now)],
            )?;
            audit(tx, "admin", "pool.add", &name, &added.to_string(), now)?;
            Ok::<_, ProvisionError>(added)
        };
        let added = self.parts().books.write(add).await?;
        tracing::info!(pool, "{added} values were added to the pool {pool}");
        self.wake();
        Ok(added)
    }

    /// Puts a new value in the place of one that came back.
    ///
    /// # Errors
    /// [`ProvisionError::Invalid`], also where nothing of this fingerprint is cooling, or the value is known.
    pub async fn replace_in_pool(&self, pool: &str, fingerprint: &str, value: Secret) -> Result<(), ProvisionError> {
        self.check(pool, &value)?;
        let (vault, now) = (self.parts().vault.clone(), self.now());
        let (name, old) = (pool.to_owned(), fingerprint.to_owned());
        let replace = move |tx: &Transaction<'_>| {
            if !pool::replace(tx, &name, &old, &vault.seal(&value)?, now)? {
                let problem =
                    "nothing of this fingerprint is cooling in the pool, or the new value is known".to_owned();
                return Err(ProvisionError::Invalid { field: "fingerprint", problem });
            }
            tx.execute(
                "UPDATE orders SET retry_at = ? WHERE state = 'paid' AND parked_why IS NOT NULL",
                [Moment(now)],
            )?;
            audit(tx, "admin", "pool.replace", &name, &old, now)
        };
        self.parts().books.write(replace).await?;
        self.wake();
        Ok(())
    }

    fn check(&self, pool: &str, value: &Secret) -> Result<(), ProvisionError> {
        let known = self.catalog().pools();
        if !known.contains(&pool) {
            let problem = format!("no product takes from {pool:?}; there are: {}", known.join(", "));
            return Err(ProvisionError::Invalid { field: "pool", problem });
        }
        match self.catalog().problem_of(pool, value.expose()) {
            Some(problem) => Err(ProvisionError::Invalid { field: "values", problem: format!("one {problem}") }),
            None => Ok(()),
        }
    }
}
