//! The columns of the monthly tables, in the order of the vendor.

use super::monthly::{
    Column, Monthly, Out,
    Shape::{Around, Growing, SumOf},
};

const fn column(name: &'static str, decimals: u32, shape: super::monthly::Shape) -> Column {
    Column { name, decimals, shape, since: 0 }
}

/// A column that begins later than its table.
const fn later(name: &'static str, decimals: u32, shape: super::monthly::Shape, since: i32) -> Column {
    Column { name, decimals, shape, since }
}

/// Every monthly table.
pub(super) static TABLES: &[Monthly] = &[
    Monthly {
        function: "macro_china_cpi",
        first_year: 2008,
        out: Out::NextMonth(11),
        columns: &[
            column("全国-当月", 1, Around(1_021, 30)),
            column("全国-同比增长", 1, Around(21, 30)),
            later("全国-环比增长", 1, Around(1, 12), 2011),
            column("全国-累计", 1, Around(1_021, 20)),
            column("城市-当月", 1, Around(1_020, 30)),
            column("城市-同比增长", 1, Around(20, 30)),
            later("城市-环比增长", 1, Around(1, 12), 2011),
            column("城市-累计", 1, Around(1_020, 20)),
            column("农村-当月", 1, Around(1_022, 30)),
            column("农村-同比增长", 1, Around(22, 30)),
            later("农村-环比增长", 1, Around(1, 12), 2011),
            column("农村-累计", 1, Around(1_022, 20)),
        ],
    },
    Monthly {
        function: "macro_china_ppi",
        first_year: 2006,
        out: Out::NextMonth(11),
        columns: &[
            column("当月", 1, Around(1_010, 80)),
            column("当月同比增长", 1, Around(10, 80)),
            column("累计", 1, Around(1_010, 60)),
        ],
    },
    Monthly {
        function: "macro_china_pmi",
        first_year: 2008,
        out: Out::ItsEnd,
        columns: &[
            column("制造业-指数", 1, Around(502, 20)),
            column("制造业-同比增长", 2, Around(10, 600)),
            column("非制造业-指数", 1, Around(532, 30)),
            column("非制造业-同比增长", 2, Around(-20, 600)),
        ],
    },
    Monthly {
        function: "macro_china_money_supply",
        first_year: 2008,
        out: Out::NextMonth(14),
        columns: &[
            column("货币和准货币(M2)-数量(亿元)", 2, Growing(41_784_600, 1_300_000)),
            column("货币和准货币(M2)-同比增长", 1, Around(110, 60)),
            column("货币和准货币(M2)-环比增长", 2, Around(90, 120)),
            column("货币(M1)-数量(亿元)", 2, Growing(15_487_200, 400_000)),
            column("货币(M1)-同比增长", 1, Around(70, 120)),
            column("货币(M1)-环比增长", 2, Around(60, 300)),
            column("流通中的现金(M0)-数量(亿元)", 2, Growing(3_667_300, 45_000)),
            column("流通中的现金(M0)-同比增长", 1, Around(80, 120)),
            column("流通中的现金(M0)-环比增长", 2, Around(50, 900)),
        ],
    },
    Monthly {
        function: "macro_china_new_financial_credit",
        first_year: 2008,
        out: Out::NextMonth(14),
        columns: &[
            column("当月", 1, Around(120_000, 80_000)),
            column("当月-同比增长", 2, Around(500, 4_000)),
            column("当月-环比增长", 2, Around(0, 8_000)),
            column("累计", 1, SumOf(0)),
            column("累计-同比增长", 2, Around(600, 2_000)),
        ],
    },
    Monthly {
        function: "macro_china_consumer_goods_retail",
        first_year: 2008,
        out: Out::WithoutJanuary(16),
        columns: &[
            column("当月", 1, Growing(90_000, 1_500)),
            column("同比增长", 1, Around(100, 80)),
            later("环比增长", 2, Around(60, 500), 2011),
            column("累计", 1, SumOf(0)),
            column("累计-同比增长", 1, Around(100, 60)),
        ],
    },
];
