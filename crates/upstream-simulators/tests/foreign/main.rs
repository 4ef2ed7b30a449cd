//! The world abroad and the two vendors in front of it, asked over HTTP.

mod alpha_vantage;
mod harness;
mod world;
mod yahoo;
