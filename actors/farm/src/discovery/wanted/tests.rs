use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::record::Observation;

fn found(mac: [u8; 6], address: &str, hostname: &str) -> Found {
    let body = serde_json::json!({"ASICModel": "BM1368", "hostname": hostname}).to_string();
    let seen = Observation::parse(body.as_bytes(), 0).unwrap();
    Found { mac: Mac(mac), address: address.to_owned(), seen: Arc::new(seen) }
}

fn any_of(csv: &str, meets: Meets) -> AnyOf {
    AnyOf::new(csv.split(','), meets)
}

#[test]
fn an_item_is_the_value_its_end_its_start_or_a_part_of_it() {
    use Meets::{End, Part, Start, Whole};
    for (item, meets, value, accepted) in [
        ("10.0.0.1", Whole, "10.0.0.1", true),
        ("10.0.0.1", Whole, "10.0.0.10", false),
        ("0.1", End, "10.0.0.1", true),
        ("10.", End, "10.0.0.1", false),
        ("10.", Start, "10.0.0.1", true),
        ("0.1", Start, "10.0.0.1", false),
        (".0.", Part, "10.0.0.1", true),
        ("10.0.0.1", Part, "110.0.0.10", true),
        ("10.0.0.2", Part, "10.0.0.1", false),
        ("AXE", Whole, "axe", true),
        ("axe", End, "GarageAXE", true),
    ] {
        assert_eq!(any_of(item, meets).accepts(value), accepted, "{item} {meets:?} {value}");
    }
}

#[test]
fn blank_items_say_nothing_and_an_empty_list_accepts_everything() {
    for csv in ["", " ", ",", " , ,"] {
        assert_eq!(any_of(csv, Meets::Whole), AnyOf { items: Vec::new(), meets: Meets::Whole });
        assert!(any_of(csv, Meets::Whole).accepts("whatever") && any_of(csv, Meets::Whole).accepts(""));
    }
    let padded = any_of(" axe1 ,, axe2", Meets::Whole);
    assert!(padded.accepts("axe1") && padded.accepts("axe2") && !padded.accepts(""));
}

#[test]
fn any_of_a_list_is_enough_and_all_lists_are_needed() {
    let axe = found([0xaa, 0xbb, 0, 0, 0, 1], "10.0.0.7:8001", "garage");
    let whole = |csv| any_of(csv, Meets::Whole);
    let part = |csv| any_of(csv, Meets::Part);
    let wanted = |macs, addresses, hostnames| Wanted { macs, addresses, hostnames };
    for (wanted, accepted) in [
        (wanted(whole(""), whole(""), whole("")), true),
        (wanted(whole("ff:ff:ff:ff:ff:ff,AA:BB:00:00:00:01"), whole(""), whole("")), true),
        (wanted(part("aa:bb"), part("0.7"), part("cellar,gar")), true),
        (wanted(part("aa:bb"), part("0.8"), part("gar")), false),
        (wanted(part("aa:bb"), part("0.7"), part("cellar")), false),
        (wanted(part("cc"), part("0.7"), part("gar")), false),
    ] {
        assert_eq!(wanted.accepts(&axe), accepted, "{wanted:?}");
    }
}

#[test]
fn a_device_without_a_hostname_is_found_by_whatever_else_it_has() {
    let nameless = found([0; 6], "10.0.0.7", "");
    let by_name = Wanted { hostnames: any_of("axe", Meets::Part), ..Wanted::default() };
    assert!(Wanted::default().accepts(&nameless) && !by_name.accepts(&nameless));
}

proptest! {
    #[test]
    fn a_stricter_way_to_meet_accepts_no_more(item in "[a-c]{1,3}", value in "[a-c]{0,6}") {
        let accepts = |meets| any_of(&item, meets).accepts(&value);
        prop_assert!(!accepts(Meets::Whole) || accepts(Meets::Start) && accepts(Meets::End));
        prop_assert!(!(accepts(Meets::Start) || accepts(Meets::End)) || accepts(Meets::Part));
    }

    #[test]
    fn more_items_accept_no_less_and_their_case_and_order_do_not_matter(
        items in prop::collection::vec("[a-cA-C]{1,3}", 1..5),
        value in "[a-cA-C]{0,6}",
    ) {
        let list = |items: &[String]| AnyOf::new(items.iter().map(String::as_str), Meets::Part);
        let accepted = list(&items).accepts(&value);
        prop_assert!(accepted || !list(&items[1..]).accepts(&value) || items.len() == 1);
        let reversed: Vec<_> = items.iter().rev().map(|item| item.to_uppercase()).collect();
        prop_assert_eq!(list(&reversed).accepts(&value.to_lowercase()), accepted);
    }

    #[test]
    fn one_more_list_accepts_no_more(macs in "[0-9a-f:]{0,4}", addresses in "[0-9.]{0,3}", name in "[a-c]{0,3}") {
        let axe = found([0xaa, 0xbb, 0, 0, 0, 1], "10.0.0.7:8001", "abcabc");
        let part = |text: &str| any_of(text, Meets::Part);
        let all = Wanted { macs: part(&macs), addresses: part(&addresses), hostnames: part(&name) };
        let alone = [
            Wanted { macs: part(&macs), ..Wanted::default() },
            Wanted { addresses: part(&addresses), ..Wanted::default() },
            Wanted { hostnames: part(&name), ..Wanted::default() },
        ];
        prop_assert_eq!(all.accepts(&axe), alone.iter().all(|wanted| wanted.accepts(&axe)));
    }
}
