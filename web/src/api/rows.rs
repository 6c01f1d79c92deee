//! A list as the body of an answer. A long one is written piece by piece, as its reader takes it: that of ten thousand
//! devices begins to arrive at once, needs no room for its 20 MB, and lets others have their turn meanwhile.

use actix_web::HttpResponse;
use actix_web::error::JsonPayloadError;
use actix_web::http::header::ContentType;
use actix_web::web::Bytes;
use futures_util::stream;
use serde::Serialize;
use serde_json::Result;

/// How long a piece is, or a little longer: a device has 2 kB.
const PIECE_BYTES: usize = 64 * 1024;

/// An item as it is shown.
pub(super) trait Row: 'static {
    fn shown(&self) -> impl Serialize;
}

/// An array of these items, between two texts. One that is no longer than a piece tells its length.
pub(super) fn array<T: Row>(before: &str, items: Vec<T>, after: &'static str) -> HttpResponse {
    let mut pieces = Pieces { items: items.into_iter(), after, is_first: true, is_over: false };
    let first = match pieces.write(before) {
        Ok(first) => first,
        Err(error) => return HttpResponse::from_error(JsonPayloadError::Serialize(error)),
    };
    let mut answer = HttpResponse::Ok();
    answer.insert_header(ContentType::json());
    if pieces.is_over {
        return answer.body(first);
    }
    answer.streaming(stream::iter(std::iter::once(Ok(first)).chain(pieces)))
}

/// What is not written yet.
struct Pieces<T> {
    items: std::vec::IntoIter<T>,
    after: &'static str,
    is_first: bool,
    is_over: bool,
}

impl<T: Row> Pieces<T> {
    fn write(&mut self, before: &str) -> Result<Bytes> {
        let mut piece = Vec::with_capacity(PIECE_BYTES + PIECE_BYTES / 8);
        piece.extend_from_slice(before.as_bytes());
        if self.is_first {
            piece.push(b'[');
        }
        while piece.len() < PIECE_BYTES {
            let Some(item) = self.items.next() else {
                piece.push(b']');
                piece.extend_from_slice(self.after.as_bytes());
                self.is_over = true;
                break;
            };
            if !std::mem::take(&mut self.is_first) {
                piece.push(b',');
            }
            serde_json::to_writer(&mut piece, &item.shown())?;
        }
        Ok(piece.into())
    }
}

impl<T: Row> Iterator for Pieces<T> {
    type Item = Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let piece = self.write("");
        // An array that cannot be finished breaks off.
        self.is_over |= piece.is_err();
        Some(piece)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::{self, BodySize, MessageBody};
    use serde_json::{Value, json};

    use super::*;

    impl Row for u32 {
        fn shown(&self) -> impl Serialize {
            json!({ "number": self, "text": "x".repeat(1_000) })
        }
    }

    #[actix_rt::test]
    async fn an_array_is_the_same_in_one_piece_and_in_many() {
        for (count, in_one) in [(0, true), (1, true), (60, true), (70, false), (1_000, false)] {
            let answer = array(r#"{"data":"#, (0..count).collect(), "}");
            assert_eq!(answer.headers().get("content-type").unwrap(), "application/json");
            assert_eq!(matches!(answer.body().size(), BodySize::Sized(_)), in_one, "{count}");
            let body = body::to_bytes(answer.into_body()).await.unwrap();
            let read: Value = serde_json::from_slice(&body).unwrap();
            let numbers = read["data"].as_array().unwrap().iter().map(|row| row["number"].as_u64().unwrap());
            assert!(numbers.eq(0..u64::from(count)), "{count}");
        }
    }

    #[test]
    fn a_piece_is_written_when_it_is_asked_for_and_not_before() {
        use std::cell::Cell;
        use std::rc::Rc;

        struct Counted(Rc<Cell<u32>>);
        impl Row for Counted {
            fn shown(&self) -> impl Serialize {
                self.0.set(self.0.get() + 1);
                "x".repeat(1_000)
            }
        }
        let written = Rc::new(Cell::new(0));
        let items = (0..1_000).map(|_| Counted(Rc::clone(&written))).collect();
        drop(array("", items, ""));
        assert!((60..70).contains(&written.get()), "{} of 1,000", written.get());
    }
}
