//! The greeting: three frames after connecting, as the desktop program sends them.

use super::{Request, WireError, cursor::Cursor, text};

const HELLO: u16 = 0x000d;
const HELLO_THIRD: u16 = 0x0fdb;

/// A fixed text ("招商证券通达信 …") that a broker's edition introduced itself with.
const THIRD: [u8; 30] = [
    0xd5, 0xd0, 0xc9, 0xcc, 0xd6, 0xa4, 0xa8, 0xaf, 0x00, 0x00, 0x00, 0x8f, 0xc2, 0x25, 0x40, 0x13, 0x00, 0x00, 0xd5,
    0x00, 0xc9, 0xcc, 0xbd, 0xf0, 0xd7, 0xea, 0x00, 0x00, 0x00, 0x02,
];

/// The three frames. Each has an answer that says nothing of use; some servers leave out the third.
pub fn hello_requests() -> [Request; 3] {
    [
        Request::new(HELLO, [0x02, 0x18, 0x93, 0x00], 1, vec![1]),
        Request::new(HELLO, [0x02, 0x18, 0x94, 0x00], 1, vec![2]),
        Request::new(HELLO_THIRD, [0x03, 0x18, 0x99, 0x00], 1, THIRD.to_vec()),
    ]
}

/// What a server says of itself in the answer to the first two frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerHello {
    /// The server's name.
    pub name: String,
    /// Its web site, mostly empty.
    pub site: String,
}

/// Reads the answer to the first or second frame. For logs only; shorter answers are fine and give empty texts.
pub fn decode_hello(body: &[u8]) -> Result<ServerHello, WireError> {
    let mut cursor = Cursor::new(body);
    cursor.array::<68>("the clock and the sessions")?;
    let name = text::gbk(&cursor.array::<22>("the server's name")?);
    let site = text::gbk(&cursor.array::<64>("the server's site")?);
    Ok(ServerHello { name, site })
}
