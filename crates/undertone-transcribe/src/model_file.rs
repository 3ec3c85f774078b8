//! Validates a Whisper model file.
//!
//! whisper.cpp trusts what it loads: a wrong count makes it allocate gigabytes, and a
//! missing token ends in an abort. So the header, the vocabulary and the header of every
//! tensor are checked here against the shape that the file declares, before C code reads
//! it.

use crate::TranscribeError;
use crate::ggml::Format;
use crate::tensor_table::{Expected, expected};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

/// `"ggml"` read as a little-endian number.
const MAGIC: u32 = 0x6767_6d6c;
/// Bins of the 400-point spectrum Whisper's filters take.
const SPECTRUM_BINS: u32 = 201;
/// Whisper's longest token is 128 bytes; a longer one means a damaged table.
const LONGEST_TOKEN: u32 = 1024;
/// English-only, multilingual, and multilingual with Cantonese.
const VOCABULARIES: std::ops::RangeInclusive<u32> = 51_864..=51_866;

/// The sizes of a Whisper model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Tokens; 51 864 is English-only.
    pub vocabulary: u32,
    /// Encoder positions, 50 a second; 1500 in every published model.
    pub audio_context: u32,
    /// Width of both halves.
    pub width: u32,
    /// Attention heads.
    pub heads: u32,
    /// Encoder blocks.
    pub audio_layers: u32,
    /// Decoder positions.
    pub text_context: u32,
    /// Decoder blocks.
    pub text_layers: u32,
    /// Bands of the log-mel spectrogram.
    pub mels: u32,
}

impl Shape {
    /// True for multilingual models.
    pub const fn is_multilingual(&self) -> bool {
        self.vocabulary > *VOCABULARIES.start()
    }

    #[cfg(test)]
    pub(crate) const fn tiny_for_tests() -> Self {
        Self {
            vocabulary: 51_864,
            audio_context: 1500,
            width: 32,
            heads: 2,
            audio_layers: 1,
            text_context: 64,
            text_layers: 1,
            mels: 80,
        }
    }
}

/// A validated Whisper model file.
#[derive(Debug, Clone)]
pub struct ModelFile {
    /// Its path.
    pub path: PathBuf,
    /// Its shape.
    pub shape: Shape,
    /// Its length in bytes.
    pub bytes: u64,
}

impl ModelFile {
    /// Validates the model at `path`, reading headers and skipping weights.
    ///
    /// # Errors
    /// [`TranscribeError::Unreadable`] or [`TranscribeError::Malformed`].
    pub fn check(path: &Path) -> Result<Self, TranscribeError> {
        let unreadable = |source| TranscribeError::Unreadable { path: path.to_owned(), source };
        let file = File::open(path).map_err(unreadable)?;
        let bytes = file.metadata().map_err(unreadable)?.len();
        let mut walk = Walk { input: BufReader::new(file), at: 0, bytes };
        match walk.model() {
            Ok(shape) => Ok(Self { path: path.to_owned(), shape, bytes }),
            Err(Fault::Unreadable(source)) => Err(unreadable(source)),
            Err(Fault::Wrong(cause)) => {
                Err(TranscribeError::Malformed { path: path.to_owned(), cause })
            }
        }
    }
}

/// Why reading a file stopped.
enum Fault {
    Unreadable(io::Error),
    Wrong(String),
}

fn wrong<T>(cause: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Wrong(cause.into()))
}

/// A reader of a model file with its position and the file's length.
struct Walk {
    input: BufReader<File>,
    at: u64,
    bytes: u64,
}

impl Walk {
    fn model(&mut self) -> Result<Shape, Fault> {
        if self.bytes < 4 || self.number()? != MAGIC {
            return wrong("it does not begin with \"ggml\"");
        }
        let (shape, weights) = self.shape()?;
        self.filters(&shape)?;
        self.vocabulary(&shape)?;
        self.tensors(expected(&shape, weights))?;
        Ok(shape)
    }

