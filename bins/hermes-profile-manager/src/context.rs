//! What every command works with.

use std::path::PathBuf;

use daemon_kit::{
    clock::Clock,
    config::{Environment, Secret},
};

use crate::{
    cli::Globals,
    client::Client,
    disk::Disk,
    failure::Failure,
    home::Home,
    output::Output,
    state::{Credentials, Locked, State},
    steps::Steps,
};

const DEFAULT_REGISTRY: &str = "http://127.0.0.1:8200";
const TOKEN: &str = "TWILIGHT_REGISTRY_TOKEN";
/// Longer than any token.
const TOKEN_BYTES_MAX: u64 = 4_096;

/// What every command works with.
#[derive(Debug)]
pub(crate) struct Context {
    /// Hermes's folder.
    pub(crate) home: Home,
    /// What is remembered.
    pub(crate) state: State,
    /// How to answer.
    pub(crate) output: Output,
    /// Now.
    pub(crate) clock: Clock,
    /// Whether nothing may be changed.
    pub(crate) dry_run: bool,
    disk: Disk,
    registry: Option<String>,
    token_file: Option<PathBuf>,
    token: Option<Secret>,
}

/// Where a token comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenSource {
    /// `login` kept it.
    Kept,
    /// A file, or the environment.
    Given,
}

impl Context {
    pub(crate) fn open(globals: Globals, output: Output) -> Result<Self, Failure> {
        let environment = Environment::real();
        let home = Home::find(globals.home)?;
        Ok(Self {
            state: State::of(&home),
            home,
            output,
            clock: Clock::system(),
            dry_run: globals.dry_run,
            disk: Disk::new(Steps::from(&environment)),
            registry: globals.registry.map(|url| url.trim_end_matches('/').to_owned()).filter(|url| !url.is_empty()),
            token_file: globals.token_file,
            token: environment.get(TOKEN).map(|token| Secret::new(token.trim())),
        })
    }

    /// The right to write; waits until other runs have ended.
    ///
    /// # Errors
    /// Where they do not end.
    pub(crate) async fn lock(&self) -> Result<Locked, Failure> {
        Locked::acquire(&self.home, &self.state, self.disk.clone()).await
    }

    /// The registry without a token.
    ///
    /// # Errors
    /// Where its address cannot be used.
    pub(crate) fn anonymous(&self) -> Result<Client, Failure> {
        let kept = || Ok::<_, Failure>(self.state.credentials().unwrap_or_default().map(|kept| kept.url));
        let url = match &self.registry {
            Some(url) => url.clone(),
            None => kept()?.unwrap_or_else(|| DEFAULT_REGISTRY.to_owned()),
        };
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(Failure::Usage(format!("{url:?} is no address of a registry: http://… or https://…")));
        }
        Ok(Client::new(&url, None)?)
    }

    /// The registry with the token: of `--token-file`, of the environment, or the one that `login` kept for it.
    ///
    /// # Errors
    /// [`Failure::NotLoggedIn`] where there is none.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        Ok(self.client_and_source()?.0)
    }

    /// As [`Self::client`], with where the token is from.
    ///
    /// # Errors
    /// As [`Self::client`].
    pub(crate) fn client_and_source(&self) -> Result<(Client, TokenSource), Failure> {
        let anonymous = self.anonymous()?;
        if let Some(token) = self.given_token()? {
            return Ok((anonymous.with_token(token), TokenSource::Given));
        }
        match self.state.credentials()? {
            Some(Credentials { url, token, .. }) if url == anonymous.url() => {
                Ok((anonymous.with_token(token), TokenSource::Kept))
            }
            // A token is not shown to somebody else.
            Some(kept) => {
                let what = format!("the token that is kept is for {}, not for {}", kept.url, anonymous.url());
                Err(Failure::NotLoggedIn(what))
            }
            None => Err(Failure::NotLoggedIn("there is no token".to_owned())),
        }
    }

    /// The token of `--token-file` or of the environment.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub(crate) fn given_token(&self) -> Result<Option<Secret>, Failure> {
        let Some(path) = &self.token_file else {
            let what = || Failure::NotLoggedIn(format!("{TOKEN} holds no token"));
            return self.token.as_ref().map(|token| as_token(token.expose()).ok_or_else(what)).transpose();
        };
        let read = || {
            use std::io::Read as _;
            let mut text = String::new();
            std::fs::File::open(path)?.take(TOKEN_BYTES_MAX).read_to_string(&mut text).map(|_| text)
        };
        let text = read().map_err(|error| Failure::io("read", path, &error))?;
        let what = || Failure::NotLoggedIn(format!("{} holds no token", path.display()));
        as_token(&text).ok_or_else(what).map(Some)
    }
}

/// A token as somebody wrote it down: one word of ASCII, as no other can be sent.
pub(crate) fn as_token(text: &str) -> Option<Secret> {
    let token = text.trim();
    (!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())).then(|| Secret::new(token))
}
