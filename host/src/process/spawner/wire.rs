//! What the server and the spawner send each other.

use super::super::group::GroupEnd;
use super::super::launch::Streams;
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use tokio::io::{AsyncRead, AsyncReadExt};

/// The descriptors of a script: its control socket, and its three streams.
const DESCRIPTORS: usize = 4;

/// The space that these take in a message.
const SPACE: usize = rustix::cmsg_space!(ScmRights(DESCRIPTORS));

/// What a message says beside its descriptors. It can't be empty.
const NEW_SCRIPT: [u8; 1] = [1];

/// The longest order: more than a system lets a program begin with.
const MAX_ORDER: usize = 32 * 1024 * 1024;

/// A script's descriptors, as the spawner gets them.
#[derive(Debug)]
pub(super) struct NewScript {
    pub(super) control: OwnedFd,
    pub(super) streams: Streams,
}

/// Sends a script's descriptors, without waiting.
pub(super) fn send_script(
    socket: BorrowedFd<'_>,
    control: BorrowedFd<'_>,
    streams: &Streams,
) -> rustix::io::Result<()> {
    let descriptors = [
        control,
        streams.stdin.as_fd(),
        streams.stdout.as_fd(),
        streams.stderr.as_fd(),
    ];
    let mut space = [MaybeUninit::uninit(); SPACE];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !ancillary.push(SendAncillaryMessage::ScmRights(&descriptors)) {
        return Err(Errno::NOBUFS);
    }
    let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    sendmsg(socket, &[IoSlice::new(&NEW_SCRIPT)], &mut ancillary, flags)?;
    Ok(())
}

/// What came on the spawner's socket.
#[derive(Debug)]
pub(super) enum Received {
    Script(NewScript),
    /// Descriptors are missing, as this process may have no more.
    Incomplete,
    /// The server has closed its end.
    End,
}

/// Receives a script's descriptors, without waiting.
pub(super) fn receive_script(socket: BorrowedFd<'_>) -> rustix::io::Result<Received> {
    let mut byte = [0];
    let mut space = [MaybeUninit::uninit(); SPACE];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    // No script inherits what another was given.
    let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
    let message = recvmsg(
        socket,
        &mut [IoSliceMut::new(&mut byte)],
        &mut ancillary,
        flags,
    )?;
    if message.bytes == 0 {
        return Ok(Received::End);
    }
    let mut descriptors = Vec::with_capacity(DESCRIPTORS);
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(received) = message {
            descriptors.extend(received);
        }
    }
    let Ok([control, stdin, stdout, stderr]) = <[OwnedFd; DESCRIPTORS]>::try_from(descriptors)
    else {
        return Ok(Received::Incomplete);
    };
    Ok(Received::Script(NewScript {
        control,
        streams: Streams {
            stdin,
            stdout,
            stderr,
        },
    }))
}

/// An encoded order, after its length.
pub(super) fn frame(order: &[u8]) -> io::Result<Vec<u8>> {
    if order.len() > MAX_ORDER {
        return Err(Errno::TOOBIG.into());
    }
    let length = u32::try_from(order.len()).map_err(io::Error::other)?;
    Ok([length.to_ne_bytes().as_slice(), order].concat())
}

/// Reads an encoded order.
pub(super) async fn read_order(control: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut length = [0; size_of::<u32>()];
    control.read_exact(&mut length).await?;
    let length = usize::try_from(u32::from_ne_bytes(length)).unwrap_or(usize::MAX);
    if length > MAX_ORDER {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut order = vec![0; length];
    control.read_exact(&mut order).await?;
    Ok(order)
}

/// What the spawner says of a script: eight bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Report {
    /// It runs.
    Started,
    /// It can't be started: the system's number for why, or 0.
    Refused(i32),
    /// It has ended.
    Ended(GroupEnd),
}

impl Report {
    const STARTED: u8 = 1;
    const REFUSED: u8 = 2;
    const ENDED: u8 = 3;
    /// A part of [`Report::ENDED`]: the status is known.
    const KNOWN: u8 = 1;
    /// A part of [`Report::ENDED`]: nothing is left.
    const GONE: u8 = 2;

    pub(super) fn encode(self) -> [u8; 8] {
        let (kind, flags, number) = match self {
            Self::Started => (Self::STARTED, 0, 0),
            Self::Refused(number) => (Self::REFUSED, 0, number),
            Self::Ended(end) => {
                let known = end.status.map_or(0, |_| Self::KNOWN);
                let gone = if end.gone { Self::GONE } else { 0 };
                (
                    Self::ENDED,
                    known | gone,
                    end.status.map_or(0, ExitStatusExt::into_raw),
                )
            }
        };
        let [a, b, c, d] = number.to_ne_bytes();
        [kind, flags, 0, 0, a, b, c, d]
    }

    /// Undoes [`Report::encode`]. None for what it didn't make.
    fn decode(bytes: [u8; 8]) -> Option<Self> {
        let [kind, flags, _, _, a, b, c, d] = bytes;
        let number = i32::from_ne_bytes([a, b, c, d]);
        match kind {
            Self::STARTED => Some(Self::Started),
            Self::REFUSED => Some(Self::Refused(number)),
            Self::ENDED => Some(Self::Ended(GroupEnd {
                status: (flags & Self::KNOWN != 0).then(|| ExitStatus::from_raw(number)),
                gone: flags & Self::GONE != 0,
            })),
            _ => None,
        }
    }

    /// Reads the next one.
    pub(super) async fn read(control: &mut (impl AsyncRead + Unpin)) -> io::Result<Self> {
        let mut bytes = [0; 8];
        control.read_exact(&mut bytes).await?;
        Self::decode(bytes).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_survive_the_way() {
        let ended = |status, gone| Report::Ended(GroupEnd { status, gone });
        for report in [
            Report::Started,
            Report::Refused(Errno::TOOBIG.raw_os_error()),
            ended(None, false),
            ended(Some(ExitStatus::from_raw(0x300)), true),
            ended(Some(ExitStatus::from_raw(9)), false),
        ] {
            assert_eq!(Report::decode(report.encode()), Some(report));
        }
        assert_eq!(Report::decode([9; 8]), None);
    }

    #[tokio::test]
    async fn an_order_is_bounded() {
        let order = b"what to start".as_slice();
        let framed = frame(order).unwrap();
        assert_eq!(read_order(&mut framed.as_slice()).await.unwrap(), order);
        let huge = u32::MAX.to_ne_bytes();
        let refused = read_order(&mut huge.as_slice()).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidData);
        assert!(frame(&vec![0; MAX_ORDER + 1]).is_err());
    }
}
