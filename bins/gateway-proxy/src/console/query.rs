//! Addresses with a query, and the fields of forms that filter.

use maud::{Markup, html};
use operator_console::Language;

use crate::admin::Params;

/// `path?name=value&…`, encoded.
pub(super) fn href(path: &str, query: &[(&str, &str)]) -> String {
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    encoded.extend_pairs(query);
    format!("{path}?{}", encoded.finish())
}

/// A field for text that is looked for as it is.
pub(super) fn text_field(params: &Params, name: &str, label: &str) -> Markup {
    html! {
        label {
            span { (label) }
            input type="text" name=(name) value=(params.get(name).unwrap_or_default()) autocomplete="off";
        }
    }
}

/// One of several values, or all of them. A value that is none of them stays chosen: it is what was asked for.
pub(super) fn choice_field(
    params: &Params,
    name: &str,
    label: &str,
    language: Language,
    choices: &[(String, String)],
) -> Markup {
    let chosen = params.get(name);
    let other = chosen.filter(|chosen| choices.iter().all(|(value, _)| value != chosen));
    html! {
        label {
            span { (label) }
            select name=(name) {
                option value="" { (language.say("all", "全部")) }
                @for (value, text) in choices { option value=(value) selected[chosen == Some(value)] { (text) } }
                @if let Some(other) = other { option value=(other) selected { (other) } }
            }
        }
    }
}

/// A moment in Shanghai.
pub(super) fn moment_field(params: &Params, name: &str, label: &str) -> Markup {
    // What a browser's field takes: local, without an offset; with seconds only where there are some.
    let value = params.get(name).and_then(|text| text.strip_suffix("+08:00")).unwrap_or_default();
    let (value, step) =
        value.strip_suffix(":00").map_or((value, (!value.is_empty()).then_some("1")), |value| (value, None));
    html! { label { span { (label) } input type="datetime-local" step=[step] name=(name) value=(value); } }
}

/// The buttons of a form that filters the list at `path`.
pub(super) fn buttons(language: Language, path: &str) -> Markup {
    html! {
        button.primary type="submit" { (language.say("Show", "查询")) }
        a.button href=(path) { (language.say("Clear", "清除")) }
    }
}

/// In place of a value that there is not: why, for who asks.
pub(super) fn none(why: &str) -> Markup {
    html! { span.none title=(why) { "–" span.visually-hidden { " " (why) } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_addresses_are_encoded() {
        let href = href("/console/requests", &[("profile", "平安 & <co>"), ("model", "a/b")]);
        assert_eq!(href, "/console/requests?profile=%E5%B9%B3%E5%AE%89+%26+%3Cco%3E&model=a%2Fb");
    }

    #[test]
    fn what_was_asked_for_stays_in_the_form() {
        let uri = "/console/requests?outcome=odd&since=2026-11-23T12:00&profile=%3Cb%3E".parse().unwrap();
        let params = Params::of_form(&uri, &["outcome", "since", "profile"]).unwrap();
        let choices = [("ok".to_owned(), "answered".to_owned())];
        let chosen = choice_field(&params, "outcome", "Outcome", Language::English, &choices).into_string();
        assert!(chosen.contains(r#"<option value="odd" selected>odd</option>"#), "{chosen}");
        let since = moment_field(&params, "since", "Since").into_string();
        assert!(since.contains(r#"value="2026-11-23T12:00""#), "{since}");
        let profile = text_field(&params, "profile", "Profile").into_string();
        assert!(profile.contains(r#"value="&lt;b&gt;""#), "{profile}");
    }
}
