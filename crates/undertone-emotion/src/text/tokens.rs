//! Splits text into word pieces.

use super::batch::TokenBatch;
use std::borrow::Cow;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::bert::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{Model, Tokenizer};

/// Longest word in a vocabulary, in bytes. A text is cut at this length times the token
/// limit, so that tokenising a very long text costs nothing.
const BYTES_PER_TOKEN: usize = 24;

/// The placeholder for a person's name in `GoEmotions`.
const MASK: &str = "[NAME]";

/// BERT's tokeniser: lower case, no accents, punctuation split off, word pieces.
#[derive(Debug, Clone)]
pub(super) struct Pieces {
    tokenizer: Tokenizer,
    begin: u32,
    end: u32,
    limit: usize,
}

impl Pieces {
    /// From a vocabulary of one word piece a line; an utterance is cut at `limit` tokens.
    ///
    /// # Errors
    /// The entry that the vocabulary lacks.
    pub(super) fn new(vocabulary: &str, pieces: usize, limit: usize) -> Result<Self, String> {
        let lines = vocabulary.lines().count();
        if lines != pieces {
            return Err(format!("{lines} lines, not {pieces}"));
        }
        let table = WordPiece::read_bytes(vocabulary.as_bytes()).map_err(|e| e.to_string())?;
        let model = WordPiece::builder().vocab(table).build().map_err(|e| e.to_string())?;
        let id = |piece: &str| model.token_to_id(piece).ok_or(format!("{piece} is missing"));
        let (begin, end) = (id("[CLS]")?, id("[SEP]")?);
        id("[UNK]")?;
        let mut tokenizer = Tokenizer::new(model);
        tokenizer
            .with_pre_tokenizer(Some(BertPreTokenizer))
            .with_normalizer(Some(BertNormalizer::default()))
            .map_err(|error| error.to_string())?;
        Ok(Self { tokenizer, begin, end, limit })
    }

    /// Adds an utterance to `batch`: `[CLS] text [SEP]`, and `context [SEP]` if there is room.
    /// The oldest words of the context are dropped first.
    ///
    /// # Errors
    /// The tokeniser's error.
    pub(super) fn push(
        &self,
        text: &str,
        context: &str,
        batch: &mut TokenBatch,
    ) -> Result<(), String> {
        let text = self.encode(cut_end(text, self.limit * BYTES_PER_TOKEN))?;
        let text = &text[..text.len().min(self.limit - 2)];
        let own = [&[self.begin], text, &[self.end]].concat();
        let room = self.limit - own.len();
        let mut before = Vec::new();
        if room > 1 && !context.trim().is_empty() {
            let context = self.encode(cut_start(context, self.limit * BYTES_PER_TOKEN))?;
            before.extend_from_slice(&context[context.len().saturating_sub(room - 1)..]);
            before.push(self.end);
        }
        batch.push(own.into_iter().map(|id| (id, 0)).chain(before.into_iter().map(|id| (id, 1))));
        Ok(())
    }

    fn encode(&self, text: &str) -> Result<Vec<u32>, String> {
        let encoding =
            self.tokenizer.encode_fast(readable(text), false).map_err(|e| e.to_string())?;
        Ok(encoding.get_ids().to_vec())
    }
}

/// A written message in the form of the training text: handles become the mask for names,
/// and web addresses are removed.
fn readable(text: &str) -> Cow<'_, str> {
    if !text.contains('@') && !text.contains("://") {
        return Cow::Borrowed(text);
    }
    let handle = |word: &str| {
        word.strip_prefix('@').is_some_and(|name| name.starts_with(char::is_alphanumeric))
    };
    let words = text.split_whitespace().filter(|word| !word.contains("://"));
    Cow::Owned(
        words.map(|word| if handle(word) { MASK } else { word }).collect::<Vec<_>>().join(" "),
    )
}

fn cut_end(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    &text[..end.unwrap_or(0)]
}

fn cut_start(text: &str, bytes: usize) -> &str {
    let from = text.len().saturating_sub(bytes);
    let start = (from..=text.len()).find(|&at| text.is_char_boundary(at));
    &text[start.unwrap_or(0)..]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const VOCABULARY: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\ni\nwant\nto\ncancel\n##led\n.\nit\n";

    fn tokens(text: &str, context: &str, limit: usize) -> TokenBatch {
        let pieces = Pieces::new(VOCABULARY, 11, limit).unwrap();
        let mut batch = TokenBatch::default();
        pieces.push(text, context, &mut batch).unwrap();
        batch
    }

    #[test]
    fn a_sentence_becomes_word_pieces_between_its_marks() {
        assert_eq!(tokens("I cancelled it.", "", 16).ids, [2, 4, 7, 8, 10, 9, 3]);
        assert_eq!(tokens("zebra Ünd", "", 16).ids, [2, 1, 1, 3]);
        assert_eq!(tokens("", "", 16).ids, [2, 3]);
    }

    #[test]
    fn handles_are_masked_and_page_addresses_left_out() {
        assert_eq!(
            readable("@Jo_1 see https://a.b/c, it's me@home @ 9"),
            "[NAME] see it's me@home @ 9"
        );
        assert_eq!(tokens("https://x.y i want", "", 16), tokens("i want", "", 16));
        assert!(matches!(readable("nothing to do"), Cow::Borrowed(_)));
    }

    #[test]
    fn the_context_gives_way_from_its_oldest_words() {
        let batch = tokens("cancel it", "i want to", 7);
        assert_eq!(batch.ids, [2, 7, 10, 3, 5, 6, 3]);
        assert_eq!(batch.kinds, [0, 0, 0, 0, 1, 1, 1]);
        assert_eq!(tokens("cancel it", "i want to", 5).ids, [2, 7, 10, 3]);
    }

    #[test]
    fn a_long_text_is_cut_and_stays_text() {
        let batch = tokens(&"i wänt it. ".repeat(100_000), &"ü".repeat(100_000), 16);
        assert_eq!(batch.lengths, [16]);
    }

    #[test]
    fn a_vocabulary_without_its_marks_is_refused() {
        assert!(Pieces::new("[PAD]\n[UNK]\n[CLS]\n", 3, 16).unwrap_err().contains("[SEP]"));
        assert!(Pieces::new(VOCABULARY, 12, 16).unwrap_err().contains("11 lines"));
    }
}
