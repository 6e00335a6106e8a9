//! Status codes with their reason phrases, as Python's `http.HTTPStatus`.
//!
//! The names, phrases and descriptions are those of Python 3.13, including its
//! older aliases, so that error pages and `send_response` read the same as
//! `http.server`'s. The codes themselves are RFC 9110 section 15 and the IANA registry.
//! Each status is written once, in the table at the end of this file.

#[cfg(test)]
mod tests;

use std::fmt;

/// A status code (RFC 9110 section 15), as Python's `http.HTTPStatus`.
///
/// Any number can be a status, as in Python, where `send_response(799)` works:
/// a code without a name has an empty [`phrase`](Self::phrase).
///
/// ```
/// use wasm_host_sdk::status::HttpStatus;
///
/// let status = HttpStatus::NOT_FOUND;
/// assert_eq!(status.code(), 404);
/// assert_eq!(status.phrase(), "Not Found");
/// assert_eq!(status.to_string(), "404");
/// assert!(status.is_client_error());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpStatus(u16);

impl HttpStatus {
    /// The status with this number, named or not (RFC 9110 section 15).
    ///
    /// ```
    /// use wasm_host_sdk::status::HttpStatus;
    ///
    /// assert_eq!(HttpStatus::new(200), HttpStatus::OK);
    /// assert_eq!(HttpStatus::new(799).phrase(), "");
    /// ```
    #[must_use]
    pub const fn new(code: u16) -> Self {
        Self(code)
    }

    /// The number, as `HTTPStatus.value`.
    ///
    /// ```
    /// use wasm_host_sdk::status::HttpStatus;
    ///
    /// assert_eq!(HttpStatus::IM_A_TEAPOT.code(), 418);
    /// ```
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }

    /// 100–199: an interim response (RFC 9110 section 15.2).
    ///
    /// ```
    /// use wasm_host_sdk::status::HttpStatus;
    ///
    /// assert!(HttpStatus::CONTINUE.is_informational());
    /// ```
    #[must_use]
    pub const fn is_informational(self) -> bool {
        matches!(self.0, 100..=199)
    }

    /// 200–299: the request was received, understood and accepted (RFC 9110 section 15.3).
    ///
    /// ```
    /// use wasm_host_sdk::status::HttpStatus;
    ///
    /// assert!(HttpStatus::PARTIAL_CONTENT.is_success());
    /// ```
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self.0, 200..=299)
    }

    /// 300–399: the client has more to do (RFC 9110 section 15.4).
    ///
    /// ```
    /// use wasm_host_sdk::status::HttpStatus;
    ///
    /// assert!(HttpStatus::MOVED_PERMANENTLY.is_redirection());
    /// ```
    #[must_use]
    pub const fn is_redirection(self) -> bool {
        matches!(self.0, 300..=399)
    }

    /// 400–499: the client seems to have erred (RFC 9110 section 15.5).
    ///
    /// ```
    /// use wasm_host_sdk::status::HttpStatus;
    ///
    /// assert!(HttpStatus::BAD_REQUEST.is_client_error());
    /// ```
    #[must_use]
    pub const fn is_client_error(self) -> bool {
        matches!(self.0, 400..=499)
    }

    /// 500–599: the server knows that it has erred (RFC 9110 section 15.6).
    ///
    /// ```
    /// use wasm_host_sdk::status::HttpStatus;
    ///
    /// assert!(HttpStatus::BAD_GATEWAY.is_server_error());
    /// ```
    #[must_use]
    pub const fn is_server_error(self) -> bool {
        matches!(self.0, 500..=599)
    }

    /// Whether `send_error` puts a page behind this status: not for 1xx, 204,
    /// 205 and 304 (RFC 9110 section 6.4.1, section 15.3.6), the rule of `http.server`.
    ///
    /// A response to HEAD has no body whatever its status; that is up to the caller.
    ///
    /// ```
    /// use wasm_host_sdk::status::HttpStatus;
    ///
    /// assert!(HttpStatus::NOT_FOUND.allows_body());
    /// assert!(!HttpStatus::NOT_MODIFIED.allows_body());
    /// ```
    #[must_use]
    pub const fn allows_body(self) -> bool {
        self.0 >= 200
            && !matches!(
                self,
                Self::NO_CONTENT | Self::RESET_CONTENT | Self::NOT_MODIFIED
            )
    }
}

