//! Results, engine by engine, and merged.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use upstream_simulators::{SearxngEngine, SearxngFault};

use crate::harness::Asker;

#[tokio::test]
async fn an_answer_is_the_same_every_time_and_has_searxngs_fields() {
    let asker = Asker::new().await;
    let (status, first) = asker.search("q=moutai").await;
    assert_eq!((status, &first), (200, &asker.search("q=moutai").await.1));
    let names: Vec<_> = first.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["answers", "corrections", "infoboxes", "query", "results", "suggestions", "unresponsive_engines"];
    assert_eq!(names, expected, "number_of_results is gone");
    assert_ne!(first["results"], asker.search("q=baijiu").await.1["results"]);
    assert_ne!(first["results"], asker.search("q=moutai&pageno=2").await.1["results"]);
    assert_ne!(first["results"], asker.search("q=moutai&time_range=day").await.1["results"]);
    asker.server.faults().next(1, SearxngFault::NumberOfResults);
    assert_eq!(asker.search("q=moutai").await.1["number_of_results"], 0);
}

#[tokio::test]
async fn what_several_engines_find_is_one_result_with_all_of_them_and_the_best_is_first() {
    let asker = Asker::new().await;
    let (_, body) = asker.search("q=贵州茅台&engines=baidu,sogou,360search").await;
    let mut expected: BTreeMap<String, Vec<(&str, usize)>> = BTreeMap::new();
    for engine in ["360search", "baidu", "sogou"] {
        for (index, page) in asker.server.pages(engine, "贵州茅台").into_iter().enumerate() {
            expected.entry(page.url.split_once("://").unwrap().1.to_owned()).or_default().push((engine, index + 1));
        }
    }
    let results = body["results"].as_array().unwrap();
    assert_eq!(results.len(), expected.len());
    for result in results {
        let places = &expected[result["url"].as_str().unwrap().split_once("://").unwrap().1];
        let sorted = |name: &str| {
            let mut list: Vec<String> = result[name].as_array().unwrap().iter().map(Value::to_string).collect();
            list.sort();
            list
        };
        let mut engines: Vec<_> = places.iter().map(|(engine, _)| json!(engine).to_string()).collect();
        let mut positions: Vec<_> = places.iter().map(|(_, place)| place.to_string()).collect();
        engines.sort();
        positions.sort();
        assert_eq!((sorted("engines"), sorted("positions")), (engines, positions));
        let weight = places.len() as f64;
        let score: f64 = places.iter().map(|(_, place)| weight / *place as f64).sum();
        assert!((result["score"].as_f64().unwrap() - score).abs() < 1e-9);
    }
    assert!(results.iter().any(|result| result["engines"].as_array().unwrap().len() == 3));
    assert!(results.is_sorted_by(|a, b| a["score"].as_f64() >= b["score"].as_f64()));
}

#[tokio::test]
async fn a_merged_result_has_the_longest_text_and_the_address_with_tls() {
    let asker = Asker::new().await;
    let mut is_bettered = false;
    for q in ["a1", "b2", "c3", "d4", "e5", "f6"] {
        let (_, body) = asker.search(&format!("q={q}&engines=google,brave,duckduckgo")).await;
        for result in body["results"].as_array().unwrap() {
            let address = result["url"].as_str().unwrap().split_once("://").unwrap().1;
            let pages = ["google", "brave", "duckduckgo"].map(|engine| asker.server.pages(engine, q));
            let same: Vec<_> = pages.iter().flatten().filter(|page| page.url.ends_with(address)).collect();
            let longest = same.iter().map(|page| page.content.len()).max();
            assert_eq!(result["content"].as_str().map(str::len), longest);
            let has_tls = same.iter().any(|page| page.url.starts_with("https:"));
            assert_eq!(result["url"].as_str().unwrap().starts_with("https:"), has_tls);
            is_bettered |= same.iter().any(|page| page.url.starts_with("http:")) && has_tls;
        }
    }
    assert!(is_bettered, "the case occurs");
}

#[tokio::test]
async fn chinese_engines_know_more_in_chinese_and_others_elsewhere() {
    let asker = Asker::new().await;
    let known = |engine: &str, queries: [&str; 4]| -> usize {
        queries.iter().map(|q| asker.server.pages(engine, q).len()).sum()
    };
    let (chinese, english) = (["茅台", "五粮液", "财报", "分红"], ["moutai", "wuliangye", "report", "dividend"]);
    for engine in SearxngEngine::ALL {
        let (here, there) = (known(engine.name, chinese), known(engine.name, english));
        assert_eq!(here > there, engine.chinese, "{} {here} {there}", engine.name);
    }
}

#[tokio::test]
async fn the_json_is_spelt_as_python_does_it() {
    let asker = Asker::new().await;
    let text = asker.get("/search?format=json&q=茅台").await.text().await.unwrap();
    assert!(text.is_ascii() && text.contains(r#""query": "\u8305\u53f0", "#), "{}", &text[..200]);
}

#[tokio::test]
async fn a_post_is_answered_as_a_get_and_its_form_goes_before_its_address() {
    let asker = Asker::new().await;
    let url = format!("{}/search?q=address&pageno=2", asker.server.url);
    let form = "q=form&format=json&language=zh-CN";
    let request = asker.http.post(url).header("content-type", "application/x-www-form-urlencoded").body(form);
    let body: Value = serde_json::from_slice(&request.send().await.unwrap().bytes().await.unwrap()).unwrap();
    assert_eq!(body["query"], "form");
    let call = asker.server.calls().last().unwrap();
    assert_eq!((call.method.as_str(), call.pageno, call.language.as_deref()), ("POST", 2, Some("zh-CN")));
    assert_eq!(body, asker.search("q=form&pageno=2&language=zh-CN").await.1);
}
