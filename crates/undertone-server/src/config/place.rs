//! Where in a configuration a fault is.

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

/// What is wrong with one table.
#[derive(Debug)]
pub(super) struct Fault {
    section: &'static str,
    index: usize,
    message: String,
}

/// The tables of a configuration, by where they stand.
#[derive(Deserialize)]
struct Tables {
    http: Option<Spanned<IgnoredAny>>,
    #[serde(default)]
    token: Vec<Spanned<IgnoredAny>>,
    #[serde(default)]
    gateway: Vec<Spanned<IgnoredAny>>,
    #[serde(default)]
    webhook: Vec<Spanned<IgnoredAny>>,
}

impl Fault {
    /// Table `index` of those named `section` is at fault; the message has the field in
    /// backquotes.
    pub(super) fn of(section: &'static str, index: usize, message: String) -> Self {
        Self { section, index, message }
    }

    /// The message, with the line of `text` it is about.
    pub(super) fn within(&self, text: &str) -> String {
        let start = self.table(text).unwrap_or(0);
        let field = self.message.split('`').nth(1).unwrap_or_default();
        let line = field_line(text, start, field).unwrap_or_else(|| line_of(text, start));
        format!("line {line}: {}", self.message)
    }

    /// Where its table begins.
    fn table(&self, text: &str) -> Option<usize> {
        let tables: Tables = toml::from_str(text).ok()?;
        let several = match self.section {
            "http" => return tables.http.map(|table| table.span().start),
            "token" => tables.token,
            "gateway" => tables.gateway,
            "webhook" => tables.webhook,
            _ => return None,
        };
        several.get(self.index).map(|table| table.span().start)
    }
}

/// The line that byte `at` is on, from 1.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).matches('\n').count() + 1
}

/// The line after `start` on which `field` is given, in the same table.
fn field_line(text: &str, start: usize, field: &str) -> Option<usize> {
    let first = line_of(text, start);
    let lines = text.lines().enumerate().skip(first - 1);
    let is_header = |line: &str| line.trim_start().starts_with('[');
    lines
        .take_while(|(index, line)| index + 1 == first || !is_header(line))
        .find(|(_, line)| {
            line.match_indices(field).any(|(at, _)| {
                let before = line[..at].trim_end();
                let is_key = before.is_empty() || before.ends_with(['{', ',']);
                is_key && line[at + field.len()..].trim_start().starts_with('=')
            })
        })
        .filter(|_| !field.is_empty())
        .map(|(index, _)| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_found_in_its_table_and_on_its_line() {
        let text = "[http]\nlisten = \"x\"\n\n[[gateway]]\nname = \"a\"\n[[gateway]]\n\
                    name = \"b\"\nrate = 1\n";
        let fault = |index, said: &str| Fault::of("gateway", index, said.to_owned()).within(text);
        assert_eq!(fault(1, "`rate` is wrong"), "line 8: `rate` is wrong");
        assert_eq!(fault(0, "`rate` is wrong"), "line 4: `rate` is wrong");
        assert_eq!(fault(1, "it is wrong"), "line 6: it is wrong");
        let inline = "gateway = [\n { name = \"a\" },\n { name = \"b\", rate = 1 },\n]\n";
        let fault = Fault::of("gateway", 1, "`rate` is wrong".to_owned());
        assert_eq!(fault.within(inline), "line 3: `rate` is wrong");
    }
}
