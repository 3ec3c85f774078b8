//! A confusion table as an SVG picture.

use crate::metrics::Confusion;
use std::fmt::Write;
use undertone_signal::Tone;

const CELL: usize = 64;
const LEFT: usize = 100;
const TOP: usize = 56;
/// Cells whose share is larger than this carry white text.
const DARK: f64 = 0.55;

/// The picture: a row for each true tone, a column for each answer, darker the
/// larger its share of the row.
pub(super) fn svg(confusion: &Confusion) -> String {
    let side = Tone::ALL.len() * CELL;
    let (width, height) = (LEFT + side + 8, TOP + side + 8);
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\" \
         aria-label=\"confusion table, rows true, columns answered\" \
         font-family=\"sans-serif\" font-size=\"12\">"
    );
    for (at, tone) in Tone::ALL.into_iter().enumerate() {
        let middle = at * CELL + CELL / 2;
        let (x, y) = (LEFT + middle, TOP + middle + 4);
        let _ = writeln!(
            out,
            "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{tone}</text>\
             <text x=\"{}\" y=\"{y}\" text-anchor=\"end\">{tone}</text>",
            TOP - 10,
            LEFT - 10
        );
    }
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"18\" text-anchor=\"middle\" fill=\"#555\">answered</text>\
         <text x=\"8\" y=\"{}\" fill=\"#555\">true</text>",
        LEFT + side / 2,
        TOP - 10
    );
    for (y, row) in confusion.rows.iter().enumerate() {
        let total: u64 = row.iter().sum();
        for (x, &count) in row.iter().enumerate() {
            let share = if total == 0 { 0.0 } else { count as f64 / total as f64 };
            cell(&mut out, LEFT + x * CELL, TOP + y * CELL, count, share);
        }
    }
    out.push_str("</svg>\n");
    out
}

fn cell(out: &mut String, x: usize, y: usize, count: u64, share: f64) {
    // From white to a deep blue.
    let tint = |deep: f64| (255.0 - share * (255.0 - deep)).round() as u8;
    let (r, g, b) = (tint(8.0), tint(48.0), tint(107.0));
    let ink = if share > DARK { "#fff" } else { "#222" };
    let (size, middle) = (CELL - 2, x + CELL / 2);
    let _ = write!(
        out,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{size}\" height=\"{size}\" fill=\"#{r:02x}{g:02x}{b:02x}\" \
         stroke=\"#ddd\"/>"
    );
    let percent = 100.0 * share;
    let _ = writeln!(
        out,
        "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\" fill=\"{ink}\">{percent:.0} %</text>\
         <text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\" fill=\"{ink}\" font-size=\"10\">{count}</text>",
        y + CELL / 2,
        y + CELL / 2 + 14
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_carries_its_count_and_share() {
        let pairs =
            [(Tone::Angry, Tone::Angry), (Tone::Angry, Tone::Angry), (Tone::Angry, Tone::Sad)];
        let picture = svg(&Confusion::count(pairs));
        assert_eq!(picture.matches("<rect").count(), 49);
        assert!(picture.contains(">67 %</text>") && picture.contains(">33 %</text>"));
        assert_eq!(picture.matches(">0 %</text>").count(), 47);
        assert_eq!(picture.matches("<svg").count(), picture.matches("</svg>").count());
    }
}
