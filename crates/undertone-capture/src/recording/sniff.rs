//! Tells by its first bytes what a file is; names and extensions lie.

use super::riff::Layout;

/// How many bytes from the start of a file [`sniff`] wants to see.
pub(super) const HEAD_LEN: usize = 4096;

/// What a file's content looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// RIFF/WAVE, RF64 or Wave64.
    Wav(Layout),
    /// AU.
    Au,
    /// What symphonia opens.
    Contained(Container),
    /// Audio of a kind we do not read.
    OtherAudio(&'static str),
    /// Not audio.
    Other(&'static str),
}

/// A format that symphonia takes apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    /// FLAC, bare.
    Flac,
    /// MPEG audio.
    Mp3,
    /// An Ogg container, whatever is in it.
    Ogg,
    /// MP4, M4A or 3GP.
    Mp4,
    /// Matroska or `WebM`.
    Matroska,
    /// AIFF or AIFC.
    Aiff,
    /// Apple's Core Audio Format.
    Caf,
    /// AAC, bare.
    Adts,
}

impl Container {
    /// Its name in messages.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Flac => "FLAC",
            Self::Mp3 => "MP3",
            Self::Ogg => "OGG",
            Self::Mp4 => "MP4/M4A",
            Self::Matroska => "Matroska/WebM",
            Self::Aiff => "AIFF",
            Self::Caf => "CAF",
            Self::Adts => "AAC",
        }
    }
}

/// Says what a file that starts with `head` is.
pub(super) fn sniff(head: &[u8]) -> Content {
    let tag = |offset: usize, tag: &[u8]| head.get(offset..).is_some_and(|b| b.starts_with(tag));
    if let Some(layout) = Layout::of(head) {
        Content::Wav(layout)
    } else if tag(0, b"fLaC") {
        Content::Contained(Container::Flac)
    } else if tag(0, b"OggS") {
        sniff_ogg(head)
    } else if tag(0, b"ID3") {
        Content::Contained(if flac_behind_tag(head) { Container::Flac } else { Container::Mp3 })
    } else if let Some((_, _, content)) = KNOWN.iter().find(|(at, bytes, _)| tag(*at, bytes)) {
        *content
    } else if (0..head.len()).any(|at| is_mpeg_audio(&head[at..])) {
        Content::Contained(Container::Mp3)
    } else {
        sniff_text(head)
    }
}

/// Whether the Matroska file that starts with `head` is a stream written as it went:
/// its segment's length is left open, and where it ends is where the writer stopped.
pub(super) fn is_open_matroska(head: &[u8]) -> bool {
    const SEGMENT: &[u8] = b"\x18\x53\x80\x67";
    let behind =
        head.windows(SEGMENT.len()).position(|id| id == SEGMENT).map(|at| at + SEGMENT.len());
    let len = behind.and_then(|at| head.get(at..)).unwrap_or_default();
    len.starts_with(&[0xff]) || len.starts_with(b"\x01\xff\xff\xff\xff\xff\xff\xff")
}

/// Marks of formats that are common where recordings are kept.
const KNOWN: &[(usize, &[u8], Content)] = &[
    (0, b"RIFX", Content::OtherAudio("RIFX (big-endian WAV)")),
    (4, b"ftyp", Content::Contained(Container::Mp4)),
    (4, b"moov", Content::Contained(Container::Mp4)),
    (0, b"\x1aE\xdf\xa3", Content::Contained(Container::Matroska)),
    (8, b"AIFF", Content::Contained(Container::Aiff)),
    (8, b"AIFC", Content::Contained(Container::Aiff)),
    (0, b"caff", Content::Contained(Container::Caf)),
    (0, b".snd", Content::Au),
    (0, b"#!AMR-WB", Content::OtherAudio("AMR-WB")),
    (0, b"#!AMR", Content::OtherAudio("AMR-NB")),
    (0, b"#!SILK", Content::OtherAudio("SILK")),
    (0, b"#!EVS", Content::OtherAudio("EVS")),
    (0, b"wvpk", Content::OtherAudio("WavPack")),
    (0, b"0&\xb2u\x8ef\xcf\x11", Content::OtherAudio("WMA")),
    (0, b"\xff\xf1", Content::Contained(Container::Adts)),
    (0, b"\xff\xf9", Content::Contained(Container::Adts)),
    (0, b"RIFF", Content::Other("a RIFF file without sound (AVI, WebP or the like)")),
    (0, b"\x89PNG", Content::Other("a PNG image")),
    (0, b"\xff\xd8\xff", Content::Other("a JPEG image")),
    (0, b"GIF8", Content::Other("a GIF image")),
    (0, b"%PDF", Content::Other("a PDF document")),
    (0, b"PK\x03\x04", Content::Other("a ZIP archive")),
    (0, b"\x1f\x8b", Content::Other("a gzip archive")),
    (0, b"\x7fELF", Content::Other("a program")),
    (0, b"version https://git-lfs", Content::Other("a Git LFS pointer; run `git lfs pull`")),
];

