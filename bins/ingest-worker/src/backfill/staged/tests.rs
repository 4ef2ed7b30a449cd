use super::*;

fn response(dataset: &str, body: &[u8]) -> RawResponse {
    RawResponse {
        source: "tdx".to_owned(),
        dataset: dataset.to_owned(),
        request: r#"{"method":"bars"}"#.to_owned(),
        fetched_at: "2024-01-10T03:00:00.123456Z".parse().unwrap(),
        http_status: 200,
        body: body.to_vec(),
    }
}

fn staged() -> Staged {
    let code = "600519.SH".parse().unwrap();
    let bar = DailyBar {
        code,
        trade_date: "2024-01-09".parse().unwrap(),
        open: 10.1,
        high: 10.9,
        low: 10.0,
        close: 10.3,
        pre_close: None,
        volume: 1_234_500,
        amount: Some(12_715_350.0),
        adj_factor: Some(1.0 / 3.0),
    };
    let rejected = RejectedRow {
        dataset: "daily".to_owned(),
        response: 0,
        row: 7,
        reason: "close is missing".to_owned(),
        value: "null".to_owned(),
    };
    let rows = Rows { bars: vec![(bar, 0, 3)], actions: Vec::new(), rejected: vec![rejected] };
    Staged {
        code,
        bars: 1,
        requests: 2,
        responses: vec![response("bars", b"\xb1\xcb\x74\x00rest"), response("xdxr", b"")],
        rows,
    }
}

#[test]
fn a_code_reads_back_bit_by_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("600519.SH.staged");
    staged().write(&path).unwrap();
    assert_eq!(Staged::read(&path).unwrap(), staged());
    assert_eq!(Staged::check(&path, &staged().code), Ok(Counts { bars: 1, requests: 2 }));
    assert!(Staged::check(&path, &"000001.SZ".parse().unwrap()).unwrap_err().contains("about 600519.SH"));
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["600519.SH.staged"], "nothing is left beside it");
}

#[test]
fn no_torn_and_no_altered_file_is_taken_for_a_whole_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("600519.SH.staged");
    let whole = staged().encode().unwrap();
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        Staged::check(&path, &staged().code).unwrap_err();
        Staged::read(&path).unwrap_err();
    }
    for at in (0..whole.len()).step_by(7) {
        let mut altered = whole.clone();
        altered[at] ^= 0x10;
        fs::write(&path, &altered).unwrap();
        Staged::check(&path, &staged().code).unwrap_err();
    }
}
