//! Lines out of a socket, through a buffer that all connections of a thread share, and bytes into it.

use std::cell::RefCell;
use std::io;
use std::task::{Context, Poll, ready};

use tokio::net::TcpStream;

use super::session::Farewell;
use super::wire::LINE_BYTES;

thread_local! {
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; LINE_BYTES].into());
}

/// Sends what is there to send; ready when all of it is gone, and its memory with it.
pub(crate) fn send(stream: &TcpStream, unsent: &mut Vec<u8>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
    while !unsent.is_empty() {
        match stream.try_write(unsent) {
            Ok(sent) if sent == unsent.len() => *unsent = Vec::new(),
            Ok(sent) => drop(unsent.drain(..sent)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                ready!(stream.poll_write_ready(cx))?;
            }
            Err(error) => return Poll::Ready(Err(error)),
        }
    }
    Poll::Ready(Ok(()))
}

/// The beginning of a line whose end has not come. Takes no memory between lines.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// Reads once, and hands on every line that is complete, without its end. `each` may end the connection, and
    /// gets no further line then.
    pub(crate) fn read(
        &mut self,
        line_bytes: usize,
        stream: &TcpStream,
        each: impl FnMut(&[u8]) -> Result<(), Farewell>,
    ) -> io::Result<Option<Farewell>> {
        BUFFER.with_borrow_mut(|buffer| {
            let read = stream.try_read(buffer)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            Ok(self.take(&buffer[..read], line_bytes, each).err())
        })
    }

    fn take(
        &mut self,
        mut bytes: &[u8],
        line_bytes: usize,
        mut each: impl FnMut(&[u8]) -> Result<(), Farewell>,
    ) -> Result<(), Farewell> {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            check(self.begun.len() + line.len(), line_bytes)?;
            if self.begun.is_empty() {
                each(line)?;
            } else {
                let mut whole = std::mem::take(&mut self.begun);
                whole.extend_from_slice(line);
                each(&whole)?;
            }
            bytes = rest;
        }
        check(self.begun.len() + bytes.len(), line_bytes)?;
        self.begun.extend_from_slice(bytes);
        Ok(())
    }
}

fn check(length: usize, limit: usize) -> Result<(), Farewell> {
    if length > limit { Err(Farewell("sends a line that is too long")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(pieces: &[&[u8]]) -> (Vec<String>, Result<(), Farewell>, usize) {
        let (mut lines, mut out) = (Lines::default(), Vec::new());
        let each = |line: &[u8], out: &mut Vec<String>| {
            out.push(String::from_utf8_lossy(line).into_owned());
            if line == b"bye" { Err(Farewell("bye")) } else { Ok(()) }
        };
        let result = pieces.iter().try_for_each(|piece| lines.take(piece, 8, |line| each(line, &mut out)));
        (out, result, lines.begun.capacity())
    }

    #[test]
    fn lines_are_the_same_however_they_are_cut() {
        let whole = b"ab\ncdefghij\n\nk\n";
        for cut in 0..whole.len() {
            let (lines, result, capacity) = taken(&[&whole[..cut], &whole[cut..]]);
            assert_eq!(
                (lines, result),
                (["ab", "cdefghij", "", "k"].map(str::to_owned).into(), Ok(())),
                "{cut}"
            );
            assert_eq!(capacity, 0, "nothing is kept between lines");
        }
    }

    #[test]
    fn a_line_above_the_limit_ends_it_before_or_with_its_end() {
        for pieces in
            [&[&b"123456789"[..]][..], &[b"12345", b"6789"], &[b"1\n123456789\n"], &[b"12345678", b"9\n"]]
        {
            let (_, result, _) = taken(pieces);
            assert_eq!(result, Err(Farewell("sends a line that is too long")), "{pieces:?}");
        }
        assert_eq!(taken(&[b"12345678\n", b"12345678"]).1, Ok(()));
    }

    #[test]
    fn after_a_farewell_there_is_no_further_line() {
        let (lines, result, _) = taken(&[b"a\nbye\nb\n"]);
        assert_eq!((lines, result), (vec!["a".to_owned(), "bye".to_owned()], Err(Farewell("bye"))));
    }
}