/// An ID3 tag may stand before a FLAC stream; its length is in bytes 6 to 10.
fn flac_behind_tag(head: &[u8]) -> bool {
    let Some(&[a, b, c, d]) = head.get(6..10) else { return false };
    let len = [a, b, c, d].iter().fold(0_usize, |n, &byte| n << 7 | usize::from(byte & 0x7f));
    head.get(10 + len..).is_some_and(|rest| rest.starts_with(b"fLaC"))
}

/// The first packet, behind a page header of 28 bytes, names the codec.
fn sniff_ogg(head: &[u8]) -> Content {
    match head.get(28..).unwrap_or_default() {
        [b'S', b'p', b'e', b'e', b'x', ..] => Content::OtherAudio("OGG Speex"),
        _ => Content::Contained(Container::Ogg),
    }
}

/// An MPEG frame header is only eleven set bits, which any binary file has
/// somewhere: two more headers, each where the frame before ends, make it
/// believable. A recorder that joined a stream starts in the middle of a frame,
/// so any position may be the first.
fn is_mpeg_audio(bytes: &[u8]) -> bool {
    let Some(first) = frame_len(bytes) else { return false };
    let Some(second) = bytes.get(first..).and_then(frame_len) else { return false };
    bytes.get(first + second..).is_some_and(|third| frame_len(third).is_some())
}

/// Length in bytes of the MPEG layer III frame that `bytes` starts with.
fn frame_len(bytes: &[u8]) -> Option<usize> {
    const V1_KBPS: [usize; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    const V2_KBPS: [usize; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let &[sync, version_layer, rates, ..] = bytes else { return None };
    if sync != 0xff || version_layer & 0xe6 != 0xe2 {
        return None;
    }
    let version = version_layer >> 3 & 3;
    let rate_divisor = match version {
        3 => 1,
        2 => 2,
        0 => 4,
        _ => return None,
    };
    let rate = [44_100, 48_000, 32_000].get(usize::from(rates >> 2 & 3))? / rate_divisor;
    let table = if version == 3 { V1_KBPS } else { V2_KBPS };
    let kbps = *table.get(usize::from(rates >> 4))?;
    let samples_per_bit = if version == 3 { 144 } else { 72 };
    let padding = usize::from(rates >> 1 & 1);
    (kbps > 0).then(|| samples_per_bit * kbps * 1000 / rate + padding)
}

fn sniff_text(head: &[u8]) -> Content {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The head may end in the middle of a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => "",
    };
    let printable = |c: char| !c.is_control() || c.is_ascii_whitespace();
    if !text.is_empty() && text.chars().all(printable) {
        Content::Other("text")
    } else {
        Content::Other("bytes of an unknown kind")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_png_is_a_png_whatever_its_name() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Content::Other("a PNG image"));
    }

    #[test]
    fn text_is_text_even_when_cut_inside_a_character() {
        assert_eq!(sniff("Grüße".as_bytes()), Content::Other("text"));
        assert_eq!(sniff(&"Grü".as_bytes()[..3]), Content::Other("text"));
        assert_eq!(sniff(b"\0\x01\x02"), Content::Other("bytes of an unknown kind"));
    }

    #[test]
    fn mpeg_headers_are_believed_only_in_a_row() {
        // MPEG-1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes a frame.
        let header = [0xff, 0xfb, 0x90, 0x00];
        let mut file = vec![0_u8; 1300];
        for (frame, content) in [
            (0, Content::Other("bytes of an unknown kind")),
            (1, Content::Other("bytes of an unknown kind")),
            (2, Content::Contained(Container::Mp3)),
        ] {
            let at = 100 + frame * 417;
            file[at..at + 4].copy_from_slice(&header);
            assert_eq!(sniff(&file), content);
        }
    }

    #[test]
    fn a_riff_that_is_no_wave_is_not_taken_for_one() {
        assert!(matches!(sniff(b"RIFF\x10\0\0\0WEBPVP8 "), Content::Other(_)));
        assert_eq!(sniff(b"RIFF\x10\0\0\0WAVEfmt "), Content::Wav(Layout::Riff));
    }
}