    fn shape(&mut self) -> Result<(Shape, Format), Fault> {
        let vocabulary = self.field("vocabulary size", VOCABULARIES)?;
        let audio_context = self.field("audio context", 64..=1500)?;
        let width = self.field("audio width", 8..=2048)?;
        let heads = self.field("audio heads", 1..=64)?;
        let audio_layers = self.field("audio layers", 1..=64)?;
        let text_context = self.field("text context", 16..=448)?;
        self.field("text width", width..=width)?;
        self.field("text heads", heads..=heads)?;
        let text_layers = self.field("text layers", 1..=64)?;
        let mels = self.field("mel bands", 80..=128)?;
        if !width.is_multiple_of(heads) {
            return wrong(format!("a width of {width} cannot be shared by {heads} heads"));
        }
        let file_type = self.number()?;
        let Some(weights) = Format::of_file(file_type) else {
            return wrong(format!("unknown number format {file_type}"));
        };
        let shape = Shape {
            vocabulary,
            audio_context,
            width,
            heads,
            audio_layers,
            text_context,
            text_layers,
            mels,
        };
        Ok((shape, weights))
    }

    fn filters(&mut self, shape: &Shape) -> Result<(), Fault> {
        self.field("mel filter bands", shape.mels..=shape.mels)?;
        self.field("mel filter bins", SPECTRUM_BINS..=SPECTRUM_BINS)?;
        self.skip(u64::from(shape.mels * SPECTRUM_BINS) * 4, "the mel filters")
    }

    fn vocabulary(&mut self, shape: &Shape) -> Result<(), Fault> {
        let tokens = self.field("token count", 1..=shape.vocabulary)?;
        let mut space = false;
        let mut token = [0; LONGEST_TOKEN as usize];
        for _ in 0..tokens {
            let length = self.field("token length", 0..=LONGEST_TOKEN)? as usize;
            self.read(&mut token[..length])?;
            space |= token[..length] == *b" ";
        }
        // whisper.cpp looks the space up without asking whether it is there.
        if space { Ok(()) } else { wrong("the vocabulary has no token for a space") }
    }

    fn tensors(&mut self, mut missing: BTreeMap<String, Expected>) -> Result<(), Fault> {
        while self.at < self.bytes {
            let (name, found) = self.tensor_header()?;
            let Some(expected) = missing.remove(&name) else {
                return wrong(format!("tensor \"{name}\" is unknown or comes twice"));
            };
            let size = match expected.bytes() {
                Some(size) if found == (expected.dims, expected.format.id) => size,
                _ => return wrong(format!("tensor \"{name}\" has the wrong shape or format")),
            };
            self.skip(size, &name)?;
        }
        match missing.keys().next() {
            None => Ok(()),
            Some(name) => wrong(format!("it ends before tensor \"{name}\"")),
        }
    }

    /// Name, dimensions and format code of the tensor at the present position.
    fn tensor_header(&mut self) -> Result<(String, ([u64; 3], u32)), Fault> {
        let dimensions = self.field("tensor dimensions", 1..=3)? as usize;
        let length = self.field("tensor name length", 1..=128)? as usize;
        let format = self.number()?;
        let mut dims = [1; 3];
        for dim in &mut dims[..dimensions] {
            *dim = u64::from(self.number()?);
        }
        let mut name = vec![0; length];
        self.read(&mut name)?;
        match String::from_utf8(name) {
            Ok(name) => Ok((name, (dims, format))),
            Err(_) => wrong(format!("a tensor name at byte {} is not text", self.at)),
        }
    }

    fn number(&mut self) -> Result<u32, Fault> {
        let mut bytes = [0; 4];
        self.read(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn field(&mut self, name: &str, allowed: std::ops::RangeInclusive<u32>) -> Result<u32, Fault> {
        let value = self.number()?;
        if allowed.contains(&value) {
            return Ok(value);
        }
        let (low, high) = (allowed.start(), allowed.end());
        wrong(format!("{name} is {value}, not within {low} to {high}"))
    }

    fn read(&mut self, into: &mut [u8]) -> Result<(), Fault> {
        self.advance(into.len() as u64, "its header")?;
        self.input.read_exact(into).map_err(Fault::Unreadable)
    }

    fn skip(&mut self, bytes: u64, what: &str) -> Result<(), Fault> {
        self.advance(bytes, what)?;
        let Ok(offset) = i64::try_from(bytes) else {
            return wrong(format!("{what} is too large"));
        };
        self.input.seek_relative(offset).map_err(Fault::Unreadable)
    }

    fn advance(&mut self, bytes: u64, what: &str) -> Result<(), Fault> {
        self.at += bytes;
        if self.at > self.bytes {
            return wrong(format!("it is cut off after {} bytes, within {what}", self.bytes));
        }
        Ok(())
    }
}
