//! A token, of which only the hash is kept.

use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;

/// The SHA-256 of a token.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token([u8; 32]);

impl Token {
    /// The token whose text is `text`.
    pub(crate) fn of(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }

    /// The token whose hash is these 64 hexadecimal digits; `None` if they are not that.
    pub(crate) fn from_hex(hex: &str) -> Option<Self> {
        if hex.len() != 64 || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let mut hash = [0; 32];
        for (byte, at) in hash.iter_mut().zip((0..).step_by(2)) {
            *byte = u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()?;
        }
        Some(Self(hash))
    }

    /// True if `shown` is the token; takes as long whatever is wrong with it.
    pub(crate) fn matches(&self, shown: &str) -> bool {
        self.0.ct_eq(&Self::of(shown).0).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_hash_stands_for_its_token_and_nothing_else() {
        let hex = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
        let token = Token::from_hex(hex).unwrap();
        assert_eq!(token, Token::from_hex(&hex.to_uppercase()).unwrap());
        assert!(token.matches("secret") && !token.matches("secret ") && !token.matches(""));
        for wrong in ["", &hex[1..], &hex.replace('2', "é"), &hex.replace('2', "+")] {
            assert_eq!(Token::from_hex(wrong), None, "{wrong}");
        }
    }
}
