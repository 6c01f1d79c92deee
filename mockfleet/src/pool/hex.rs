//! Hexadecimal as Stratum writes it: two digits a byte, whole words with eight.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Bytes as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| DIGITS[usize::from(digit)] as char)
        .collect()
}

/// A text as bytes; `None` when a digit is missing, or is none.
pub(crate) fn bytes(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

/// So many bytes exactly.
pub(crate) fn array<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() == 2 * N { bytes(text)?.try_into().ok() } else { None }
}

/// A word of eight digits, the most significant first.
pub(crate) fn word(text: &str) -> Option<u32> {
    array(text).map(u32::from_be_bytes)
}

fn digit(letter: u8) -> Option<u8> {
    char::from(letter).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(bytes(&text(&all)), Some(all));
        assert_eq!(bytes("aBCd"), Some(vec![0xab, 0xcd]));
    }

    #[test]
    fn a_missing_digit_a_sign_and_another_letter_are_refused() {
        for bad in ["a", "abc", "+1", "0x12", "g0", "é"] {
            assert_eq!(bytes(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_word_has_eight_digits() {
        assert_eq!(word("1fffe000"), Some(0x1fff_e000));
        assert_eq!((word("1fffe00"), word("01fffe000"), word("")), (None, None, None));
    }
}
