//! What clients can make `nexusc dev` hold in memory: one without a key next to nothing, one with a key a bounded amount.
//! The figures are the kernel's peaks of the real process.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;
use tests::dev::{Dev, fixture};

const METHOD: &str = "/temporal.api.cloud.cloudservice.v1.CloudService/CreateNexusEndpoint";
const SYSTEM_INFO: &str = "/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo";
/// "A message of 4,000,000 bytes follows", and the first of them.
const OPENING: [u8; 6] = [0, 0, 0x3d, 0x09, 0, 7];
/// As much as a stranger may make the registry hold, in kilobytes.
const LITTLE: u64 = 50_000;
const PATIENCE: Duration = Duration::from_secs(20);

/// A registry, and what it held before anybody called.
struct Watched {
    dev: Dev,
    before: u64,
}

impl Watched {
    fn start(options: &[&str]) -> Self {
        let dev = Dev::with(&fixture("tiny.nexus.hcl"), options);
        // Its first call, after which every table is there.
        assert!(get(&dev, "/cloud/account").starts_with("HTTP/1.1 200 "));
        let before = dev.memory("VmRSS");
        Self { dev, before }
    }

    /// Fails when it ever held that many kilobytes more.
    #[track_caller]
    fn grew_by_less_than(&self, most: u64) {
        let grown = self.dev.memory("VmHWM").saturating_sub(self.before);
        assert!(grown < most, "{grown} kB more than the {} kB before", self.before);
        assert!(get(&self.dev, "/cloud/account").starts_with("HTTP/1.1 200 "), "it serves on");
    }
}

fn get(dev: &Dev, path: &str) -> String {
    let key = dev.key("user.owner");
    let mut socket = TcpStream::connect(dev.grpc()).expect("it listens");
    let head =
        format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\r\n");
    socket.write_all(head.as_bytes()).expect("it reads");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).expect("it answers");
    answer
}

/// An HTTP/2 connection, frame by frame.
struct Frames {
    socket: TcpStream,
    /// How much may be sent before the other side has read.
    window: usize,
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const WINDOW_UPDATE: u8 = 8;
const PING: u8 = 6;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

impl Frames {
    fn open(dev: &Dev) -> Self {
        let socket = TcpStream::connect(dev.grpc()).expect("it listens");
        socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let mut frames = Self { socket, window: 65_535 };
        frames.socket.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").expect("it reads");
        frames.send(SETTINGS, 0, 0, &[]);
        frames
    }

    fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let length = u32::try_from(payload.len()).expect("a length").to_be_bytes();
        let frame = [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat();
        self.socket.write_all(&frame).expect("it reads");
    }

    /// Opens a gRPC call whose message is yet to come.
    fn call(&mut self, stream: u32, path: &str, key: Option<&str>) {
        // POST and http from HPACK's static table; the rest is literal.
        let mut block = vec![0x83, 0x86];
        let text = |block: &mut Vec<u8>, text: &str| {
            block.push(u8::try_from(text.len()).ok().filter(|it| *it < 127).expect("a short text"));
            block.extend(text.as_bytes());
        };
        block.push(0x04);
        text(&mut block, path);
        block.push(0x01);
        text(&mut block, "x");
        let authorization = key.map(|key| ("authorization", format!("Bearer {key}")));
        let kind = ("content-type", "application/grpc".to_owned());
        for (name, value) in [("te", "trailers".to_owned()), kind].into_iter().chain(authorization) {
            block.push(0);
            text(&mut block, name);
            text(&mut block, &value);
        }
        self.send(HEADERS, END_HEADERS, stream, &block);
    }

