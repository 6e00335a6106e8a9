use super::*;

fn partial(parts: &[(u64, u64)]) -> RangeRequest {
    RangeRequest::Partial(
        parts
            .iter()
            .map(|&(start, end)| ByteRange { start, end })
            .collect(),
    )
}

#[test]
fn single_ranges() {
    let cases = [
        ("bytes=0-0", partial(&[(0, 0)])),
        ("bytes=0-499", partial(&[(0, 499)])),
        ("bytes=500-999", partial(&[(500, 999)])),
        ("bytes=0-", partial(&[(0, 999)])),
        ("bytes=0-999", partial(&[(0, 999)])),
        ("bytes=999-", partial(&[(999, 999)])),
        ("bytes=999-5000", partial(&[(999, 999)])),
        ("bytes=-1", partial(&[(999, 999)])),
        ("bytes=-500", partial(&[(500, 999)])),
        ("bytes=-1000", partial(&[(0, 999)])),
        ("bytes=-1001", partial(&[(0, 999)])),
        ("bytes=000-0001", partial(&[(0, 1)])),
        ("BYTES=1-2", partial(&[(1, 2)])),
        ("bytes= 1-2 ", partial(&[(1, 2)])),
        ("bytes=1000-", RangeRequest::Unsatisfiable),
        ("bytes=1000-1000", RangeRequest::Unsatisfiable),
        ("bytes=-0", RangeRequest::Unsatisfiable),
        ("bytes=-000", RangeRequest::Unsatisfiable),
    ];
    for (value, expected) in cases {
        assert_eq!(resolve(value, 1000), expected, "{value}");
    }
}

#[test]
fn what_is_not_understood_is_ignored() {
    for value in [
        "",
        "=",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes= , ,",
        "bytes=-",
        "bytes=--1",
        "bytes=1",
        "bytes=2-1",
        "bytes=+1-2",
        "bytes=1-+2",
        "bytes=0x1-2",
        "bytes=1 -2",
        "bytes=1- 2",
        "bytes=a-b",
        "bytes=1-2-3",
        "bytes=1-2;3-4",
        "bytes:1-2",
        "bytes 1-2",
        "byte=1-2",
        "lines=1-2",
        "none",
        "bytes=0-1,x",
        "bytes=x,0-1",
        "bytes=0-1,5-4",
        "bytes==0-1",
        "bytes=\u{0661}-",
        "bytes=0-1,bytes=2-3",
        "bytes=-1.5",
        "b\u{fc}tes=0-1",
        "bytes=2000-,5-4",
        "bytes=18446744073709551616-5",
    ] {
        assert_eq!(resolve(value, 1000), RangeRequest::Whole, "{value}");
    }
}

#[test]
fn several_ranges() {
    let cases = [
        ("bytes=0-1,4-5", partial(&[(0, 1), (4, 5)])),
        ("bytes=4-5 ,\t,0-1,", partial(&[(4, 5), (0, 1)])),
        ("bytes=-1,0-0", partial(&[(999, 999), (0, 0)])),
        // Adjacent and overlapping ones are one, in the place of the first.
        ("bytes=0-1,2-3", partial(&[(0, 3)])),
        ("bytes=2-3,0-1", partial(&[(0, 3)])),
        ("bytes=0-1,3-4", partial(&[(0, 1), (3, 4)])),
        ("bytes=0-5,9-9,3-7", partial(&[(0, 7), (9, 9)])),
        ("bytes=20-29,0-9,40-49,5-24", partial(&[(0, 29), (40, 49)])),
        ("bytes=40-49,20-29,0-9,8-20", partial(&[(40, 49), (0, 29)])),
        ("bytes=1-1,1-1,1-1", partial(&[(1, 1)])),
        ("bytes=900-,-100", partial(&[(900, 999)])),
        // Those beyond the end are left out.
        ("bytes=0-1,1000-", partial(&[(0, 1)])),
        ("bytes=-0,7-7", partial(&[(7, 7)])),
        ("bytes=1000-,2000-,-0", RangeRequest::Unsatisfiable),
        // Several that add up to the file are the file.
        ("bytes=0-499,500-", RangeRequest::Whole),
        ("bytes=0-,0-", RangeRequest::Whole),
        ("bytes=-5000,1-1", RangeRequest::Whole),
        ("bytes=0-,1000-", RangeRequest::Whole),
        ("bytes=0-499,501-", partial(&[(0, 499), (501, 999)])),
    ];
    for (value, expected) in cases {
        assert_eq!(resolve(value, 1000), expected, "{value}");
    }
}

