//! A table as all pages have it: on a phone its rows become cards.

use maud::{Markup, html};

/// `caption` is for who does not see the table; the columns of `numbers`, from 0, have figures. Cells carry their column's
/// title in `data-label`.
pub(super) fn grid(caption: &str, heads: &[&str], numbers: &[usize], rows: Markup) -> Markup {
    html! {
        div.table-wrap {
            table.grid {
                caption.visually-hidden { (caption) }
                thead {
                    tr {
                        @for (index, head) in heads.iter().enumerate() {
                            th.num[numbers.contains(&index)] scope="col" { (head) }
                        }
                    }
                }
                tbody { (rows) }
            }
        }
    }
}
