//! `twilight parquet`.

use crate::stage::Stage;

#[tokio::test]
async fn an_export_by_hand_is_written_once_shown_and_proved_and_damage_is_named() {
    let stage = Stage::published();
    assert!(stage.refused("parquet show", 1).await.contains("no generation has been published yet"));
    let exported = stage.json("parquet export").await;
    assert!(exported["files_written"].as_u64().unwrap() > 3, "{exported}");
    assert_eq!(exported["files_written"], exported["files"]);
    assert_eq!(stage.json("parquet export").await["files_written"], 0, "it is there");

    let shown = stage.json("parquet show").await;
    assert_eq!(shown["generation"], exported["generation"]);
    let published = stage.json("generations verify").await;
    assert_eq!(shown["logical_hash"], published["logical_hash"]);
    assert!(stage.told("parquet show").await.contains("curated_daily"));
    assert_eq!(stage.json("parquet verify").await["whole"], true);

    let file = shown["tables"]["curated_daily"]["files"][0]["path"].as_str().unwrap();
    std::fs::write(stage.path("warehouse/parquet").join(file), "not Parquet").unwrap();
    let answer = stage.run("parquet verify").await;
    assert_eq!(answer.code, Some(1), "{answer:?}");
    assert!(answer.stdout.contains(file), "{answer:?}");
    assert_eq!(
        stage.json("parquet export").await["files_written"],
        1,
        "what is damaged in its length is written again"
    );
}
