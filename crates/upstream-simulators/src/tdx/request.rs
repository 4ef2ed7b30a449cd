//! What is asked: the head and the payload of a request.

use chrono::NaiveDate;
use market_model::{Code, vendor_code};

/// Bytes of a request's head, with the method.
pub(super) const HEAD: usize = 12;

/// The head of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RequestHead {
    /// Bytes 1 to 4, to be echoed.
    pub(super) sequence: [u8; 4],
    pub(super) method: u16,
    /// Bytes that follow.
    pub(super) payload: usize,
}

impl RequestHead {
    /// `None` where this is no request at all, so that nobody knows where the next one begins.
    pub(super) fn parse(bytes: &[u8; HEAD]) -> Option<Self> {
        let [first, a, b, c, d, _, l0, l1, m0, m1, method @ ..] = *bytes;
        let length = u16::from_le_bytes([l0, l1]);
        if first != 0x0c || length != u16::from_le_bytes([m0, m1]) {
            return None;
        }
        let payload = usize::from(length).checked_sub(2)?;
        Some(Self { sequence: [a, b, c, d], method: u16::from_le_bytes(method), payload })
    }
}

/// A code asked for. Codes that are none of ours are answered as unknown ones.
pub(super) type Asked = Option<Code>;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Query {
    Hello,
    Hello3,
    Heartbeat,
    Count { market: u16 },
    List { market: u16, start: u16 },
    Bars { code: Asked, category: u16, multiplier: u16, start: u16, count: u16 },
    Xdxr { market: u8, digits: [u8; 6], code: Asked },
    Finance { code: Asked },
    Quotes { codes: Vec<Code> },
    MinuteLine { code: Asked },
    PastMinuteLine { code: Asked, date: Option<NaiveDate> },
    Ticks { code: Asked, start: u16, count: u16 },
    PastTicks { code: Asked, date: Option<NaiveDate>, start: u16, count: u16 },
}

impl Query {
    /// `None` for a method or a payload that real servers do not answer.
    pub(super) fn parse(method: u16, payload: &[u8]) -> Option<Self> {
        let mut rest = Payload(payload);
        Some(match method {
            0x000d => Self::Hello,
            0x0fdb => Self::Hello3,
            0x0004 => Self::Heartbeat,
            0x044e => Self::Count { market: rest.u16()? },
            0x0450 => Self::List { market: rest.u16()?, start: rest.u16()? },
            0x052d => Self::Bars {
                code: rest.code_after_u16()?,
                category: rest.u16()?,
                multiplier: rest.u16()?,
                start: rest.u16()?,
                count: rest.u16()?,
            },
            0x000f | 0x0010 => {
                let _codes = rest.u16()?;
                let (market, digits) = (rest.u8()?, rest.digits()?);
                let code = vendor_code::tdx::parse(market, &digits).ok();
                if method == 0x000f { Self::Xdxr { market, digits, code } } else { Self::Finance { code } }
            }
            0x053e => {
                rest.take(8)?;
                let count = rest.u16()?;
                let asked = (0..count).map(|_| rest.code_after_u8()).collect::<Option<Vec<Asked>>>()?;
                Self::Quotes { codes: asked.into_iter().flatten().collect() }
            }
            0x051d | 0x0537 => Self::MinuteLine { code: rest.code_after_u16()? },
            0x0fb4 => Self::PastMinuteLine { date: rest.date()?, code: rest.code_after_u8()? },
            0x0fc5 => Self::Ticks { code: rest.code_after_u16()?, start: rest.u16()?, count: rest.u16()? },
            0x0fb5 => Self::PastTicks {
                date: rest.date()?,
                code: rest.code_after_u16()?,
                start: rest.u16()?,
                count: rest.u16()?,
            },
            _ => return None,
        })
    }

    /// The name under which it is logged and bent.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Hello | Self::Hello3 => "hello",
            Self::Heartbeat => "heartbeat",
            Self::Count { .. } => "security_count",
            Self::List { .. } => "security_list",
            Self::Bars { code, .. } if code.as_ref().is_some_and(is_index) => "index_bars",
            Self::Bars { .. } => "bars",
            Self::Xdxr { .. } => "xdxr",
            Self::Finance { .. } => "finance",
            Self::Quotes { .. } => "quotes",
            Self::MinuteLine { .. } => "minute_line",
            Self::PastMinuteLine { .. } => "past_minute_line",
            Self::Ticks { .. } => "ticks",
            Self::PastTicks { .. } => "past_ticks",
        }
    }

    /// The code it is about; the first one of several.
    pub(super) fn code(&self) -> Option<Code> {
        match self {
            Self::Hello | Self::Hello3 | Self::Heartbeat | Self::Count { .. } | Self::List { .. } => None,
            Self::Bars { code, .. }
            | Self::Xdxr { code, .. }
            | Self::Finance { code }
            | Self::MinuteLine { code }
            | Self::PastMinuteLine { code, .. }
            | Self::Ticks { code, .. }
            | Self::PastTicks { code, .. } => *code,
            Self::Quotes { codes } => codes.first().copied(),
        }
    }

    pub(super) fn category(&self) -> Option<u16> {
        if let Self::Bars { category, .. } = self { Some(*category) } else { None }
    }

    pub(super) fn start(&self) -> Option<u16> {
        match self {
            Self::List { start, .. }
            | Self::Bars { start, .. }
            | Self::Ticks { start, .. }
            | Self::PastTicks { start, .. } => Some(*start),
            _ => None,
        }
    }

    pub(super) fn count(&self) -> Option<u16> {
        match self {
            Self::Bars { count, .. } | Self::Ticks { count, .. } | Self::PastTicks { count, .. } => Some(*count),
            Self::Quotes { codes } => Some(codes.len() as u16),
            _ => None,
        }
    }
}

fn is_index(code: &Code) -> bool {
    market_model::InstrumentKind::of_code(code) == Some(market_model::InstrumentKind::Index)
}

struct Payload<'a>(&'a [u8]);

impl<'a> Payload<'a> {
    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn digits(&mut self) -> Option<[u8; 6]> {
        self.take(6)?.try_into().ok()
    }

    fn code_after_u8(&mut self) -> Option<Asked> {
        let market = self.u8()?;
        Some(vendor_code::tdx::parse(market, &self.digits()?).ok())
    }

    fn code_after_u16(&mut self) -> Option<Asked> {
        let market = u8::try_from(self.u16()?).unwrap_or(u8::MAX);
        Some(vendor_code::tdx::parse(market, &self.digits()?).ok())
    }

    /// `20240105`; the inner `None` for a number that is no day.
    fn date(&mut self) -> Option<Option<NaiveDate>> {
        let number = u32::from_le_bytes(self.take(4)?.try_into().ok()?);
        Some(NaiveDate::from_ymd_opt((number / 10_000) as i32, number / 100 % 100, number % 100))
    }
}
