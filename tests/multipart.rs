//! Several ranges at once: `multipart/byteranges` (RFC 9110, section 14.6).

use crate::support::client::Response;
use crate::support::server::Server;
use crate::support::tree::{KILOBYTE, Tree, pattern};
use std::ops::Range;

fn get(ranges: &str) -> Response {
    let tree = Tree::empty();
    tree.file("1k.bin", pattern(KILOBYTE));
    Server::serving(&tree).get_with("/1k.bin", &[&format!("Range: {ranges}")])
}

/// `bytes 0-99/1024` as `0..100`.
#[track_caller]
pub(crate) fn parse_content_range(value: &str) -> Range<usize> {
    let range = value
        .strip_prefix("bytes ")
        .and_then(|rest| rest.strip_suffix("/1024"));
    let (first, last) = range.and_then(|range| range.split_once('-')).expect(value);
    first.parse().unwrap()..last.parse::<usize>().unwrap() + 1
}

/// The parts of a response with any number of ranges.
#[track_caller]
fn parts(response: &Response) -> Vec<(Range<usize>, Vec<u8>)> {
    if response.media_type() != "multipart/byteranges" {
        return vec![(
            parse_content_range(response.required("Content-Range")),
            response.body.clone(),
        )];
    }
    assert_eq!(
        response.field("Content-Range"),
        None,
        "RFC 9110 section 15.3.7.2"
    );
    let content_type = response.required("Content-Type");
    let boundary = content_type
        .split_once("boundary=")
        .expect("a boundary")
        .1
        .trim_matches('"');
    let delimiter = format!("\r\n--{boundary}");
    // Bytes as Latin-1, one character each, so that text can be split.
    let body: String = response.body.iter().map(|&byte| char::from(byte)).collect();
    let body = format!("\r\n{}", body.trim_start_matches("\r\n"));
    let mut pieces: Vec<&str> = body.split(&delimiter).skip(1).collect();
    assert_eq!(
        pieces.pop().map(str::trim_end),
        Some("--"),
        "the last boundary"
    );
    let parse = |piece: &str| {
        let (head, content) = piece.split_once("\r\n\r\n").expect("a head");
        let value = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(':'));
            lines
                .find(|(field, _)| field.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.trim())
        };
        assert_eq!(value("Content-Type"), Some("application/octet-stream"));
        let range = parse_content_range(value("Content-Range").expect("a Content-Range"));
        (range, content.chars().map(|byte| byte as u8).collect())
    };
    pieces.into_iter().map(parse).collect()
}

#[test]
fn several_ranges_are_multipart() {
    let file = pattern(KILOBYTE);
    for (ranges, expected) in [
        ("bytes=0-9,20-29", vec![0..10, 20..30]),
        (
            "bytes=0-9 , 500-509,\t1000-",
            vec![0..10, 500..510, 1000..1024],
        ),
        ("bytes=-10,0-9", vec![1014..1024, 0..10]),
        ("bytes=0-0,-1", vec![0..1, 1023..1024]),
        ("bytes=0-9,5000-6000,20-29", vec![0..10, 20..30]),
        ("bytes=1-1,5000-,7-8", vec![1..2, 7..9]),
    ] {
        let response = get(ranges);
        assert_eq!(response.status, 206, "{ranges}");
        let parts = parts(&response);
        let found: Vec<Range<usize>> = parts.iter().map(|(range, _)| range.clone()).collect();
        assert_eq!(found, expected, "{ranges}");
        for (range, content) in parts {
            assert!(
                content == file[range.clone()],
                "{ranges}: the wrong bytes for {range:?}"
            );
        }
    }
}

#[test]
fn many_or_overlapping_ranges_are_no_amplifier() {
    let many = format!("bytes={}", vec!["0-"; 1000].join(","));
    let tiny = format!(
        "bytes={}",
        (0..1000)
            .map(|n| format!("{n}-{n}"))
            .collect::<Vec<_>>()
            .join(",")
    );
    for ranges in [
        many.as_str(),
        tiny.as_str(),
        "bytes=0-,0-,0-,0-,0-,0-,0-,0-",
    ] {
        let response = get(ranges);
        assert!(
            matches!(response.status, 200 | 206 | 416),
            "{}",
            response.status
        );
        assert!(
            response.body.len() <= 4 * KILOBYTE,
            "{} bytes for a file of 1,024",
            response.body.len()
        );
    }
}
