//! A push to a view lands on main.

use std::path::{Path, PathBuf};

use super::unfilter::{TREE_BYTES_MAX, Unfilter, refused};
use crate::{
    Actor, CommitId, OwnerId, Rule, StoreError,
    objects::Objects,
    policy::{Question, judge},
    store::{Committed, Lander, Push, Store, check_reference},
};

/// Stock git would have to win as many races in a row.
const ATTEMPTS: usize = 200;

impl Store {
    /// Lands a push to the view of `owner` on main, if the policy lets the owner make its changes. Call it from the view's
    /// `pre-receive` hook, with the view locked ([`Store::lock_view`]) by whoever runs git: on success git moves the view's
    /// main to what was pushed, which is what main's new head is in the view.
    ///
    /// # Errors
    /// [`StoreError::Refused`]; then and with any other error nothing has changed.
    pub fn accept(&self, owner: &OwnerId, push: &Push<'_>) -> Result<Committed, StoreError> {
        let mut lander = Lander::new(self)?;
        let actor = Actor::owner(owner.clone());
        let view_objects = self.view_dir(owner)?.join("objects");
        for _ in 0..ATTEMPTS {
            if let Some(committed) = self.try_accept(owner, push, &actor, &view_objects, &mut lander)? {
                return Ok(committed);
            }
        }
        Err(StoreError::Busy(self.git_dir()))
    }

    fn try_accept(
        &self,
        owner: &OwnerId,
        push: &Push<'_>,
        actor: &Actor,
        view_objects: &Path,
        lander: &mut Lander,
    ) -> Result<Option<Committed>, StoreError> {
        let mut folders: Vec<PathBuf> = push.quarantine.iter().map(|folder| folder.to_path_buf()).collect();
        folders.push(view_objects.to_path_buf());
        let folders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
        let repository = self.repository()?;
        let main_head = repository.refname_to_id(crate::store::MAIN)?;
        let mut main = Objects::of(repository).with_folders(&folders)?;
        let mut filter = self.load_filter(owner)?;
        let view_head = filter.map(&main, main_head)?;
        check_reference(push, CommitId(view_head))?;
        if push.new.0 == view_head {
            return Ok(Some(Committed::new(main_head, false)));
        }
        let limits = self.limits();
        let unfilter = &mut Unfilter { main: &mut main, filter: &mut filter, limits, main_head, view_head };
        let made = unfilter.unfilter(push.new.0)?;
        // git asks its hook even where it has found that something is missing. What main holds of others does not make up
        // for it: whoever knows an id would be given what it stands for.
        if let Some(id) = main.not_extra(&made.brought, TREE_BYTES_MAX)? {
            return Err(refused(Rule::Malformed, &format!("the object {id} is missing or too large")));
        }
        let seen = judge(&Question { objects: &main, old: main_head, new: made.head, actor, limits })?;
        if let Some(quarantine) = push.quarantine {
            let pushed = Objects::of(self.repository()?).with_folders(&[quarantine])?;
            for id in pushed.extra_ids()? {
                let is_needed = seen.contains(&id) || made.only_in_view.contains(&id);
                // Whether main holds it is nothing that the owner may find out.
                if !is_needed && !filter.view.is_stored(id)? {
                    let text = format!("the push brings the object {id}, which no new commit needs");
                    return Err(refused(Rule::Stowaway, &text));
                }
            }
        }
        // What the owner will fetch must be what was pushed; otherwise the next pull would meet a stranger.
        if filter.map(&main, made.head)? != push.new.0 {
            return Err(refused(Rule::Malformed, "a commit cannot be kept as it is: make it again with stock git"));
        }
        main.adopt(&made.brought)?;
        let landed = lander.land(&mut main, main_head, made.head)?;
        Ok(landed.then(|| Committed::new(made.head, true)))
    }
}
