//! Every format is read to its end, and holds the sound that went in.

use crate::common::{assert_near, read_all, read_raw, temp, wav_with_fmt};
use std::path::PathBuf;
use undertone_capture::{ReadOptions, Recording, RecordingError, channel};

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// A golden file's content.
pub(crate) fn golden_bytes(name: &str) -> Vec<u8> {
    std::fs::read(golden(name)).unwrap()
}

/// What another decoder made of the same file.
fn decoded_elsewhere(name: &str) -> Vec<f32> {
    let bytes = golden_bytes(&format!("phone-{name}.raw"));
    bytes.chunks(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0).collect()
}

fn whole(name: &str) -> (Recording, Vec<f32>) {
    let (recording, samples, error) = read_all(&golden(name), 777);
    assert!(error.is_none(), "{name}: {error:?}");
    (recording, samples)
}

fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let power = |x: &[f32]| x.iter().map(|x| x * x).sum::<f32>();
    let product: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
    product / (power(a) * power(b)).sqrt()
}

#[test]
fn adpcm_and_gsm_in_a_wav_are_decoded_as_other_decoders_do() {
    for (name, tolerance) in [("ima", 0.0), ("ms", 0.0), ("gsm", 0.0)] {
        let (recording, samples) = whole(&format!("phone-{name}.wav"));
        assert_eq!((recording.sample_rate(), recording.channels()), (8000, 1), "{name}");
        assert_eq!(recording.frames(), Some(samples.len() as u64), "{name}");
        // Not every decoder leaves out what the fact chunk does not count.
        let wanted = decoded_elsewhere(name);
        assert!(wanted.len() - samples.len() < 320, "{name}: {} frames", samples.len());
        assert_near(name, &samples, &wanted[..samples.len()], tolerance);
    }
}

#[test]
fn headerless_gsm_is_the_gsm_of_the_wav() {
    let wav = decoded_elsewhere("gsm");
    let (recording, samples, error) = read_raw(&golden("phone.gsm"), "gsm", 777);
    assert!(error.is_none(), "{error:?}");
    assert_eq!((recording.sample_rate(), recording.channels()), (8000, 1));
    assert_near("gsm", &samples, &wav[..samples.len()], 0.0);
}

#[test]
fn g726_of_every_rate_is_decoded_bit_by_bit() {
    for rate in [24, 32, 40] {
        let name = format!("g726-{rate}");
        let (_, samples, error) = read_raw(&golden(&format!("phone.{name}")), &name, 777);
        assert!(error.is_none(), "{name}: {error:?}");
        assert_near(&name, &samples, &decoded_elsewhere(&name), 0.0);
    }
}

#[test]
fn g726_in_a_wav_and_g722_hold_the_same_sound() {
    let wanted = decoded_elsewhere("ima");
    let (_, wav) = whole("phone-g726.wav");
    assert!(correlation(&wav, &wanted) > 0.98, "{}", correlation(&wav, &wanted));
    let (recording, g722, error) = read_raw(&golden("phone.g722"), "g722", 777);
    assert!(error.is_none(), "{error:?}");
    assert_eq!((recording.sample_rate(), g722.len()), (16_000, 8000));
    // The filters of G.722 take 22 samples.
    let half: Vec<f32> = g722.iter().skip(22).step_by(2).copied().collect();
    assert!(correlation(&half, &wanted) > 0.9, "{}", correlation(&half, &wanted));
}

#[test]
fn containers_hold_the_same_sound() {
    let customer = |name: &str| {
        let (recording, samples) = whole(name);
        assert_eq!(recording.channels(), 2, "{name}");
        let mut customer = Vec::new();
        channel(&samples, 2, 0, &mut customer);
        (recording.sample_rate(), customer)
    };
    let (_, exact) = customer("short.flac");
    // Encoders put silence before the sound; MP4 says how much in its edit list,
    // which symphonia does not read yet.
    for (name, rate, delay) in [
        ("short.m4a", 16_000, 1024),
        ("short.aac", 16_000, 1024),
        ("short-alac.m4a", 16_000, 0),
        ("short.mka", 16_000, 0),
        ("short.webm", 48_000, 0),
    ] {
        let (got, samples) = customer(name);
        assert_eq!(got, rate, "{name}");
        let step = rate as usize / 16_000;
        let samples: Vec<f32> = samples.iter().skip(delay).step_by(step).copied().collect();
        let missing = exact.len().saturating_sub(samples.len());
        assert!(missing < 320, "{name}: {missing} frames are missing");
        let same = correlation(&samples, &exact);
        assert!(same > 0.9, "{name}: correlation {same}");
    }
}

