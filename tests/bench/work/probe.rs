//! What is asked for, and whether the answer is right.

use crate::bench::client::{Client, Response};
use crate::bench::error::{Error, Result};
use crate::bench::files::{ENTRIES, Files, entry_name};
use crate::bench::load::Request;
use crate::bench::server::Server;

/// A kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Probe {
    Small,
    /// The small file, and no more on this connection.
    Close,
    Medium,
    Large,
    /// The small file, if it has changed.
    Unmodified,
    Missing,
    /// A kilobyte in the midst of the large file.
    Range,
    Listing,
}

impl Probe {
    pub(super) fn target(self) -> &'static str {
        match self {
            Self::Small | Self::Close | Self::Unmodified => "/small.bin",
            Self::Medium => "/medium.bin",
            Self::Large | Self::Range => "/large.bin",
            Self::Missing => "/missing.bin",
            Self::Listing => "/listed/",
        }
    }

    fn status(self) -> u16 {
        match self {
            Self::Range => 206,
            Self::Unmodified => 304,
            Self::Missing => 404,
            _ => 200,
        }
    }

    /// Sends the request, compares the answer with the files, and returns what
    /// the load generators are to send.
    pub(crate) fn check(self, server: &Server, files: &Files) -> Result<Request> {
        let fields = self.fields(server, files)?;
        let response = self.ask(server, &fields)?;
        let fault = if response.status == self.status() {
            self.fault(&response, files)?
        } else {
            Some(format!("status {}", response.status))
        };
        if let Some(what) = fault {
            return Err(Error::WrongAnswer {
                peer: server.peer,
                target: self.target().to_owned(),
                what,
            });
        }
        Ok(Request {
            url: format!("http://{}{}", server.address, self.target()),
            fields,
            connections: 1,
            status: self.status(),
        })
    }

    fn ask(self, server: &Server, fields: &[String]) -> Result<Response> {
        let client = Client::connect(server.address);
        let response = client.and_then(|mut client| client.get(self.target(), fields));
        response.map_err(|error| server.failed(format!("failed at {}: {error}", self.target())))
    }

    /// The field lines. A date to compare with is the one that the server gave.
    fn fields(self, server: &Server, files: &Files) -> Result<Vec<String>> {
        Ok(match self {
            Self::Close => vec!["Connection: close".to_owned()],
            Self::Range => {
                let (first, last) = range(files.content(self.target())?.len());
                vec![format!("Range: bytes={first}-{last}")]
            }
            Self::Unmodified => {
                let response = self.ask(server, &[])?;
                let date = response.field("Last-Modified").unwrap_or_default();
                vec![format!("If-Modified-Since: {date}")]
            }
            _ => Vec::new(),
        })
    }

    /// What is wrong with the body, if anything is.
    fn fault(self, response: &Response, files: &Files) -> Result<Option<String>> {
        let wanted = match self {
            Self::Missing => return Ok(None),
            Self::Listing => {
                let body = String::from_utf8_lossy(&response.body);
                let mut names = (0..ENTRIES).map(entry_name);
                let absent = names.find(|name| !body.contains(name.as_str()));
                return Ok(absent.map(|name| format!("{name} isn't listed")));
            }
            Self::Unmodified => Vec::new(),
            Self::Range => {
                let content = files.content(self.target())?;
                let (first, last) = range(content.len());
                content[first..=last].to_vec()
            }
            _ => files.content(self.target())?,
        };
        let got = response.body.len();
        Ok((response.body != wanted).then(|| format!("{got} bytes that aren't the file's")))
    }
}

/// The first and last byte of the kilobyte that is asked for.
fn range(size: usize) -> (usize, usize) {
    (size / 2, size / 2 + 1023)
}
