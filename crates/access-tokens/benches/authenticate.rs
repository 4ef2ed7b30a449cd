//! What it costs to let a caller in: the digest, and the look into a directory of 1,000 tokens.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot start should panic")]

use std::sync::Arc;

use access_tokens::{Digest, Directory, Grant, Listing, Scope, TokenText};
use chrono::DateTime;

fn main() {
    divan::main();
}

fn known() -> (Directory, TokenText) {
    let texts: Vec<_> = (0..1_000).map(|_| TokenText::generate().unwrap()).collect();
    let grant = |text: &TokenText| {
        let digest = text.digest();
        let id: Arc<str> = digest.to_string().into();
        Arc::new(Grant {
            id: id.clone(),
            name: id.clone(),
            profile: id,
            scopes: [Scope::Llm].into_iter().collect(),
            models: None,
            daily_cap: None,
            expires_at: None,
            digest,
        })
    };
    let directory = Directory::new();
    let tokens = texts.iter().map(grant).collect();
    directory.replace(&Listing { version: 1, as_of: DateTime::UNIX_EPOCH, tokens });
    (directory, texts[500].clone())
}

#[divan::bench]
fn digest(bencher: divan::Bencher<'_, '_>) {
    let (_, text) = known();
    bencher.bench(|| Digest::of(divan::black_box(text.expose().as_bytes())));
}

#[divan::bench]
fn look_up(bencher: divan::Bencher<'_, '_>) {
    let (directory, text) = known();
    let digest = text.digest();
    bencher.bench(|| directory.find(divan::black_box(&digest), DateTime::UNIX_EPOCH).unwrap());
}

#[divan::bench]
fn authenticate(bencher: divan::Bencher<'_, '_>) {
    let (directory, text) = known();
    bencher.bench(|| directory.authenticate(divan::black_box(text.expose().as_bytes()), DateTime::UNIX_EPOCH).unwrap());
}
