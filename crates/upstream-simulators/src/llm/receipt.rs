//! A call under way.

use std::sync::Arc;

use super::{books::Bill, options::LlmPrice, vendor::Vendor};

/// A call under way: what is billed goes through it, and its end is noted when it is dropped.
pub(super) struct Receipt {
    pub(super) vendor: Arc<Vendor>,
    pub(super) key: String,
    pub(super) call: u64,
    pub(super) price: LlmPrice,
    pub(super) limited: Vec<String>,
    /// Whether output is billed as it goes out.
    pub(super) as_it_goes: bool,
    pub(super) finished: bool,
}

impl Receipt {
    pub(super) fn bill(&self, bill: Bill) {
        let nano = self.vendor.books.bill(&self.key, bill, self.price, self.vendor.now());
        self.vendor.calls.amend(self.call, |call| {
            call.billed_input += bill.input;
            call.billed_output += bill.output;
            call.billed_nano += nano;
        });
    }

    /// So many tokens of output have gone out.
    pub(super) fn bill_output(&mut self, output: u64) {
        if self.as_it_goes {
            self.bill(Bill { output, ..Bill::default() });
        }
    }

    /// The answer is over as it was meant to be.
    pub(super) fn finish(&mut self) {
        self.finished = true;
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        let gone = !self.finished;
        self.vendor.limiter.release(&self.limited);
        self.vendor.books.change(&self.key, |book| {
            book.under_way = book.under_way.saturating_sub(1);
            book.callers_gone += u64::from(gone);
        });
        self.vendor.calls.amend(self.call, |call| {
            call.caller_gone = gone;
            call.ended = true;
        });
    }
}
