//! A response on its way to the host: an `outgoing-response`, whose content is
//! written as the handler produces it.

use super::decode::{BadResponse, Decoder, Head};
use crate::bindings::wasi::filesystem::types::Descriptor;
use crate::bindings::wasi::http::types::{
    ErrorCode, Fields, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use crate::bindings::wasi::io::streams::{OutputStream, StreamError};
use crate::transport::TransportError;

/// How much of a file is read at once, where it can't go past the sandbox.
const READ_AT_ONCE: u64 = 64 * 1024;

/// One response, or what there is of it.
pub(super) struct Response {
    decoder: Decoder,
    progress: Progress,
}

enum Progress {
    /// Nothing was sent; this is where it goes.
    Awaited(ResponseOutparam),
    /// The head was sent; this content follows, if any.
    Content {
        // Before its body: a child is dropped first.
        stream: OutputStream,
        body: OutgoingBody,
    },
    /// All was sent, or will never be.
    Ended,
}

impl Response {
    pub(super) fn new(method: &str, out: ResponseOutparam) -> Self {
        Self {
            decoder: Decoder::new(method),
            progress: Progress::Awaited(out),
        }
    }

    /// Writes bytes of HTTP/1.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        let decoded = match self.decoder.decode(bytes) {
            Ok(decoded) => decoded,
            Err(error) => return self.refuse(error),
        };
        if let Some(head) = decoded.head {
            self.begin(head)?;
        }
        if let Progress::Content { stream, .. } = &self.progress {
            for content in decoded.content {
                write_all(stream, content)?;
            }
        }
        Ok(())
    }

    /// Writes bytes of HTTP/1, then a range of a file as content. Where the
    /// content needs no decoding, the host moves it.
    pub(super) fn send_file(
        &mut self,
        head: &[u8],
        file: &Descriptor,
        offset: u64,
        mut length: u64,
    ) -> Result<(), TransportError> {
        let source = file.read_via_stream(offset);
        let source = source.map_err(|_| TransportError::File)?;
        self.write(head)?;
        while length > 0 {
            length -= match &self.progress {
                Progress::Content { stream, .. } if self.decoder.passes_on() => {
                    stream.blocking_splice(&source, length)?
                }
                // There is nothing to send.
                Progress::Content { .. } if !self.decoder.takes_content() => length,
                Progress::Content { .. } | Progress::Awaited(_) => {
                    let bytes = source.blocking_read(length.min(READ_AT_ONCE))?;
                    self.write(&bytes)?;
                    bytes.len() as u64
                }
                Progress::Ended => length,
            };
        }
        Ok(())
    }

    /// Ends the response. What is incomplete is left unfinished, so that the
    /// host can tell the client.
    pub(super) fn finish(self) {
        match self.progress {
            Progress::Awaited(out) => {
                eprintln!("the handler sent no response");
                ResponseOutparam::set(out, Err(ErrorCode::HttpResponseIncomplete));
            }
            Progress::Content { stream, body } => {
                drop(stream);
                if self.decoder.may_end()
                    && let Err(error) = OutgoingBody::finish(body, None)
                {
                    eprintln!("the response can't be finished: {error}");
                }
            }
            Progress::Ended => {}
        }
    }

    /// Sends the head. Where Content-Length speaks of content that doesn't
    /// follow (HEAD, RFC 9110 section 8.6), there is no body: one that is
    /// finished without it would count as cut short.
    fn begin(&mut self, head: Head) -> Result<(), TransportError> {
        let Progress::Awaited(out) = std::mem::replace(&mut self.progress, Progress::Ended) else {
            return Err(TransportError::Closed);
        };
        let has_body = head.has_content || !head.announces_content();
        let response = OutgoingResponse::new(fields(head.fields));
        if response.set_status_code(head.status).is_err() {
            eprintln!("the host doesn't send the status {}", head.status);
            ResponseOutparam::set(out, Err(ErrorCode::InternalError(None)));
            return Err(TransportError::Closed);
        }
        if has_body
            && let Ok(body) = response.body()
            && let Ok(stream) = body.write()
        {
            self.progress = Progress::Content { stream, body };
        }
        ResponseOutparam::set(out, Ok(response));
        Ok(())
    }

    /// Gives up on a handler that doesn't write HTTP.
    fn refuse(&mut self, error: BadResponse) -> Result<(), TransportError> {
        eprintln!("{error}");
        if let Progress::Awaited(out) = std::mem::replace(&mut self.progress, Progress::Ended) {
            let error = ErrorCode::InternalError(Some(error.to_string()));
            ResponseOutparam::set(out, Err(error));
        }
        Err(TransportError::Closed)
    }
}

/// The fields that the host lets a handler send; the log says which it doesn't.
fn fields(list: Vec<(String, Vec<u8>)>) -> Fields {
    let fields = Fields::new();
    for (name, value) in list {
        if let Err(error) = fields.append(&name, &value) {
            eprintln!("the host doesn't send the field {name}: {error}");
        }
    }
    fields
}

/// Writes all bytes, as fast as the client takes them.
fn write_all(stream: &OutputStream, mut bytes: &[u8]) -> Result<(), TransportError> {
    let ready = stream.subscribe();
    while !bytes.is_empty() {
        let permitted = usize::try_from(stream.check_write()?).unwrap_or(usize::MAX);
        if permitted == 0 {
            ready.block();
            continue;
        }
        let (now, later) = bytes.split_at(permitted.min(bytes.len()));
        stream.write(now)?;
        bytes = later;
    }
    Ok(stream.flush()?)
}

impl From<StreamError> for TransportError {
    fn from(_: StreamError) -> Self {
        Self::Closed
    }
}
