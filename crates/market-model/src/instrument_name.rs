//! What a share was called, and when: on mainland exchanges the name itself says which rules hold.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Code;

/// A name and the days on which a code had it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstrumentName {
    /// Today's code.
    pub code: Code,
    /// The name, for example `*ST海润`.
    pub name: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day; `None` = still.
    pub until: Option<NaiveDate>,
    /// Under special treatment under that name: [`is_special_treatment`] of it.
    pub special_treatment: bool,
}

impl InstrumentName {
    /// A name with what it says about special treatment.
    pub fn new(code: Code, name: impl Into<String>, from: NaiveDate, until: Option<NaiveDate>) -> Self {
        let name = name.into();
        let special_treatment = is_special_treatment(&name);
        Self { code, name, from, until, special_treatment }
    }

    /// Whether the code had this name on `date`.
    pub fn is_in_force(&self, date: NaiveDate) -> bool {
        self.from <= date && self.until.is_none_or(|until| date <= until)
    }

    /// Whether this is the name of a delisting period: [`is_delisting_period`] of it.
    pub fn is_delisting_period(&self) -> bool {
        is_delisting_period(&self.name)
    }
}

/// Whether a name marks its share as under special treatment: `ST`, `*ST`, and before the share reform `SST`, `S*ST`.
///
/// A mark of the day before it (`XD`, `XR`, `DR`, `N`), which quotation systems add, changes nothing, nor does a vendor's
/// `(退)` behind it. A delisting period ends special treatment: it has rules and names of its own.
pub fn is_special_treatment(name: &str) -> bool {
    let name = bare(name);
    let unreformed = name.strip_prefix('S').unwrap_or(name);
    [name, unreformed].iter().any(|name| name.strip_prefix('*').unwrap_or(name).starts_with("ST"))
        && !is_delisting_period(name)
}

/// Whether a name is one of a delisting period (退市整理期): `退市海润` in Shanghai, `华泽退` in Shenzhen and Beijing.
///
/// A vendor's `(退)` behind the last name of a share that is gone is no such name.
pub fn is_delisting_period(name: &str) -> bool {
    let name = bare(name);
    name.starts_with("退市") || (name.ends_with('退') && name.chars().count() > 1)
}

/// The name without what is added to it for a day or after the end, and without the spaces that pad short names.
fn bare(name: &str) -> &str {
    let name = name.trim();
    let name = name.strip_suffix("(退)").or_else(|| name.strip_suffix("（退）")).unwrap_or(name);
    ["XD", "XR", "DR", "N"].iter().find_map(|mark| name.strip_prefix(mark)).unwrap_or(name).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_marks_special_treatment() {
        for (name, expected) in [
            ("ST 海润", true),
            ("*ST 海润", true),
            ("*ST海润", true),
            ("SST 华新", true),
            ("S*ST 生化", true),
            ("XD*ST英", true),
            ("NST宝龙", true),
            (" ST海润(退)", true),
            ("贵州茅台", false),
            ("S 上石化", false),
            ("S深发展A", false),
            ("TCL科技", false),
            ("N茅台", false),
            ("退市海润", false),
            ("*ST华泽退", false),
            ("", false),
        ] {
            assert_eq!(is_special_treatment(name), expected, "{name}");
        }
    }

    #[test]
    fn the_name_marks_a_delisting_period() {
        for (name, expected) in [
            ("退市海润", true),
            ("华泽退", true),
            ("欣泰退(退)", true),
            ("*ST海润", false),
            ("*ST海润(退)", false),
            ("长油（退）", false),
            ("退", false),
            ("", false),
        ] {
            assert_eq!(is_delisting_period(name), expected, "{name}");
        }
    }

    #[test]
    fn a_name_holds_from_its_first_to_its_last_day() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let code = "600401.SH".parse().unwrap();
        let name = InstrumentName::new(code, "*ST海润", day("2017-05-03"), Some(day("2018-05-29")));
        assert!(name.special_treatment && !name.is_delisting_period());
        for (date, expected) in
            [("2017-05-02", false), ("2017-05-03", true), ("2018-05-29", true), ("2018-05-30", false)]
        {
            assert_eq!(name.is_in_force(day(date)), expected, "{date}");
        }
        assert!(InstrumentName { until: None, ..name }.is_in_force(day("2018-05-30")));
    }
}
