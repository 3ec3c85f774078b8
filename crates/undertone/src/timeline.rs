//! A call drawn for a person, in 80 columns.

use anstyle::{AnsiColor, Style};
use std::fmt::Write;
use undertone_journal::{CallView, Language, TonePoint, sentence};
use undertone_signal::{
    Alert, AlertState, Emotion, EventBody, Lane, Meaning, Moment, StreamTime, ToneDetected,
    TranscriptEvent, Warning,
};

const WIDTH: usize = 80;
const LABEL: usize = 10;
const COLUMNS: usize = WIDTH - LABEL;
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const ALERT: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)));
const CALM: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green)));

/// Draws a call for a person.
pub(crate) struct Timeline<'a>(&'a CallView);

impl<'a> Timeline<'a> {
    /// The drawing of what is known of a call.
    pub(crate) const fn of(view: &'a CallView) -> Self {
        Self(view)
    }

    /// The drawing, with ANSI styles, ending in a line break.
    pub(crate) fn draw(&self, name: &str) -> String {
        let length_s = self.0.length().seconds();
        let mut out = format!("{BOLD}{name}{BOLD:#}  {}\n\n", clock(length_s));
        if length_s > 0.0 {
            let _ = writeln!(out, "{DIM}{:LABEL$}{}{DIM:#}", "", ruler(length_s));
            for (lane, state) in &self.0.lanes {
                let _ = writeln!(out, "{lane:LABEL$}{}", bars(&state.line, length_s));
                if let Some(marks) = self.marks(*lane, length_s) {
                    let _ = writeln!(out, "{:LABEL$}{ALERT}{marks}{ALERT:#}", "");
                }
            }
            out.push('\n');
        }
        self.draw_story(&mut out);
        self.draw_summary(&mut out);
        out
    }

    fn marks(&self, lane: Lane, length_s: f64) -> Option<String> {
        let mut marks = vec![' '; COLUMNS];
        let raised = |alert: &&Alert| alert.lane == lane && alert.state == AlertState::Raised;
        let mut any = false;
        for alert in self.0.alerts.iter().filter(raised) {
            marks[column(alert.at.seconds(), length_s)] = '▲';
            any = true;
        }
        any.then(|| marks.into_iter().collect::<String>().trim_end().to_owned())
    }

    /// Alerts and words in the order of the call.
    fn draw_story(&self, out: &mut String) {
        let view = self.0;
        let mut lines: Vec<(StreamTime, String)> = Vec::new();
        lines.extend(view.alerts.iter().filter_map(|alert| Some((alert.at, alert_line(alert)?))));
        lines.extend(view.transcript.iter().map(|words| (words.span.start, words_line(words))));
        lines.extend(view.moments.iter().map(|moment| (moment.at, moment_line(moment))));
        lines.extend(view.tones.iter().map(|tone| (tone.span.start, tone_line(tone))));
        lines.extend(view.warnings.iter().map(|warning| (warning.at, warning_line(warning))));
        lines.sort_by_key(|line| line.0);
        if view.alerts.is_empty() {
            let _ = writeln!(out, "{CALM}No alerts: the caller's tone did not turn.{CALM:#}");
        }
        for (_, line) in lines {
            out.push_str(&line);
        }
    }

    fn draw_summary(&self, out: &mut String) {
        for error in &self.0.errors {
            let _ = writeln!(out, "{ALERT}incomplete:{ALERT:#} {error}");
        }
        let Some(summary) = &self.0.summary else { return };
        let windows: u64 = summary.lanes.values().map(|lane| lane.windows).sum();
        let _ = write!(
            out,
            "\n{DIM}{windows} windows judged, {:.1} ms each (p95 {:.1}); real-time factor {:.3}",
            summary.compute.p50_ms, summary.compute.p95_ms, summary.real_time_factor
        );
        if let Some(delay) = summary.delay {
            let _ = write!(
                out,
                "\nlast sample to judgement: p50 {:.0} ms, p95 {:.0} ms",
                delay.p50_ms, delay.p95_ms
            );
        }
        let dropped: u64 = summary.lanes.values().map(|lane| lane.dropped_windows).sum();
        if dropped > 0 {
            let _ = write!(out, "\n{dropped} windows dropped: the machine could not keep up");
        }
        let lost: f64 = summary.lanes.values().map(|lane| lane.lost_s).sum();
        if lost > 0.0 {
            let _ = write!(out, "\n{lost:.2} s of sound lost on the way, heard as silence");
        }
        let _ = writeln!(out, "{DIM:#}");
    }
}

/// What is told of an event while the call goes on, ending in a line break; nothing of
/// most.
#[cfg(feature = "devices")]
pub(crate) fn line(event: &EventBody) -> Option<String> {
    match event {
        EventBody::Alert(alert) => alert_line(alert),
        EventBody::Moment(moment) => Some(moment_line(moment)),
        EventBody::Transcript(words) if words.is_final => Some(words_line(words)),
        EventBody::ToneDetected(tone) => Some(tone_line(tone)),
        EventBody::Warning(warning) => Some(warning_line(warning)),
        EventBody::Error(error) => Some(format!("{ALERT}error:{ALERT:#} {}\n", error.message)),
        _ => None,
    }
}