impl From<u16> for HttpStatus {
    fn from(code: u16) -> Self {
        Self(code)
    }
}

impl From<HttpStatus> for u16 {
    fn from(status: HttpStatus) -> Self {
        status.0
    }
}

/// The number alone, as the status line and the log have it.
impl fmt::Display for HttpStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Every named status with its phrase and description in ascending order, as
/// `BaseHTTPRequestHandler.responses`.
///
/// ```
/// use wasm_host_sdk::status::{HttpStatus, responses};
///
/// let (status, phrase, description) = responses().next().expect("the table is not empty");
/// assert_eq!(status, HttpStatus::CONTINUE);
/// assert_eq!(phrase, "Continue");
/// assert_eq!(description, "Request received, please continue");
/// ```
pub fn responses() -> impl Iterator<Item = (HttpStatus, &'static str, &'static str)> {
    RESPONSES.iter().copied()
}

/// Turns the table into constants, lookups and [`responses`].
macro_rules! statuses {
    ($($code:literal $name:ident $phrase:literal $description:literal $rfc:literal;)+) => {
        impl HttpStatus {
            $(
                #[doc = concat!("`", $code, " ", $phrase, "` (", $rfc, "). ", $description)]
                pub const $name: Self = Self($code);
            )+

            /// The reason phrase, as `HTTPStatus.phrase`; empty for a code without a name.
            ///
            /// ```
            /// use wasm_host_sdk::status::HttpStatus;
            ///
            /// assert_eq!(HttpStatus::OK.phrase(), "OK");
            /// ```
            #[must_use]
            pub const fn phrase(self) -> &'static str {
                match self.0 {
                    $($code => $phrase,)+
                    _ => "",
                }
            }

            /// The longer text of error pages, as `HTTPStatus.description`; empty
            /// where Python 3.13 has none.
            ///
            /// ```
            /// use wasm_host_sdk::status::HttpStatus;
            ///
            /// assert_eq!(HttpStatus::NOT_FOUND.description(), "Nothing matches the given URI");
            /// ```
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self.0 {
                    $($code => $description,)+
                    _ => "",
                }
            }
        }

        const RESPONSES: &[(HttpStatus, &str, &str)] =
            &[$((HttpStatus::$name, $phrase, $description),)+];
    };
}

/// The names that Python had before 3.13 and still accepts.
impl HttpStatus {
    /// The old name of [`CONTENT_TOO_LARGE`](Self::CONTENT_TOO_LARGE) (RFC 9110 section 15.5.14).
    pub const REQUEST_ENTITY_TOO_LARGE: Self = Self::CONTENT_TOO_LARGE;
    /// The old name of [`URI_TOO_LONG`](Self::URI_TOO_LONG) (RFC 9110 section 15.5.15).
    pub const REQUEST_URI_TOO_LONG: Self = Self::URI_TOO_LONG;
    /// The old name of [`RANGE_NOT_SATISFIABLE`](Self::RANGE_NOT_SATISFIABLE) (RFC 9110 section 15.5.17).
    pub const REQUESTED_RANGE_NOT_SATISFIABLE: Self = Self::RANGE_NOT_SATISFIABLE;
    /// The old name of [`UNPROCESSABLE_CONTENT`](Self::UNPROCESSABLE_CONTENT) (RFC 9110 section 15.5.21).
    pub const UNPROCESSABLE_ENTITY: Self = Self::UNPROCESSABLE_CONTENT;
}

