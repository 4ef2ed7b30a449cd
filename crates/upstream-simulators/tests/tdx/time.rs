//! What is there at which time of a day.

use crate::harness::{Sim, at, code, date, thousandths};

#[tokio::test]
async fn the_newest_bar_is_live_until_the_close_and_final_after_it() {
    let (sim, clock) = Sim::at("2024-03-01T09:29:59").await;
    let mut client = sim.client().await;
    let share = sim.steady_code();
    let truth = sim.market().bar(&share, date("2024-03-01")).unwrap();
    for code in [share, code("000001.SH"), code("510300.SH")] {
        clock.set_shanghai(at("2024-03-01T09:29:59"));
        assert_eq!(client.bars(&code, 4, 0, 1).await[0].date(), date("2024-02-29"), "not open yet");
        let mut before = 0.0;
        let mut live = Vec::new();
        for time in ["09:30:00", "10:07:30", "11:29:00", "13:05:00", "14:59:59"] {
            clock.set_shanghai(at(&format!("2024-03-01T{time}")));
            let bar = client.bars(&code, 4, 0, 1).await.remove(0);
            assert_eq!(bar.date(), date("2024-03-01"));
            assert!(bar.volume > before, "{code} {time} {bar:?}");
            before = bar.volume;
            live.push(bar);
        }
        clock.set_shanghai(at("2024-03-01T15:00:00"));
        let last = client.bars(&code, 4, 0, 1).await.remove(0);
        for bar in &live {
            assert!(bar.volume < last.volume && bar.amount < last.amount, "{code} {bar:?}");
            assert!(
                bar.prices[0] == last.prices[0] && bar.prices[1] <= last.prices[1] && bar.prices[2] >= last.prices[2]
            );
        }
        if code == share {
            assert_eq!(last.volume, truth.volume as f32);
            assert_eq!(last.prices, [truth.open, truth.high, truth.low, truth.close].map(thousandths));
        }
    }
}

#[tokio::test]
async fn a_live_day_is_the_sum_of_its_minutes_in_every_category() {
    let (sim, clock) = Sim::at("2024-03-01T10:07:30").await;
    let mut client = sim.client().await;
    let code = sim.steady_code();
    for (time, minutes) in [("2024-03-01T10:07:30", 37), ("2024-03-01T12:10:00", 120), ("2024-03-01T14:02:00", 182)] {
        clock.set_shanghai(at(time));
        let day = client.bars(&code, 4, 0, 1).await.remove(0);
        let ones: Vec<_> =
            client.bars(&code, 7, 0, 800).await.into_iter().filter(|bar| bar.date() == day.date()).collect();
        assert_eq!(ones.len(), minutes, "{time}");
        assert_eq!(ones.iter().map(|bar| f64::from(bar.volume)).sum::<f64>() as f32, day.volume);
        assert_eq!(ones[minutes - 1].prices[3], day.prices[3]);
        let fives = client.bars(&code, 0, 0, 800).await.into_iter().filter(|bar| bar.date() == day.date());
        assert_eq!(fives.count(), minutes.div_ceil(5), "the last one is still open");
        assert_eq!(client.bars(&code, 6, 0, 1).await[0].prices, day.prices, "the first day of its month");
        let quote = client.quotes(&[code]).await.remove(0);
        assert_eq!(quote.prices[0] * 10, day.prices[3]);
        assert!((quote.volume as f32 * 100.0 - day.volume).abs() <= 50.0);
    }
}

#[tokio::test]
async fn on_a_closed_day_everything_is_as_the_last_session_left_it() {
    let (sim, _clock) = Sim::at("2024-03-02T11:00:00").await;
    let mut client = sim.client().await;
    let code = sim.steady_code();
    let truth = sim.market().bar(&code, date("2024-03-01")).unwrap();
    let bar = client.bars(&code, 4, 0, 1).await.remove(0);
    assert_eq!((bar.date(), bar.volume), (truth.trade_date, truth.volume as f32));
}

#[tokio::test]
async fn an_announced_ex_date_is_there_before_its_day_and_no_sooner() {
    let (sim, clock) = Sim::at("2024-03-29T20:00:00").await;
    let mut client = sim.client().await;
    let actions = sim.market().codes().iter().flat_map(|code| sim.market().actions(code));
    let action = actions.max_by_key(|action| action.ex_date).unwrap();
    let of_day = |records: Vec<(chrono::NaiveDate, u8, [f32; 4])>| {
        records.into_iter().filter(|(day, category, _)| *day == action.ex_date && *category == 1).count()
    };
    let mut seen = Vec::new();
    for days_before in [40, 6, 0] {
        clock.set_shanghai((action.ex_date - chrono::Days::new(days_before)).and_hms_opt(8, 0, 0).unwrap());
        seen.push(of_day(client.xdxr(&action.code).await));
    }
    assert_eq!(seen, [0, 1, 1]);
}

#[tokio::test]
async fn the_list_is_todays_list() {
    let (sim, clock) = Sim::at("2024-01-02T20:00:00").await;
    let mut client = sim.client().await;
    let (first, last) = sim.market().range();
    for day in [first, last] {
        clock.set_shanghai(day.and_hms_opt(20, 0, 0).unwrap());
        let mut counted = 0;
        for market in 0..=2u8 {
            let body = client.call(0x044e, &[market, 0, 0x75, 0xc7, 0x33, 0x01]).await;
            counted += usize::from(u16::from_le_bytes(body.try_into().unwrap()));
        }
        let market = sim.market();
        let listed = |code: &&market_model::Code| market.instrument(code, day).unwrap().0.is_listed_on(day);
        let shares = market.codes().iter().filter(listed).count();
        assert_eq!(counted, shares + market.derived_codes().len(), "{day}");
    }
}
