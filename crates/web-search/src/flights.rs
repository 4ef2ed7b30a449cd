//! One question to SearXNG for everybody who asks the same at the same time.

use std::{
    collections::{HashMap, hash_map},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

/// What is under way. A flight is a task of its own: it goes on when whoever began it hangs up, and whoever waits for it
/// is told what came of it.
pub(crate) struct Flights<T> {
    under_way: Arc<Mutex<UnderWay<T>>>,
    most: usize,
}

type UnderWay<T> = HashMap<Arc<str>, watch::Receiver<Option<T>>>;

/// A place on a flight.
pub(crate) struct Place<T> {
    landing: watch::Receiver<Option<T>>,
    /// Whether the flight was begun for this one.
    pub(crate) is_first: bool,
}

/// As many flights as there may be are under way.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl<T: Clone + Send + Sync + 'static> Flights<T> {
    pub(crate) fn new(most: usize) -> Self {
        Self { under_way: Arc::new(Mutex::new(HashMap::new())), most }
    }

    /// A place on the flight of this name, if there is one.
    pub(crate) fn join(&self, name: &str) -> Option<Place<T>> {
        let landing = lock(&self.under_way).get(name)?.clone();
        Some(Place { landing, is_first: false })
    }

    /// A place on the flight of this name; `begin` begins it where there is none.
    pub(crate) fn board<F>(&self, name: &str, begin: impl FnOnce() -> F) -> Result<Place<T>, Full>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut under_way = lock(&self.under_way);
        let is_full = under_way.len() >= self.most;
        let name: Arc<str> = name.into();
        match under_way.entry(Arc::clone(&name)) {
            hash_map::Entry::Occupied(flight) => Ok(Place { landing: flight.get().clone(), is_first: false }),
            hash_map::Entry::Vacant(_) if is_full => Err(Full),
            hash_map::Entry::Vacant(free) => {
                let (lands, landing) = watch::channel(None);
                free.insert(landing.clone());
                let listed = Listed { name, under_way: Arc::clone(&self.under_way) };
                let flight = begin();
                tokio::spawn(async move {
                    // Struck from the list at the end, be it a panic; nobody joins a flight that nobody flies.
                    let _listed = listed;
                    let outcome = flight.await;
                    // An error says that everybody has hung up.
                    let _ = lands.send(Some(outcome));
                });
                Ok(Place { landing, is_first: true })
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        lock(&self.under_way).len()
    }
}

impl<T: Clone> Place<T> {
    /// What came of the flight; `None` where it broke off.
    pub(crate) async fn land(mut self) -> Option<T> {
        self.landing.wait_for(Option::is_some).await.ok()?.clone()
    }
}

struct Listed<T> {
    name: Arc<str>,
    under_way: Arc<Mutex<UnderWay<T>>>,
}

impl<T> Drop for Listed<T> {
    fn drop(&mut self) {
        lock(&self.under_way).remove(&self.name);
    }
}

fn lock<T>(under_way: &Mutex<UnderWay<T>>) -> MutexGuard<'_, UnderWay<T>> {
    under_way.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn the_flight_goes_on_when_whoever_began_it_hangs_up() {
        let (flights, go) = (Flights::new(4), Arc::new(Notify::new()));
        let waits = Arc::clone(&go);
        let first = flights.board("a", move || async move {
            waits.notified().await;
            7
        });
        let second = flights.join("a").unwrap();
        drop(first.unwrap());
        go.notify_one();
        assert!(!second.is_first);
        assert_eq!(second.land().await, Some(7));
    }

    #[tokio::test]
    async fn many_at_once_begin_one() {
        let (flights, begun) = (Flights::new(4), Arc::new(AtomicU32::new(0)));
        let places: Vec<_> = (0..100)
            .map(|_| {
                let begun = Arc::clone(&begun);
                flights.board("a", move || async move { begun.fetch_add(1, Ordering::SeqCst) }).unwrap()
            })
            .collect();
        assert_eq!(places.iter().filter(|place| place.is_first).count(), 1);
        for place in places {
            assert_eq!(place.land().await, Some(0));
        }
        while flights.len() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(flights.board("a", || async { 9 }).unwrap().land().await, Some(9), "the next one is a new flight");
    }

    #[tokio::test]
    async fn a_flight_that_panics_leaves_nobody_waiting_and_no_name_behind() {
        let flights: Flights<u32> = Flights::new(1);
        let place = flights.board("a", || async { panic!("as this test wants it") }).unwrap();
        assert_eq!(place.land().await, None);
        while flights.len() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(flights.board("b", || async { 1 }).unwrap().land().await, Some(1));
    }

    #[tokio::test]
    async fn one_flight_too_many_is_refused_and_places_on_those_under_way_are_not() {
        let flights: Flights<u32> = Flights::new(1);
        let _first = flights.board("a", std::future::pending).unwrap();
        assert_eq!(flights.board("b", || async { 1 }).err(), Some(Full));
        assert!(!flights.board("a", || async { 1 }).unwrap().is_first);
    }
}
