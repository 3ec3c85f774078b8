//! The report as one HTML page: delay and recall against false alarms.

use super::{COMPARED_AT, DetectorReport, SpikeFigures, SpikeReport};
use crate::acoustic::{STYLE, escape};
use std::fmt::Write;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 56.0;
const BOTTOM: f64 = 40.0;

/// Range of false alarms an hour in the picture, on a logarithmic scale.
const SPAN: (f64, f64) = (0.25, 128.0);

const INKS: [&str; 4] = ["#08306b", "#e6550d", "#31a354", "#756bb1"];

/// The figure that a picture shows for a setting.
type Height = fn(&SpikeFigures) -> Option<f64>;

/// The page: a table of every line, then the pictures of each.
pub fn html(reports: &[SpikeReport]) -> String {
    let model = reports.first().map_or_else(String::new, |report| escape(&report.model));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>{model}: turns of tone</title><style>{STYLE}</style></head><body>\n\
         <h1>{model}: turns of tone</h1>\n"
    );
    table(&mut out, reports);
    let pictures: [(&str, f64, Height); 2] = [
        ("Median delay, in seconds, against false alarms a calm hour", 6.0, |f| f.delay_p50_s),
        ("Recall against false alarms a calm hour", 1.0, |f| f.recall),
    ];
    for report in reports {
        let _ = writeln!(
            out,
            "<h2>{}</h2>\n<p>{} calls, {} spikes, {:.2} calm hours, seeds {:?}; {:.1} ms from \
             window to alert (p99).</p>",
            escape(&report.condition),
            report.calls,
            report.spikes,
            report.calm_hours,
            report.seeds,
            report.compute_p99_ms
        );
        for (name, top, height) in pictures {
            let _ = writeln!(out, "<h3>{name}</h3>");
            picture(&mut out, &report.detectors, top, height);
        }
    }
    out.push_str("</body></html>\n");
    out
}

fn table(out: &mut String, reports: &[SpikeReport]) {
    let _ = writeln!(
        out,
        "<table><tr><th></th><th>as shipped, or at most {COMPARED_AT} false alarms an hour</th>\
         <th>recall</th><th>strong</th><th>normal</th><th>false/h</th><th>p50 s</th>\
         <th>p95 s</th><th>right tone</th><th>agent/h</th></tr>"
    );
    for report in reports {
        row(out, &report.condition, "as shipped", &report.shipped);
        if let Some(spread) = &report.spread {
            row(out, "", "± from seed to seed", spread);
        }
        for detector in &report.detectors {
            row(out, "", detector.name, &detector.compared);
        }
    }
    out.push_str("</table>\n");
}

fn row(out: &mut String, line: &str, name: &str, figures: &SpikeFigures) {
    let cells = [
        figures.recall,
        figures.recall_strong,
        figures.recall_normal,
        Some(figures.false_alarms_per_hour),
        figures.delay_p50_s,
        figures.delay_p95_s,
        figures.tone_right,
        Some(figures.agent_alarms_per_hour),
    ];
    let _ = write!(out, "<tr><td>{}</td><td>{name}</td>", escape(line));
    for cell in cells {
        let cell = cell.map_or("–".to_owned(), |value| format!("{value:.2}"));
        let _ = write!(out, "<td>{cell}</td>");
    }
    out.push_str("</tr>\n");
}

fn picture(out: &mut String, detectors: &[DetectorReport], top: f64, height: Height) {
    let x = |rate: f64| {
        let share = (rate.max(SPAN.0) / SPAN.0).ln() / (SPAN.1 / SPAN.0).ln();
        LEFT + share.min(1.0) * (WIDTH - LEFT - 10.0)
    };
    let y = |value: f64| HEIGHT - BOTTOM - value.min(top) / top * (HEIGHT - BOTTOM - 16.0);
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"12\" role=\"img\">"
    );
    for tick in [0.25, 1.0, 4.0, 16.0, 64.0] {
        let (at, base) = (x(tick), HEIGHT - BOTTOM);
        let _ = writeln!(
            out,
            "<line x1=\"{at:.0}\" x2=\"{at:.0}\" y1=\"16\" y2=\"{base}\" stroke=\"#ddd\"/>\
             <text x=\"{at:.0}\" y=\"{}\" text-anchor=\"middle\">{tick}</text>",
            base + 16.0
        );
    }
    for share in [0.0, 0.5, 1.0] {
        let (at, value) = (y(share * top), share * top);
        let _ = writeln!(
            out,
            "<line x1=\"{LEFT}\" x2=\"{}\" y1=\"{at:.0}\" y2=\"{at:.0}\" stroke=\"#ddd\"/>\
             <text x=\"{}\" y=\"{:.0}\" text-anchor=\"end\">{value}</text>",
            WIDTH - 10.0,
            LEFT - 6.0,
            at + 4.0
        );
    }
    for (place, (detector, ink)) in detectors.iter().zip(INKS).enumerate() {
        let points: Vec<String> = detector
            .curve
            .iter()
            .filter_map(|f| Some((x(f.false_alarms_per_hour), y(height(f)?))))
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let _ = writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{ink}\" stroke-width=\"2\"/>\
             <text x=\"{}\" y=\"{}\" fill=\"{ink}\">{}</text>",
            points.join(" "),
            LEFT + 8.0 + 150.0 * place as f64,
            HEIGHT - 6.0,
            detector.name
        );
    }
    out.push_str("</svg>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_detector_has_a_line_in_both_pictures() {
        let figures = |rate| SpikeFigures {
            recall: Some(0.9),
            delay_p50_s: Some(1.0),
            false_alarms_per_hour: rate,
            ..SpikeFigures::default()
        };
        let detector = |name| DetectorReport {
            name,
            compared: figures(1.0),
            curve: vec![figures(1.0), figures(f64::INFINITY)],
        };
        let report = SpikeReport {
            model: "<b>".into(),
            condition: "phone".into(),
            seeds: vec![1, 2],
            calls: 1,
            spikes: 1,
            calm_hours: 1.0,
            unreadable: 0,
            rising: crate::spikes::RisingFigures::default(),
            moments: Vec::new(),
            shipped: figures(2.0),
            spread: Some(figures(0.5)),
            compute_p99_ms: 3.0,
            detectors: vec![detector("undertone"), detector("loudness")],
        };
        let page = html(&[report]);
        assert_eq!(page.matches("<polyline").count(), 4);
        assert!(page.contains("&lt;b&gt;") && !page.contains("<b>"));
        assert!(!page.contains("NaN") && !page.contains("inf"));
    }
}
