use crate::testing::{Conversation, Outcome};
use crate::{BaseHttpRequestHandler, Exchange, Result, SimpleHttpRequestHandler, simple};

struct Files(Exchange);

impl BaseHttpRequestHandler for Files {
    fn new(exchange: Exchange) -> Self {
        Self(exchange)
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.0
    }

    crate::simple_methods!();

    fn do_put(&mut self) -> Result<()> {
        simple::do_put(self)
    }

    fn do_post(&mut self) -> Result<()> {
        simple::do_post(self)
    }
}

impl SimpleHttpRequestHandler for Files {}

fn ask(method: &str, target: &str, fields: &str, content: &str) -> Outcome {
    let length = content.len();
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: here\r\nContent-Length: {length}\r\n{fields}\r\n{content}"
    );
    Conversation::new(request.as_bytes())
        .setting("upload", "")
        .setting("upload-max-size", "100")
        .setting("no-hidden", "")
        .setting("rules", "")
        .takes_uploads()
        .run::<Files>()
}

fn put(target: &str, fields: &str) -> Outcome {
    ask("PUT", target, fields, "content")
}

#[test]
fn a_new_file_is_created_where_its_path_says() {
    let outcome = put("/a%20b/c?x", "");
    let response = outcome.response();
    assert_eq!(response.status, 201);
    assert_eq!(response.field("Location"), Some("/a%20b/c"));
    assert_eq!(outcome.uploads, [("a b/c".to_owned(), b"content".to_vec())]);
}

#[test]
fn content_without_a_length_is_taken_too() {
    let request = b"PUT /a HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n\
        3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    let outcome = Conversation::new(request)
        .setting("upload", "")
        .setting("upload-max-size", "100")
        .takes_uploads()
        .run::<Files>();
    assert_eq!(outcome.response().status, 201);
    assert_eq!(outcome.uploads, [("a".to_owned(), b"abcde".to_vec())]);
}

#[test]
fn the_next_request_begins_behind_the_content() {
    let first = "PUT /a HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\nhi";
    let second = "OPTIONS / HTTP/1.1\r\nHost: here\r\n\r\n";
    let outcome = Conversation::new([first, second].concat().as_bytes())
        .setting("upload", "")
        .setting("upload-max-size", "100")
        .takes_uploads()
        .run::<Files>();
    let sent = String::from_utf8(outcome.sent).unwrap();
    assert!(sent.contains("201 Created"), "{sent}");
    assert!(
        sent.contains("Allow: GET, HEAD, OPTIONS, POST, PUT"),
        "{sent}"
    );
    assert_eq!(outcome.uploads.len(), 1);
}

#[test]
fn what_isnt_taken_is_told_why() {
    for (target, fields, status, why) in [
        ("/dir/", "", 400, "give the file a name"),
        ("/../a", "", 400, "leads upwards"),
        ("/%2e%2e/a", "", 400, "leads upwards"),
        ("/a%2Fb", "", 400, "encoded slash"),
        ("/a", "Content-Range: bytes 0-1/2\r\n", 400, "Content-Range"),
        ("/.git/config", "", 403, "aren't served"),
        ("/_redirects", "", 403, "aren't served"),
        ("/a", "If-Match: *\r\n", 412, "expects"),
        ("/a", "Sec-Fetch-Site: cross-site\r\n", 403, "another site"),
        ("/a", "Sec-Fetch-Site: same-site\r\n", 403, "another site"),
        ("/a", "Origin: http://there\r\n", 403, "another site"),
        ("/a", "Origin: null\r\n", 403, "another site"),
    ] {
        let outcome = put(target, fields);
        let response = outcome.response();
        let text = response.text();
        assert_eq!(response.status, status, "{target} {fields}: {text}");
        assert!(text.contains(why), "{target} {fields}: {text}");
        assert!(outcome.uploads.is_empty(), "{target} {fields}");
    }
    for fields in ["Sec-Fetch-Site: same-origin\r\n", "Origin: http://here\r\n"] {
        assert_eq!(put("/a", fields).response().status, 201, "{fields}");
    }
}

#[test]
fn without_the_option_there_is_no_such_method() {
    for request in [
        "PUT /a HTTP/1.1\r\nHost: here\r\nContent-Length: 1\r\n\r\nx",
        "POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 1\r\n\r\nx",
        "PUT /a HTTP/1.1\r\nHost: here\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n",
    ] {
        let conversation = Conversation::new(request.as_bytes()).takes_uploads();
        let outcome = conversation.run::<Files>();
        assert_eq!(outcome.response().status, 501, "{request}");
        assert!(outcome.uploads.is_empty());
    }
}

const FORM: &str = "Content-Type: multipart/form-data; boundary=b\r\n";

fn form(files: &[(&str, &str)]) -> String {
    let part = |(name, content): &(&str, &str)| {
        format!(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n"
        )
    };
    let parts: String = files.iter().map(part).collect();
    parts + "--b--\r\n"
}

#[test]
fn a_forms_files_are_taken_and_the_listing_is_next() {
    let content = form(&[("a", "1"), ("", ""), ("d/b.txt", "22")]);
    let outcome = ask("POST", "/to/?sort=size", FORM, &content);
    let response = outcome.response();
    assert_eq!(
        (response.status, response.field("Location")),
        (303, Some("./"))
    );
    let [a, b] = &outcome.uploads[..] else {
        panic!("{:?}", outcome.uploads)
    };
    assert_eq!(*a, ("to/a".to_owned(), b"1".to_vec()));
    assert_eq!(*b, ("to/d/b.txt".to_owned(), b"22".to_vec()));
}

#[test]
fn a_form_says_what_of_it_wasnt_taken() {
    let content = form(&[("a", "1"), ("_headers", "2"), ("<b>", "3")]);
    let outcome = ask("POST", "/", FORM, &content);
    let response = outcome.response();
    assert_eq!(response.status, 403);
    let text = response.text();
    assert!(
        text.contains("2 files were uploaded. Not uploaded: _headers: "),
        "{text}"
    );
    assert_eq!(outcome.uploads.len(), 2);
    for (fields, target, content, status) in [
        ("", "/", "x", 415),
        (
            "Content-Type: application/x-www-form-urlencoded\r\n",
            "/",
            "x",
            415,
        ),
        (FORM, "/a", "--b--", 400),
        (FORM, "/", "--c--", 400),
        (FORM, "/", "--b\r\n", 400),
    ] {
        let response = ask("POST", target, fields, content).response();
        assert_eq!(response.status, status, "{fields} {content}");
    }
    let elsewhere = format!("{FORM}Origin: http://there\r\n");
    let outcome = ask("POST", "/", &elsewhere, &form(&[("a", "1")]));
    assert_eq!(outcome.response().status, 403);
    assert!(outcome.uploads.is_empty());
}
