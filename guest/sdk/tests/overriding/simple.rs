use crate::handler;
use std::borrow::Cow;
use std::io::Write;
use std::rc::Rc;
use wasm_host_sdk::date::{HttpDate, http_date};
use wasm_host_sdk::file::{Directory, Opened};
use wasm_host_sdk::simple::content_type::ExtensionsMap;
use wasm_host_sdk::simple::path::{DecodedPath, PathError};
use wasm_host_sdk::simple::{self, Content};
use wasm_host_sdk::testing::{Conversation, Outcome};
use wasm_host_sdk::{
    BaseHttpRequestHandler, HttpStatus, Result, SimpleHttpRequestHandler, simple_methods,
};

/// A handler of files that overrides what the braces say.
macro_rules! files {
    ($name:ident { $($methods:tt)* }) => {
        handler!($name { simple_methods!(); });
        impl SimpleHttpRequestHandler for $name { $($methods)* }
    };
}

fn tree() -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    std::fs::write(tree.path().join("a.txt"), "one\ntwo\n").unwrap();
    std::fs::write(tree.path().join("b.ni"), "ni").unwrap();
    std::fs::create_dir(tree.path().join("d")).unwrap();
    std::fs::write(tree.path().join("d/welcome.html"), "welcome").unwrap();
    tree
}

fn get<H: BaseHttpRequestHandler>(target: &str) -> Outcome {
    let tree = tree();
    Conversation::new(format!("GET {target} HTTP/1.0\r\n\r\n").as_bytes())
        .directory(tree.path())
        .run::<H>()
}

files!(Types {
    fn extensions_map(&mut self) -> ExtensionsMap {
        let mut map = ExtensionsMap::new();
        map.insert(".ni", "text/x-knight");
        map
    }
});

#[test]
fn extensions_map_names_types() {
    assert_eq!(
        get::<Types>("/b.ni").response().field("Content-Type"),
        Some("text/x-knight")
    );
}

files!(Guess {
    fn guess_type(&mut self, path: &[u8]) -> Cow<'static, str> {
        match path {
            b"a.txt" => "text/x-mine".into(),
            _ => simple::guess_type(self, path),
        }
    }
});

#[test]
fn guess_type_is_asked_with_the_files_name() {
    assert_eq!(
        get::<Guess>("/a.txt").response().field("Content-Type"),
        Some("text/x-mine")
    );
    let page = get::<Guess>("/d/welcome.html").response();
    assert!(page.field("Content-Type").unwrap().starts_with("text/html"));
}

files!(Index {
    fn index_pages(&mut self) -> Vec<String> { vec!["none.html".to_owned(), "welcome.html".to_owned()] }
});

#[test]
fn index_pages_stand_for_their_directory() {
    assert_eq!(get::<Index>("/d/").response().text(), "welcome");
    assert!(get::<Index>("/").response().text().contains("a.txt"));
}

files!(Secret {
    fn list_directory(&mut self, _: &Directory, path: &DecodedPath) -> Result<Option<Content>> {
        let text = format!("nothing to see in {}", String::from_utf8_lossy(&path.display()));
        self.send_response(HttpStatus::OK)?;
        self.send_header("Content-Length", text.len())?;
        self.end_headers()?;
        Ok(Some(Content::bytes(text.into_bytes())))
    }
});

#[test]
fn list_directory_is_asked_for_listings() {
    assert_eq!(
        get::<Secret>("/d/").response().text(),
        "nothing to see in /d/"
    );
    assert_eq!(
        get::<Secret>("/d/welcome.html").response().text(),
        "welcome"
    );
}

files!(Elsewhere {
    fn translate_path(&mut self, path: &str) -> Result<DecodedPath, PathError> {
        simple::translate_path(path.strip_prefix("/static").unwrap_or("/none"))
    }
});