    /// The next frame: kind, flags, payload.
    fn next(&mut self) -> Option<(u8, u8, Vec<u8>)> {
        let mut head = [0; 9];
        self.socket.read_exact(&mut head).ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).expect("a length")];
        self.socket.read_exact(&mut payload).ok()?;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        if (head[3], stream) == (WINDOW_UPDATE, 0) {
            self.window += u32::from_be_bytes(payload[..4].try_into().expect("a number")) as usize;
        }
        Some((head[3], head[4], payload))
    }

    /// Waits until the other side has taken in what was sent.
    fn sync(&mut self) {
        self.send(PING, 0, 0, b"are here");
        while self.next().is_some_and(|(kind, flags, _)| (kind, flags) != (PING, ACK)) {}
    }

    /// How many of so many calls are answered and over, while the connection is not silent for too long.
    fn answered(&mut self, calls: usize) -> usize {
        let mut answered = 0;
        while answered < calls {
            let Some((kind, flags, _)) = self.next() else { break };
            answered += usize::from(kind == HEADERS && flags & END_STREAM != 0);
        }
        answered
    }

    /// Sends as much of a message on stream 1 as it may, until it has its answer.
    fn upload(&mut self, message: &[u8]) -> bool {
        let (mut rest, mut allowed) = (message, 65_535);
        loop {
            while !rest.is_empty() && allowed > 0 && self.window > 0 {
                let (chunk, after) = rest.split_at(rest.len().min(16_384).min(allowed).min(self.window));
                rest = after;
                allowed -= chunk.len();
                self.window -= chunk.len();
                self.send(DATA, if rest.is_empty() { END_STREAM } else { 0 }, 1, chunk);
            }
            let before = self.window;
            match self.next() {
                Some((HEADERS, flags, _)) if flags & END_STREAM != 0 => return true,
                Some((WINDOW_UPDATE, _, payload)) if before == self.window => {
                    allowed += u32::from_be_bytes(payload[..4].try_into().expect("a number")) as usize;
                }
                Some((SETTINGS, 0, payload)) => {
                    // Only then does a larger window count.
                    self.send(SETTINGS, ACK, 0, &[]);
                    let mut windows = payload.chunks(6).filter(|setting| setting[..2] == [0, 4]);
                    let window =
                        windows.next_back().map(|setting| setting[2..].try_into().expect("a number"));
                    let window = window.map_or(65_535, |window| u32::from_be_bytes(window) as usize);
                    allowed = (allowed + window).saturating_sub(65_535);
                }
                Some(_) => {}
                None => return false,
            }
        }
    }
}

/// Four connections of 250 calls each, of which each has begun a large message.
fn thousand_calls(dev: &Dev, path: &str, key: Option<&str>) -> Vec<Frames> {
    let mut connections: Vec<_> = (0..4).map(|_| Frames::open(dev)).collect();
    for connection in &mut connections {
        for stream in (1..500).step_by(2) {
            connection.call(stream, path, key);
            connection.send(DATA, 0, stream, &OPENING);
        }
    }
    connections
}

#[test]
fn a_thousand_grpc_calls_without_a_key_take_no_memory() {
    for path in [METHOD, "/temporal.api.cloud.cloudservice.v1.CloudService/NoSuchMethod"] {
        let watched = Watched::start(&[]);
        let mut connections = thousand_calls(&watched.dev, path, None);
        let answered: usize = connections.iter_mut().map(|connection| connection.answered(250)).sum();
        watched.grew_by_less_than(LITTLE);
        assert_eq!(answered, 1_000, "each is refused by its headers alone");
    }
}

#[test]
fn the_one_call_that_needs_no_key_reads_no_message() {
    let watched = Watched::start(&[]);
    let mut connections = thousand_calls(&watched.dev, SYSTEM_INFO, None);
    let answered: usize = connections.iter_mut().map(|connection| connection.answered(250)).sum();
    watched.grew_by_less_than(LITTLE);
    assert_eq!(answered, 1_000);
}

#[test]
fn an_announced_length_reserves_nothing() {
    let watched = Watched::start(&[]);
    let key = watched.dev.key("user.owner").to_owned();
    let mut connections = thousand_calls(&watched.dev, METHOD, Some(&key));
    // Once all are read, and calls that came later are answered, none may hold what it announced.
    connections.iter_mut().for_each(Frames::sync);
    (0..20).for_each(|_| drop(get(&watched.dev, "/cloud/account")));
    for connection in &mut connections {
        for stream in (1..500).step_by(2) {
            connection.send(DATA, END_STREAM, stream, &[]);
        }
    }
    let answered: usize = connections.iter_mut().map(|connection| connection.answered(250)).sum();
    watched.grew_by_less_than(LITTLE);
    assert_eq!(answered, 1_000, "the messages end early");
}

