//! Tushare Pro over HTTP.
