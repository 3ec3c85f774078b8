//! A report as one self-contained HTML page.

use super::picture::svg;
use super::{AcousticReport, Figures};
use std::fmt::Write;

pub(crate) const STYLE: &str = "body{font:16px/1.5 sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;\
    color:#222}table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .8rem;\
    border-bottom:1px solid #ddd;text-align:right}th:first-child,td:first-child{text-align:left}\
    svg{max-width:100%;height:auto}.note{color:#555}";

/// Name in the page, and the field of the figure.
type Row = (&'static str, fn(&Figures) -> Option<f64>);

const ROWS: [Row; 7] = [
    ("clips", |figures| Some(figures.clips as f64)),
    ("UAR", |figures| figures.uar),
    ("UAR of neutral, angry, happy, sad", |figures| figures.uar_four),
    ("macro F1", |figures| figures.macro_f1),
    ("anger AUC", |figures| figures.anger_auc),
    ("anger AUC, speaker baseline", |figures| figures.anger_auc_baseline),
    ("calibration error", |figures| figures.ece),
];

/// The page.
pub fn html(report: &AcousticReport) -> String {
    let title = format!("{} under {}", escape(&report.model), escape(&report.condition));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n\
         <p>{} clips of {} speakers in <code>{}</code>, {:.0} windows a second on one thread.</p>\n",
        report.figures.clips,
        report.figures.speakers,
        escape(&report.manifest),
        report.windows_per_second,
    );
    figures_table(&mut out, report);
    out.push_str("<h2>What was taken for what</h2>\n");
    out.push_str(&svg(&report.figures.confusion));
    recall_table(&mut out, report);
    left_out(&mut out, report);
    out.push_str("</body></html>\n");
    out
}

fn figures_table(out: &mut String, report: &AcousticReport) {
    out.push_str("<table><tr><th>figure</th><th>all</th>");
    for sex in report.by_sex.keys() {
        let _ = write!(out, "<th>{}</th>", escape(sex));
    }
    out.push_str("</tr>\n");
    for (place, (name, figure)) in ROWS.into_iter().enumerate() {
        let _ = write!(out, "<tr><td>{name}</td>");
        for figures in std::iter::once(&report.figures).chain(report.by_sex.values()) {
            let decimals = if place == 0 { 0 } else { 3 };
            let _ = write!(out, "<td>{}</td>", number(figure(figures), decimals));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table>\n");
}

fn recall_table(out: &mut String, report: &AcousticReport) {
    out.push_str("<table><tr><th>tone</th><th>clips</th><th>recall</th></tr>\n");
    for (tone, recall) in &report.figures.recall {
        let clips: u64 = report.figures.confusion.rows[tone.index()].iter().sum();
        let _ = writeln!(out, "<tr><td>{tone}</td><td>{clips}</td><td>{recall:.3}</td></tr>");
    }
    out.push_str("</table>\n");
}

fn left_out(out: &mut String, report: &AcousticReport) {
    for (label, tone) in &report.mapped {
        let _ = writeln!(out, "<p class=\"note\">“{}” counts as {tone}.</p>", escape(label));
    }
    for (label, clips) in &report.skipped.labels {
        let _ = writeln!(out, "<p class=\"note\">left out: {clips} “{}”.</p>", escape(label));
    }
    let unreadable = &report.skipped.unreadable;
    if let Some(first) = &unreadable.first {
        let (clips, first) = (unreadable.clips, escape(first));
        let _ = writeln!(out, "<p class=\"note\">cannot be read: {clips}, first {first}.</p>");
    }
}

fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.decimals$}"))
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_files_stays_text() {
        assert_eq!(escape("<b>&\"x\"</b>"), "&lt;b&gt;&amp;&quot;x&quot;&lt;/b&gt;");
        assert_eq!(number(None, 3), "–");
        assert_eq!(number(Some(0.98765), 3), "0.988");
    }
}
