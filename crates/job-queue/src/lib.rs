//! Redis job queues on apalis, with guard rails.
