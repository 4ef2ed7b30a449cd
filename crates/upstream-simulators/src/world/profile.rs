//! Who is in the world.

use super::venue::Venue;

/// What sort of thing it is, in Yahoo's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Equity,
    Etf,
    Index,
    Currency,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Equity => "EQUITY",
            Self::Etf => "ETF",
            Self::Index => "INDEX",
            Self::Currency => "CURRENCY",
        }
    }
}

/// The plan of one instrument.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Profile {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) venue: Venue,
    pub(crate) kind: Kind,
    pub(crate) currency: &'static str,
    pub(crate) exchange: (&'static str, &'static str),
    /// First close, in ticks of 10^-decimals.
    pub(crate) start: i64,
    pub(crate) decimals: u32,
    /// Standard deviation of a day's move.
    pub(crate) daily_move: f64,
    /// Shares on an ordinary day; 0 = it has no volume.
    pub(crate) volume: i64,
    /// Sessions between two dividends, and each one as a share of the price.
    pub(crate) dividends: Option<(usize, f64)>,
    /// When (as a part of the sessions) and by how much it splits.
    pub(crate) splits: &'static [(f64, u32, u32)],
    /// Whether a dividend falls on the day of the first split.
    pub(crate) dividend_on_split: bool,
}

const SHARE: Profile = Profile {
    code: "",
    name: "",
    venue: Venue::NewYork,
    kind: Kind::Equity,
    currency: "USD",
    exchange: ("NMS", "NasdaqGS"),
    start: 10_000,
    decimals: 2,
    daily_move: 0.018,
    volume: 20_000_000,
    dividends: None,
    splits: &[],
    dividend_on_split: false,
};

const NYSE: Profile = Profile { exchange: ("NYQ", "NYSE"), ..SHARE };

const HONG_KONG: Profile =
    Profile { venue: Venue::HongKong, currency: "HKD", exchange: ("HKG", "HKSE"), volume: 12_000_000, ..SHARE };

const INDEX: Profile =
    Profile { kind: Kind::Index, exchange: ("SNP", "SNP"), daily_move: 0.009, volume: 4_000_000_000, ..SHARE };

const PAIR: Profile = Profile {
    venue: Venue::Currencies,
    kind: Kind::Currency,
    exchange: ("CCY", "CCY"),
    decimals: 4,
    daily_move: 0.003,
    volume: 0,
    ..SHARE
};

/// Every oddity at least once: splits forward, odd and reverse, two in a row, a dividend on a split's day, prices below a
/// cent's precision, prices beyond a 32-bit float's, no volume.
pub(crate) const PROFILES: &[Profile] = &[
    Profile {
        code: "0700.HK",
        name: "Tencent Holdings Limited",
        start: 36_000,
        dividends: Some((120, 0.01)),
        splits: &[(0.4, 5, 1)],
        dividend_on_split: true,
        ..HONG_KONG
    },
    Profile { code: "9988.HK", name: "Alibaba Group Holding Limited", start: 9_500, ..HONG_KONG },
    Profile { code: "0005.HK", name: "HSBC Holdings plc", start: 5_000, dividends: Some((60, 0.015)), ..HONG_KONG },
    Profile { code: "1299.HK", name: "AIA Group Limited", start: 7_800, dividends: Some((125, 0.01)), ..HONG_KONG },
    Profile { code: "0992.HK", name: "Lenovo Group Limited", start: 640, splits: &[(0.5, 1, 10)], ..HONG_KONG },
    Profile { code: "0471.HK", name: "A Penny Share Limited", start: 285, decimals: 3, daily_move: 0.03, ..HONG_KONG },
    Profile {
        code: "AAPL.US",
        name: "Apple Inc.",
        start: 14_000,
        dividends: Some((63, 0.0015)),
        splits: &[(0.3, 4, 1)],
        ..SHARE
    },
    Profile { code: "MSFT.US", name: "Microsoft Corporation", start: 26_000, dividends: Some((63, 0.002)), ..SHARE },
    Profile {
        code: "NVDA.US",
        name: "NVIDIA Corporation",
        start: 48_000,
        daily_move: 0.03,
        splits: &[(0.25, 4, 1), (0.8, 10, 1)],
        ..SHARE
    },
    Profile { code: "TSLA.US", name: "Tesla, Inc.", start: 68_000, daily_move: 0.035, splits: &[(0.1, 3, 1)], ..SHARE },
    Profile { code: "BRK-B.US", name: "Berkshire Hathaway Inc. New", start: 27_500, ..NYSE },
    Profile {
        code: "IBM.US",
        name: "International Business Machines",
        start: 14_100,
        dividends: Some((63, 0.012)),
        ..NYSE
    },
    Profile {
        code: "GE.US",
        name: "GE Aerospace",
        start: 1_290,
        splits: &[(0.5, 1, 8)],
        dividends: Some((63, 0.003)),
        ..NYSE
    },
    Profile { code: "C.US", name: "Citigroup, Inc.", start: 450, splits: &[(0.35, 1, 10)], ..NYSE },
    Profile {
        code: "KO.US",
        name: "The Coca-Cola Company",
        start: 6_300,
        daily_move: 0.01,
        dividends: Some((63, 0.007)),
        splits: &[(0.6, 3, 2)],
        ..NYSE
    },
    Profile {
        code: "SPY.US",
        name: "SPDR S&P 500",
        kind: Kind::Etf,
        exchange: ("PCX", "NYSEArca"),
        start: 38_000,
        dividends: Some((63, 0.004)),
        ..SHARE
    },
    Profile { code: "GSPC.IDX", name: "S&P 500", start: 382_500, ..INDEX },
    Profile { code: "IXIC.IDX", name: "NASDAQ Composite", exchange: ("NIM", "Nasdaq GIDS"), start: 1_110_000, ..INDEX },
    Profile {
        code: "DJI.IDX",
        name: "Dow Jones Industrial Average",
        exchange: ("DJI", "DJI"),
        start: 3_100_000,
        ..INDEX
    },
    Profile {
        code: "VIX.IDX",
        name: "CBOE Volatility Index",
        exchange: ("CXI", "Cboe Indices"),
        start: 2_700,
        daily_move: 0.06,
        volume: 0,
        ..INDEX
    },
    Profile {
        code: "HSI.IDX",
        name: "HANG SENG INDEX",
        venue: Venue::HongKong,
        currency: "HKD",
        exchange: ("HKG", "HKSE"),
        start: 2_180_000,
        ..INDEX
    },
    Profile {
        code: "N225.IDX",
        name: "Nikkei 225",
        venue: Venue::Tokyo,
        currency: "JPY",
        exchange: ("OSA", "Osaka"),
        start: 2_600_000,
        volume: 90_000_000,
        ..INDEX
    },
    Profile { code: "USDCNY.FX", name: "USD/CNY", currency: "CNY", start: 67_000, ..PAIR },
    Profile { code: "EURUSD.FX", name: "EUR/USD", start: 104_300, decimals: 5, ..PAIR },
    Profile { code: "HKDCNY.FX", name: "HKD/CNY", currency: "CNY", start: 8_540, ..PAIR },
    Profile { code: "USDJPY.FX", name: "USD/JPY", currency: "JPY", start: 1_350_000, ..PAIR },
];
