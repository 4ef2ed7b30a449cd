//! Feature kernels over a code's bars.
