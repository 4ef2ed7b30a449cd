//! What one bar costs. `cargo bench -p source-tdx`; throughput is in bars.

#[path = "../tests/it/encode.rs"]
mod encode;

use divan::{Bencher, black_box, counter::ItemsCount};
use source_tdx::{
    decode_daily_bars,
    wire::{BarLayout, decode_bars, decode_bars_into, open_frame},
};

const PAGE: usize = 800;

fn main() {
    divan::main();
}

fn body() -> Vec<u8> {
    encode::bars_body(&encode::walk(PAGE, 42), None)
}

/// A full page, records into memory that is used again.
#[divan::bench]
fn page(bencher: Bencher<'_, '_>) {
    let body = body();
    let mut records = Vec::new();
    bencher.counter(ItemsCount::new(PAGE)).bench_local(|| {
        decode_bars_into(black_box(&body), BarLayout::Security, &mut records).expect("a good page");
        black_box(records.len())
    });
}

/// The same into memory of its own.
#[divan::bench]
fn page_with_its_own_memory(bencher: Bencher<'_, '_>) {
    let body = body();
    bencher
        .counter(ItemsCount::new(PAGE))
        .bench_local(|| decode_bars(black_box(&body), BarLayout::Security).expect("a good page"));
}

/// A page of an index.
#[divan::bench]
fn index_page(bencher: Bencher<'_, '_>) {
    let body = encode::bars_body(&encode::walk(PAGE, 42), Some((1200, 800)));
    let mut records = Vec::new();
    bencher.counter(ItemsCount::new(PAGE)).bench_local(|| {
        decode_bars_into(black_box(&body), BarLayout::Index, &mut records).expect("a good page");
        black_box(records.len())
    });
}

/// Only inflating: what the network's compression costs per bar.
#[divan::bench]
fn inflate(bencher: Bencher<'_, '_>) {
    let frame = encode::frame(1, 0x052d, &body(), true);
    bencher.counter(ItemsCount::new(PAGE)).bench_local(|| open_frame(black_box(&frame)).expect("a good frame").1.len());
}

/// The whole way from a stored plain frame to sorted bars in yuan and shares, with their unit judged.
#[divan::bench]
fn frame_to_daily_bars(bencher: Bencher<'_, '_>) {
    let code = "600519.SH".parse().expect("a code");
    let frames = [encode::frame(1, 0x052d, &body(), false)];
    let last_final_day = "2100-01-01".parse().expect("a date");
    bencher
        .counter(ItemsCount::new(PAGE))
        .bench_local(|| decode_daily_bars(black_box(&code), black_box(&frames), last_final_day).expect("a good page"));
}
