//! One call at a time per function, and one answer per function and day in Shanghai: the tables change once a day at
//! most, every series of a function comes out of the same answer, and each call scrapes a live site.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::NaiveDate;
use tokio::sync::OwnedMutexGuard;

use crate::{RawPage, wire::Table};

/// A response and what it says.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) page: RawPage,
    pub(crate) table: Table,
}

/// A function's answer. Whoever holds it is the only caller of that function.
#[derive(Debug, Default)]
pub(crate) struct Place {
    kept: Option<Kept>,
}

#[derive(Debug)]
struct Kept {
    day: NaiveDate,
    epoch: u64,
    answer: Arc<Answer>,
}

/// The answers of all functions.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    places: Mutex<HashMap<&'static str, Arc<tokio::sync::Mutex<Place>>>>,
    /// Answers of an earlier epoch are forgotten.
    epoch: AtomicU64,
}

impl Answers {
    /// Waits until nobody else calls `function`. Dropping the future or the guard lets the next caller through.
    pub(crate) async fn turn(&self, function: &'static str) -> OwnedMutexGuard<Place> {
        let place = self.place(function);
        place.lock_owned().await
    }

    fn place(&self, function: &'static str) -> Arc<tokio::sync::Mutex<Place>> {
        Arc::clone(self.places.lock().unwrap_or_else(PoisonError::into_inner).entry(function).or_default())
    }

    /// The answer that was kept on `day`, if it is not forgotten.
    pub(crate) fn kept(&self, place: &Place, day: NaiveDate) -> Option<Arc<Answer>> {
        let kept = place.kept.as_ref()?;
        (kept.day == day && kept.epoch == self.epoch.load(Ordering::SeqCst)).then(|| Arc::clone(&kept.answer))
    }

    /// Keeps an answer for the rest of `day`.
    pub(crate) fn keep(&self, place: &mut Place, day: NaiveDate, answer: &Arc<Answer>) {
        let epoch = self.epoch.load(Ordering::SeqCst);
        place.kept = Some(Kept { day, epoch, answer: Arc::clone(answer) });
    }

    /// Forgets the answer of one function.
    pub(crate) async fn forget_one(&self, function: &'static str) {
        self.turn(function).await.kept = None;
    }

    /// Forgets every answer.
    pub(crate) fn forget(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
    }
}
