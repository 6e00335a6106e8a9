//! Where a client's bytes are among the frames of HTTP/2 (RFC 9113 section 4.1): which
//! frames have begun, and whether one is in pieces. What they mean, `h2` knows.

/// How long the client's preface is (RFC 9113 section 3.4).
const PREFACE: usize = 24;

/// How long a frame's header is.
const HEADER: usize = 9;

/// END_HEADERS, of HEADERS and CONTINUATION.
const END_HEADERS: u8 = 0x4;

/// ACK, of SETTINGS and PING.
const ACK: u8 = 0x1;

/// A frame's type, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Data,
    Headers,
    Reset,
    Settings,
    WindowUpdate,
    Continuation,
    /// PING, PRIORITY, GOAWAY, PUSH_PROMISE, and what nobody knows.
    Other,
}

/// A frame that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    flags: u8,
    /// How long its payload is.
    pub(super) length: usize,
}

impl Frame {
    fn parse(header: [u8; HEADER]) -> Self {
        let [high, middle, low, kind, flags, ..] = header;
        Self {
            kind: match kind {
                0 => Kind::Data,
                1 => Kind::Headers,
                3 => Kind::Reset,
                4 => Kind::Settings,
                8 => Kind::WindowUpdate,
                9 => Kind::Continuation,
                _ => Kind::Other,
            },
            flags,
            length: u32::from_be_bytes([0, high, middle, low]) as usize,
        }
    }

    /// Whether it is what a connection begins with (RFC 9113 section 3.4).
    pub(super) fn is_settings(self) -> bool {
        self.kind == Kind::Settings && self.flags & ACK == 0
    }

    /// Whether it says that our settings are in force (RFC 9113 section 6.5.3).
    pub(super) fn acknowledges_settings(self) -> bool {
        self.kind == Kind::Settings && self.flags & ACK != 0
    }

    /// Whether more of a header block has to follow it (RFC 9113 section 6.10).
    fn leaves_block_open(self) -> bool {
        matches!(self.kind, Kind::Headers | Kind::Continuation) && self.flags & END_HEADERS == 0
    }
}

/// Where the bytes that have come end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Between two frames.
    Between,
    /// In the midst of what has to come soon: the preface, a header block, or a frame
    /// that isn't content.
    Head,
    /// In the midst of a frame of content.
    Content,
}

/// Follows a client's bytes.
#[derive(Debug)]
pub(super) struct Frames {
    /// How much of the preface is missing.
    preface: usize,
    header: [u8; HEADER],
    /// How much of a frame's header has come.
    have: usize,
    /// How much of the payload is missing of the frame that has begun.
    missing: usize,
    kind: Kind,
    in_block: bool,
}

impl Frames {
    pub(super) fn new() -> Self {
        Self {
            preface: PREFACE,
            header: [0; HEADER],
            have: 0,
            missing: 0,
            kind: Kind::Other,
            in_block: false,
        }
    }

    /// Calls `begun` for each frame whose header ends in these bytes. Returns whether
    /// something ends in them that was in pieces before.
    pub(super) fn follow(&mut self, mut bytes: &[u8], mut begun: impl FnMut(Frame)) -> bool {
        let mut ended = false;
        bytes = skip(bytes, &mut self.preface);
        while !bytes.is_empty() {
            ended |= self.place() == Place::Between;
            if self.missing > 0 {
                bytes = skip(bytes, &mut self.missing);
                continue;
            }
            let taken = bytes.len().min(HEADER - self.have);
            let (part, rest) = bytes.split_at(taken);
            self.header[self.have..self.have + taken].copy_from_slice(part);
            self.have += taken;
            bytes = rest;
            if self.have == HEADER {
                self.have = 0;
                let frame = Frame::parse(self.header);
                self.kind = frame.kind;
                self.missing = frame.length;
                self.in_block = frame.leaves_block_open();
                begun(frame);
            }
        }
        ended || self.place() == Place::Between
    }

    /// Where the bytes end that have come so far.
    pub(super) fn place(&self) -> Place {
        if self.preface > 0 {
            // Of which nothing has come, nothing is in pieces.
            return if self.preface == PREFACE {
                Place::Between
            } else {
                Place::Head
            };
        }
        if self.missing > 0 && self.kind == Kind::Data {
            return Place::Content;
        }
        if self.missing > 0 || self.have > 0 || self.in_block {
            return Place::Head;
        }
        Place::Between
    }
}

fn skip<'a>(bytes: &'a [u8], left: &mut usize) -> &'a [u8] {
    let skipped = bytes.len().min(*left);
    *left -= skipped;
    &bytes[skipped..]
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
        let length = u8::try_from(payload.len()).unwrap();
        [&[0, 0, length, kind, flags, 0, 0, 0, 1], payload].concat()
    }

    fn kinds(frames: &mut Frames, bytes: &[u8]) -> Vec<Kind> {
        let mut seen = Vec::new();
        let ended = frames.follow(bytes, |frame| seen.push(frame.kind));
        assert!(ended || frames.place() != Place::Between);
        seen
    }

    #[test]
    fn frames_are_seen_however_they_are_cut() {
        let all = [
            START,
            &frame(4, 0, &[0; 6]),
            &frame(1, 4, b"block"),
            &frame(0, 1, b"content"),
            &frame(3, 0, &[0; 4]),
        ]
        .concat();
        let wanted = [Kind::Settings, Kind::Headers, Kind::Data, Kind::Reset];
        for size in 1..all.len() {
            let mut frames = Frames::new();
            let mut seen = Vec::new();
            for part in all.chunks(size) {
                seen.extend(kinds(&mut frames, part));
            }
            assert_eq!(seen, wanted, "in pieces of {size}");
            assert_eq!(frames.place(), Place::Between);
        }
    }

    #[test]
    fn what_is_in_pieces_is_known() {
        let mut frames = Frames::new();
        assert_eq!(frames.place(), Place::Between);
        for (bytes, place) in [
            (&START[..3], Place::Head),
            (&START[3..], Place::Between),
            (&frame(0, 0, b"content")[..4], Place::Head),
            (&frame(0, 0, b"content")[4..10], Place::Content),
            (&frame(0, 0, b"content")[10..], Place::Between),
            // Without END_HEADERS, the block goes on.
            (&frame(1, 0, b"block"), Place::Head),
            (&frame(9, 0, b""), Place::Head),
            (&frame(9, 4, b"block"), Place::Between),
        ] {
            kinds(&mut frames, bytes);
            assert_eq!(frames.place(), place, "{bytes:?}");
        }
    }

    #[test]
    fn an_acknowledgement_of_settings_is_one_with_that_flag() {
        let mut acknowledged = Vec::new();
        let mut frames = Frames::new();
        let bytes = [
            START,
            &frame(4, 0, &[]),
            &frame(4, 1, &[]),
            &frame(6, 1, &[0; 8]),
        ];
        frames.follow(&bytes.concat(), |frame| {
            acknowledged.push(frame.acknowledges_settings());
        });
        assert_eq!(acknowledged, [false, true, false]);
    }
}
