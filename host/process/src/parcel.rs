//! Messages between the server and the processes that start others for it, each with
//! three descriptors: those of a piece of work, or of a runner.

use rustix::io::{Errno, retry_on_intr};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// The longest message, in bytes.
pub(crate) const MAX_LENGTH: usize = 1024;

const DESCRIPTORS: usize = 3;
const SPACE: usize = rustix::cmsg_space!(ScmRights(DESCRIPTORS));

/// A message, and its descriptors.
pub(crate) struct Received {
    pub(crate) message: Vec<u8>,
    pub(crate) descriptors: [OwnedFd; DESCRIPTORS],
}

/// Sends a message, and waits until it fits.
pub(crate) fn send(
    socket: impl AsFd,
    message: &[u8],
    descriptors: [BorrowedFd<'_>; DESCRIPTORS],
) -> io::Result<()> {
    if message.len() > MAX_LENGTH {
        return Err(Errno::MSGSIZE.into());
    }
    let mut space = [MaybeUninit::uninit(); SPACE];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !ancillary.push(SendAncillaryMessage::ScmRights(&descriptors)) {
        return Err(Errno::NOBUFS.into());
    }
    let message = [IoSlice::new(message)];
    retry_on_intr(|| sendmsg(&socket, &message, &mut ancillary, SendFlags::NOSIGNAL))?;
    Ok(())
}

/// Waits for a message. None: the other end is closed, or sends what isn't one.
pub(crate) fn receive(socket: impl AsFd) -> io::Result<Option<Received>> {
    let mut message = vec![0; MAX_LENGTH];
    let mut space = [MaybeUninit::uninit(); SPACE];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut buffer = [IoSliceMut::new(&mut message)];
    let flags = RecvFlags::CMSG_CLOEXEC;
    let received = retry_on_intr(|| recvmsg(&socket, &mut buffer, &mut ancillary, flags))?;
    let length = received.bytes;
    let rights = ancillary.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
        _ => None,
    });
    let descriptors: Vec<OwnedFd> = rights.flatten().collect();
    message.truncate(length);
    let descriptors = descriptors.try_into().ok();
    Ok(descriptors.map(|descriptors| Received {
        message,
        descriptors,
    }))
}
