//! ARCHITECTURE.md's table of floors is true, and every crate keeps to it.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Crate name → floor, from the rows `| 1 | `undertone-dsp` | … |`.
fn floors() -> BTreeMap<String, u32> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    text.lines()
        .filter_map(|line| {
            let mut cells = line.split('|').map(str::trim).skip(1);
            let floor = cells.next()?.parse().ok()?;
            let name = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
            Some((name.to_owned(), floor))
        })
        .collect()
}

/// Crate name → the workspace crates it depends on (not counting tests).
fn dependencies() -> BTreeMap<String, Vec<String>> {
    fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| {
            let manifest = fs::read_to_string(entry.unwrap().path().join("Cargo.toml")).unwrap();
            let manifest: toml::Table = manifest.parse().unwrap();
            let name = manifest["package"]["name"].as_str().unwrap().to_owned();
            let own = manifest["dependencies"]
                .as_table()
                .unwrap()
                .keys()
                .filter(|dependency| dependency.starts_with("undertone"))
                .cloned()
                .collect();
            (name, own)
        })
        .collect()
}

#[test]
fn every_crate_has_a_floor_and_every_floor_a_crate() {
    let documented: Vec<String> = floors().into_keys().collect();
    let real: Vec<String> = dependencies().into_keys().collect();
    assert_eq!(documented, real);
}

#[test]
fn a_crate_depends_only_on_floors_below() {
    let floors = floors();
    for (name, dependencies) in dependencies() {
        for dependency in dependencies {
            assert!(
                floors[&dependency] < floors[&name],
                "{name} (floor {}) depends on {dependency} (floor {})",
                floors[&name],
                floors[&dependency]
            );
        }
    }
}

#[test]
fn floor_one_knows_only_the_common_words() {
    let floors = floors();
    for (name, dependencies) in dependencies() {
        if floors[&name] == 1 {
            let others: Vec<_> =
                dependencies.iter().filter(|name| *name != "undertone-signal").collect();
            assert!(others.is_empty(), "{name} depends on {others:?}");
        }
    }
}
