//! The streaming codecs, compared with the crate `base64`, which converts the whole input at once. Output, error and offset are the
//! same, however the input is divided into blocks.

#![expect(
    clippy::indexing_slicing,
    reason = "clippy checks the helper functions of tests as production code"
)]

use std::borrow::Cow;

use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, Engine, alphabet};
use proptest::prelude::*;
use s3_edge_gateway::api::template::Values;
use s3_edge_gateway::gateway::Behaviour;
use s3_edge_gateway::gateway::conversion::Conversion;
use s3_edge_gateway::gateway::conversion::base64::{
    Decoder, Encoder, WhiteSpace, decode as decode_whole, encoded_length,
};
use s3_edge_gateway::gateway::conversion::codec::Codec;
use s3_edge_gateway_compiler::openapi::template::{self, Dialect};

const CONVERSIONS: [Conversion; 4] =
    [Conversion::Identity, Conversion::Text, Conversion::Base64Encode, Conversion::Base64Decode];

/// The value of each `$context.NAME` is `NAME`.
struct Fixed;

impl Values for Fixed {
    fn context(&self, name: &str) -> Option<Cow<'_, str>> {
        Some(name.to_owned().into())
    }

    fn stage_variable(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }

    fn method_request(&self, _: &s3_edge_gateway::api::mapping::MethodRequestSource) -> Option<Cow<'_, str>> {
        None
    }
}

fn encode(chunks: &[&[u8]]) -> Vec<u8> {
    let (mut encoder, mut encoded) = (Encoder::default(), Vec::new());
    for chunk in chunks {
        encoder.push(chunk, &mut encoded);
    }
    encoder.finish(&mut encoded);
    encoded
}

fn decode(chunks: &[&[u8]], white_space: WhiteSpace) -> Result<Vec<u8>, u64> {
    let (mut decoder, mut decoded) = (Decoder::new(white_space), Vec::new());
    for chunk in chunks {
        decoder.push(chunk, &mut decoded).map_err(|error| error.offset)?;
    }
    decoder.finish(&mut decoded).map_err(|error| error.offset)?;
    Ok(decoded)
}

/// Returns the result of the crate `base64`, or the offset of the first fault. Ignored white space is removed before decoding, but
/// counts in the offset. If only the length or the padding is wrong, the offset is the length of the text.
fn one_shot(text: &[u8], white_space: WhiteSpace) -> Result<Vec<u8>, u64> {
    let is_kept = |byte: &u8| white_space == WhiteSpace::Refused || !byte.is_ascii_whitespace();
    let kept: Vec<usize> = (0..text.len()).filter(|at| is_kept(&text[*at])).collect();
    let packed: Vec<u8> = kept.iter().map(|at| text[*at]).collect();
    let padding = if packed.ends_with(b"=") {
        DecodePaddingMode::RequireCanonical
    } else {
        DecodePaddingMode::RequireNone
    };
    let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&alphabet::STANDARD, config.with_decode_padding_mode(padding));
    engine.decode(&packed).map_err(|error| fault(&packed, &error).map_or(text.len(), |at| kept[at]) as u64)
}

/// Returns the result of `java.util.Base64.getDecoder()`, or `None` if Java throws. The code follows Java's rules for the last group,
/// and does not use the crate `base64`.
fn java(text: &[u8]) -> Option<Vec<u8>> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut decoded, mut group, mut at) = (Vec::new(), Vec::new(), 0);
    while at < text.len() && text[at] != b'=' {
        group.push(alphabet.iter().position(|known| *known == text[at])? as u32);
        at += 1;
        if group.len() == 4 {
            let bits = group.drain(..).fold(0, |bits, six| bits << 6 | six);
            decoded.extend_from_slice(&bits.to_be_bytes()[1..]);
        }
    }
    // Java throws for other endings, with "wrong 4-byte ending unit", "Last unit does not have enough valid bits" or "incorrect
    // ending byte".
    let padding = &text[at..];
    match (group.as_slice(), padding) {
        ([], b"") => {}
        ([a, b], b"" | b"==") => decoded.push((a << 2 | b >> 4) as u8),
        ([a, b, c], b"" | b"=") => {
            decoded.extend([(a << 2 | b >> 4) as u8, ((b << 4 | c >> 2) & 0xff) as u8]);
        }
        _ => return None,
    }
    Some(decoded)
}

