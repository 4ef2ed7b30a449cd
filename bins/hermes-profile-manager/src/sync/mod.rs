//! Keeping a profile here and in the registry in step.
//!
//! Three versions: the base (what was last the same), ours (the files here, without what depends on the machine) and theirs
//! (the registry's newest). [`plan`] decides everything and touches nothing; [`Engine`] carries it out in an order in which
//! it can be killed anywhere: notes, then the registry, then the files here, then the new base.

mod choices;
mod conflict;
mod diff;
mod engine;
mod layout;
mod merged;
mod plan;
mod remote;
mod report;
mod tree;

pub(crate) use choices::{Choices, Prefer};
pub(crate) use conflict::FileConflict;
pub(crate) use diff::{status, unified};
pub(crate) use engine::{Engine, Mode, Task};
pub(crate) use plan::{Given, Obstacle, Plan, Write, plan};
pub(crate) use remote::Remote;
pub(crate) use report::Report;
pub(crate) use tree::{File, Tree, as_files};

#[cfg(test)]
mod tests;
