//! Bytes of a backup that are no longer what they were.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use super::kit::{Site, done, ends, failed};

fn overwrite(path: &Path, bytes: &[u8]) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(path, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_flipped_cut_or_missing_is_named_not_restored_and_stored_anew() {
    let site = Site::new().await;
    let host = site.host();
    let running = host.start().await;
    site.stage.fetch("tushare", site.stage.days(1)[0]).await;
    running.stop().await;
    host.back_up().await;
    done(site.backup(&["verify"])).await;

    for (kind, file) in
        [("warehouse", "tail-"), ("gateway", "gateway.sqlite"), ("registry", "0001.pack"), ("secrets", "secrets.age")]
    {
        let piece = site.pieces(kind, file).pop().unwrap();
        let whole = fs::read(&piece).unwrap();
        let name = piece.file_name().unwrap().to_str().unwrap();
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        for damage in [Some(&flipped[..]), Some(&whole[..whole.len() / 2]), None] {
            match damage {
                Some(bytes) => overwrite(&piece, bytes),
                None => fs::remove_file(&piece).unwrap(),
            }
            let how = if damage.is_some() { "is damaged" } else { "is missing" };
            failed(&ends(site.backup(&["verify", "--quick"])).await, &[name, how, kind, file]);
            failed(&ends(site.restore(&site.empty_host("second"), &[])).await, &[name, how]);
            assert!(!site.empty_host("second").root.join("data/warehouse").exists(), "{kind} {how}");
        }
        fs::write(&piece, &whole).unwrap();
    }
    done(site.backup(&["verify"])).await;

    // What is damaged and still known to the host is stored anew.
    let piece = site.pieces("warehouse", "tail-").pop().unwrap();
    let mut bytes = fs::read(&piece).unwrap();
    bytes[100] ^= 1;
    overwrite(&piece, &bytes);
    failed(&ends(site.backup(&["verify", "--set-aside"])).await, &["is damaged"]);
    host.back_up().await;
    done(site.backup(&["verify", "--all"])).await;

    // A manifest that is not what was written is no backup.
    let manifest = site.stored().into_iter().filter(|path| path.to_string_lossy().contains("snapshots")).max().unwrap();
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replacen("\"generation\": ", "\"generation\": 1", 1)).unwrap();
    let name = manifest.file_name().unwrap().to_str().unwrap();
    failed(&ends(site.backup(&["verify"])).await, &[name, "checksum"]);
    failed(&ends(site.restore(&site.empty_host("second"), &[])).await, &[name, "checksum"]);
    failed(&ends(site.backup(&["prune"])).await, &["nothing is removed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_is_damaged_is_not_backed_up_as_if_it_were_whole() {
    let site = Site::new().await;
    let host = site.host();
    let running = host.start().await;
    site.stage.fetch("tushare", site.stage.days(1)[0]).await;
    running.stop().await;
    let tail = super::kit::files(&host.published())
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "duckdb"))
        .max()
        .unwrap();
    let whole = fs::read(&tail).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    fs::write(&tail, flipped).unwrap();
    let mut create = host.command("twilight");
    create.args(["backup", "create"]);
    failed(&ends(create).await, &[tail.file_name().unwrap().to_str().unwrap(), "damaged"]);
    fs::write(&tail, whole).unwrap();
    host.back_up().await;
}