/// Returns the offset of the first fault in a text, or `None` if only the length or the padding is wrong. The crate checks the last
/// character of a text of 4n + 1 characters first. For such a text, this function returns the first fault that a stream finds.
fn fault(text: &[u8], error: &DecodeError) -> Option<usize> {
    let at = match error {
        DecodeError::InvalidByte(at, _) | DecodeError::InvalidLastSymbol { offset: at, .. } => *at,
        DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => return None,
    };
    let in_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let looked_ahead = at + 1 == text.len() && text.len() % 4 == 1;
    if looked_ahead { text.iter().position(|byte| !in_alphabet(byte)) } else { Some(at) }
}

fn chunks<'t>(text: &'t [u8], sizes: &[usize]) -> Vec<&'t [u8]> {
    let (mut chunks, mut rest) = (Vec::new(), text);
    for size in sizes.iter().cycle().take(if sizes.iter().all(|size| *size == 0) { 0 } else { usize::MAX }) {
        if rest.is_empty() {
            break;
        }
        let (head, tail) = rest.split_at((*size).min(rest.len()));
        chunks.push(head);
        rest = tail;
    }
    chunks.push(rest);
    chunks
}

/// base64 with at most three inserted or replaced characters.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop::collection::vec(any::<u8>(), 0..200);
    let damage = prop::collection::vec(
        (any::<prop::sample::Index>(), prop::sample::select(b"=A \n+/-$\xff".to_vec())),
        0..4,
    );
    (bytes, damage, prop::bool::ANY).prop_map(|(bytes, damage, insert)| {
        let mut text = STANDARD.encode(bytes).into_bytes();
        for (at, byte) in damage {
            let at = at.index(text.len() + 1);
            if insert || at == text.len() { text.insert(at, byte) } else { text[at] = byte }
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn encoding_in_blocks_is_encoding_of_the_whole(bytes in prop::collection::vec(any::<u8>(), 0..300), sizes in prop::collection::vec(0_usize..50, 1..5)) {
        let encoded = encode(&chunks(&bytes, &sizes));
        prop_assert_eq!(encoded.len() as u64, encoded_length(bytes.len() as u64));
        prop_assert_eq!(encoded, STANDARD.encode(&bytes).into_bytes());
    }

    /// Before `finish`, the output is empty or has 4n + 1 characters. No valid base64 has such a length.
    #[test]
    fn base64_that_is_cut_off_is_not_valid(bytes in prop::collection::vec(any::<u8>(), 0..300), sizes in prop::collection::vec(0_usize..50, 1..5)) {
        let (mut codec, mut encoded) = (Codec::encode(), Vec::new());
        for chunk in chunks(&bytes, &sizes) {
            codec.push(chunk, &mut encoded).unwrap();
            prop_assert!(encoded.is_empty() || encoded.len() % 4 == 1, "{} characters", encoded.len());
        }
        codec.finish(&mut encoded).unwrap();
        prop_assert_eq!(codec.length_of(bytes.len() as u64), Some(encoded.len() as u64));
        prop_assert_eq!(encoded, STANDARD.encode(&bytes).into_bytes());
    }

    /// Each conversion has the same result in blocks and as a whole, with and without a template.
    #[test]
    fn conversion_in_blocks_is_conversion_of_the_whole(text in text(), sizes in prop::collection::vec(0_usize..50, 1..5)) {
        for conversion in CONVERSIONS {
            for white_space in [WhiteSpace::Refused, WhiteSpace::Ignored] {
                for template in [None, Some("$input.body"), Some("[\"$input.body\"]"), Some("$context.a: $input.body")] {
                    let template = template.map(|template| template::parse(template, Dialect::Integration).unwrap());
                    let template = template.as_ref().map(|template| (template, &Fixed));
                    let Some(mut codec) = conversion.codec(Behaviour::Edge, white_space, template) else {
                        prop_assert!(template.is_some() && !conversion.gives_text());
                        continue;
                    };
                    let whole = conversion.apply(text.clone().into(), Behaviour::Edge, white_space, template);
                    let length = codec.length_of(text.len() as u64);
                    let mut converted = Vec::new();
                    let in_pieces = chunks(&text, &sizes)
                        .into_iter()
                        .try_for_each(|chunk| codec.push(chunk, &mut converted))
                        .and_then(|()| codec.finish(&mut converted));
                    prop_assert_eq!(length.is_none(), conversion == Conversion::Base64Decode);
                    prop_assert!(length.is_none_or(|length| length == converted.len() as u64));
                    prop_assert_eq!(in_pieces.map(|()| converted), whole.map(|whole| whole.to_vec()));
                }
            }
        }
    }

    #[test]
    fn decoding_in_blocks_is_decoding_of_the_whole(text in text(), sizes in prop::collection::vec(0_usize..50, 1..5)) {
        for white_space in [WhiteSpace::Refused, WhiteSpace::Ignored] {
            let decoded = decode(&chunks(&text, &sizes), white_space);
            prop_assert_eq!(&decoded, &one_shot(&text, white_space));
            if white_space == WhiteSpace::Refused {
                prop_assert_eq!(decoded.ok(), java(&text));
            }
        }
    }
}

/// Texts with correct, missing or misplaced padding, with spare bits, and with characters of other alphabets.
#[test]
fn short_texts_decode_as_in_java() {
    let mut texts = vec![Vec::new()];
    for _ in 0..6 {
        let longer: Vec<_> = texts
            .iter()
            .flat_map(|text| b"Q/=_".iter().map(|byte| [text.as_slice(), &[*byte]].concat()))
            .collect();
        for text in &longer {
            let shown = String::from_utf8_lossy(text);
            for white_space in [WhiteSpace::Refused, WhiteSpace::Ignored] {
                let whole = decode_whole(text, white_space).ok().map(|decoded| decoded.to_vec());
                assert_eq!(whole, java(text), "{shown}");
                let (head, tail) = text.split_at(text.len() / 2);
                assert_eq!(decode(&[head, tail], white_space).ok(), java(text), "{shown} in two blocks");
            }
        }
        texts = longer;
    }
}

#[test]
fn padding_may_be_missing_and_spare_bits_may_be_set() {
    for (text, expected) in [
        ("QUI=", Ok("AB")),
        ("QUJ=", Ok("AB")),
        ("QUI", Ok("AB")),
        ("QUJ", Ok("AB")),
        ("QQ==", Ok("A")),
        ("QR==", Ok("A")),
        ("QQ", Ok("A")),
        ("QUJDQQ", Ok("ABCA")),
        ("Q", Err(1)),
        ("QUJDQ", Err(5)),
        ("Q===", Err(1)),
        ("QQ=", Err(3)),
        ("QUI==", Err(3)),
        ("QUJD=", Err(4)),
        ("QQ==QQ==", Err(2)),
        ("QQ=A", Err(2)),
        ("====", Err(0)),
    ] {
        let expected = expected.map(|text| text.as_bytes().to_vec());
        for white_space in [WhiteSpace::Refused, WhiteSpace::Ignored] {
            assert_eq!(decode(&[text.as_bytes()], white_space), expected, "{text}");
        }
    }
    assert_eq!(decode(&[b"Q U\nI"], WhiteSpace::Ignored), Ok(b"AB".to_vec()));
    assert_eq!(decode(&[b"Q U\nI"], WhiteSpace::Refused), Err(1));
    assert_eq!(decode(&[b"QUJD Q\n"], WhiteSpace::Ignored), Err(7));
}

#[test]
fn every_split_of_a_short_text_gives_the_same_result() {
    for text in [
        "", "QQ==", "QUI=", "QUJD", "QUJDRA==", "QQ=", "Q", "QQ==QQ==", "QR==", "=QQ=", "QU J\nD", "QUJD=",
        "QUJD====", "QQ", "QUI", "QUJ=", "QUJDQ", "QUJDQQ", "QUJDQUJ", "QUJDQQ=", "Q===", "Q U\nI",
    ] {
        for white_space in [WhiteSpace::Refused, WhiteSpace::Ignored] {
            let expected = one_shot(text.as_bytes(), white_space);
            for one in 0..=text.len() {
                for two in one..=text.len() {
                    let bytes = text.as_bytes();
                    let parts = [&bytes[..one], &bytes[one..two], &bytes[two..]];
                    assert_eq!(decode(&parts, white_space), expected, "{text:?} split at {one} and {two}");
                }
            }
        }
    }
}
