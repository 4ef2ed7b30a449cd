//! How much there is to see.

/// How much there is to see.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Codes of the market; 150 or more, so that two rows less leave a day complete.
    pub codes: usize,
    /// Calendar days of the market. All of its trading days are ingested but the first.
    pub days: u64,
    /// Of its last days so many are ingested from TDX, too.
    pub tdx_days: usize,
    /// Requests to the gateway.
    pub calls: usize,
    /// Whether everything may take longer, to look as it does on a busy day.
    pub is_for_pictures: bool,
}

impl Scale {
    /// Enough to test with.
    pub const SMALL: Self = Self { codes: 150, days: 24, tdx_days: 1, calls: 24, is_for_pictures: false };
    /// Enough for pictures.
    pub const PICTURE: Self = Self { codes: 200, days: 125, tdx_days: 40, calls: 220, is_for_pictures: true };
}
