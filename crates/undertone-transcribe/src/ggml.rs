//! Number formats of ggml in which Whisper models are stored.

/// A number format: `block` numbers take `bytes` bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Format {
    /// Its code in a tensor's header (`ggml_type`).
    pub(crate) id: u32,
    /// Numbers a block; rows are whole blocks.
    pub(crate) block: u64,
    /// Bytes a block.
    pub(crate) bytes: u64,
}

pub(crate) const F32: Format = Format { id: 0, block: 1, bytes: 4 };
pub(crate) const F16: Format = Format { id: 1, block: 1, bytes: 2 };

/// `ggml_ftype` of the file header and its format. Files in 32 bits (0) are omitted on
/// purpose: whisper.cpp aborts in their convolutions.
const BY_FILE_TYPE: [(u32, Format); 11] = [
    (1, F16),
    (2, Format { id: 2, block: 32, bytes: 18 }),
    (3, Format { id: 3, block: 32, bytes: 20 }),
    (7, Format { id: 8, block: 32, bytes: 34 }),
    (8, Format { id: 6, block: 32, bytes: 22 }),
    (9, Format { id: 7, block: 32, bytes: 24 }),
    (10, Format { id: 10, block: 256, bytes: 84 }),
    (11, Format { id: 11, block: 256, bytes: 110 }),
    (12, Format { id: 12, block: 256, bytes: 144 }),
    (13, Format { id: 13, block: 256, bytes: 176 }),
    (14, Format { id: 14, block: 256, bytes: 210 }),
];

impl Format {
    /// The format of the weight matrices of a file with `file_type` in its header. Quantised
    /// files have a version in the thousands.
    pub(crate) fn of_file(file_type: u32) -> Option<Self> {
        let plain = file_type % 1000;
        BY_FILE_TYPE.into_iter().find(|(id, _)| *id == plain).map(|(_, format)| format)
    }

    /// Bytes of a tensor of `rows` rows of `row` numbers; `None` if a row is not a whole
    /// number of blocks.
    pub(crate) fn size(self, row: u64, rows: u64) -> Option<u64> {
        row.is_multiple_of(self.block).then(|| row / self.block * self.bytes * rows)
    }
}
