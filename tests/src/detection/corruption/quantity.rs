//! Volumes and amounts.

use super::{Patient, Span};

pub(super) fn volume_times_100(patient: &mut Patient<'_>) -> Option<Span> {
    patient.change_row(|bar, _| bar.volume *= 100)
}

pub(super) fn volume_over_100(patient: &mut Patient<'_>) -> Option<Span> {
    patient.change_row(|bar, _| bar.volume /= 100)
}

pub(super) fn volume_times_100_answer(patient: &mut Patient<'_>) -> Option<Span> {
    let (from, to) = patient.any_answer()?;
    patient.change_rows(from, to, |bar| bar.volume *= 100)
}

pub(super) fn amount_times_1000(patient: &mut Patient<'_>) -> Option<Span> {
    patient.change_row(|bar, _| bar.amount = bar.amount.map(|amount| amount * 1000.0))
}

pub(super) fn negative_volume(patient: &mut Patient<'_>) -> Option<Span> {
    patient.change_row(|bar, _| bar.volume = -bar.volume)
}
