//! Whether the columns of total social financing are what they are called. akshare names them by position, so that a
//! column which moved upstream carries another one's name, and no name is missing.

use super::bad_cell::figure;
use crate::wire::Table;

const FUNCTION: &str = "macro_china_shrzgm";
const TOTAL: &str = "社会融资规模增量";
const LOANS: &str = "其中-人民币贷款";
const PARTS: [&str; 7] = [
    LOANS,
    "其中-委托贷款外币贷款",
    "其中-委托贷款",
    "其中-信托贷款",
    "其中-未贴现银行承兑汇票",
    "其中-企业债券",
    "其中-非金融企业境内股票融资",
];

/// What the parts may sum up to, as a part of the total, in the middle of all months. It is about 0.95 to 2017; since
/// then the total counts government bonds, for which the table has no column, and it falls towards 0.6. With the total
/// and the loans swapped it is 1.7 and more; with any other part in the total's place it is far above.
const SUM_OVER_TOTAL: std::ops::RangeInclusive<f64> = 0.5..=1.25;

/// What speaks against the names, in any function's table; `None` when nothing does.
pub(super) fn mislabelled(function: &str, table: &Table) -> Option<String> {
    if function != FUNCTION {
        return None;
    }
    let (mut ratios, mut shares) = (Vec::new(), vec![Vec::new(); PARTS.len()]);
    for row in table.rows.iter().flatten() {
        let number = |column| figure(row, column, 0).ok().flatten();
        let parts: Option<Vec<f64>> = PARTS.iter().map(|part| number(part)).collect();
        let (Some(total), Some(parts)) = (number(TOTAL).filter(|total| *total > 0.0), parts) else { continue };
        ratios.push(parts.iter().sum::<f64>() / total);
        shares.iter_mut().zip(parts).for_each(|(share, part)| share.push(part / total));
    }
    let sum = median(&mut ratios)?;
    if !SUM_OVER_TOTAL.contains(&sum) {
        return Some(format!("the parts of {TOTAL} sum up to {sum:.2} times the total"));
    }
    // Loans in yuan are most of it, always; the other parts come and go and cannot be told from each other.
    let medians: Vec<f64> = shares.iter_mut().filter_map(|share| median(share)).collect();
    let largest = (0..medians.len()).max_by(|a, b| medians[*a].total_cmp(&medians[*b]))?;
    (PARTS[largest] != LOANS).then(|| format!("{} is the largest part of {TOTAL}, not {LOANS}", PARTS[largest]))
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire;

    /// Months as they were about 2015, `columns` giving the order in which total and parts stand.
    fn verdict(columns: [&str; 8], bonds_of_the_state: f64) -> Option<String> {
        let month = |n: u32| {
            let figures = [20_516.0 + bonds_of_the_state, 14_708.0, 212.0, 832.0, 52.0, 1_946.0, 1_868.0, 526.0];
            let stretch = 1.0 + f64::from(n) / 10.0;
            let cells: Vec<String> = columns
                .iter()
                .zip(figures)
                .map(|(column, figure)| format!("\"{column}\":{}", figure * stretch))
                .collect();
            format!("{{\"月份\":\"20150{}\",{}}}", n + 1, cells.join(","))
        };
        let rows: Vec<String> = (0..9).map(month).collect();
        mislabelled(FUNCTION, &wire::read(format!("[{}]", rows.join(",")).as_bytes()).unwrap())
    }

    fn right() -> [&'static str; 8] {
        let mut columns = [TOTAL; 8];
        columns[1..].copy_from_slice(&PARTS);
        columns
    }

    #[test]
    fn a_table_whose_parts_make_up_the_total_is_taken() {
        assert_eq!(verdict(right(), 0.0), None);
        // Government bonds count in the total and have no column.
        assert_eq!(verdict(right(), 12_000.0), None);
    }

    #[test]
    fn a_total_under_another_name_is_noticed_whichever_it_is() {
        for part in 1..8 {
            let mut columns = right();
            columns.swap(0, part);
            let reason = verdict(columns, 0.0).unwrap();
            assert!(reason.contains("sum up to"), "{reason}");
        }
    }

    #[test]
    fn loans_under_another_name_are_noticed_whichever_it_is() {
        for part in 2..8 {
            let mut columns = right();
            columns.swap(1, part);
            let reason = verdict(columns, 0.0).unwrap();
            assert!(reason.contains("is the largest part"), "{reason}");
        }
    }

    #[test]
    fn a_table_without_figures_and_other_functions_are_not_judged() {
        assert_eq!(mislabelled(FUNCTION, &wire::read(b"[{}]").unwrap()), None);
        assert_eq!(mislabelled("macro_china_lpr", &wire::read(b"[{}]").unwrap()), None);
    }
}
