//! Which templates there are: those that come with the program, and one's own in `.profile-manager/templates`.

use profile_store::template::{Files, shipped};

use crate::{context::Context, failure::Failure};

/// Where a template is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// It comes with the program.
    Shipped,
    /// `template create` made it here.
    Own,
}

impl Source {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Shipped => "shipped",
            Self::Own => "own",
        }
    }
}

/// A template's folder.
#[derive(Clone, Debug)]
pub(crate) struct TemplateFiles {
    pub(crate) name: String,
    pub(crate) source: Source,
    pub(crate) files: Files,
}

/// All of them, by name.
///
/// # Errors
/// Where one's own cannot be read.
pub(crate) fn all(context: &Context) -> Result<Vec<TemplateFiles>, Failure> {
    let shipped =
        shipped().map(|(name, files)| TemplateFiles { name: name.to_owned(), source: Source::Shipped, files });
    let own = context.state.own_templates()?.into_iter();
    let own = own.map(|(name, files)| TemplateFiles { name, source: Source::Own, files });
    let mut all: Vec<TemplateFiles> = shipped.chain(own).collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

/// The one of this name; `stock-research-pro` is short for `template-stock-research-pro`.
///
/// # Errors
/// Where there is none.
pub(crate) fn find(context: &Context, name: &str) -> Result<TemplateFiles, Failure> {
    let all = all(context)?;
    let known = all.iter().map(|template| template.name.clone()).collect::<Vec<_>>().join(", ");
    let long = format!("template-{name}");
    let found = all.iter().find(|template| template.name == name);
    let found = found.or_else(|| all.iter().find(|template| template.name == long)).cloned();
    found.ok_or_else(|| Failure::Usage(format!("there is no template {name:?}; there are {known}")))
}

/// Reads the name of a new template.
///
/// # Errors
/// Where it can be none, or one that comes with the program has it.
pub(crate) fn name(text: &str) -> Result<String, Failure> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let ends = text.starts_with('-') || text.ends_with('-');
    if !(1..=64).contains(&text.len()) || ends || !text.bytes().all(plain) {
        return Err(Failure::Usage("a template's name has 1 to 64 of a-z, 0-9 and hyphens inside".to_owned()));
    }
    if shipped().any(|(shipped, _)| shipped == text) {
        return Err(Failure::Usage(format!("{text} comes with the program: choose another name")));
    }
    Ok(text.to_owned())
}
