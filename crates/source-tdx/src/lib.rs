//! The TDX binary protocol over TCP, a pool of public servers.
