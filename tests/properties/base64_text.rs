//! base64: the results are those of the crate `base64`, if it accepts missing padding and nonzero spare bits, as Java does. An
//! error has the offset of the first fault.

use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet};
use proptest::prelude::*;
use s3_edge_gateway::gateway::conversion::base64::{InvalidBase64, WhiteSpace, decode, encode};

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..200)
}

/// Texts in which most characters are base64.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        20 => prop::sample::select(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".to_vec()),
        1 => Just(b'='),
        1 => prop::sample::select(b" \n\r\t-_!\xff\0".to_vec()),
    ];
    (prop::collection::vec(byte, 0..40), prop::sample::select(vec![&b""[..], b"=", b"==", b"==="]))
        .prop_map(|(text, end)| [text.as_slice(), end].concat())
}

fn is_symbol(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

/// Returns an engine that accepts spare bits that are not zero, and a text with correct padding or without padding.
fn lenient(text: &[u8]) -> GeneralPurpose {
    let padding = match text.ends_with(b"=") {
        true => DecodePaddingMode::RequireCanonical,
        false => DecodePaddingMode::RequireNone,
    };
    let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&alphabet::STANDARD, config.with_decode_padding_mode(padding))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn encoded_bytes_are_decoded_to_themselves(bytes in bytes()) {
        let text = encode(&bytes);
        prop_assert_eq!(&text, &STANDARD.encode(&bytes).into_bytes());
        prop_assert_eq!(&decode(&text, WhiteSpace::Refused).unwrap()[..], &bytes[..]);
        prop_assert_eq!(&decode(&text, WhiteSpace::Ignored).unwrap()[..], &bytes[..]);
    }

    #[test]
    fn ignored_white_space_does_not_change_the_result(
        bytes in bytes(), breaks in prop::collection::vec((any::<prop::sample::Index>(), "[ \n\r\t]{1,3}"), 1..6),
    ) {
        let mut text = encode(&bytes);
        for (at, white_space) in breaks {
            let at = at.index(text.len() + 1);
            text.splice(at..at, white_space.bytes());
        }
        prop_assert_eq!(&decode(&text, WhiteSpace::Ignored).unwrap()[..], &bytes[..]);
        let first = text.iter().position(u8::is_ascii_whitespace).unwrap();
        let offset = decode(&text, WhiteSpace::Refused).unwrap_err().offset as usize;
        // If white space divides the padding, the offset is that of the `=` before the white space.
        prop_assert!(offset == first || (offset < first && text[offset] == b'='), "{} {}", offset, first);
    }

    #[test]
    fn the_crate_has_the_same_result(text in nearly()) {
        let ours = decode(&text, WhiteSpace::Refused);
        let theirs = lenient(&text).decode(&text);
        prop_assert_eq!(ours.as_ref().ok().map(|bytes| &bytes[..]), theirs.as_ref().ok().map(|bytes| &bytes[..]));
        let Err(InvalidBase64 { offset }) = ours else { return Ok(()) };
        let offset = offset as usize;
        // The crate returns the offset of the first fault. But it checks the last character of a text of 4n + 1 characters first.
        use base64::DecodeError::{InvalidByte, InvalidLastSymbol, InvalidLength, InvalidPadding};
        match theirs.unwrap_err() {
            InvalidByte(theirs, _) if text.len() % 4 != 1 => prop_assert_eq!(offset, theirs),
            InvalidLastSymbol { offset: theirs, .. } => prop_assert_eq!(offset, theirs),
            InvalidLength(_) | InvalidPadding => prop_assert!(offset <= text.len()),
            InvalidByte(theirs, _) => prop_assert!(offset <= theirs),
        }
    }

    #[test]
    fn the_offset_is_that_of_the_invalid_byte(
        bytes in prop::collection::vec(any::<u8>(), 1..60), at in any::<prop::sample::Index>(),
        other in any::<u8>().prop_filter("no symbol", |byte| !is_symbol(*byte) && *byte != b'='),
    ) {
        let mut text = encode(&bytes);
        let symbols = text.iter().filter(|byte| is_symbol(**byte)).count();
        let at = at.index(symbols);
        text[at] = other;
        prop_assert_eq!(decode(&text, WhiteSpace::Refused), Err(InvalidBase64 { offset: at as u64 }));
    }

    #[test]
    fn the_text_before_the_offset_is_valid(text in nearly()) {
        for white_space in [WhiteSpace::Refused, WhiteSpace::Ignored] {
            let Err(InvalidBase64 { offset }) = decode(&text, white_space) else { continue };
            let offset = offset as usize;
            prop_assert!(offset <= text.len());
            let skipped = |byte: u8| white_space == WhiteSpace::Ignored && byte.is_ascii_whitespace();
            let before = text[..offset].iter().filter(|byte| !skipped(**byte));
            prop_assert!(before.clone().all(|byte| is_symbol(*byte) || *byte == b'='));
        }
    }
}
