//! Responses, taken apart strictly.

use std::fmt;
use std::io::{self, ErrorKind};

/// One response. `body` has no transfer coding left.
pub(crate) struct Response {
    pub(crate) version: String,
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// How much of a body a test shows that fails.
const SHOWN: usize = 2000;

impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            version,
            status,
            reason,
            fields,
            body,
        } = self;
        writeln!(formatter, "{version} {status} {reason}")?;
        for (name, value) in fields {
            writeln!(formatter, "{name}: {value:?}")?;
        }
        let shown = &body[..body.len().min(SHOWN)];
        write!(formatter, "{} bytes: {}", body.len(), shown.escape_ascii())
    }
}

impl Response {
    /// The value of a field that may occur once at most.
    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let values = self.values(name);
        assert!(values.len() < 2, "{name} occurs {} times", values.len());
        values.first().copied()
    }

    /// Like [`Response::field`], where the field has to be there.
    #[track_caller]
    pub(crate) fn required(&self, name: &str) -> &str {
        self.field(name)
            .unwrap_or_else(|| panic!("no {name} in {:#?}", self.fields))
    }

    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let named = self
            .fields
            .iter()
            .filter(|(field, _)| field.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// Whether a comma-separated field has `member`.
    pub(crate) fn lists(&self, name: &str, member: &str) -> bool {
        let members = self.values(name).join(",");
        members
            .split(',')
            .any(|listed| listed.trim().eq_ignore_ascii_case(member))
    }

    /// Content-Type without its parameters.
    #[track_caller]
    pub(crate) fn media_type(&self) -> String {
        let value = self.field("Content-Type").unwrap_or_default();
        value
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn parse_head(head: &[u8]) -> io::Result<Self> {
        let head = String::from_utf8_lossy(head).into_owned();
        let mut lines = head.split("\r\n");
        let status_line = lines.next().unwrap_or_default();
        let invalid =
            || io::Error::new(ErrorKind::InvalidData, format!("not a response: {head:?}"));
        let (version, rest) = status_line.split_once(' ').ok_or_else(invalid)?;
        let (status, reason) = rest.split_once(' ').ok_or_else(invalid)?;
        if !version.starts_with("HTTP/1.") || head.replace("\r\n", "").contains(['\r', '\n', '\0'])
        {
            return Err(invalid());
        }
        let fields = lines.map(|line| {
            let (name, value) = line.split_once(':').ok_or_else(invalid)?;
            Ok((name.to_owned(), value.trim().to_owned()))
        });
        Ok(Self {
            version: version.to_owned(),
            status: status.parse().map_err(|_| invalid())?,
            reason: reason.to_owned(),
            fields: fields.collect::<io::Result<_>>()?,
            body: Vec::new(),
        })
    }
}
