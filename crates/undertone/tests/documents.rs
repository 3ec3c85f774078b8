//! What the Markdown files point to is there: links, headings, and paths in backticks.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// Folders of the repository; a word in backticks that begins with one is a path.
const FOLDERS: [&str; 7] =
    ["scripts/", "docs/", "benches/", "config/", "crates/", "models/", "audio-fixtures/"];
/// Folders that hold no documents of ours.
const LEFT_OUT: [&str; 5] = ["target", ".git", ".venv", "node_modules", "corpus"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every Markdown file below `folder`.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !LEFT_OUT.contains(&name.as_str()) {
            found.extend(documents(&path));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found
}

/// Targets of the links in `text`, without those to other sites.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
        .filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
}

/// The anchors of the headings in `text`, as GitHub makes them.
fn anchors(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.strip_prefix('#'))
        .map(|heading| {
            let heading = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = heading.chars().filter(|&c| c.is_alphanumeric() || " -_".contains(c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

/// Words in backticks that name a file or folder of the repository, without patterns and
/// placeholders.
fn named_paths(text: &str) -> impl Iterator<Item = &str> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .flat_map(str::split_whitespace)
        .filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)))
        .map(|word| word.trim_end_matches([',', '.', ';', ':']))
        .filter(|word| !word.contains(['*', '…', '<', '[', '{', '$', '|', '=']))
        .filter(|word| !word.split(['/', '.', '-']).any(placeholder))
}

/// NAME and the like. README and other real names in capitals are checked as links.
fn placeholder(part: &str) -> bool {
    part.len() > 2 && part.chars().all(|c| c.is_ascii_uppercase()) && part != "README"
}

/// Why `target`, a link in `document`, leads nowhere.
fn dead(document: &Path, target: &str) -> Option<String> {
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file =
        if path.is_empty() { document.to_owned() } else { document.parent().unwrap().join(path) };
    if !file.exists() {
        return Some(format!("{}: no {target}", document.display()));
    }
    let missing = !anchor.is_empty()
        && !anchors(&fs::read_to_string(&file).unwrap()).iter().any(|one| one == anchor);
    missing.then(|| format!("{}: no heading for {target}", document.display()))
}

#[test]
fn every_link_leads_somewhere() {
    let found = documents(&root());
    assert!(found.len() > 10, "{found:?}");
    let wrong: Vec<String> = found
        .iter()
        .flat_map(|document| {
            let text = fs::read_to_string(document).unwrap();
            links(&text).filter_map(|target| dead(document, target)).collect::<Vec<_>>()
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_path_that_is_named_exists() {
    let root = root();
    let mut wrong = Vec::new();
    for document in documents(&root) {
        let text = fs::read_to_string(&document).unwrap();
        // A diary names what was there on its day.
        if document.starts_with(root.join("docs/lab")) {
            continue;
        }
        for path in named_paths(&text).filter(|path| !root.join(path).exists()) {
            wrong.push(format!("{}: {path}", document.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_dead_link_is_seen() {
    let readme = root().join("README.md");
    assert!(dead(&readme, "docs/nowhere.md").is_some());
    assert!(dead(&readme, "docs/events.md#no-such-heading").is_some());
    assert!(dead(&readme, "docs/events.md#alert").is_none());
    assert_eq!(named_paths("`a` b `scripts/nothing --x docs/X.md`").count(), 2);
}
