//! Companies' reports out of both of their interfaces.

use chrono::NaiveDate;
use market_model::{Code, FundamentalClaim};

use crate::{Client, Fetched, TushareError};

impl Client {
    /// What one company's reports of one period say: `fina_indicator` and `income` together.
    ///
    /// # Errors
    /// See [`TushareError`].
    pub async fn fundamentals(&self, period: NaiveDate, code: Code) -> Result<Fetched<FundamentalClaim>, TushareError> {
        let (indicators, statements) = tokio::join!(self.fina_indicator(code, period), self.income(code, period));
        let mut claims = indicators?;
        claims.append(statements?);
        Ok(claims)
    }

    /// What all companies' reports of one period say: `fina_indicator_vip` and `income_vip` together.
    ///
    /// # Errors
    /// [`TushareError::NoPermission`] for accounts without these interfaces: then ask [`Client::fundamentals`] company
    /// by company. See [`TushareError`].
    pub async fn fundamentals_of_period(&self, period: NaiveDate) -> Result<Fetched<FundamentalClaim>, TushareError> {
        // One after the other: an account without the first does not spend a call on the second.
        let mut claims = self.fina_indicator_vip(period).await?;
        claims.append(self.income_vip(period).await?);
        Ok(claims)
    }
}
