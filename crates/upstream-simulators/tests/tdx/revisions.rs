//! A vendor that corrects its history.

use market_model::{CorporateAction, DailyBar};

use crate::harness::{Sim, thousandths};

#[tokio::test]
async fn a_revised_day_changes_in_every_category_and_a_withdrawn_one_goes() {
    let sim = Sim::start().await;
    let mut client = sim.client().await;
    let code = sim.steady_code();
    let days = sim.market().trading_days().to_vec();
    let before = client.all_bars(&code, 9).await;
    let truth = sim.market().bar(&code, days[10]).unwrap();
    let revised = DailyBar { high: truth.high + 1.0, volume: truth.volume + 5_000, ..truth.clone() };
    sim.server.faults().revise(revised.clone());
    sim.server.faults().withdraw(code, days[20]);

    let after = client.all_bars(&code, 9).await;
    assert_eq!(after.len(), before.len() - 1);
    assert!(after.iter().all(|bar| bar.date() != days[20]));
    let bar = after.iter().find(|bar| bar.date() == days[10]).unwrap();
    assert_eq!((bar.prices[1], bar.volume), (thousandths(revised.high), ((revised.volume + 50) / 100) as f32));
    let same = |bars: &[crate::decode::WireBar]| {
        bars.iter().filter(|bar| bar.date() != days[10] && bar.date() != days[20]).cloned().collect::<Vec<_>>()
    };
    assert_eq!(same(&after), same(&before));
    let month = client.all_bars(&code, 6).await.remove(0);
    assert!(month.prices[1] >= thousandths(revised.high), "sums follow");
    let minutes = client.all_bars(&code, 3).await;
    let highest = minutes.iter().filter(|bar| bar.date() == days[10]).map(|bar| bar.prices[1]).max();
    assert_eq!(highest, Some(thousandths(revised.high)));

    let other = sim.market().codes().iter().find(|other| **other != code).unwrap();
    assert_eq!(client.all_bars(other, 9).await.len(), sim.market().bars(other).len(), "other codes stay");
    sim.server.faults().clear();
    assert_eq!(client.all_bars(&code, 9).await, before);
}

#[tokio::test]
async fn actions_can_be_revised_added_in_the_future_and_withdrawn() {
    let sim = Sim::start().await;
    let mut client = sim.client().await;
    let market = sim.market();
    let has = |code: &&market_model::Code| !market.actions(code).is_empty();
    let code = *market.codes().iter().find(has).unwrap();
    let old = market.actions(&code)[0].clone();
    let before = client.xdxr(&code).await;
    let revised = CorporateAction { bonus_per_10: old.bonus_per_10 + 1.2, ..old.clone() };
    let announced = CorporateAction {
        ex_date: market.range().1 + chrono::Days::new(20),
        cash_per_10: 3.5,
        bonus_per_10: 0.0,
        rights_per_10: 2.0,
        rights_price: 7.25,
        ..old.clone()
    };
    sim.server.faults().revise_action(revised);
    sim.server.faults().revise_action(announced.clone());
    let after = client.xdxr(&code).await;
    assert_eq!(after.len(), before.len() + 1);
    let of = |day| after.iter().find(|(date, category, _)| *date == day && *category == 1).unwrap().2;
    assert_eq!(of(old.ex_date)[2], (old.bonus_per_10 + 1.2) as f32);
    assert_eq!(of(announced.ex_date), [3.5, 7.25, 0.0, 2.0]);
    sim.server.faults().withdraw_action(code, old.ex_date);
    let withdrawn = client.xdxr(&code).await;
    assert!(withdrawn.iter().all(|(date, category, _)| *date != old.ex_date || *category != 1));
    sim.server.faults().clear();
    assert_eq!(client.xdxr(&code).await, before);
}
