//! CGI.