// Code, name, phrase, description, where it is defined.
#[rustfmt::skip] // one status a line
statuses! {
    100 CONTINUE "Continue" "Request received, please continue" "RFC 9110 section 15.2.1";
    101 SWITCHING_PROTOCOLS "Switching Protocols" "Switching to new protocol; obey Upgrade header" "RFC 9110 section 15.2.2";
    102 PROCESSING "Processing" "" "RFC 2518 section 10.1";
    103 EARLY_HINTS "Early Hints" "" "RFC 8297 section 2";
    200 OK "OK" "Request fulfilled, document follows" "RFC 9110 section 15.3.1";
    201 CREATED "Created" "Document created, URL follows" "RFC 9110 section 15.3.2";
    202 ACCEPTED "Accepted" "Request accepted, processing continues off-line" "RFC 9110 section 15.3.3";
    203 NON_AUTHORITATIVE_INFORMATION "Non-Authoritative Information" "Request fulfilled from cache" "RFC 9110 section 15.3.4";
    204 NO_CONTENT "No Content" "Request fulfilled, nothing follows" "RFC 9110 section 15.3.5";
    205 RESET_CONTENT "Reset Content" "Clear input form for further input" "RFC 9110 section 15.3.6";
    206 PARTIAL_CONTENT "Partial Content" "Partial content follows" "RFC 9110 section 15.3.7";
    207 MULTI_STATUS "Multi-Status" "" "RFC 4918 section 11.1";
    208 ALREADY_REPORTED "Already Reported" "" "RFC 5842 section 7.1";
    226 IM_USED "IM Used" "" "RFC 3229 section 10.4.1";
    300 MULTIPLE_CHOICES "Multiple Choices" "Object has several resources -- see URI list" "RFC 9110 section 15.4.1";
    301 MOVED_PERMANENTLY "Moved Permanently" "Object moved permanently -- see URI list" "RFC 9110 section 15.4.2";
    302 FOUND "Found" "Object moved temporarily -- see URI list" "RFC 9110 section 15.4.3";
    303 SEE_OTHER "See Other" "Object moved -- see Method and URL list" "RFC 9110 section 15.4.4";
    304 NOT_MODIFIED "Not Modified" "Document has not changed since given time" "RFC 9110 section 15.4.5";
    305 USE_PROXY "Use Proxy" "You must use proxy specified in Location to access this resource" "RFC 9110 section 15.4.6";
    307 TEMPORARY_REDIRECT "Temporary Redirect" "Object moved temporarily -- see URI list" "RFC 9110 section 15.4.8";
    308 PERMANENT_REDIRECT "Permanent Redirect" "Object moved permanently -- see URI list" "RFC 9110 section 15.4.9";
    400 BAD_REQUEST "Bad Request" "Bad request syntax or unsupported method" "RFC 9110 section 15.5.1";
    401 UNAUTHORIZED "Unauthorized" "No permission -- see authorization schemes" "RFC 9110 section 15.5.2";
    402 PAYMENT_REQUIRED "Payment Required" "No payment -- see charging schemes" "RFC 9110 section 15.5.3";
    403 FORBIDDEN "Forbidden" "Request forbidden -- authorization will not help" "RFC 9110 section 15.5.4";
    404 NOT_FOUND "Not Found" "Nothing matches the given URI" "RFC 9110 section 15.5.5";
    405 METHOD_NOT_ALLOWED "Method Not Allowed" "Specified method is invalid for this resource" "RFC 9110 section 15.5.6";
    406 NOT_ACCEPTABLE "Not Acceptable" "URI not available in preferred format" "RFC 9110 section 15.5.7";
    407 PROXY_AUTHENTICATION_REQUIRED "Proxy Authentication Required" "You must authenticate with this proxy before proceeding" "RFC 9110 section 15.5.8";
    408 REQUEST_TIMEOUT "Request Timeout" "Request timed out; try again later" "RFC 9110 section 15.5.9";
    409 CONFLICT "Conflict" "Request conflict" "RFC 9110 section 15.5.10";
    410 GONE "Gone" "URI no longer exists and has been permanently removed" "RFC 9110 section 15.5.11";
    411 LENGTH_REQUIRED "Length Required" "Client must specify Content-Length" "RFC 9110 section 15.5.12";
    412 PRECONDITION_FAILED "Precondition Failed" "Precondition in headers is false" "RFC 9110 section 15.5.13";
    413 CONTENT_TOO_LARGE "Content Too Large" "Content is too large" "RFC 9110 section 15.5.14";
    414 URI_TOO_LONG "URI Too Long" "URI is too long" "RFC 9110 section 15.5.15";
    415 UNSUPPORTED_MEDIA_TYPE "Unsupported Media Type" "Entity body in unsupported format" "RFC 9110 section 15.5.16";
    416 RANGE_NOT_SATISFIABLE "Range Not Satisfiable" "Cannot satisfy request range" "RFC 9110 section 15.5.17";
    417 EXPECTATION_FAILED "Expectation Failed" "Expect condition could not be satisfied" "RFC 9110 section 15.5.18";
    418 IM_A_TEAPOT "I'm a Teapot" "Server refuses to brew coffee because it is a teapot." "RFC 2324 section 2.3.2";
    421 MISDIRECTED_REQUEST "Misdirected Request" "Server is not able to produce a response" "RFC 9110 section 15.5.20";
    422 UNPROCESSABLE_CONTENT "Unprocessable Content" "" "RFC 9110 section 15.5.21";
    423 LOCKED "Locked" "" "RFC 4918 section 11.3";
    424 FAILED_DEPENDENCY "Failed Dependency" "" "RFC 4918 section 11.4";
    425 TOO_EARLY "Too Early" "" "RFC 8470 section 5.2";
    426 UPGRADE_REQUIRED "Upgrade Required" "" "RFC 9110 section 15.5.22";
    428 PRECONDITION_REQUIRED "Precondition Required" "The origin server requires the request to be conditional" "RFC 6585 section 3";
    429 TOO_MANY_REQUESTS "Too Many Requests" "The user has sent too many requests in a given amount of time (\"rate limiting\")" "RFC 6585 section 4";
    431 REQUEST_HEADER_FIELDS_TOO_LARGE "Request Header Fields Too Large" "The server is unwilling to process the request because its header fields are too large" "RFC 6585 section 5";
    451 UNAVAILABLE_FOR_LEGAL_REASONS "Unavailable For Legal Reasons" "The server is denying access to the resource as a consequence of a legal demand" "RFC 7725 section 3";
    500 INTERNAL_SERVER_ERROR "Internal Server Error" "Server got itself in trouble" "RFC 9110 section 15.6.1";
    501 NOT_IMPLEMENTED "Not Implemented" "Server does not support this operation" "RFC 9110 section 15.6.2";
    502 BAD_GATEWAY "Bad Gateway" "Invalid responses from another server/proxy" "RFC 9110 section 15.6.3";
    503 SERVICE_UNAVAILABLE "Service Unavailable" "The server cannot process the request due to a high load" "RFC 9110 section 15.6.4";
    504 GATEWAY_TIMEOUT "Gateway Timeout" "The gateway server did not receive a timely response" "RFC 9110 section 15.6.5";
    505 HTTP_VERSION_NOT_SUPPORTED "HTTP Version Not Supported" "Cannot fulfill request" "RFC 9110 section 15.6.6";
    506 VARIANT_ALSO_NEGOTIATES "Variant Also Negotiates" "" "RFC 2295 section 8.1";
    507 INSUFFICIENT_STORAGE "Insufficient Storage" "" "RFC 4918 section 11.5";
    508 LOOP_DETECTED "Loop Detected" "" "RFC 5842 section 7.2";
    510 NOT_EXTENDED "Not Extended" "" "RFC 2774 section 7";
    511 NETWORK_AUTHENTICATION_REQUIRED "Network Authentication Required" "The client needs to authenticate to gain network access" "RFC 6585 section 6";
}
