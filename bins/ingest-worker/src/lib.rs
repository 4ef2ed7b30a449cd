//! Fetches market data and is the warehouse's only writer.
