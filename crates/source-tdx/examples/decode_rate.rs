//! Bars decoded per second on one core, over the frames of a file.
//!
//! ```text
//! cargo run --release -p source-tdx --example decode_rate -- pages.bin
//! target/peers/venv/bin/python benches/peers/tdx_decode.py pages.bin
//! ```
//!
//! The file holds answers to questions for daily bars, one frame behind the other, as a client receives them. Where there is
//! no such file, a hundred pages of 800 bars are generated into it first; so that the peer decodes the same bytes. Bodies are
//! inflated before the clock starts, on either side. Prints `<bars> <seconds> <bars per second>`, for the records of the wire
//! and, as a comment behind `#`, for the whole way to daily bars in yuan and shares.

#[path = "../tests/it/encode.rs"]
mod encode;

use std::{error::Error, fs, hint::black_box, path::Path, time::Duration};

use source_tdx::{
    decode_daily_bars,
    wire::{BarLayout, HEAD_LEN, Head, decode_bars_into, open_frame},
};
use tokio::time::Instant;

const PAGES: u64 = 100;
const BARS: usize = 800;

/// Long enough for the clock, short enough for a script.
const LASTS: Duration = Duration::from_secs(2);

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: decode_rate <file of frames>")?;
    if !Path::new(&path).exists() {
        let page = |seed| encode::frame(1, 0x052d, &encode::bars_body(&encode::walk(BARS, seed), None), false);
        fs::write(&path, (0..PAGES).flat_map(page).collect::<Vec<u8>>())?;
    }
    let bytes = fs::read(&path)?;
    let frames = frames(&bytes)?;
    let bodies = frames.iter().map(|frame| Ok(open_frame(frame)?.1)).collect::<Result<Vec<_>, Box<dyn Error>>>()?;

    let mut records = Vec::new();
    let (bars, seconds) = measure(|| {
        let mut bars = 0;
        for body in &bodies {
            decode_bars_into(black_box(body), BarLayout::Security, &mut records)?;
            bars += black_box(&records).len();
        }
        Ok(bars)
    })?;
    println!("{bars} {seconds:.3} {:.0}", bars as f64 / seconds);

    let code = "600519.SH".parse()?;
    let (bars, seconds) = measure(|| {
        let mut bars = 0;
        for frame in &frames {
            bars += black_box(decode_daily_bars(&code, &[frame], chrono::NaiveDate::MAX)?).0.len();
        }
        Ok(bars)
    })?;
    println!("# to daily bars, inflated where compressed: {:.0} bars per second", bars as f64 / seconds);
    Ok(())
}

/// Bars and seconds of as many rounds as fit.
fn measure(mut round: impl FnMut() -> Result<usize, Box<dyn Error>>) -> Result<(usize, f64), Box<dyn Error>> {
    round()?;
    let begun = Instant::now();
    let mut bars = 0;
    while begun.elapsed() < LASTS {
        bars += round()?;
    }
    Ok((bars, begun.elapsed().as_secs_f64()))
}

/// Splits the file into its frames.
fn frames(mut bytes: &[u8]) -> Result<Vec<&[u8]>, Box<dyn Error>> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let head = Head::parse(bytes.first_chunk().ok_or("half a head at the end")?)?;
        let length = HEAD_LEN + usize::from(head.wire_len);
        let (frame, rest) = bytes.split_at_checked(length).ok_or("half a body at the end")?;
        frames.push(frame);
        bytes = rest;
    }
    Ok(frames)
}
