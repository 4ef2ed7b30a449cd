//! Minute lines and ticks.

use crate::{
    decode,
    harness::{Sim, at, date, thousandths, wide_symbol, words},
};

#[tokio::test]
async fn the_minute_line_ends_at_the_close_and_its_lots_add_up() {
    let sim = Sim::start().await;
    let mut client = sim.client().await;
    let code = sim.steady_code();
    let last = sim.market().range().1;
    let bar = sim.market().bar(&code, last).unwrap();
    let number = last.format("%Y%m%d").to_string().parse::<u32>().unwrap();
    let today = decode::minute_line(&client.call(0x051d, &[wide_symbol(&code), vec![0; 4]].concat()).await, 2);
    let past_payload = [number.to_le_bytes().to_vec(), crate::harness::symbol(&code)].concat();
    let body = client.call(0x0fb4, &past_payload).await;
    let past = decode::minute_line(&body, 4);
    assert_eq!((today.len(), &today), (240, &past), "the last session is today's");
    assert_eq!(today[239].0 * 10, thousandths(bar.close));
    assert_eq!(today.iter().map(|(_, lots)| lots).sum::<i64>(), (bar.volume + 50) / 100);
    assert_eq!(f32::from_le_bytes(body[2..6].try_into().unwrap()), bar.pre_close.unwrap() as f32);
    let minutes = client.bars(&code, 7, 0, 240).await;
    assert!(minutes.iter().zip(&today).all(|(bar, (price, _))| bar.prices[3] == price * 10));
    let closed_day = [20_240_330u32.to_le_bytes().to_vec(), crate::harness::symbol(&code)].concat();
    assert!(decode::minute_line(&client.call(0x0fb4, &closed_day).await, 4).is_empty());
}

#[tokio::test]
async fn ticks_page_back_from_the_newest_and_add_up_to_the_day() {
    let sim = Sim::start().await;
    let mut client = sim.client().await;
    let code = sim.steady_code();
    let bar = sim.market().bar(&code, sim.market().range().1).unwrap();
    let all = decode::ticks(&client.call(0x0fc5, &[wide_symbol(&code), words(&[0, 2000])].concat()).await, false);
    assert_eq!(all.iter().map(|(_, _, lots, _)| lots).sum::<i64>(), (bar.volume + 50) / 100);
    assert_eq!((all[0].0, all[0].3), (565, 2), "the opening call is neither bought nor sold");
    assert!(all.is_sorted_by_key(|tick| tick.0) && all[all.len() - 1].0 == 899);
    let page = decode::ticks(&client.call(0x0fc5, &[wide_symbol(&code), words(&[3, 5])].concat()).await, false);
    assert_eq!(page, all[all.len() - 8..all.len() - 3]);
    let number: u32 = bar.trade_date.format("%Y%m%d").to_string().parse().unwrap();
    let payload = [number.to_le_bytes().to_vec(), wide_symbol(&code), words(&[0, 2000])].concat();
    assert_eq!(decode::ticks(&client.call(0x0fb5, &payload).await, true), all);
}

#[tokio::test]
async fn during_the_session_only_the_minutes_so_far_are_there() {
    let (sim, clock) = Sim::at("2024-03-01T10:00:00").await;
    let mut client = sim.client().await;
    let payload = [wide_symbol(&sim.steady_code()), vec![0; 4]].concat();
    let morning = decode::minute_line(&client.call(0x051d, &payload).await, 2);
    assert_eq!(morning.len(), 30);
    clock.set_shanghai(at("2024-03-01T15:00:00"));
    let whole = decode::minute_line(&client.call(0x051d, &payload).await, 2);
    assert_eq!((whole.len(), &whole[..30]), (240, &morning[..]), "what was told stays");
    assert!(sim.market().bar(&sim.steady_code(), date("2024-03-01")).is_some());
}
