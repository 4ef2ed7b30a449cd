//! Properties that hold for every code, whatever its vendor.

use market_model::vendor_code::{alpha_vantage, baostock, tdx, tushare, yahoo};
use market_model::{Board, Code, Exchange, InstrumentKind};
use proptest::prelude::*;

/// Any code the model allows.
fn any_code() -> impl Strategy<Value = Code> {
    let symbol_and_exchange = prop_oneof![
        ("[0-9]{6}", prop_oneof![Just(Exchange::Sse), Just(Exchange::Szse), Just(Exchange::Bse)]),
        ("[0-9]{4}|[1-9][0-9]{4}", Just(Exchange::Hkex)),
        ("[A-Z][A-Z0-9]{0,4}(-[A-Z])?", Just(Exchange::Us)),
        ("[A-Z]{6}", Just(Exchange::Fx)),
        ("[A-Z0-9]{1,8}", Just(Exchange::Index)),
    ];
    symbol_and_exchange.prop_filter_map("within the model", |(symbol, exchange)| Code::new(&symbol, exchange).ok())
}

proptest! {
    #[test]
    fn what_a_vendor_can_spell_it_reads_back_as_the_same_code(code in any_code()) {
        if let Ok(text) = tushare::print(&code) {
            prop_assert_eq!(tushare::parse(&text), Ok(code));
        }
        if let Ok((market, symbol)) = tdx::print(&code) {
            prop_assert_eq!(tdx::parse(market, &symbol), Ok(code));
        }
        if let Ok(text) = baostock::print(&code) {
            prop_assert_eq!(baostock::parse(&text), Ok(code));
        }
        if let Ok(text) = yahoo::print(&code) {
            prop_assert_eq!(yahoo::parse(&text), Ok(code));
        }
        if let Ok(text) = alpha_vantage::print(&code) {
            prop_assert_eq!(alpha_vantage::parse(&text), Ok(code));
        }
    }

    #[test]
    fn every_mainland_code_of_shanghai_and_shenzhen_has_a_spelling_everywhere(code in any_code()) {
        if matches!(code.exchange(), Exchange::Sse | Exchange::Szse) {
            prop_assert!(tushare::print(&code).is_ok());
            prop_assert!(tdx::print(&code).is_ok());
            prop_assert!(baostock::print(&code).is_ok());
            prop_assert!(yahoo::print(&code).is_ok());
            prop_assert!(alpha_vantage::print(&code).is_ok());
        }
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in "\\PC{0,20}", market in any::<u8>(), symbol in any::<[u8; 6]>()) {
        let _ = text.parse::<Code>();
        let _ = (tushare::parse(&text), baostock::parse(&text), yahoo::parse(&text), alpha_vantage::parse(&text));
        let _ = tdx::parse(market, &symbol);
    }

    #[test]
    fn a_code_prints_what_it_parsed(code in any_code()) {
        prop_assert_eq!(code.as_str().parse(), Ok(code));
        prop_assert_eq!(Code::new(code.symbol(), code.exchange()), Ok(code));
        // Only A-shares have a board, and every A-share has one.
        prop_assert_eq!(Board::of_code(&code).is_some(), InstrumentKind::of_code(&code) == Some(InstrumentKind::AShare));
    }
}
