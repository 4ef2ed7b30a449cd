//! What changes would have made of a profile.

use git2::{ObjectType, Oid};

use super::{Change, Store};
use crate::{
    ProfileName, StoreError,
    objects::{Objects, Tree, edit},
};

impl Store {
    /// The id of the content that `changes` make of the content `base` of a profile (`None`: no files); nothing is
    /// written. `None` where there is no such content.
    ///
    /// Whoever was not told that a commit landed, and sends it again, is recognised by this.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Git`].
    pub fn content_after(
        &self,
        profile: &ProfileName,
        base: Option<&str>,
        changes: &[Change],
    ) -> Result<Option<String>, StoreError> {
        let mut objects = Objects::of(self.repository()?);
        let root = match base.map(|base| base.parse::<crate::CommitId>()) {
            None => objects.put_tree(&Tree::default())?,
            Some(Ok(id)) if matches!(objects.header(id.0)?, Some((_, ObjectType::Tree))) => id.0,
            Some(_) => return Ok(None),
        };
        let folder = format!("{}/", profile.folder());
        let leaves = Change::leaves(&mut objects, changes.to_vec())?;
        let inner = leaves.into_iter().filter_map(|(path, leaf)| Some((path.strip_prefix(&folder)?.to_owned(), leaf)));
        let after: Oid = edit(&mut objects, root, &inner.collect())?;
        Ok(Some(after.to_string()))
    }
}
