//! The form of an object, bytes or text, that an `Accept` header prefers.

use proptest::prelude::*;
use s3_edge_gateway::api::media_type::{Accept, BinaryMediaTypes, Form, Listed, MediaType};

fn media_type() -> impl Strategy<Value = String> {
    let types =
        vec!["image/png", "image/jpeg", "text/html", "application/octet-stream", "binary/octet-stream"];
    prop::sample::select(types).prop_map(str::to_owned)
}

fn range() -> impl Strategy<Value = String> {
    let wild = prop::sample::select(vec!["*/*", "image/*", "application/*", "application/json"]);
    let range = prop_oneof![media_type(), wild.prop_map(str::to_owned)];
    let quality =
        prop_oneof![Just(String::new()), "(0|0\\.[0-9]{1,3}|1|1\\.0)".prop_map(|q| format!(";q={q}"))];
    (range, quality).prop_map(|(range, quality)| range + &quality)
}

fn list() -> impl Strategy<Value = Vec<String>> {
    let entry =
        prop_oneof![media_type(), Just("image/*".to_owned()), Just("*/*".to_owned()), Just("*/x".to_owned())];
    prop::collection::vec(entry, 0..4)
}

fn prefers(accept: Option<&str>, payload: &str, list: &[String]) -> Form {
    let list = BinaryMediaTypes::from_entries(list.iter().map(String::as_str));
    Accept::parse(accept).prefers(Some(payload), &list)
}

proptest! {
    #[test]
    fn no_header_makes_the_parser_panic(header in any::<String>(), payload in any::<String>(), entries in prop::collection::vec(any::<String>(), 0..4)) {
        let list = BinaryMediaTypes::from_entries(entries.iter().map(String::as_str));
        let accept = Accept::parse(Some(&header));
        let form = accept.prefers(Some(&payload), &list);
        prop_assert!(!accept.always_prefers_binary(&list) || form == Form::Binary);
        if list.lists(None) == Listed::Yes {
            prop_assert_eq!(list.lists(Some(&header)), Listed::Yes);
        }
        if let Some(media_type) = MediaType::first_of(&header) {
            prop_assert!(!media_type.is("no type"));
        }
    }

    #[test]
    fn the_order_of_the_ranges_makes_no_difference(
        ranges in prop::collection::vec(range(), 1..5).prop_map(|mut ranges| {
            // The quality of a range that occurs twice is not defined.
            ranges.sort_by_key(|range| range.split(';').next().unwrap().to_owned());
            ranges.dedup_by_key(|range| range.split(';').next().unwrap().to_owned());
            ranges
        }).prop_flat_map(|ranges| (Just(ranges.clone()), Just(ranges).prop_shuffle())),
        payload in media_type(), list in list(),
    ) {
        let (one, other) = (ranges.0.join(", "), ranges.1.join(","));
        prop_assert_eq!(prefers(Some(&one), &payload, &list), prefers(Some(&other), &payload, &list), "{} {}", one, other);
    }

    #[test]
    fn an_accept_of_the_object_s_type_gets_the_bytes(payload in media_type(), list in list()) {
        prop_assert_eq!(prefers(Some(&payload), &payload, &list), Form::Binary);
        prop_assert_eq!(prefers(Some(&format!("{payload};q=0.001")), &payload, &list), Form::Binary);
        prop_assert_eq!(prefers(Some(&format!("application/json;q=0.5, {payload}")), &payload, &list), Form::Binary);
    }

    #[test]
    fn an_accept_without_a_preference_gets_the_bytes(payload in media_type(), list in list()) {
        prop_assert_eq!(prefers(None, &payload, &list), Form::Binary);
        prop_assert_eq!(prefers(Some(""), &payload, &list), Form::Binary);
        prop_assert_eq!(prefers(Some("*/*"), &payload, &list), Form::Binary);
    }

    #[test]
    fn an_accept_that_prefers_json_gets_text_if_json_is_not_listed(payload in media_type(), list in prop::collection::vec(media_type(), 0..4)) {
        prop_assert_eq!(prefers(Some("application/json"), &payload, &list), Form::Text);
        prop_assert_eq!(prefers(Some(&format!("{payload};q=0.9, application/json")), &payload, &list), Form::Text);
    }

    #[test]
    fn an_accept_that_refuses_the_object_s_type_gets_no_bytes(payload in media_type(), list in list(), others in prop::collection::vec(range(), 0..4)) {
        let others: Vec<_> = others.into_iter().filter(|range| !range.starts_with(&payload)).collect();
        let accept = [others, vec![format!("{payload};q=0")]].concat().join(", ");
        prop_assert_eq!(prefers(Some(&accept), &payload, &list), Form::Text, "{}", accept);
    }

    #[test]
    fn an_accept_that_always_prefers_bytes_prefers_them_for_each_type(ranges in prop::collection::vec(range(), 0..5), payload in media_type(), entries in list()) {
        let header = ranges.join(", ");
        let list = BinaryMediaTypes::from_entries(entries.iter().map(String::as_str));
        let accept = Accept::parse(Some(&header));
        if accept.always_prefers_binary(&list) {
            prop_assert_eq!(accept.prefers(Some(&payload), &list), Form::Binary, "{}", header);
            prop_assert_eq!(accept.prefers(None, &list), Form::Binary, "{}", header);
        }
    }
}