#[test]
fn translate_path_chooses_the_file() {
    assert_eq!(get::<Elsewhere>("/static/b.ni").response().text(), "ni");
    assert_eq!(get::<Elsewhere>("/b.ni").response().status, 404);
    let listing = get::<Elsewhere>("/static/d/").response();
    assert!(listing.text().contains("welcome.html"));
}

files!(Head {
    fn send_head(&mut self) -> Result<Option<Content>> {
        if self.exchange().path != "/virtual" {
            return simple::send_head(self);
        }
        self.send_response(HttpStatus::OK)?;
        self.send_header("Content-Length", 7)?;
        self.end_headers()?;
        Ok(Some(Content::bytes(b"virtual".to_vec())))
    }
});

#[test]
fn send_head_answers_get_and_head() {
    assert_eq!(get::<Head>("/virtual").response().text(), "virtual");
    assert_eq!(get::<Head>("/b.ni").response().text(), "ni");
    let head = Conversation::new(b"HEAD /virtual HTTP/1.0\r\n\r\n").run::<Head>();
    assert_eq!(head.response().field("Content-Length"), Some("7"));
    assert!(head.sent.ends_with(b"\r\n\r\n"));
}

files!(Copy {
    fn copyfile(&mut self, content: Content) -> Result<()> {
        self.log_message(&format!("{} bytes", content.length()));
        content.send(&mut self.exchange().wfile)
    }
});

#[test]
fn copyfile_sends_files_and_listings() {
    for target in ["/a.txt", "/"] {
        let outcome = get::<Copy>(target);
        let sent = format!("{} bytes", outcome.response().body.len());
        assert!(
            outcome.log.iter().any(|line| line.ends_with(&sent)),
            "{:?}",
            outcome.log
        );
    }
}

/// The head of a response of `length` bytes, and the start of `a.txt`.
fn begin<H: SimpleHttpRequestHandler>(handler: &mut H, length: u64) -> Result<Option<Content>> {
    let server = Rc::clone(&handler.exchange().server);
    let Opened::File(file, _) = server.directory.as_ref().unwrap().open(b"a.txt")? else {
        panic!("a.txt is a file");
    };
    handler.send_response(HttpStatus::OK)?;
    handler.send_header("Content-Length", 12)?;
    handler.end_headers()?;
    Ok(Some(Content::file(file, 0, length)))
}

files!(Cut {
    fn send_head(&mut self) -> Result<Option<Content>> {
        begin(self, 12)
    }
});

/// A file is sent at the end of the request, or with the wait for the next: the
/// error of that is one of this request.
#[test]
fn a_file_that_is_shorter_than_announced_is_logged() {
    let tree = tree();
    for fields in ["", "Connection: close\r\n", "Content-Length: 4\r\n"] {
        for entries in [false, true] {
            let request = format!("GET /a.txt HTTP/1.1\r\nHost: a\r\n{fields}\r\nbody");
            let mut conversation = Conversation::new(request.as_bytes()).directory(tree.path());
            if entries {
                conversation = conversation.access_entries();
            }
            let outcome = conversation.run::<Cut>();
            assert!(outcome.sent.is_empty());
            assert!(!outcome.kept_open);
            let said = |start: &str| outcome.log.iter().any(|line| line.starts_with(start));
            assert!(said("GET /a.txt HTTP/1.1: "), "{:?}", outcome.log);
            assert!(!entries || outcome.log.len() == 2, "{:?}", outcome.log);
        }
    }
}

files!(Longer {
    fn send_head(&mut self) -> Result<Option<Content>> {
        begin(self, 8)
    }

    fn copyfile(&mut self, content: Content) -> Result<()> {
        let wfile = &mut self.exchange().wfile;
        content.send(wfile)?;
        Ok(wfile.write_all(b"more")?)
    }
});

#[test]
fn what_is_written_after_a_file_follows_it() {
    assert_eq!(get::<Longer>("/").response().text(), "one\ntwo\nmore");
}

