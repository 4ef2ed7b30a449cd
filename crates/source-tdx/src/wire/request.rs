//! The frame around a question: a head of 12 bytes, then the parameters.

use market_model::{Code, Exchange, vendor_code::tdx};

use crate::TdxError;

/// A question, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is asked for, for example `0x052D`.
    pub method: u16,
    /// Any number; the answer repeats it. Starts as the one that the desktop program sends.
    pub sequence: u32,
    control: u8,
    parameters: Vec<u8>,
}

impl Request {
    pub(super) fn new(method: u16, sequence: [u8; 4], control: u8, parameters: Vec<u8>) -> Self {
        Self { method, sequence: u32::from_le_bytes(sequence), control, parameters }
    }

    /// The same question under another sequence number.
    #[must_use]
    pub fn with_sequence(self, sequence: u32) -> Self {
        Self { sequence, ..self }
    }

    /// The bytes to send.
    pub fn encode(&self) -> Vec<u8> {
        // Method and parameters. The longest question, 80 quotes, has 570 bytes.
        let length = u16::try_from(2 + self.parameters.len()).unwrap_or(u16::MAX).to_le_bytes();
        let mut bytes = Vec::with_capacity(12 + self.parameters.len());
        bytes.push(0x0c);
        bytes.extend(self.sequence.to_le_bytes());
        bytes.push(self.control);
        bytes.extend(length);
        bytes.extend(length);
        bytes.extend(self.method.to_le_bytes());
        bytes.extend(&self.parameters);
        bytes
    }
}

/// The three mainland exchanges in TDX's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Market {
    /// 0
    Shenzhen,
    /// 1
    Shanghai,
    /// 2. Many servers do not answer count and list for it.
    Beijing,
}

impl Market {
    /// All three, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Shenzhen, Self::Shanghai, Self::Beijing];

    /// The number on the wire.
    pub const fn number(self) -> u8 {
        match self {
            Self::Shenzhen => 0,
            Self::Shanghai => 1,
            Self::Beijing => 2,
        }
    }

    /// The exchange.
    pub const fn exchange(self) -> Exchange {
        match self {
            Self::Shenzhen => Exchange::Szse,
            Self::Shanghai => Exchange::Sse,
            Self::Beijing => Exchange::Bse,
        }
    }

    /// The market of an exchange; `None` abroad.
    pub fn of(exchange: Exchange) -> Option<Self> {
        Self::ALL.into_iter().find(|market| market.exchange() == exchange)
    }

    pub(super) fn wide(self) -> [u8; 2] {
        u16::from(self.number()).to_le_bytes()
    }
}

/// Market and symbol of a code as they go on the wire.
pub(crate) fn spelling(code: &Code) -> Result<(Market, [u8; 6]), TdxError> {
    let unknown = |message: String| TdxError::UnknownCode { message };
    let (_, symbol) = tdx::print(code).map_err(|error| unknown(error.to_string()))?;
    let market = Market::of(code.exchange()).ok_or_else(|| unknown(format!("TDX has no market for {code}")))?;
    Ok((market, symbol))
}
