//! Macroeconomic series from akshare behind its HTTP front.
