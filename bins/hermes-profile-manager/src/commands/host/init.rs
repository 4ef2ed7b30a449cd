//! `host init`.

use serde_json::json;

use crate::{context::Context, failure::Failure, host::HostIdentity};

/// Makes an identity where there is none; the same one is told from then on.
pub(super) async fn run(context: &Context) -> Result<(), Failure> {
    let known = context.state.host_identity()?.is_some();
    if !known && context.dry_run {
        let what = "an identity would be made";
        context.output.answer(&json!({"recipient": null, "made": false, "dry_run": true}), || what.to_owned());
        return Ok(());
    }
    let (identity, made) = if known {
        (HostIdentity::kept(&context.state)?, false)
    } else {
        let locked = context.lock().await?;
        // Another run may have been first.
        if context.state.host_identity()?.is_some() {
            (HostIdentity::kept(&context.state)?, false)
        } else {
            let identity = HostIdentity::generate();
            locked.put_host_identity(&identity.to_text())?;
            (identity, true)
        }
    };
    let recipient = identity.recipient();
    context.output.answer(&json!({"recipient": recipient, "made": made, "dry_run": false}), || recipient.clone());
    Ok(())
}
