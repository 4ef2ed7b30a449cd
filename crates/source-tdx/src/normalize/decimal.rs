//! Floats of 32 bits that were decimals once.

/// The decimal that a person typed: 2.46, where the float is 2.4600000381. For figures with few digits (per share, per ten
/// shares), on which exact formulas work. Never for amounts and volumes: their last digits are real.
pub(super) fn typed(value: f32) -> f64 {
    // The shortest decimal that gives the same float.
    value.to_string().parse().unwrap_or_else(|_| f64::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noise_of_single_precision_is_gone() {
        for (float, decimal) in
            [(2.46_f32, 2.46), (43.74, 43.74), (0.0, 0.0), (22.13, 22.13), (1e-3, 1e-3), (5.91, 5.91)]
        {
            assert_eq!(typed(float), decimal);
            assert!((f64::from(float) - decimal).abs() < 1e-6 * decimal.max(1.0));
        }
        assert!(typed(f32::NAN).is_nan());
        assert_eq!(typed(f32::INFINITY), f64::INFINITY);
    }
}
