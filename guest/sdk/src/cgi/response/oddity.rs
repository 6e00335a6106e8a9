//! What is unusual about a script's head, and still clear.

/// Something that RFC 3875 doesn't allow in a head, or warns of, and that is
/// understood all the same, as other servers do. The log says so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Oddity {
    /// It begins with a status line, where only a script whose name begins with
    /// `nph-` has one.
    #[error("it begins with a status line, which is taken for its Status")]
    StatusLine,
    /// There is more than one of a field of which one is allowed.
    #[error("it has more than one {0}, of which the last counts")]
    Repeated(&'static str),
    /// White space stands between a name and its colon.
    #[error("there is a space between {0} and its colon")]
    SpaceBeforeColon(String),
    /// A value goes on in the next line.
    #[error("the value of {0} has a line break, which is taken for a space")]
    Folded(String),
    /// `Location` has characters that a URI can't have.
    #[error("its Location isn't a URI, and is percent-encoded")]
    Location,
    /// There is none of Content-Type, Location and Status.
    #[error("it has no Content-Type")]
    Untyped,
}
