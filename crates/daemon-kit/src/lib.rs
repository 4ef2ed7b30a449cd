//! What every daemon shares: configuration, telemetry, health, shutdown, HTTP client.
