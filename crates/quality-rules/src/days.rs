//! Which days a check is about.

use chrono::NaiveDate;

/// Which days a check is about. Rows of other days are there to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days<'a> {
    /// All of them.
    All,
    /// These, ascending.
    Only(&'a [NaiveDate]),
}

impl Days<'_> {
    /// Whether `date` is to be judged.
    pub fn contains(self, date: NaiveDate) -> bool {
        match self {
            Self::All => true,
            Self::Only(days) => days.binary_search(&date).is_ok(),
        }
    }

    /// Whether a day in `[from, to]` is to be judged.
    pub fn touches(self, from: NaiveDate, to: NaiveDate) -> bool {
        match self {
            Self::All => from <= to,
            Self::Only(days) => days.get(days.partition_point(|day| *day < from)).is_some_and(|day| *day <= to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_days_or_all() {
        let days: Vec<NaiveDate> = ["2024-01-02", "2024-01-05"].map(|day| day.parse().unwrap()).to_vec();
        let only = Days::Only(&days);
        let between: NaiveDate = "2024-01-03".parse().unwrap();
        assert!(only.contains(days[1]) && !only.contains(between) && Days::All.contains(between));
        assert!(only.touches(between, days[1]) && !only.touches(between, between) && only.touches(days[0], days[0]));
        assert!(!Days::All.touches(days[1], days[0]) && !only.touches(days[1].succ_opt().unwrap(), NaiveDate::MAX));
    }
}
