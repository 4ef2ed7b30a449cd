//! What a caller may have meant.

/// How alike two names must be to be offered, of 1.
const ALIKE: f64 = 0.7;
/// How many are offered.
const OFFERED: usize = 5;

/// The names in `known` that `text` may stand for, the likeliest first: spelled alike, or holding it.
pub(crate) fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let text = text.to_ascii_lowercase();
    let likeness = |name: &str| {
        let spelled = strsim::jaro_winkler(&text, name);
        if text.len() > 2 && name.contains(&text) { spelled.max(0.9) } else { spelled }
    };
    let mut near: Vec<(f64, &str)> =
        known.into_iter().map(|name| (likeness(name), name)).filter(|(likeness, _)| *likeness >= ALIKE).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    near.into_iter().take(OFFERED).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_and_a_part_find_the_whole_name() {
        let known = ["china_cpi_yearly", "china_cpi_monthly", "china_gdp", "usa_cpi_yearly", "lpr_1y"];
        assert_eq!(nearest("china_cpi_yaerly", known)[0], "china_cpi_yearly");
        assert_eq!(nearest("GDP", known), ["china_gdp"]);
        assert_eq!(nearest("weather", known), [] as [&str; 0]);
    }
}