/// A big-endian file of the chunk kind (AIFF), or with a fixed head (AU, CAF).
fn big_endian(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn aiff(kind: [u8; 4], extra: &[u8], data: &[u8]) -> Vec<u8> {
    // 8000 Hz as an 80-bit float.
    let rate = [0x40, 0x0b, 0xfa, 0, 0, 0, 0, 0, 0, 0];
    let comm = big_endian(&[
        &1_u16.to_be_bytes(),
        &(data.len() as u32 / 2).to_be_bytes(),
        &16_u16.to_be_bytes(),
        &rate,
        extra,
    ]);
    let ssnd = big_endian(&[&[0; 8], data]);
    let len = 4 + 8 + comm.len() + 8 + ssnd.len();
    big_endian(&[
        b"FORM",
        &(len as u32).to_be_bytes(),
        &kind,
        b"COMM",
        &(comm.len() as u32).to_be_bytes(),
        &comm,
        b"SSND",
        &(ssnd.len() as u32).to_be_bytes(),
        &ssnd,
    ])
}

fn au(len: u32, code: u32, data: &[u8]) -> Vec<u8> {
    let fields = [24, len, code, 8000, 1].map(u32::to_be_bytes).concat();
    big_endian(&[b".snd", &fields, data])
}

fn caf(data: &[u8]) -> Vec<u8> {
    let desc = big_endian(&[
        &8000_f64.to_be_bytes(),
        b"lpcm",
        // Big-endian integers, 2 bytes and a frame a packet.
        &[0_u32, 2, 1, 1, 16].map(u32::to_be_bytes).concat(),
    ]);
    big_endian(&[
        b"caff\0\x01\0\0desc",
        &(desc.len() as u64).to_be_bytes(),
        &desc,
        b"data",
        &(4 + data.len() as u64).to_be_bytes(),
        &[0; 4],
        data,
    ])
}

/// A Wave64 file around what stands behind "WAVE" in a WAV file of 44 bytes of header.
pub(crate) fn wave64(wav: &[u8]) -> Vec<u8> {
    let tail = b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a";
    let data = &wav[44..];
    let mut out = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00".to_vec();
    out.extend_from_slice(&(104 + data.len() as u64).to_le_bytes());
    out.extend_from_slice(b"wave");
    out.extend_from_slice(tail);
    for (id, content) in [(b"fmt ", &wav[20..36]), (b"data", data)] {
        out.extend_from_slice(id);
        out.extend_from_slice(tail);
        out.extend_from_slice(&(24 + content.len() as u64).to_le_bytes());
        out.extend_from_slice(content);
    }
    out
}

/// An RF64 file of what a plain WAV holds.
pub(crate) fn rf64(wav: &[u8]) -> Vec<u8> {
    let data = &wav[44..];
    let mut out = b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0".to_vec();
    for number in [wav.len() as u64 + 28, data.len() as u64, data.len() as u64 / 2] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&wav[12..40]);
    out.extend_from_slice(&u32::MAX.to_le_bytes());
    out.extend_from_slice(data);
    out
}

