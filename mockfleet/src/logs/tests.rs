use std::collections::BTreeSet;
use std::pin::{Pin, pin};

use futures_util::stream;
use tokio::time::Instant;

use super::*;

/// The frames that a client gets, when it sends this, so many bytes at a time, and then is silent.
fn frames(sent: &[u8], at_a_time: usize) -> impl Stream<Item = Vec<u8>> + use<> {
    let chunks: Vec<_> = sent.chunks(at_a_time).map(Bytes::copy_from_slice).collect();
    let chunks = stream::iter(chunks).then(async |chunk| {
        tokio::task::yield_now().await;
        Ok(chunk)
    });
    let untaken = Untaken::default();
    let body = limited(chunks.chain(stream::pending()), Rc::clone(&untaken));
    WebsocketContext::with_codec(LogStream { draw: Draw::new(1, 0), untaken }, body, codec())
        .map(|frame| frame.expect("a frame").to_vec())
}

async fn line(frames: &mut Pin<&mut impl Stream<Item = Vec<u8>>>) -> String {
    let frame = frames.next().await.expect("the stream goes on");
    assert_eq!((frame[0], usize::from(frame[1])), (0x81, frame.len() - 2), "a text in one frame");
    String::from_utf8(frame[2..].to_vec()).unwrap()
}

/// A frame from a client, masked with zeros, with the length that it says and the payload that it has.
fn frame(first: u8, length: u16, payload: &[u8]) -> Vec<u8> {
    [&[first, 0xfe][..], &length.to_be_bytes(), &[0; 4], payload].concat()
}

/// What clients of the Node.js mock service know, byte for byte.
const FRAMES: [&str; 10] = [
    r#"{"log":"System started"}"#,
    r#"{"log":"Temperature reading failed"}"#,
    r#"{"log":"Fan speed increased"}"#,
    r#"{"log":"Power supply issue detected"}"#,
    r#"{"log":"System performance optimal"}"#,
    r#"{"log":"Network connection lost"}"#,
    r#"{"log":"ASIC failure detected"}"#,
    r#"{"log":"Overclocking applied successfully"}"#,
    r#"{"log":"Temperature is stable"}"#,
    r#"{"log":"Fan is operating within limits"}"#,
];

#[actix_rt::test]
async fn every_5_s_a_client_gets_one_of_ten_texts() {
    tokio::time::pause();
    let mut frames = pin!(frames(b"", 1));
    let began = Instant::now();
    let mut seen = BTreeSet::new();
    for n in 1..=200 {
        let line = line(&mut frames).await;
        assert_eq!(began.elapsed().as_secs(), 5 * n);
        seen.insert(line);
    }
    assert_eq!(seen, FRAMES.map(str::to_owned).into());
}

#[actix_rt::test]
async fn what_a_client_says_is_not_answered_and_changes_nothing() {
    tokio::time::pause();
    let said =
        [frame(0x81, 2, b"hi"), frame(0x82, 0, b""), frame(0x01, 1, b"a"), frame(0x8a, 0, b"")].concat();
    let mut frames = pin!(frames(&said, 3));
    let began = Instant::now();
    assert!(line(&mut frames).await.contains("log"));
    assert_eq!(began.elapsed().as_secs(), PERIOD.as_secs());
}

#[actix_rt::test]
async fn pings_are_answered_for_ever() {
    tokio::time::pause();
    for payload in [&[b'x'; 2][..], &[b'x'; 125]] {
        let pings = [&[0x89, 0x80 | payload.len() as u8, 0, 0, 0, 0], payload].concat();
        let count = 2 * UNTAKEN_BYTES / pings.len();
        let mut frames = pin!(frames(&pings.repeat(count), pings.len()));
        let mut pongs = Vec::new();
        while pongs.len() < count * (payload.len() + 2) {
            pongs.append(&mut frames.next().await.expect("the stream goes on"));
        }
        assert!(pongs == [&[0x8a, payload.len() as u8], payload].concat().repeat(count));
    }
}

#[actix_rt::test]
async fn pings_that_come_faster_than_they_are_answered_close_the_stream() {
    tokio::time::pause();
    let pings = [0x89, 0x80, 0, 0, 0, 0].repeat(UNTAKEN_BYTES);
    let answers = frames(&pings, 600).take(UNTAKEN_BYTES).concat().await;
    let after_pongs = answers.chunks(2).find(|frame| **frame != [0x8a, 0]);
    assert_eq!(after_pongs.map(|frame| frame[0]), Some(0x88));
}

#[actix_rt::test]
async fn what_is_too_long_or_no_frame_closes_the_stream() {
    tokio::time::pause();
    let endless = [&b"\x82\xff\0\0\x01\0\0\0\0\0\0\0\0\0"[..], &[0; UNTAKEN_BYTES]].concat();
    for (sent, code) in [
        (frame(0x81, 1_025, &[b'x'; 1_025]), 1009_u16),
        (endless, 1002),
        (b"\x81\x02hi".to_vec(), 1002),
        (frame(0x83, 0, b""), 1002),
    ] {
        let mut frames = pin!(frames(&sent, 500));
        let farewell = frames.next().await.expect("a farewell");
        assert_eq!((farewell[0], &farewell[2..4]), (0x88, &code.to_be_bytes()[..]));
        assert_eq!(frames.next().await, None);
    }
}
