//! Daily bars of foreign shares, indices and currencies from Yahoo's chart API.