#[test]
fn containers_of_plain_samples_give_back_what_was_written() {
    let samples = [0_i16, 16_384, -16_384, 8192];
    let be: Vec<u8> = samples.iter().flat_map(|s| s.to_be_bytes()).collect();
    let le: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    let wav = wav_with_fmt(1, 1, 8000, 16, &le, 8);
    let cases: [(&str, Vec<u8>); 8] = [
        ("AIFF", aiff(*b"AIFF", b"", &be)),
        ("AIFC", aiff(*b"AIFC", b"NONE\0\0", &be)),
        ("AIFC of little-endian", aiff(*b"AIFC", b"sowt\0\0", &le)),
        ("AU", au(8, 3, &be)),
        ("AU of open length", au(u32::MAX, 3, &be)),
        ("CAF", caf(&be)),
        ("RF64", rf64(&wav)),
        ("Wave64", wave64(&wav)),
    ];
    for (what, bytes) in cases {
        let file = temp(&bytes);
        let (recording, got, error) = read_all(file.path(), 3);
        assert!(error.is_none(), "{what}: {error:?}");
        assert_eq!((recording.sample_rate(), recording.channels()), (8000, 1), "{what}");
        assert_eq!(got, [0.0, 0.5, -0.5, 0.25], "{what}");
    }
}

#[test]
fn an_rf64_over_four_gibibytes_says_how_much_is_missing() {
    let mut file = rf64(&wav_with_fmt(1, 1, 8000, 16, &[0, 64], 2));
    // The length in the ds64 chunk.
    file[28..36].copy_from_slice(&(5_u64 << 30).to_le_bytes());
    let (_, samples, error) = read_all(temp(&file).path(), 8);
    assert_eq!(samples, [0.5]);
    let Some(RecordingError::Truncated { expected_frames, .. }) = error else {
        panic!("{error:?}")
    };
    assert_eq!(expected_frames, 5 << 29);
}

#[test]
fn headerless_files_are_what_the_user_says() {
    let read = |bytes: &[u8], format| {
        let (recording, samples, error) = read_raw(temp(bytes).path(), format, 2);
        assert!(error.is_none(), "{format}: {error:?}");
        (recording.sample_rate(), recording.channels(), samples)
    };
    assert_eq!(read(&[0xff, 0xe0], "mulaw"), (8000, 1, vec![0.0, 372.0 / 32_768.0]));
    assert_eq!(read(&[0xd5], "alaw:16000"), (16_000, 1, vec![8.0 / 32_768.0]));
    assert_eq!(read(&[0, 64, 0, 192], "s16le:48000:2"), (48_000, 2, vec![0.5, -0.5]));
    assert_eq!(read(&[64, 0], "s16be"), (8000, 1, vec![0.5]));
    // A WAV header is sound too, if the user says so.
    let wav = wav_with_fmt(1, 1, 8000, 16, &[], 0);
    assert_eq!(read(&wav, "u8").2.len(), wav.len());
}

#[test]
fn a_wrong_rate_is_overridden() {
    let file = temp(&wav_with_fmt(1, 1, 16_000, 16, &[0, 64], 2));
    let rate = |rate| {
        let options = ReadOptions { rate: Some(rate), ..ReadOptions::default() };
        Recording::open_with(file.path(), options).map(|recording| recording.sample_rate())
    };
    assert_eq!(rate(8000).unwrap(), 8000);
    assert!(rate(7).unwrap_err().to_string().contains("sample rate of 7 Hz"));
}

#[test]
fn what_cannot_be_read_names_the_command_that_helps() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes, what) in [
        ("a.amr", b"#!AMR\n<".as_slice(), "AMR-NB"),
        ("a b.awb", b"#!AMR-WB\n", "AMR-WB"),
        ("c.wma", b"0&\xb2u\x8ef\xcf\x11", "WMA"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let message = Recording::open(&path).err().unwrap().to_string();
        let flac = path.with_extension("flac");
        let command =
            format!("{what} cannot be read; convert it first: ffmpeg -i {path:?} {flac:?}");
        assert!(message.ends_with(&command), "{message}");
    }
}

#[test]
fn a_webm_written_as_it_went_is_complete_where_it_ends() {
    let whole = golden_bytes("short-live.webm");
    let (_, all, error) = read_all(temp(&whole).path(), 777);
    assert!(error.is_none(), "{error:?}");
    let (_, some, error) = read_all(temp(&whole[..whole.len() * 3 / 4]).path(), 777);
    assert!(error.is_none(), "{error:?}");
    assert!(some.len() > all.len() / 2 && all.starts_with(&some), "{}", some.len());
}