fn column(at_s: f64, length_s: f64) -> usize {
    ((at_s / length_s * COLUMNS as f64) as usize).min(COLUMNS - 1)
}

/// The highest level in each column; a dot where nobody spoke.
fn bars(hops: &[TonePoint], length_s: f64) -> String {
    let mut columns = [None::<f32>; COLUMNS];
    for hop in hops.iter().filter(|hop| hop.speaking) {
        // A hop is drawn where it began, or the last would need a column more.
        let place = column((f64::from(hop.end_s) - 0.25).max(0.0), length_s);
        let cell = &mut columns[place];
        *cell = Some(cell.unwrap_or(0.0).max(hop.level));
    }
    let mut line = String::new();
    for level in columns {
        let _ = match level {
            None => write!(line, "{DIM}·{DIM:#}"),
            Some(level) if level >= 1.0 => write!(line, "{ALERT}█{ALERT:#}"),
            Some(level) => {
                write!(line, "{}", BARS[(level.clamp(0.0, 0.999) * 7.0) as usize])
            }
        };
    }
    line
}

/// Times every tenth of the call, or as often as they fit.
fn ruler(length_s: f64) -> String {
    const STEPS: [f64; 12] =
        [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0];
    let step = STEPS.into_iter().find(|step| length_s / step <= 7.0).unwrap_or(7200.0);
    let mut ruler = vec![' '; COLUMNS];
    let mut at_s = 0.0;
    while at_s < length_s {
        let label = clock(at_s);
        let start = column(at_s, length_s);
        if start + label.len() <= COLUMNS {
            for (cell, letter) in ruler[start..].iter_mut().zip(label.chars()) {
                *cell = letter;
            }
        }
        at_s += step;
    }
    ruler.into_iter().collect::<String>().trim_end().to_owned()
}

fn clock(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    format!("{}:{:02}", whole / 60, whole % 60)
}

fn alert_line(alert: &Alert) -> Option<String> {
    let at = alert.at;
    match alert.state {
        AlertState::Raised => {
            let severity = format!("{:?}", alert.severity).to_lowercase();
            let mut line = format!(
                "{ALERT}{at:>8} ▲ {} {}{ALERT:#}, {severity}, since {}\n",
                alert.lane, alert.tone, alert.onset
            );
            let why = sentence::alert(alert, Language::English);
            for part in wrap(&why, WIDTH - LABEL) {
                let _ = writeln!(line, "{:LABEL$}{part}", "");
            }
            Some(line)
        }
        AlertState::Confirmed => None,
        AlertState::Cleared => Some(format!("{CALM}{at:>8} ▽ {} calm again{CALM:#}\n", alert.lane)),
    }
}

fn moment_line(moment: &Moment) -> String {
    let (at, what) = (moment.at, sentence::moment(moment, Language::English));
    format!("{DIM}{at:>8} · {what}{DIM:#}\n")
}

fn tone_line(tone: &ToneDetected) -> String {
    let (at, seconds) = (tone.span.start, tone.span.seconds());
    let digit = tone.digit.map(|digit| format!(" {digit}")).unwrap_or_default();
    format!(
        "{DIM}{at:>8} · {} on the {} lane, {seconds:.1} s{DIM:#}\n",
        format_args!("{}{digit}", tone.kind),
        tone.lane
    )
}

fn warning_line(warning: &Warning) -> String {
    let text = sentence::warning(warning, Language::English);
    let mut line = String::new();
    for (row, part) in wrap(&text, WIDTH - LABEL).into_iter().enumerate() {
        let label = if row == 0 { "warning" } else { "" };
        let _ = writeln!(line, "{DIM}{label:>8}  {part}{DIM:#}");
    }
    line
}

fn words_line(words: &TranscriptEvent) -> String {
    let at = words.span.start.to_string();
    let mut line = String::new();
    let mut text = format!("{}: {}", words.lane, words.text.trim());
    if let Some(said) = words.meaning.as_ref().and_then(meaning) {
        text += &said;
    }
    for (row, part) in wrap(&text, WIDTH - LABEL).into_iter().enumerate() {
        let margin = if row == 0 { at.as_str() } else { "" };
        let _ = writeln!(line, "{DIM}{margin:>8}{DIM:#}  {part}");
    }
    line
}

/// Signals and feelings in brackets; nothing for everyday words.
fn meaning(meaning: &Meaning) -> Option<String> {
    let signals = meaning.signals.iter().map(|signal| signal.name.replace('_', " "));
    let feelings = meaning.emotions.iter().map(|score| score.emotion);
    let feelings = feelings.filter(|&emotion| emotion != Emotion::Neutral);
    let said: Vec<_> = signals.chain(feelings.map(|emotion| emotion.to_string())).collect();
    (!said.is_empty()).then(|| format!(" [{}]", said.join(", ")))
}