#[test]
fn large_grpc_messages_without_a_key_are_not_kept() {
    let watched = Watched::start(&[]);
    let mut message = vec![0, 0, 0x3e, 0x8f, 0xa0];
    message.resize(5 + 4_100_000, 7);
    let upload = || {
        let mut connection = Frames::open(&watched.dev);
        connection.call(1, METHOD, None);
        connection.upload(&message)
    };
    // A thousand, fifty of them at a time.
    let answered: usize = thread::scope(|scope| {
        let uploads: Vec<_> = (0..50).map(|_| scope.spawn(|| (0..20).filter(|_| upload()).count())).collect();
        uploads.into_iter().map(|upload| upload.join().expect("it ends")).sum()
    });
    watched.grew_by_less_than(LITTLE);
    assert_eq!(answered, 1_000);
}

/// Sends the head of an HTTP/1.1 request and what the registry takes of a body within a second, and keeps the
/// connection.
fn post(dev: &Dev, path: &str, headers: &str, body: &[u8]) -> TcpStream {
    let mut socket = TcpStream::connect(dev.grpc()).expect("it listens");
    socket.set_write_timeout(Some(Duration::from_secs(1))).expect("a timeout");
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\n{headers}\r\n\r\n");
    socket.write_all(head.as_bytes()).expect("it reads");
    // A stranger's connection may be gone, a large body may have to wait.
    if let Err(error) = socket.write_all(body) {
        let kinds =
            [ErrorKind::WouldBlock, ErrorKind::TimedOut, ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
        assert!(kinds.contains(&error.kind()), "{error}");
    }
    socket
}

/// So many at the same time.
fn posts(dev: &Dev, count: usize, path: &str, headers: &str, body: &[u8]) -> Vec<TcpStream> {
    thread::scope(|scope| {
        let posts: Vec<_> = (0..count).map(|_| scope.spawn(|| post(dev, path, headers, body))).collect();
        posts.into_iter().map(|post| post.join().expect("it ends")).collect()
    })
}

#[test]
fn bodies_without_a_key_are_not_kept_whatever_announces_them() {
    let endpoints = "/cloud/nexus/endpoints";
    let chunk = [b"3e8fa0\r\n" as &[u8], &vec![b' '; 4_100_000]].concat();
    let kinds: [(&str, &str, &[u8]); 6] = [
        (endpoints, "content-length: 4100001", &chunk[8..]),
        (endpoints, "transfer-encoding: chunked", &chunk),
        (endpoints, "content-encoding: gzip\r\ncontent-length: 4100001", &chunk[8..]),
        ("/control/faults", "content-length: 4100001", &chunk[8..]),
        (METHOD, "content-type: application/grpc\r\ncontent-length: 4100001", &chunk[8..]),
        // A byte, and then nothing.
        (METHOD, "content-type: application/grpc\r\ncontent-length: 4100001", &OPENING),
    ];
    for (path, headers, body) in kinds {
        let watched = Watched::start(&["--control"]);
        let sockets = posts(&watched.dev, 60, path, headers, body);
        for mut socket in sockets {
            let mut answer = [0; 12];
            socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
            if let Ok(()) = socket.read_exact(&mut answer) {
                let expected = if path == METHOD { b"HTTP/1.1 200" } else { b"HTTP/1.1 401" };
                assert_eq!(&answer, expected);
            }
        }
        watched.grew_by_less_than(LITTLE);
    }
}

#[test]
fn bodies_with_a_key_are_kept_a_few_at_a_time() {
    let watched = Watched::start(&[]);
    let key = watched.dev.key("user.owner");
    let headers = format!("authorization: Bearer {key}\r\ncontent-length: 4100001");
    // All but the last byte, so that none can be answered.
    let sockets = posts(&watched.dev, 150, "/cloud/nexus/endpoints", &headers, &vec![b' '; 4_100_000]);
    watched.grew_by_less_than(200_000);
    drop(sockets);
}
