//! What the server sends the spawner for a script.

use crate::launch::Streams;
use crate::order::Order;
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// The descriptors of a script: its control socket, and its three streams.
const DESCRIPTORS: usize = 4;

/// The space that these take in a message.
const SPACE: usize = rustix::cmsg_space!(ScmRights(DESCRIPTORS));

/// The longest message; a longer order follows over the control socket. Any
/// system takes one of this length, and hardly a request comes near it.
const MAX_MESSAGE: usize = 32 * 1024;

/// The longest order: more than a system lets a program begin with.
const MAX_ORDER: usize = 32 * 1024 * 1024;

/// In a message's first byte: it has the script's standard input.
const INPUT: u8 = 1;
/// In a message's first byte: the order follows, and this is its length.
const FOLLOWS: u8 = 2;

/// What the server sends for a script, beside the descriptors.
#[derive(Debug)]
pub(super) struct Request {
    message: Vec<u8>,
    /// Empty, mostly.
    pub(super) follows: Vec<u8>,
}

impl Request {
    pub(super) fn new(order: &Order<'_>, streams: &Streams) -> io::Result<Self> {
        let mut message = vec![streams.stdin.as_ref().map_or(0, |_| INPUT)];
        order.encode_into(&mut message);
        if message.len() <= MAX_MESSAGE {
            let follows = Vec::new();
            return Ok(Self { message, follows });
        }
        let follows = message.split_off(1);
        if follows.len() > MAX_ORDER {
            return Err(Errno::TOOBIG.into());
        }
        message[0] |= FOLLOWS;
        let length = u32::try_from(follows.len()).map_err(io::Error::other)?;
        message.extend(length.to_ne_bytes());
        Ok(Self { message, follows })
    }

    /// Sends the message, without waiting.
    pub(super) fn send(
        &self,
        socket: BorrowedFd<'_>,
        control: BorrowedFd<'_>,
        streams: &Streams,
    ) -> rustix::io::Result<()> {
        let descriptors = [
            Some(control),
            Some(streams.stdout.as_fd()),
            Some(streams.stderr.as_fd()),
            streams.stdin.as_ref().map(AsFd::as_fd),
        ];
        let descriptors: Vec<_> = descriptors.into_iter().flatten().collect();
        send(socket, &self.message, &descriptors)
    }
}

/// Sends a message with descriptors, without waiting.
fn send(
    socket: BorrowedFd<'_>,
    message: &[u8],
    descriptors: &[BorrowedFd<'_>],
) -> rustix::io::Result<()> {
    let mut space = [MaybeUninit::uninit(); SPACE];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(Errno::NOBUFS);
    }
    let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    sendmsg(socket, &[IoSlice::new(message)], &mut ancillary, flags)?;
    Ok(())
}

/// A script's descriptors, as the spawner gets them.
#[derive(Debug)]
pub(super) struct NewScript {
    pub(super) control: OwnedFd,
    pub(super) streams: Streams,
}

/// What came on the spawner's socket.
#[derive(Debug)]
pub(super) enum Received<'a> {
    /// A script, and its encoded order.
    Script(NewScript, &'a [u8]),
    /// A script whose order follows over its control socket, and is this long.
    Long(NewScript, usize),
    /// Descriptors are missing, as this process may have no more.
    Incomplete,
    /// The server has closed its end.
    End,
}

/// Where messages are received.
#[derive(Debug)]
pub(super) struct Inbox(Vec<u8>);

impl Inbox {
    pub(super) fn new() -> Self {
        Self(vec![0; MAX_MESSAGE])
    }

    /// Waits for a message.
    pub(super) async fn next(&mut self, socket: &AsyncFd<OwnedFd>) -> io::Result<Mail> {
        let receive = |socket: &OwnedFd| Ok(self.receive(socket.as_fd())?);
        socket.async_io(Interest::READABLE, receive).await
    }