files!(Twice {
    fn send_head(&mut self) -> Result<Option<Content>> {
        begin(self, 8)
    }

    fn copyfile(&mut self, content: Content) -> Result<()> {
        let server = Rc::clone(&self.exchange().server);
        let Opened::File(file, _) = server.directory.as_ref().unwrap().open(b"a.txt")? else {
            panic!("a.txt is a file");
        };
        let wfile = &mut self.exchange().wfile;
        content.send(wfile)?;
        wfile.send_file(&file, 4, 4)
    }
});

#[test]
fn a_file_after_a_file_follows_it() {
    assert_eq!(get::<Twice>("/").response().text(), "one\ntwo\ntwo\n");
}

handler!(Slow {
    simple_methods!();
    fn do_post(&mut self) -> Result<()> {
        self.send_response(HttpStatus::NO_CONTENT)?;
        self.end_headers()
    }
});
impl SimpleHttpRequestHandler for Slow {}

#[test]
fn only_what_is_made_at_once_has_the_time_of_its_request() {
    let tree = tree();
    let date = |request: &str| {
        let conversation = Conversation::new(format!("{request} HTTP/1.0\r\n\r\n").as_bytes());
        let outcome = conversation.directory(tree.path()).time(60).run::<Slow>();
        outcome.response().field("Date").map(str::to_owned)
    };
    let arrived = Some(http_date(60).to_string());
    for prompt in ["GET /a.txt", "HEAD /a.txt", "GET /none", "GET /d"] {
        assert_eq!(date(prompt), arrived, "{prompt}");
    }
    for slow in ["GET /", "POST /a.txt", "SPAM /"] {
        assert_ne!(date(slow), arrived, "{slow}");
        assert!(date(slow).is_some(), "{slow}");
    }
}

handler!(Dated {
    simple_methods!();
    fn date_time_string(&mut self, timestamp: Option<i64>) -> HttpDate {
        http_date(if timestamp.is_some() { 0 } else { 60 })
    }
});
impl SimpleHttpRequestHandler for Dated {}

#[test]
fn date_time_string_is_also_when_a_file_was_changed() {
    let response = get::<Dated>("/a.txt").response();
    let date = |seconds| http_date(seconds).to_string();
    assert_eq!(response.field("Last-Modified"), Some(&*date(0)));
    assert_eq!(response.field("Date"), Some(&*date(60)));
}

handler!(Inherited {
    simple_methods!(
        except protocol_version, closes_on_error, handle_expect_100, end_headers, do_get, do_head,
        do_options,
    );
    fn protocol_version(&mut self) -> &'static str { "HTTP/1.0" }
    fn closes_on_error(&mut self, code: HttpStatus) -> bool { simple::closes_on_error(self, code) }
    fn handle_expect_100(&mut self) -> Result<bool> { simple::handle_expect_100(self) }
    fn end_headers(&mut self) -> Result<()> {
        self.send_header("X-Own", "end_headers")?;
        simple::end_headers(self)
    }
    fn do_get(&mut self) -> Result<()> {
        self.exchange().path.insert_str(0, "/d");
        simple::do_get(self)
    }
    fn do_head(&mut self) -> Result<()> { self.send_error(HttpStatus::FORBIDDEN, None, None) }
    fn do_options(&mut self) -> Result<()> { simple::do_options(self) }
});
impl SimpleHttpRequestHandler for Inherited {}

#[test]
fn what_the_macro_writes_can_be_overridden() {
    let page = get::<Inherited>("/welcome.html").response();
    assert_eq!(page.text(), "welcome");
    for (method, status) in [("GET", 404), ("HEAD", 403), ("OPTIONS", 204), ("POST", 501)] {
        let outcome =
            Conversation::new(format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes())
                .run::<Inherited>();
        let response = outcome.response();
        assert_eq!(
            (response.status, response.version.as_str()),
            (status, "HTTP/1.0")
        );
        assert_eq!(response.field("X-Own"), Some("end_headers"), "{method}");
    }
}
