use super::*;

/// A source that gives so many bytes at once.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.0.len().min(self.1).min(buffer.len());
        buffer[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

type Read0 = Vec<(Vec<u8>, Option<Vec<u8>>, Vec<u8>)>;

fn read(form: &[u8], at_once: usize) -> Result<Read0, MultipartError> {
    let mut multipart = Multipart::new(Drip(form, at_once), "b");
    let mut parts = Vec::new();
    while let Some(part) = multipart.next_part()? {
        let mut content = Vec::new();
        while let Some(piece) = multipart.read()? {
            content.extend_from_slice(piece);
        }
        parts.push((part.name, part.filename, content));
    }
    Ok(parts)
}

#[test]
fn parts_are_the_same_however_they_arrive() {
    let form = b"--b\r\n\
        Content-Disposition: form-data; name=\"x\"\r\n\r\n\
        1\r\n--c\r\n-\r\n--b\r\n\
        content-disposition:form-data;name=\"f\"; filename=\"d/a%22%0d b.txt\"\r\n\
        Content-Type: text/plain\r\n\r\n\
        \r\n--\r\n--b\r\n\
        Content-Disposition: form-data; name=\"f\"; filename=\"\"\r\n\r\n\
        \r\n--b--\r\nwhatever";
    for at_once in [1, 2, 3, 7, 1000] {
        let parts = read(form, at_once).unwrap();
        let expected = [
            (b"x".to_vec(), None, b"1\r\n--c\r\n-".to_vec()),
            (
                b"f".to_vec(),
                Some(b"d/a\"\r b.txt".to_vec()),
                b"\r\n--".to_vec(),
            ),
            (b"f".to_vec(), Some(Vec::new()), Vec::new()),
        ];
        assert_eq!(parts, expected, "{at_once}");
    }
    assert!(read(b"--b--", 1).unwrap().is_empty());
}

#[test]
fn what_isnt_read_of_a_part_is_passed_over() {
    let form = b"--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n123\r\n--b\r\n\
        Content-Disposition: form-data; name=\"y\"\r\n\r\n4\r\n--b--";
    let mut multipart = Multipart::new(Drip(form, 5), "b");
    let mut names = Vec::new();
    while let Some(part) = multipart.next_part().unwrap() {
        names.push(part.name);
    }
    assert_eq!(names, [b"x", b"y"]);
}

#[test]
fn what_is_broken_is_refused() {
    let head = "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n";
    for form in [
        String::new(),
        "preamble\r\n--b--".to_owned(),
        "--b".to_owned(),
        "--bc--".to_owned(),
        "--b \r\n".to_owned(),
        head.to_owned(),
        format!("{head}1\r\n--"),
        format!("{head}1\r\n--b"),
        format!("{head}1\r\n--b\r\n"),
        "--b\r\n\r\n\r\n--b--".to_owned(),
        "--b\r\nno colon\r\n\r\n\r\n--b--".to_owned(),
        "--b\r\nContent-Type: text/plain\r\n\r\n\r\n--b--".to_owned(),
        "--b\r\nContent-Disposition: attachment; name=\"x\"\r\n\r\n\r\n--b--".to_owned(),
        "--b\r\nContent-Disposition: form-data\r\n\r\n\r\n--b--".to_owned(),
        "--b\r\nContent-Disposition: form-data; name=x\r\n\r\n\r\n--b--".to_owned(),
        "--b\r\nContent-Disposition: form-data; name=\"x\r\n\r\n\r\n--b--".to_owned(),
        "--b\r\nContent-Disposition: form-data; name=\"x\"; name=\"y\"\r\n\r\n\r\n--b--".to_owned(),
        format!(
            "--b\r\nX: {}\r\n\r\n\r\n--b--",
            "x".repeat(MAX_HEAD + PIECE)
        ),
    ] {
        for at_once in [1, 1000] {
            let refused = read(form.as_bytes(), at_once);
            assert!(
                matches!(refused, Err(MultipartError::Broken(_))),
                "{form:?}"
            );
        }
    }
}

#[test]
fn boundaries_are_those_of_forms() {
    let form = |rest: &str| boundary(&format!("multipart/form-data{rest}"));
    assert_eq!(
        form("; boundary=----WebKitFormBoundary1").as_deref(),
        Some("----WebKitFormBoundary1")
    );
    assert_eq!(
        form("; charset=utf-8; BOUNDARY=\"a\"").as_deref(),
        Some("a")
    );
    let long = format!("; boundary={}", "x".repeat(MAX_BOUNDARY + 1));
    for rest in [
        "",
        ";",
        "; boundary",
        "; boundary=",
        "; boundary=\"\"",
        "; boundary=a\"b",
        "; boundary=a\tb",
        &long,
    ] {
        assert_eq!(form(rest), None, "{rest}");
    }
    assert_eq!(boundary("application/x-www-form-urlencoded"), None);
}