#[test]
fn numbers_that_overflow() {
    const PAST: &str = "18446744073709551616";
    const LONG: &str = "99999999999999999999999999999999999999999999";
    for huge in [PAST, LONG, "18446744073709551615"] {
        for size in [1000, u64::MAX] {
            let end = size - 1;
            let cases = [
                (format!("bytes=0-{huge}"), partial(&[(0, end)])),
                (format!("bytes={end}-{huge}"), partial(&[(end, end)])),
                (format!("bytes=-{huge}"), partial(&[(0, end)])),
                (format!("bytes={huge}-"), RangeRequest::Unsatisfiable),
                (format!("bytes={huge}-{huge}"), RangeRequest::Unsatisfiable),
            ];
            for (value, expected) in cases {
                assert_eq!(resolve(&value, size), expected, "{value} of {size}");
            }
        }
    }
    assert_eq!(
        ByteRange {
            start: 0,
            end: u64::MAX
        }
        .len(),
        u64::MAX
    );
}

#[test]
fn tiny_files() {
    let cases = [
        ("bytes=0-", 0, RangeRequest::Unsatisfiable),
        ("bytes=0-0", 0, RangeRequest::Unsatisfiable),
        ("bytes=-0", 0, RangeRequest::Unsatisfiable),
        ("bytes=0-,1-", 0, RangeRequest::Unsatisfiable),
        ("bytes=-1", 0, RangeRequest::Whole),
        ("bytes=0-,-1", 0, RangeRequest::Whole),
        ("bytes=-1", 1, partial(&[(0, 0)])),
        ("bytes=0-", 1, partial(&[(0, 0)])),
        ("bytes=1-", 1, RangeRequest::Unsatisfiable),
    ];
    for (value, size, expected) in cases {
        assert_eq!(resolve(value, size), expected, "{value} of {size}");
    }
}

#[test]
fn too_many_ranges_are_ignored() {
    let asks = |count| {
        let specs: Vec<_> = (0..count).map(|n| format!("{0}-{0}", n * 2)).collect();
        format!("bytes={}", specs.join(","))
    };
    let RangeRequest::Partial(parts) = resolve(&asks(MAX_RANGES), 100_000) else {
        panic!("as many as allowed");
    };
    assert_eq!(parts.len(), MAX_RANGES);
    assert_eq!(resolve(&asks(MAX_RANGES + 1), 100_000), RangeRequest::Whole);
    let overlapping = format!("bytes={}", "0-,".repeat(5000));
    assert_eq!(resolve(&overlapping, 100_000), RangeRequest::Whole);
}

/// Every list of three short ranges within ten bytes, against a set of bytes.
#[test]
fn parts_are_the_bytes_asked_for() {
    let specs: Vec<(u64, u64)> = (0..10)
        .flat_map(|first| (first..10).map(move |last| (first, last)))
        .collect();
    for a in &specs {
        for b in &specs {
            for c in specs.iter().step_by(3) {
                let value = format!("bytes={}-{},{}-{},{}-{}", a.0, a.1, b.0, b.1, c.0, c.1);
                let asked = |byte| [a, b, c].iter().any(|r| r.0 <= byte && byte <= r.1);
                let parts = match resolve(&value, 10) {
                    RangeRequest::Partial(parts) => parts,
                    RangeRequest::Whole => vec![ByteRange { start: 0, end: 9 }],
                    RangeRequest::Unsatisfiable => panic!("{value}"),
                };
                let mut sent: Vec<_> = parts.iter().flat_map(|r| r.start..=r.end).collect();
                sent.sort_unstable();
                assert_eq!(
                    sent,
                    (0..10).filter(|&b| asked(b)).collect::<Vec<_>>(),
                    "{value}"
                );
            }
        }
    }
}

#[test]
fn content_ranges() {
    let range = ByteRange {
        start: 0,
        end: u64::MAX - 1,
    };
    assert_eq!(
        content_range(range, u64::MAX),
        "bytes 0-18446744073709551614/18446744073709551615"
    );
    assert_eq!(unsatisfied_range(0), "bytes */0");
}
