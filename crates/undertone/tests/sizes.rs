//! Files and functions stay small enough to be read at once, and modules have one style.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a file at most.
const FILE: usize = 400;
/// Lines that 95 of 100 functions have at most, signature and braces included.
const FUNCTION_P95: usize = 30;
/// Lines of any function at most.
const FUNCTION: usize = 65;

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Every Rust file under `folder`.
fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}

fn all_sources() -> Vec<PathBuf> {
    let mut all = Vec::new();
    sources(&crates(), &mut all);
    assert!(all.len() > 100, "only {} files found", all.len());
    all
}

/// The lines of each function of formatted `text`, and the line it begins at: from `fn` to
/// the closing brace under it.
fn functions(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indent = &line[..line.len() - code.len()];
        let public = code.strip_prefix("pub(").and_then(|rest| rest.split_once(") "));
        let head = public.map_or(code, |(_, rest)| rest).split('(').next().unwrap_or_default();
        let mut words = head.split_whitespace().skip_while(|word| {
            ["pub", "const", "async", "unsafe", "extern", "\"C\""].contains(word)
        });
        if words.next() != Some("fn") {
            continue;
        }
        let end = format!("{indent}}}");
        let without_body = || lines[at..].iter().find(|line| line.ends_with([';', '{', '}']));
        if without_body().is_none_or(|line| line.ends_with(';')) {
            continue;
        }
        if line.ends_with('}') {
            found.push((1, at + 1));
        } else if let Some(length) = lines[at..].iter().position(|line| *line == end) {
            found.push((length + 1, at + 1));
        }
    }
    found
}

#[test]
fn functions_are_found_and_measured() {
    let text = "fn a() {}\n\npub(crate) fn b(\n    x: u8,\n) -> u8 {\n    x\n}\n\ntrait T {\n    fn c();\n    fn d() {\n    }\n}\n";
    assert_eq!(functions(text), [(1, 1), (5, 3), (2, 11)]);
}

#[test]
fn no_file_is_longer_than_can_be_read_at_once() {
    let length = |path: &PathBuf| fs::read_to_string(path).unwrap().lines().count();
    let mut long = all_sources();
    long.retain(|path| length(path) > FILE);
    assert!(long.is_empty(), "longer than {FILE} lines: {long:?}");
}

#[test]
fn functions_are_short() {
    let mut all = Vec::new();
    for path in all_sources() {
        let text = fs::read_to_string(&path).unwrap();
        all.extend(functions(&text).into_iter().map(|(length, at)| (length, path.clone(), at)));
    }
    all.sort();
    assert!(all.len() > 1_000, "only {} functions found", all.len());
    let p95 = all[all.len() * 95 / 100].0;
    assert!(p95 <= FUNCTION_P95, "95 of 100 functions have at most {p95} lines");
    let longest = all.last().unwrap();
    assert!(
        longest.0 <= FUNCTION,
        "{} has {} lines at {}",
        longest.1.display(),
        longest.0,
        longest.2
    );
}

#[test]
fn a_module_with_parts_is_the_mod_file_of_its_folder() {
    let mut other: Vec<PathBuf> = all_sources();
    other.retain(|path| {
        let in_src = path.components().any(|part| part.as_os_str() == "src");
        in_src && path.with_extension("").is_dir()
    });
    assert!(other.is_empty(), "folder and file of one name: {other:?}");
}
