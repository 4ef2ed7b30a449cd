//! What is asked of SearXNG, and what is passed on of its answer.

use serde_json::{Value, json};
use upstream_simulators::SearxngFault;
use web_search::{SearchFailed, SearchQuery};

use crate::support::{CHINESE, GLOBAL, Stage, json, query};

/// The answer that SearXNG gives to a call with these fields.
async fn asked_directly(stage: &Stage, fields: &str) -> Value {
    let url = format!("{}/search?format=json&{fields}", stage.searxng.url);
    serde_json::from_slice(&crate::support::http().get(url).send().await.unwrap().bytes().await.unwrap()).unwrap()
}

#[tokio::test]
async fn the_answer_is_passed_on_as_it_is() {
    let stage = Stage::new().await;
    stage.searxng.faults().always(SearxngFault::NumberOfResults);
    let found = json(&stage.find("moutai").await.unwrap());
    let direct = asked_directly(&stage, "q=moutai&engines=google,duckduckgo,brave,yep").await;
    assert_eq!(found, direct);
    assert_eq!(found["number_of_results"], json!(0), "older versions have it");
    assert!(found.get("stale").is_none());
}

#[tokio::test]
async fn every_parameter_reaches_searxng_and_the_query_stands_in_no_address() {
    let stage = Stage::new().await;
    let query = query(&[
        ("q", "贵州茅台 & 100% a+b=c"),
        ("language", "zh-CN"),
        ("categories", "news"),
        ("engines", "bing news,baidu"),
        ("pageno", "3"),
        ("time_range", "month"),
        ("safesearch", "1"),
    ]);
    stage.search.search(&query).await.unwrap();
    let call = stage.searxng.calls().last().unwrap();
    assert_eq!((call.method.as_str(), call.target.as_str()), ("POST", "/search"));
    assert_eq!(call.q, "贵州茅台 & 100% a+b=c");
    assert_eq!((call.language.as_deref(), call.time_range.as_deref()), (Some("zh-CN"), Some("month")));
    assert_eq!((call.safesearch.as_deref(), call.pageno), (Some("1"), 3));
    assert_eq!(
        (call.categories, call.named),
        (vec!["news".to_owned()], vec!["baidu".to_owned(), "bing news".to_owned()])
    );
}

#[tokio::test]
async fn engines_are_chosen_by_language_only_where_the_caller_names_none() {
    let stage = Stage::without_redis(|_| {}).await;
    for (q, name, value, named) in [
        ("贵州茅台", "", "", &CHINESE[..]),
        ("moutai", "", "", &GLOBAL),
        ("moutai", "language", "zh", &CHINESE),
        ("茅台", "language", "en", &GLOBAL),
        ("茅台", "categories", "general", &CHINESE),
        ("茅台", "engines", "google", &["google"]),
        ("茅台", "categories", "news", &[]),
        ("!go 茅台", "", "", &[]),
    ] {
        stage.search.search(&query(&[("q", q), (name, value)])).await.unwrap();
        assert_eq!(stage.named(), named, "{q} {name}={value}");
    }
    let call = stage.searxng.calls().last().unwrap();
    assert_eq!(call.asked, ["google"], "the bang is SearXNG's business");
}

#[tokio::test]
async fn an_engine_that_searxng_does_not_know_is_its_business() {
    let stage = Stage::new().await;
    let found = stage.search.search(&query(&[("q", "a b"), ("engines", "altavista")])).await.unwrap();
    assert_eq!(stage.named(), ["altavista"]);
    assert!(found.engines.answered.len() > 2, "it asks its own instead");
}

#[tokio::test]
async fn searxngs_own_refusal_of_a_parameter_is_passed_on() {
    let stage = Stage::new().await;
    let failed = stage.search.search(&query(&[("q", "moutai"), ("language", "chinese")])).await.unwrap_err();
    assert_eq!(failed, SearchFailed::BadRequest("Invalid value chinese for parameter language".to_owned()));
    stage.searxng.faults().next(1, SearxngFault::BadRequest("no search for secret plan, sorry".to_owned()));
    let failed = stage.find("secret plan").await.unwrap_err();
    assert_eq!(failed, SearchFailed::BadRequest("no search for …, sorry".to_owned()));
    assert!(!failed.is_transient());
}

#[tokio::test]
async fn a_bang_that_leads_to_another_site_is_not_followed() {
    let stage = Stage::new().await;
    let failed = stage.find("!!g secret plan").await.unwrap_err();
    assert!(matches!(&failed, SearchFailed::BadRequest(text) if text.contains("bang")), "{failed:?}");
    stage.searxng.faults().next(1, SearxngFault::Redirect);
    let failed = stage.find("secret plan").await.unwrap_err();
    assert_eq!(failed, SearchFailed::Upstream { status: 302, problem: "a redirect".to_owned() });
}

#[tokio::test]
async fn a_searxng_below_a_path_is_asked_there() {
    let stage = Stage::without_redis(|options| options.searxng.set_path("/below/")).await;
    let failed = stage.search.search(&SearchQuery::new("a").unwrap()).await.unwrap_err();
    assert!(matches!(failed, SearchFailed::Upstream { status: 404, .. }), "{failed:?}");
}