    /// Receives a message, without waiting.
    fn receive(&mut self, socket: BorrowedFd<'_>) -> rustix::io::Result<Mail> {
        let mut space = [MaybeUninit::uninit(); SPACE];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        // No script inherits what another was given.
        let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
        let mut buffer = [IoSliceMut::new(&mut self.0)];
        let message = recvmsg(socket, &mut buffer, &mut ancillary, flags)?;
        let mut descriptors = Vec::with_capacity(DESCRIPTORS);
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(received) = message {
                descriptors.extend(received);
            }
        }
        Ok(Mail {
            length: message.bytes,
            descriptors,
        })
    }

    /// Hands a message on that was just received, without waiting.
    pub(super) fn forward(&self, mail: &Mail, socket: BorrowedFd<'_>) -> rustix::io::Result<()> {
        let descriptors: Vec<_> = mail.descriptors.iter().map(AsFd::as_fd).collect();
        send(socket, &self.0[..mail.length], &descriptors)
    }

    /// What a message says that was just received.
    pub(super) fn open(&self, mail: Mail) -> Received<'_> {
        let Some((flags, rest)) = self.0[..mail.length].split_first() else {
            return Received::End;
        };
        let mut descriptors = mail.descriptors.into_iter();
        let mut next = || descriptors.next();
        let (Some(control), Some(stdout), Some(stderr)) = (next(), next(), next()) else {
            return Received::Incomplete;
        };
        let stdin = next();
        if stdin.is_some() != (flags & INPUT != 0) {
            return Received::Incomplete;
        }
        let streams = Streams {
            stdin,
            stdout,
            stderr,
        };
        let script = NewScript { control, streams };
        if flags & FOLLOWS == 0 {
            return Received::Script(script, rest);
        }
        match <[u8; 4]>::try_from(rest).map(u32::from_ne_bytes) {
            Ok(length) if length as usize <= MAX_ORDER => Received::Long(script, length as usize),
            _ => Received::Incomplete,
        }
    }
}

/// A message that is in the inbox.
#[derive(Debug)]
pub(super) struct Mail {
    length: usize,
    descriptors: Vec<OwnedFd>,
}

impl Mail {
    /// Whether it is none: the sender has closed its end.
    pub(super) fn is_end(&self) -> bool {
        self.length == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
    use std::ffi::OsStr;
    use std::path::Path;

    fn streams(stdin: bool) -> Streams {
        let (reader, writer) = io::pipe().unwrap();
        Streams {
            stdin: stdin.then(|| reader.into()),
            stdout: writer.try_clone().unwrap().into(),
            stderr: writer.into(),
        }
    }

    /// Sends a script with a variable of this length, and what comes of it.
    fn sent(length: usize, stdin: bool, check: impl FnOnce(Received<'_>, &Request)) {
        let value = "x".repeat(length);
        let order = Order {
            path: Path::new("/path"),
            directory: Path::new("/"),
            environment: vec![(OsStr::new("NAME"), OsStr::new(&value))],
        };
        let streams = streams(stdin);
        let request = Request::new(&order, &streams).unwrap();
        let pair = |kind| socketpair(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None);
        let (server, spawner) = pair(SocketType::SEQPACKET).unwrap();
        request
            .send(server.as_fd(), server.as_fd(), &streams)
            .unwrap();
        let mut inbox = Inbox::new();
        let mail = inbox.receive(spawner.as_fd()).unwrap();
        match inbox.open(mail) {
            Received::Script(_, bytes) => assert_eq!(Order::decode(bytes), Some(order)),
            Received::Long(..) => assert_eq!(Order::decode(&request.follows), Some(order)),
            received => panic!("{received:?}"),
        }
        let mail = {
            request
                .send(server.as_fd(), server.as_fd(), &streams)
                .unwrap();
            inbox.receive(spawner.as_fd()).unwrap()
        };
        check(inbox.open(mail), &request);
    }

    #[test]
    fn a_script_survives_the_way() {
        for stdin in [false, true] {
            sent(10, stdin, |received, request| {
                assert!(request.follows.is_empty());
                let Received::Script(script, _) = received else {
                    panic!("{received:?}");
                };
                assert_eq!(script.streams.stdin.is_some(), stdin);
            });
            sent(MAX_MESSAGE, stdin, |received, request| {
                let Received::Long(script, length) = received else {
                    panic!("{received:?}");
                };
                assert_eq!(length, request.follows.len());
                assert_eq!(script.streams.stdin.is_some(), stdin);
            });
        }
    }

    #[test]
    fn an_order_is_bounded() {
        let value = "x".repeat(MAX_ORDER);
        let order = Order {
            path: Path::new("/path"),
            directory: Path::new("/"),
            environment: vec![(OsStr::new("NAME"), OsStr::new(&value))],
        };
        assert!(Request::new(&order, &streams(false)).is_err());
        let mut inbox = Inbox::new();
        inbox.0[0] = FOLLOWS;
        inbox.0[1..5].fill(0xff);
        let huge = Mail {
            length: 5,
            descriptors: (0..3).map(|_| io::pipe().unwrap().0.into()).collect(),
        };
        assert!(matches!(inbox.open(huge), Received::Incomplete));
    }

    #[test]
    fn what_lacks_descriptors_is_no_script() {
        let mut inbox = Inbox::new();
        for (flags, count, whole) in [(0, 3, true), (0, 2, false), (INPUT, 3, false)] {
            inbox.0[0] = flags;
            let mail = Mail {
                length: 1,
                descriptors: (0..count).map(|_| io::pipe().unwrap().0.into()).collect(),
            };
            let script = matches!(inbox.open(mail), Received::Script(..));
            assert_eq!(script, whole, "{flags} {count}");
        }
    }
}
