//! Asks miners, from a process of its own.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::time::Instant;

use crate::Outcome;

/// It stops after this time, with fewer requests.
const AT_MOST: Duration = Duration::from_secs(5);

/// Requests that are under way at a time, each on a connection of its own.
const WINDOW: usize = 64;

/// What a client waits for, of what it has asked at a time. To wake who sleeps costs who answers as much as to answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waits {
    /// Each answer: it sleeps before each, and is woken by each.
    ForEach,
    /// The last one, as who looks at many connections at once: it is woken once a window.
    ForLast,
}

impl Waits {
    pub(crate) const LAST: &str = "last";

    fn word(self) -> &'static str {
        if self == Self::ForLast { Self::LAST } else { "each" }
    }
}

/// What a client saw.
pub(crate) struct Seen {
    pub(crate) answers: usize,
    pub(crate) seconds: f64,
    /// Those that keep a connection open.
    pub(crate) keeping: Vec<SocketAddr>,
}

/// Runs one that asks these miners, each in turn, until it had so many answers.
pub(crate) fn run(places: &[SocketAddr], requests: usize, waits: Waits) -> Outcome<Seen> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["client", &requests.to_string(), waits.word()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let places: Vec<_> = places.iter().map(SocketAddr::to_string).collect();
    child.stdin.take().ok_or("the client does not listen")?.write_all(places.join(" ").as_bytes())?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("the client failed: {}", output.status).into());
    }
    let said = String::from_utf8(output.stdout)?;
    let mut words = said.split_whitespace();
    let mut word = || words.next().ok_or("the client says too little");
    let (answers, seconds) = (word()?.parse()?, word()?.parse()?);
    Ok(Seen { answers, seconds, keeping: words.map(str::parse).collect::<Result<_, _>>()? })
}

/// The client: asks the miners whose addresses come on standard input over connections that it keeps for as long as
/// they do, and prints what [`Seen`] holds.
pub(crate) fn main(requests: usize, waits: Waits) -> Outcome<()> {
    rlimit::increase_nofile_limit(u64::MAX)?;
    let places = io::read_to_string(io::stdin())?;
    let miner = |place: &str| Ok(Miner { place: place.parse()?, connection: None });
    let mut miners = places.split_whitespace().map(miner).collect::<Outcome<Vec<_>>>()?;
    let (began, mut answers, mut body) = (Instant::now(), 0, Vec::new());
    while answers < requests && began.elapsed() < AT_MOST {
        for window in miners.chunks_mut(WINDOW) {
            window.iter_mut().try_for_each(Miner::ask)?;
            if waits == Waits::ForLast {
                window.reverse();
            }
            for miner in window {
                miner.hear(&mut body)?;
                answers += 1;
            }
        }
    }
    print!("{answers} {}", began.elapsed().as_secs_f64());
    for miner in miners.iter().filter(|miner| miner.connection.is_some()) {
        print!(" {}", miner.place);
    }
    println!();
    Ok(())
}

struct Miner {
    place: SocketAddr,
    connection: Option<BufReader<TcpStream>>,
}

impl Miner {
    fn ask(&mut self) -> Outcome<()> {
        let open = match self.connection.take() {
            Some(open) => open,
            None => BufReader::new(TcpStream::connect(self.place)?),
        };
        let connection = self.connection.insert(open);
        Ok(connection.get_mut().write_all(b"GET /api/system/info HTTP/1.1\r\nHost: mock\r\n\r\n")?)
    }

    /// Reads a whole answer.
    fn hear(&mut self, body: &mut Vec<u8>) -> Outcome<()> {
        let connection = self.connection.as_mut().ok_or("it was not asked")?;
        let head = head(connection)?;
        body.clear();
        match head.length {
            Some(length) => {
                body.resize(length, 0);
                connection.read_exact(body)?;
            }
            None => chunks(connection, body)?,
        }
        if head.closes {
            self.connection = None;
        }
        if body.trim_ascii_end().ends_with(b"}") { Ok(()) } else { Err("a body is cut short".into()) }
    }
}

struct Head {
    /// `None` of a body in chunks.
    length: Option<usize>,
    closes: bool,
}

fn head(connection: &mut BufReader<TcpStream>) -> Outcome<Head> {
    let mut head = Head { length: None, closes: false };
    let mut line = String::new();
    loop {
        line.clear();
        connection.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                head.length = Some(value.parse()?);
            }
            Some((name, value)) if name.eq_ignore_ascii_case("connection") => {
                head.closes = value.eq_ignore_ascii_case("close");
            }
            None if line.starts_with("HTTP/1.1 200") => {}
            None if line == "\r\n" => return Ok(head),
            None => return Err(format!("a miner answered {line:?}").into()),
            Some(_) => {}
        }
    }
}

fn chunks(connection: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> Outcome<()> {
    let mut line = String::new();
    loop {
        line.clear();
        connection.read_line(&mut line)?;
        let (start, length) = (body.len(), usize::from_str_radix(line.trim_end(), 16)?);
        body.resize(start + length + 2, 0);
        connection.read_exact(&mut body[start..])?;
        body.truncate(start + length);
        if length == 0 {
            return Ok(());
        }
    }
}
