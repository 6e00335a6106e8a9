//! What a subclass inherits: Rust has no inheritance between traits, so a macro
//! writes the methods in which `SimpleHTTPRequestHandler` and
//! `CGIHTTPRequestHandler` differ from `BaseHTTPRequestHandler`.

/// Writes the methods of [`BaseHttpRequestHandler`] that make a handler of
/// files: HTTP/1.1 as the server's `--protocol` says, GET, HEAD and OPTIONS,
/// and connections that survive a 404.
///
/// Those that the handler overrides are named after `except`; what `super()`
/// calls in Python is in [`simple`](crate::simple):
///
/// ```
/// use wasm_host_sdk::{
///     BaseHttpRequestHandler, Exchange, Result, SimpleHttpRequestHandler, simple, simple_methods,
///     testing,
/// };
///
/// struct Isolated(Exchange);
///
/// impl BaseHttpRequestHandler for Isolated {
///     fn new(exchange: Exchange) -> Self { Self(exchange) }
///     fn exchange(&mut self) -> &mut Exchange { &mut self.0 }
///     simple_methods!(except end_headers);
///
///     fn end_headers(&mut self) -> Result<()> {
///         self.send_header("Cross-Origin-Opener-Policy", "same-origin")?;
///         simple::end_headers(self)
///     }
/// }
///
/// impl SimpleHttpRequestHandler for Isolated {}
///
/// let outcome = testing::Conversation::new(b"GET /none HTTP/1.0\r\n\r\n").run::<Isolated>();
/// let response = outcome.response();
/// assert_eq!(response.status, 404);
/// assert_eq!(response.field("Cross-Origin-Opener-Policy"), Some("same-origin"));
/// ```
///
/// The names are `protocol_version`, `closes_on_error`, `handle_expect_100`,
/// `end_headers`, `do_get`, `do_head` and `do_options`.
///
/// [`BaseHttpRequestHandler`]: crate::BaseHttpRequestHandler
#[macro_export]
macro_rules! simple_methods {
    () => {
        $crate::simple_methods!(except);
    };
    (except $($own:ident),* $(,)?) => {
        $crate::__inherit!(simple protocol_version [$($own)*]);
        $crate::__inherit!(simple closes_on_error [$($own)*]);
        $crate::__inherit!(simple handle_expect_100 [$($own)*]);
        $crate::__inherit!(simple end_headers [$($own)*]);
        $crate::__inherit!(simple do_get [$($own)*]);
        $crate::__inherit!(simple do_head [$($own)*]);
        $crate::__inherit!(simple do_options [$($own)*]);
    };
}

/// Writes the methods of [`BaseHttpRequestHandler`] that make a handler of
/// scripts and files: those of [`simple_methods!`], with any method for a
/// script.
///
/// Those that the handler overrides are named after `except`, as there;
/// `dispatch` and `do_post` are written, too. What `super()` calls is in
/// [`cgi`](crate::cgi), and in [`simple`](crate::simple) for `protocol_version`,
/// `end_headers` and `do_options`.
///
/// [`BaseHttpRequestHandler`]: crate::BaseHttpRequestHandler
/// [`simple_methods!`]: crate::simple_methods
#[macro_export]
macro_rules! cgi_methods {
    () => {
        $crate::cgi_methods!(except);
    };
    (except $($own:ident),* $(,)?) => {
        $crate::__inherit!(simple protocol_version [$($own)*]);
        $crate::__inherit!(simple closes_on_error [$($own)*]);
        $crate::__inherit!(cgi handle_expect_100 [$($own)*]);
        $crate::__inherit!(simple end_headers [$($own)*]);
        $crate::__inherit!(cgi dispatch [$($own)*]);
        $crate::__inherit!(cgi do_get [$($own)*]);
        $crate::__inherit!(cgi do_head [$($own)*]);
        $crate::__inherit!(cgi do_post [$($own)*]);
        $crate::__inherit!(simple do_options [$($own)*]);
    };
}

/// Writes one method, unless it is among those that are left out.
#[doc(hidden)]
#[macro_export]
macro_rules! __inherit {
    ($from:ident protocol_version [protocol_version $($own:ident)*]) => {};
    ($from:ident closes_on_error [closes_on_error $($own:ident)*]) => {};
    ($from:ident handle_expect_100 [handle_expect_100 $($own:ident)*]) => {};
    ($from:ident end_headers [end_headers $($own:ident)*]) => {};
    ($from:ident dispatch [dispatch $($own:ident)*]) => {};
    ($from:ident do_get [do_get $($own:ident)*]) => {};
    ($from:ident do_head [do_head $($own:ident)*]) => {};
    ($from:ident do_post [do_post $($own:ident)*]) => {};
    ($from:ident do_options [do_options $($own:ident)*]) => {};
    ($from:ident $method:ident [$other:ident $($own:ident)*]) => {
        $crate::__inherit!($from $method [$($own)*]);
    };
    ($from:ident protocol_version []) => {
        fn protocol_version(&mut self) -> &'static str {
            $crate::$from::protocol_version(self)
        }
    };
    ($from:ident closes_on_error []) => {
        fn closes_on_error(&mut self, code: $crate::HttpStatus) -> bool {
            $crate::$from::closes_on_error(self, code)
        }
    };
    ($from:ident handle_expect_100 []) => {
        fn handle_expect_100(&mut self) -> $crate::Result<bool> {
            $crate::$from::handle_expect_100(self)
        }
    };
    ($from:ident end_headers []) => {
        fn end_headers(&mut self) -> $crate::Result<()> {
            $crate::$from::end_headers(self)
        }
    };
    ($from:ident dispatch []) => {
        fn dispatch(&mut self) -> $crate::Result<()> {
            $crate::$from::dispatch(self)
        }
    };
    ($from:ident do_get []) => {
        fn do_get(&mut self) -> $crate::Result<()> {
            $crate::$from::do_get(self)
        }
    };
    ($from:ident do_head []) => {
        fn do_head(&mut self) -> $crate::Result<()> {
            $crate::$from::do_head(self)
        }
    };
    ($from:ident do_post []) => {
        fn do_post(&mut self) -> $crate::Result<()> {
            $crate::$from::do_post(self)
        }
    };
    ($from:ident do_options []) => {
        fn do_options(&mut self) -> $crate::Result<()> {
            $crate::$from::do_options(self)
        }
    };
}
