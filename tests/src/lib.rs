//! Several daemons together, over real sockets, Redis and DuckDB.
