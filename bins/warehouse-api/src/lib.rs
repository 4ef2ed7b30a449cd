//! REST over the published generations of the warehouse.
