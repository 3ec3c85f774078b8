"""Sounds that are no voice, as arrays at 16 kHz: keys, what exchanges send, beeps, music.

Levels are dB relative to full scale of a sine. Everything random has a fixed seed.
"""

import numpy as np

RATE = 16_000
ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
KEYS = "123A456B789C*0#D"


def gain(db):
    return 10 ** (db / 20)


def silence(seconds):
    return np.zeros(int(seconds * RATE))


def tone(parts, seconds, db):
    """`parts` (hertz) at the same level, `db` together, with edges of 3 ms."""
    t = np.arange(int(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * hz * t) for hz in parts) / np.sqrt(len(parts))
    edge = np.minimum(1, np.minimum(np.arange(len(t)), np.arange(len(t))[::-1]) / (0.003 * RATE))
    return gain(db) * wave * edge


def keys(digits, db, on=0.12, off=0.12):
    parts = []
    for digit in digits:
        place = KEYS.index(digit)
        parts += [tone((ROWS[place // 4], COLUMNS[place % 4]), on, db), silence(off)]
    return np.concatenate(parts)


def cadence(parts, rhythm, times, db):
    """`rhythm`: seconds on, off, on, off ..."""
    one = [tone(parts, s, db) if n % 2 == 0 else silence(s) for n, s in enumerate(rhythm)]
    return np.concatenate(one * times)


def sit(db):
    steps = [tone((hz,), 0.33, db) for hz in (950, 1400, 1800)]
    return np.concatenate([*steps, silence(0.5)] * 2)


def fax(db):
    return np.concatenate(
        [tone((1100,), 0.5, db), silence(3), tone((1100,), 0.5, db), silence(1), tone((2100,), 2.6, db)]
    )


def fsk(db, seconds=2.0, seed=5):
    """V.21 at 300 bit/s, as a fax talks after it has answered."""
    rng = np.random.default_rng(seed)
    bits = np.repeat(rng.integers(0, 2, int(seconds * 300) + 1), RATE // 300 + 1)
    hz = np.where(bits[: int(seconds * RATE)] == 1, 1650, 1850)
    return gain(db) * np.sin(2 * np.pi * np.cumsum(hz) / RATE)


def note(hz, seconds, harmonics, attack, rng):
    t = np.arange(int(seconds * RATE)) / RATE
    bend = hz * (1 + 0.002 * np.sin(2 * np.pi * (4.5 + rng.random()) * t))
    phase = 2 * np.pi * np.cumsum(bend) / RATE
    wave = sum(a * np.sin(k * phase) for k, a in enumerate(harmonics, 1) if k * hz < 7000)
    return wave * np.minimum(1, t / attack) * np.exp(-t * rng.uniform(0.5, 3))


def music(seconds, db, seed, style):
    """Chords, a melody and drums; `style` 0 to 3: piano, strings, a lead over a beat, guitar."""
    rng = np.random.default_rng(seed)
    out = np.zeros(int((seconds + 4) * RATE))
    beat = 60 / rng.uniform(70, 130)
    scale = np.array([0, 2, 4, 5, 7, 9, 11])
    root = 110 * 2 ** (rng.integers(0, 12) / 12)
    timbre = [
        [1, 0.5, 0.25, 0.12, 0.06, 0.03],
        [1, 0.7, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1],
        [1, 0.1, 0.6, 0.1, 0.4, 0.05, 0.3, 0.05, 0.2],
        [1, 0.8, 0.5, 0.4, 0.2, 0.15, 0.1],
    ][style]
    attack = (0.01, 0.12, 0.03, 0.004)[style]

    def put(at, wave, level):
        start = int(at * RATE)
        stop = min(len(out), start + len(wave))
        out[start:stop] += level * wave[: stop - start]

    bar = 0
    while bar * 4 * beat < seconds:
        degree = rng.choice([0, 3, 4, 5])
        for third in (0, 2, 4):
            step = degree + third
            hz = root * 2 ** ((scale[step % 7] + 12 * (step // 7)) / 12)
            put(bar * 4 * beat, note(hz, 4 * beat, timbre, attack, rng), 0.5)
        at = 0.0
        while at < 4:
            length = rng.choice([0.5, 1, 1, 2])
            step = degree + rng.integers(0, 7)
            hz = 2 * root * 2 ** ((scale[step % 7] + 12 * (step // 7)) / 12)
            put((bar * 4 + at) * beat, note(hz, length * beat * 1.2, timbre, attack, rng), 0.8)
            at += length
        if style >= 2:
            for hit in range(8):
                hiss = rng.standard_normal(int(0.08 * RATE)) * np.exp(-np.arange(int(0.08 * RATE)) / 300)
                put((bar * 4 + hit / 2) * beat, hiss, 0.15 if hit % 2 else 0.3)
        bar += 1
    out = out[: int(seconds * RATE)]
    return out * gain(db) / np.sqrt(2 * np.mean(out**2))


def phone(wave):
    """300 to 3400 Hz, 8 kHz, G.711 mu-law and back."""
    spectrum = np.fft.rfft(wave)
    hz = np.fft.rfftfreq(len(wave), 1 / RATE)
    edge = np.clip((hz - 200) / 100, 0, 1) * np.clip((3700 - hz) / 300, 0, 1)
    wave = np.clip(np.fft.irfft(spectrum * edge, len(wave)), -1, 1)
    mu = np.sign(wave) * np.log1p(255 * np.abs(wave)) / np.log(256)
    coded = np.round(mu * 127) / 127
    return np.sign(coded) * (256 ** np.abs(coded) - 1) / 255
