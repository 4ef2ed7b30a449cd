//! `macro_china_reserve_requirement_ratio`: changes of the ratio, newest first, announced before they take effect; days
//! as Chinese texts.

use chrono::{Datelike, Days};

use super::Desk;
use crate::aktools::{
    draw::{months, next_month},
    sheet::{Sheet, SheetRow, Value},
};

pub(super) const NAME: &str = "macro_china_reserve_requirement_ratio";

const COLUMNS: [&str; 11] = [
    "公布时间",
    "生效时间",
    "大型金融机构-调整前",
    "大型金融机构-调整后",
    "大型金融机构-调整幅度",
    "中小金融机构-调整前",
    "中小金融机构-调整后",
    "中小金融机构-调整幅度",
    "消息公布次日指数涨跌-上证",
    "消息公布次日指数涨跌-深证",
    "备注",
];

pub(super) fn sheet(desk: &Desk<'_>) -> Sheet {
    let series = desk.series(NAME);
    // Hundredths of a percent.
    let (mut large, mut small) = (2_000, 1_800);
    let mut rows = Vec::new();
    for month in months(2007, desk.today()).filter(|month| month.month() % 6 == 5) {
        let published = next_month(month, series.day(month, 2, 5, 20));
        if !desk.is_out(published, 18, 0) {
            continue;
        }
        let step = if series.happens(month, 12, 250) { 50 } else { -25 };
        // Small banks have no ratio of their own in some rounds.
        let apart = !series.happens(month, 13, 150);
        let effective = published + Days::new(u64::from(series.day(month, 14, 5, 12)));
        let text = |day: chrono::NaiveDate| Value::Text(day.format("%Y年%m月%d日").to_string());
        let ratio = |value: i64| Value::Number(value, 2);
        let of_small = |value: i64| Value::of(apart.then_some(value), 2);
        let next_day = |salt: u64| (series.unit(month, salt) * 400.0) as i64 - 200;
        // Nothing is known yet about the day after the newest one.
        let known = desk.is_out(published + Days::new(1), 15, 0);
        rows.push(SheetRow {
            period: effective,
            published: Some(published),
            cells: vec![
                text(published),
                text(effective),
                ratio(large),
                ratio(large + step),
                ratio(step),
                of_small(small),
                of_small(small + step),
                of_small(step),
                Value::of(known.then(|| next_day(15)), 2),
                Value::of(known.then(|| next_day(16)), 2),
                if series.happens(month, 17, 500) {
                    Value::Null
                } else {
                    Value::Text("为保持流动性合理充裕".to_owned())
                },
            ],
        });
        large += step;
        small += if apart { step } else { 0 };
    }
    rows.reverse();
    let context = vec![
        ("大型金融机构-调整后", None, Some("大型金融机构-调整前")),
        ("中小金融机构-调整后", None, Some("中小金融机构-调整前")),
    ];
    Sheet { columns: COLUMNS.to_vec(), rows, context }
}