/// Breaks `text` at spaces into rows of at most `width` characters.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match rows.last_mut() {
            Some(row) if row.chars().count() + 1 + word.chars().count() <= width => {
                row.push(' ');
                row.push_str(word);
            }
            _ => rows.push(word.to_owned()),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use undertone_signal::{
        AlertId, CallId, Cue, CueKind, DelayStats, EmotionScore, Envelopes, Event, Evidence,
        LaneSummary, Probability, Prosody, RunId, Severity, SignalHit, Span, StartEvent,
        SummaryEvent, Timing, Tone, ToneEvent,
    };

    fn seconds(seconds: f64) -> StreamTime {
        StreamTime::from_seconds(seconds)
    }

    fn tone(end_s: f64, level: f32) -> EventBody {
        ToneEvent {
            lane: Lane::Customer,
            span: Span::new(seconds(end_s - 2.0), seconds(end_s)),
            speech: 1.0,
            speech_now: 1.0,
            tone: None,
            arousal: None,
            valence: None,
            contrast: None,
            probabilities: None,
            recent: None,
            prosody: Prosody::default(),
            level,
        }
        .into()
    }

    fn alert(at_s: f64) -> EventBody {
        let cue = |kind| Cue { kind, value: 0.0, baseline: 0.0, change: 3.0, z: 2.0 };
        let kinds = [CueKind::Pitch, CueKind::Loudness, CueKind::Rate];
        Alert {
            id: AlertId(1),
            state: AlertState::Raised,
            lane: Lane::Customer,
            tone: Tone::Angry,
            severity: Severity::Strong,
            onset: seconds(at_s - 1.0),
            at: seconds(at_s),
            timing: Timing::default(),
            evidence: Evidence { cues: kinds.map(cue).to_vec(), ..Evidence::default() },
        }
        .into()
    }

    fn view(bodies: impl IntoIterator<Item = EventBody>) -> CallView {
        let mut envelopes = Envelopes::new(RunId::from_u128(1), CallId::new("call.wav"));
        let events: Vec<Event> = bodies.into_iter().map(|body| envelopes.seal(body)).collect();
        let mut view = CallView::new(&events[0]);
        events.iter().for_each(|event| view.apply(event));
        view
    }

    fn start() -> EventBody {
        StartEvent {
            schema: 2,
            lanes: vec![Lane::Customer],
            voice: vec![Lane::Customer],
            acoustic_model: "m".into(),
            transcriber: None,
        }
        .into()
    }

    fn turned() -> CallView {
        let hops =
            (1..=400).map(|hop| tone(f64::from(hop) * 0.25, if hop > 200 { 1.0 } else { 0.0 }));
        let summary = SummaryEvent {
            audio: seconds(100.0),
            wall_s: 1.0,
            real_time_factor: 0.01,
            lanes: [(Lane::Customer, LaneSummary::default())].into(),
            compute: DelayStats::default(),
            delay: None,
            complete: true,
        };
        view(std::iter::once(start()).chain(hops).chain([alert(51.0), summary.into()]))
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn it_fits_eighty_columns() {
        for line in plain(&Timeline::of(&turned()).draw("call.wav")).lines() {
            assert!(line.chars().count() <= WIDTH, "{} columns: {line}", line.chars().count());
        }
    }

    #[test]
    fn the_spike_is_drawn_where_it_is() {
        let drawing = plain(&Timeline::of(&turned()).draw("call.wav"));
        let lane = drawing.lines().find(|line| line.starts_with("customer")).unwrap_or_default();
        let bars: Vec<char> = lane.chars().skip(LABEL).collect();
        assert_eq!(bars.len(), COLUMNS);
        assert!(bars[..34].iter().all(|bar| *bar == '▁'), "{lane}");
        assert!(bars[36..].iter().all(|bar| *bar == '█'), "{lane}");
        let marks = drawing.lines().find(|line| line.trim() == "▲").unwrap_or_default();
        assert_eq!(marks.chars().position(|c| c == '▲'), Some(LABEL + 35));
    }

    #[test]
    fn what_words_mean_stands_behind_them() {
        let probability = Probability::new(0.9);
        let words = |emotion, signals: &[&str]| TranscriptEvent {
            lane: Lane::Customer,
            segment: 0,
            span: Span::new(seconds(3.0), seconds(4.0)),
            text: " I want to cancel".into(),
            confidence: probability,
            is_final: true,
            delay_ms: None,
            meaning: Some(Meaning {
                emotions: vec![EmotionScore { emotion, probability }],
                tone: Tone::Angry,
                valence: -0.5,
                signals: (signals.iter())
                    .map(|name| SignalHit {
                        name: (*name).to_owned(),
                        probability,
                        effect: undertone_signal::Effect::Upset,
                    })
                    .collect(),
            }),
        };
        let line = plain(&words_line(&words(Emotion::Anger, &["wants_human"])));
        assert!(line.ends_with("I want to cancel [wants human, anger]\n"), "{line}");
        let line = plain(&words_line(&words(Emotion::Neutral, &[])));
        assert!(line.ends_with("I want to cancel\n"), "{line}");
    }

    #[test]
    fn a_call_without_sound_is_drawn_too() {
        assert!(plain(&Timeline::of(&view([start()])).draw("empty.wav")).contains("No alerts"));
    }
}
