//! Finds the weights files of emotion models.

use crate::ModelsError;
use crate::cache::folders_of_user;
use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The default acoustic model.
pub const DEFAULT_ACOUSTIC: &str = "tone-open";

/// The default text model. Too large for the binary: [`find`] searches for it.
pub const DEFAULT_TEXT: &str = "text-emotion";

const EXTENSION: &str = "safetensors";

/// The default model's weights, included in every binary.
static DEFAULT_ACOUSTIC_WEIGHTS: &[u8] = include_bytes!("../../../models/tone-open.safetensors");

/// The weights that the binary includes under `name`.
pub fn built_in(name: &str) -> Option<&'static [u8]> {
    (name == DEFAULT_ACOUSTIC).then_some(DEFAULT_ACOUSTIC_WEIGHTS)
}

/// The weights file for `name_or_path`. A path (anything with a separator or ending in
/// `.safetensors`) is used as it is. A name is searched for in
/// `$UNDERTONE_MODELS`, `./models`, `models` beside the executable or one or two
/// folders above it, and the user's data folder.
///
/// # Errors
/// [`ModelsError::NotFound`] with every path that was tried.
pub fn find(name_or_path: &str) -> Result<PathBuf, ModelsError> {
    let candidates = if is_path(name_or_path) {
        vec![PathBuf::from(name_or_path)]
    } else {
        folders().into_iter().map(|folder| file_in(&folder, name_or_path)).collect()
    };
    match candidates.iter().find(|path| path.is_file()) {
        Some(path) => Ok(path.clone()),
        None => Err(ModelsError::NotFound { name: name_or_path.to_owned(), looked: candidates }),
    }
}

fn is_path(text: &str) -> bool {
    text.contains(std::path::is_separator)
        || Path::new(text).extension() == Some(OsStr::new(EXTENSION))
}

fn file_in(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.{EXTENSION}"))
}

/// The folders that are searched for a named model, in order.
fn folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Some(folder) = env::var_os("UNDERTONE_MODELS").filter(|value| !value.is_empty()) {
        folders.push(PathBuf::from(folder));
    }
    folders.push(PathBuf::from("models"));
    if let Ok(executable) = env::current_exe() {
        let above = executable.ancestors().skip(1).take(3);
        folders.extend(above.map(|folder| folder.join("models")));
    }
    folders.extend(folders_of_user().map(|user| user.data_dir().join("models")));
    folders
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_path_is_taken_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.safetensors");
        std::fs::write(&path, b"x").unwrap();
        assert_eq!(find(path.to_str().unwrap()).unwrap(), path);
    }

    #[test]
    fn a_name_that_is_nowhere_says_where_it_looked() {
        let message = find("no-such-model").unwrap_err().to_string();
        let here = Path::new("models").join("no-such-model.safetensors");
        assert!(message.contains(here.to_str().unwrap()), "{message}");
        assert!(message.contains("undertone"), "{message}");
        assert_eq!(message.lines().count(), 1);
    }
}
