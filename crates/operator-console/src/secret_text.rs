//! Random texts that nobody guesses.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use daemon_kit::problem::Problem;
use ring::rand::{SecureRandom as _, SystemRandom};

/// 256 random bits, as letters, digits, `-` and `_`.
///
/// # Errors
/// 500 where the system gives no random numbers.
pub(crate) fn draw() -> Result<String, Problem> {
    let mut random = [0; 32];
    SystemRandom::new().fill(&mut random).map_err(|_| {
        tracing::error!("the system gives no random numbers");
        Problem::internal()
    })?;
    Ok(URL_SAFE_NO_PAD.encode(random))
}
