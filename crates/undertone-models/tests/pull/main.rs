//! Pulling from servers, folders and disks that misbehave.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod server;

use server::{Answer, TestServer};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use undertone_models::{Cache, Condition, Download, Entry, Limits, Manifest, Source, sha256};

const LENGTH: usize = 300_000;

fn body() -> Vec<u8> {
    (0..LENGTH as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn entry() -> Entry {
    Entry {
        name: "test.en".into(),
        file: "ggml-test.en.bin".into(),
        bytes: LENGTH as u64,
        sha256: sha256(&mut body().as_slice(), |_| ()).unwrap(),
        languages: "English".into(),
        licence: "MIT".into(),
    }
}

fn cache() -> (TempDir, Cache) {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::at(folder.path().join("models"));
    (folder, cache)
}

fn limits() -> Limits {
    Limits { silence: Duration::from_millis(400), fruitless: 3 }
}

fn pull(url: &str, cache: &Cache) -> Result<(), String> {
    let (entry, source) = (entry(), Source::parse(url));
    let download = Download::new(&entry, &source, cache, limits());
    download.run(&mut |_| ()).map_err(|error| error.to_string())
}

fn part_length(cache: &Cache) -> Option<u64> {
    std::fs::metadata(cache.partial(&entry())).ok().map(|data| data.len())
}

/// Installed, whole, and nothing left beside it.
fn assert_installed(cache: &Cache) {
    assert_eq!(cache.verify(&entry(), |_| ()).unwrap(), Condition::Sound);
    assert_eq!(part_length(cache), None);
}

fn assert_not_installed(cache: &Cache) {
    assert_eq!(cache.condition(&entry()).unwrap(), Condition::Missing);
}

#[test]
fn a_model_is_fetched_checked_and_named() {
    let (_folder, cache) = cache();
    let server = TestServer::start(body(), &[Answer::Whole]);
    pull(&server.url, &cache).unwrap();
    assert_installed(&cache);
    assert_eq!(server.ranges(), [""]);
}

#[test]
fn a_cut_connection_is_taken_up_where_it_broke() {
    let (_folder, cache) = cache();
    let answers = [Answer::Cut(100_000), Answer::HangUp, Answer::Cut(50_000), Answer::Whole];
    let server = TestServer::start(body(), &answers);
    pull(&server.url, &cache).unwrap();
    assert_installed(&cache);
    assert_eq!(server.ranges(), ["", "100000-", "100000-", "150000-"]);
}

#[test]
fn a_server_that_truncates_every_time_ends_in_an_error_and_a_later_pull_goes_on() {
    let (_folder, cache) = cache();
    let server = TestServer::start(body(), &[Answer::Cut(90_000), Answer::Cut(0)]);
    let error = pull(&server.url, &cache).unwrap_err();
    assert!(error.contains(&server.url), "{error}");
    assert_not_installed(&cache);
    assert_eq!(part_length(&cache), Some(90_000));
    let healthy = TestServer::start(body(), &[Answer::Whole]);
    pull(&healthy.url, &cache).unwrap();
    assert_installed(&cache);
    assert_eq!(healthy.ranges(), ["90000-"]);
}

#[test]
fn a_server_that_stalls_is_left_and_asked_again() {
    let (_folder, cache) = cache();
    let server = TestServer::start(body(), &[Answer::Stall(120_000), Answer::Whole]);
    let started = Instant::now();
    pull(&server.url, &cache).unwrap();
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert_installed(&cache);
    assert_eq!(server.ranges(), ["", "120000-"]);
}

#[test]
fn a_server_that_only_stalls_is_given_up() {
    let (_folder, cache) = cache();
    let server = TestServer::start(body(), &[Answer::Stall(0)]);
    let started = Instant::now();
    assert!(pull(&server.url, &cache).is_err());
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    assert_not_installed(&cache);
}

#[test]
fn a_404_is_said_at_once_and_a_503_after_asking_again() {
    let (_folder, cache) = cache();
    let server = TestServer::start(body(), &[Answer::Status(404)]);
    let error = pull(&server.url, &cache).unwrap_err();
    assert!(error.contains("ggml-test.en.bin: the server answered 404"), "{error}");
    assert_eq!(server.ranges().len(), 1);
    let busy = TestServer::start(body(), &[Answer::Status(503), Answer::Whole]);
    pull(&busy.url, &cache).unwrap();
    assert_installed(&cache);
}

#[test]
fn wrong_bytes_are_not_installed_and_not_kept() {
    let (_folder, cache) = cache();
    let mut wrong = body();
    wrong[LENGTH / 2] ^= 1;
    let server = TestServer::start(wrong, &[Answer::Whole]);
    let error = pull(&server.url, &cache).unwrap_err();
    assert!(error.contains("SHA-256") && error.contains("test.en"), "{error}");
    assert_not_installed(&cache);
    assert_eq!(part_length(&cache), None);
}

#[test]
fn a_page_that_is_too_long_or_too_short_is_no_model() {
    let (_folder, cache) = cache();
    let mut long = body();
    long.extend([0; 10]);
    let server = TestServer::start(long, &[Answer::Whole]);
    let error = pull(&server.url, &cache).unwrap_err();
    assert!(error.contains("longer than the 300000 bytes"), "{error}");
    assert_not_installed(&cache);
    let short = TestServer::start(b"<html>please log in</html>".to_vec(), &[Answer::Whole]);
    assert!(pull(&short.url, &cache).is_err());
    assert_not_installed(&cache);
}

#[test]
fn a_server_without_ranges_or_with_wrong_ones_starts_again_from_the_front() {
    for second in [Answer::IgnoreRange, Answer::WrongRange] {
        let (_folder, cache) = cache();
        let server = TestServer::start(body(), &[Answer::Cut(70_000), second, Answer::Whole]);
        pull(&server.url, &cache).unwrap();
        assert_installed(&cache);
    }
}

#[test]
fn rubbish_left_by_something_else_does_not_stand_in_the_way() {
    let (_folder, cache) = cache();
    std::fs::create_dir_all(cache.folder()).unwrap();
    std::fs::write(cache.partial(&entry()), vec![7; LENGTH + 5]).unwrap();
    let server = TestServer::start(body(), &[Answer::Whole]);
    pull(&server.url, &cache).unwrap();
    assert_installed(&cache);
    // A wrong beginning shows in the end, and the pull after that is clean.
    std::fs::remove_file(cache.path(&entry())).unwrap();
    std::fs::write(cache.partial(&entry()), vec![7; 1000]).unwrap();
    assert!(pull(&server.url, &cache).unwrap_err().contains("SHA-256"));
    pull(&server.url, &cache).unwrap();
    assert_installed(&cache);
}

#[test]
fn nobody_listening_is_an_error_that_names_the_url() {
    let (_folder, cache) = cache();
    let error = pull("http://127.0.0.1:9", &cache).unwrap_err();
    assert!(error.contains("http://127.0.0.1:9/ggml-test.en.bin"), "{error}");
    assert_not_installed(&cache);
}

#[test]
fn a_folder_serves_as_well_as_a_server() {
    let (folder, cache) = cache();
    let from = folder.path().join("usb");
    let source = from.to_str().unwrap();
    let missing = pull(source, &cache).unwrap_err();
    assert!(missing.contains("ggml-test.en.bin"), "{missing}");
    std::fs::create_dir_all(&from).unwrap();
    std::fs::write(from.join("ggml-test.en.bin"), &body()[..1000]).unwrap();
    assert!(pull(source, &cache).unwrap_err().contains("ended after 1000"));
    assert_not_installed(&cache);
    std::fs::write(from.join("ggml-test.en.bin"), body()).unwrap();
    pull(source, &cache).unwrap();
    assert_installed(&cache);
}

#[test]
fn two_pulls_of_one_model_do_not_write_into_each_other() {
    let (_folder, cache) = cache();
    std::fs::create_dir_all(cache.folder()).unwrap();
    let first = std::fs::File::create(cache.partial(&entry())).unwrap();
    first.lock().unwrap();
    let server = TestServer::start(body(), &[Answer::Whole]);
    assert!(pull(&server.url, &cache).unwrap_err().contains("another pull"));
    drop(first);
    pull(&server.url, &cache).unwrap();
    assert_installed(&cache);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_nothing_is_installed() {
    let (_folder, cache) = cache();
    std::fs::create_dir_all(cache.folder()).unwrap();
    // Every write to this device fails as on a disk that is full.
    std::os::unix::fs::symlink("/dev/full", cache.partial(&entry())).unwrap();
    let server = TestServer::start(body(), &[Answer::Whole]);
    let error = pull(&server.url, &cache).unwrap_err();
    assert!(error.contains("No space left") && error.contains(".part"), "{error}");
    assert_not_installed(&cache);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let server = TestServer::start(body(), &[Answer::Whole]);
    let error = pull(&server.url, &Cache::at(file.join("models"))).unwrap_err();
    assert!(error.contains("models"), "{error}");
}

/// Set for the process that `a_killed_pull_goes_on_where_it_was` kills.
const VICTIM: &str = "UNDERTONE_TEST_PULL";

#[test]
fn a_killed_pull_goes_on_where_it_was() {
    if let Ok(job) = std::env::var(VICTIM) {
        let (url, folder) = job.split_once(' ').unwrap();
        let _ = pull(url, &Cache::at(PathBuf::from(folder)));
        return;
    }
    let (_folder, cache) = cache();
    let server = TestServer::start(body(), &[Answer::Stall(LENGTH / 2), Answer::Whole]);
    let job = format!("{} {}", server.url, cache.folder().display());
    let name = "a_killed_pull_goes_on_where_it_was";
    let mut victim = std::process::Command::new(std::env::current_exe().unwrap())
        .args([name, "--test-threads=1"])
        .env(VICTIM, job)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while part_length(&cache).unwrap_or(0) == 0 && Instant::now() < deadline {
        std::thread::yield_now();
    }
    victim.kill().unwrap();
    victim.wait().unwrap();
    assert_not_installed(&cache);
    let here = part_length(&cache).unwrap();
    assert!(here > 0);
    let healthy = TestServer::start(body(), &[Answer::Whole]);
    pull(&healthy.url, &cache).unwrap();
    assert_installed(&cache);
    let asked = healthy.ranges();
    assert!(asked[0].is_empty() || asked[0] == format!("{here}-"), "{asked:?} after {here}");
}

#[test]
fn verifying_finds_a_flipped_bit_that_the_length_does_not_show() {
    let (_folder, cache) = cache();
    std::fs::create_dir_all(cache.folder()).unwrap();
    let mut wrong = body();
    wrong[5] ^= 1;
    std::fs::write(cache.path(&entry()), &wrong).unwrap();
    assert_eq!(cache.condition(&entry()).unwrap(), Condition::Sound);
    assert_eq!(cache.verify(&entry(), |_| ()).unwrap(), Condition::Damaged);
}

#[test]
fn without_a_name_the_best_installed_model_is_meant() {
    let (_folder, cache) = cache();
    let named = |name: &str| Entry { name: name.into(), file: format!("{name}.bin"), ..entry() };
    let models = vec![named("least"), named("middle"), named("best")];
    let manifest = Manifest { source: String::new(), models };
    assert_eq!(cache.best(&manifest).unwrap(), None);
    std::fs::create_dir_all(cache.folder()).unwrap();
    for (model, length) in [(0, LENGTH), (1, LENGTH), (2, LENGTH / 2)] {
        std::fs::write(cache.path(&manifest.models[model]), vec![0; length]).unwrap();
    }
    let best = cache.best(&manifest).unwrap();
    assert_eq!(best, Some(cache.path(&manifest.models[1])), "a damaged one is passed over");
}
