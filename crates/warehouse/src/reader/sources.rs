//! The names behind [`SourceId`].

use super::SourceId;
use crate::WarehouseError;

/// A generation's list of source names. Few, so looking one up is a walk.
#[derive(Debug, Default)]
pub(crate) struct SourceNames {
    names: Vec<String>,
}

impl SourceNames {
    /// Starts with names whose places are given, those of a series file.
    pub(crate) fn starting_with(names: &[String]) -> Self {
        Self { names: names.to_vec() }
    }

    /// The id of `name`, added if it is new.
    pub(crate) fn id_of(&mut self, name: &str) -> Result<SourceId, WarehouseError> {
        if let Some(id) = self.find(name) {
            return Ok(id);
        }
        let id = u16::try_from(self.names.len());
        let id = id.map_err(|_| WarehouseError::Other("more than 65,536 sources".to_owned()))?;
        self.names.push(name.to_owned());
        Ok(SourceId(id))
    }

    /// The id of `name`, if it has one.
    pub(crate) fn find(&self, name: &str) -> Option<SourceId> {
        self.names.iter().position(|known| known == name).map(|at| SourceId(at as u16))
    }

    /// Every name, by its id.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The name, empty for an id of another generation.
    pub(crate) fn name(&self, id: SourceId) -> &str {
        self.names.get(usize::from(id.0)).map_or("", String::as_str)
    }
}
