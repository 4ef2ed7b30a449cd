//! One connection: requests are answered one after the other, in their order.

use std::{io, sync::Arc};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    net::TcpStream,
};

use super::{
    faults::{CONNECT, TdxFault},
    request::{self, RequestHead},
    vendor::Vendor,
};

/// Serves until the client or a fault ends it.
pub(super) async fn serve(mut stream: TcpStream, vendor: Arc<Vendor>) -> io::Result<()> {
    let open = vendor.calls.connect();
    let bend = vendor.faults.take(CONNECT, None);
    if bend.has(&TdxFault::Hangup) || bend.has(&TdxFault::Drop) {
        return Ok(());
    }
    tokio::time::sleep(bend.delay()).await;
    let deaf = bend.has(&TdxFault::Silence);
    stream.set_nodelay(true)?;
    let (reader, mut writer) = stream.split();
    let mut reader = BufReader::new(reader);
    let mut desk = vendor.desk(open.number);
    let mut payload = Vec::new();
    while !reader.fill_buf().await?.is_empty() {
        let mut head = [0; request::HEAD];
        reader.read_exact(&mut head).await?;
        // Without a length that can be trusted nobody knows where the next request begins.
        let Some(head) = RequestHead::parse(&head) else { return Ok(()) };
        payload.resize(head.payload, 0);
        reader.read_exact(&mut payload).await?;
        let reply = vendor.reply(&head, &payload, &mut desk);
        if deaf {
            continue;
        }
        if !reply.delay.is_zero() {
            tokio::time::sleep(reply.delay).await;
        }
        if !reply.delivery.send(&mut writer, &desk.frame).await? {
            return Ok(());
        }
    }
    Ok(())
}
