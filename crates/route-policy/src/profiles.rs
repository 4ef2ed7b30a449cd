//! What each profile spends in a day.

use std::{collections::HashMap, sync::Arc};

use crate::{Cny, Day};

/// All profiles that ever asked; there are as many as tokens.
#[derive(Debug, Default)]
pub(crate) struct Profiles {
    positions: HashMap<Arc<str>, usize>,
    books: Vec<Book>,
}

#[derive(Clone, Copy, Debug)]
struct Book {
    day: Day,
    settled: Cny,
    reserved: Cny,
}

impl Profiles {
    /// Its position, which it keeps.
    pub(crate) fn position(&mut self, name: &Arc<str>, day: Day) -> usize {
        if let Some(position) = self.positions.get(&**name) {
            return *position;
        }
        let position = self.books.len();
        self.books.push(Book::new(day));
        self.positions.insert(name.clone(), position);
        position
    }

    /// Spent and held today.
    pub(crate) fn used(&self, position: usize, day: Day) -> Cny {
        let book = self.books[position];
        if book.day == day { book.settled + book.reserved } else { Cny::ZERO }
    }

    pub(crate) fn reserve(&mut self, position: usize, day: Day, amount: Cny) {
        self.turn_to(position, day).reserved += amount;
    }

    /// What it held cost `charge`; what is spent of that day now, if that is the day that is counted.
    pub(crate) fn settle(&mut self, position: usize, day: Day, held: Cny, charge: Cny) -> Option<Cny> {
        let book = &mut self.books[position];
        if book.day != day {
            return None;
        }
        book.reserved -= held;
        book.settled += charge.max(Cny::ZERO);
        Some(book.settled)
    }

    /// What it spent before this process began.
    pub(crate) fn restore(&mut self, name: &str, day: Day, spent: Cny) {
        let position = self.position(&name.into(), day);
        if self.books[position].day <= day {
            self.turn_to(position, day).settled += spent;
        }
    }

    fn turn_to(&mut self, position: usize, day: Day) -> &mut Book {
        let book = &mut self.books[position];
        if book.day != day {
            *book = Book::new(day);
        }
        book
    }
}

impl Book {
    const fn new(day: Day) -> Self {
        Self { day, settled: Cny::ZERO, reserved: Cny::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_day_is_counted_for_itself() {
        let (today, yuan) = ("2026-11-23".parse::<Day>().unwrap(), Cny::from_yuan);
        let mut profiles = Profiles::default();
        profiles.restore("p", today, yuan(5));
        let p = profiles.position(&"p".into(), today);
        profiles.reserve(p, today, yuan(2));
        assert_eq!((profiles.used(p, today), profiles.used(p, today.next())), (yuan(7), Cny::ZERO));
        profiles.reserve(p, today.next(), yuan(1));
        assert_eq!(profiles.settle(p, today, yuan(2), yuan(2)), None, "yesterday's is not today's");
        profiles.restore("p", today, yuan(9));
        assert_eq!(profiles.used(p, today.next()), yuan(1));
        assert_eq!(profiles.settle(p, today.next(), yuan(1), yuan(3)), Some(yuan(3)));
    }
}
