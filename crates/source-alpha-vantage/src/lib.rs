//! Daily bars from Alpha Vantage, a cross-check for foreign shares and currencies.
