//! What was injected, and what became of it.

use std::collections::{BTreeMap, BTreeSet};

/// In whose rows something was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The preferred vendor's, with a second one beside it.
    Preferred,
    /// The second vendor's, beside the preferred one.
    Second,
    /// The preferred vendor's, with nobody beside it.
    PreferredAlone,
    /// The second vendor's, with nobody beside it.
    SecondAlone,
}

impl Place {
    /// In the order of the table.
    pub const ALL: [Self; 4] = [Self::Preferred, Self::Second, Self::PreferredAlone, Self::SecondAlone];
}

/// The injections of one corruption at one place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cell {
    /// Those that changed something that is to be found.
    pub injected: usize,
    /// Of these, those that some rule raised a warning or an error about, on the days concerned.
    pub caught: usize,
    /// Not in `injected`: what is served is right all the same.
    pub mended: usize,
    /// How many each rule caught; several may catch one.
    pub by_rule: BTreeMap<&'static str, usize>,
    /// What was not caught, for people.
    pub missed: Vec<String>,
    /// Cases in which the rules, asked about the damaged days alone, found something else than in the whole history.
    pub inconsistent: Vec<String>,
}

impl Cell {
    pub(super) fn note(&mut self, rules: &BTreeSet<&'static str>, about: impl FnOnce() -> String) {
        self.injected += 1;
        if rules.is_empty() {
            self.missed.push(about());
        } else {
            self.caught += 1;
        }
        for rule in rules {
            *self.by_rule.entry(rule).or_default() += 1;
        }
    }

    /// Adds up.
    pub fn add(&mut self, other: &Self) {
        self.injected += other.injected;
        self.caught += other.caught;
        self.mended += other.mended;
        self.missed.extend_from_slice(&other.missed);
        self.inconsistent.extend_from_slice(&other.inconsistent);
        for (rule, count) in &other.by_rule {
            *self.by_rule.entry(rule).or_default() += count;
        }
    }

    /// The part that was caught; 1 where nothing was injected.
    pub fn rate(&self) -> f64 {
        if self.injected == 0 { 1.0 } else { self.caught as f64 / self.injected as f64 }
    }
}

/// What a run over one or more markets found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// Bars of the undamaged markets.
    pub bars: usize,
    /// Trading days of each market.
    pub days: usize,
    /// Warnings and errors that the undamaged markets raised.
    pub false_alarms: Vec<String>,
    /// By name of the corruption. Whole days count as [`Place::Preferred`] or [`Place::Second`] by the vendor alone.
    pub cells: BTreeMap<(&'static str, Place), Cell>,
}

impl Outcome {
    /// One corruption at all places.
    pub fn of(&self, name: &str) -> Cell {
        self.sum(|(corruption, _)| *corruption == name)
    }

    /// Everything.
    pub fn overall(&self) -> Cell {
        self.sum(|_| true)
    }

    /// Adds up.
    pub fn add(&mut self, other: Self) {
        self.bars += other.bars;
        self.days = self.days.max(other.days);
        self.false_alarms.extend(other.false_alarms);
        for (key, cell) in other.cells {
            self.cells.entry(key).or_default().add(&cell);
        }
    }

    fn sum(&self, is_counted: impl Fn(&(&'static str, Place)) -> bool) -> Cell {
        let mut sum = Cell::default();
        self.cells.iter().filter(|(key, _)| is_counted(key)).for_each(|(_, cell)| sum.add(cell));
        sum
    }
}
