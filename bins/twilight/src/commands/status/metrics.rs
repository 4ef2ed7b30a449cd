//! The text of `/metrics`, as far as it is needed: samples by name and labels.

/// A daemon's samples.
#[derive(Debug, Default)]
pub(super) struct Samples(Vec<(String, String, f64)>);

impl Samples {
    /// What can be read of a text; lines that are something else are left out.
    pub(super) fn parse(text: &str) -> Self {
        Self(text.lines().filter_map(sample).collect())
    }

    /// The value of a sample without labels.
    pub(super) fn value(&self, name: &str) -> Option<f64> {
        self.all(name).find(|(labels, _)| labels.is_empty()).map(|(_, value)| value)
    }

    /// Labels and values of every sample of that name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = (&str, f64)> {
        let samples = self.0.iter().filter(move |(known, ..)| known == name);
        samples.map(|(_, labels, value)| (labels.as_str(), *value))
    }
}

/// The value of a label in `a="1",b="2"`; escapes are left as they are.
pub(super) fn label<'a>(labels: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = labels.split_once(&format!("{name}=\""))?;
    rest.split('"').next()
}

fn sample(line: &str) -> Option<(String, String, f64)> {
    if line.starts_with('#') {
        return None;
    }
    let (head, value) = line.rsplit_once(' ')?;
    let (name, labels) = match head.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}')?),
        None => (head, ""),
    };
    Some((name.to_owned(), labels.to_owned(), value.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_found_by_name_and_label() {
        let text = "# HELP a what\na 3\na{x=\"1\"} 4\nb{name=\"k y\",state=\"free\"} 5e0\nnonsense\nc NaN\n";
        let samples = Samples::parse(text);
        assert_eq!(samples.value("a"), Some(3.0));
        assert_eq!(samples.value("b"), None);
        let all: Vec<_> = samples.all("b").map(|(labels, value)| (label(labels, "name"), value)).collect();
        assert_eq!(all, [(Some("k y"), 5.0)]);
        assert!(samples.value("c").is_some_and(f64::is_nan));
    }
}
