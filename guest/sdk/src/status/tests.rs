use super::*;

#[test]
fn mirrors_python_3_13() {
    assert_eq!(responses().count(), 62);
    let cases = [
        (
            HttpStatus::OK,
            200,
            "OK",
            "Request fulfilled, document follows",
        ),
        (HttpStatus::PROCESSING, 102, "Processing", ""),
        (
            HttpStatus::CONTENT_TOO_LARGE,
            413,
            "Content Too Large",
            "Content is too large",
        ),
        (
            HttpStatus::URI_TOO_LONG,
            414,
            "URI Too Long",
            "URI is too long",
        ),
        (
            HttpStatus::IM_A_TEAPOT,
            418,
            "I'm a Teapot",
            "Server refuses to brew coffee because it is a teapot.",
        ),
        (
            HttpStatus::NETWORK_AUTHENTICATION_REQUIRED,
            511,
            "Network Authentication Required",
            "The client needs to authenticate to gain network access",
        ),
    ];
    for (status, code, phrase, description) in cases {
        assert_eq!(
            (status.code(), status.phrase(), status.description()),
            (code, phrase, description)
        );
    }
}

#[test]
fn table_is_ascending_and_agrees_with_lookups() {
    assert!(responses().is_sorted_by(|a, b| a.0 < b.0));
    for (status, phrase, description) in responses() {
        assert!(!phrase.is_empty(), "{status}");
        assert_eq!(
            (status.phrase(), status.description()),
            (phrase, description)
        );
    }
}

#[test]
fn unknown_codes_have_no_texts() {
    for code in [0, 99, 104, 306, 420, 499, 599, 999, u16::MAX] {
        let status = HttpStatus::from(code);
        assert_eq!((status.phrase(), status.description()), ("", ""), "{code}");
        assert_eq!(u16::from(status), code);
    }
}

#[test]
fn old_names_are_the_same_status() {
    assert_eq!(HttpStatus::REQUEST_ENTITY_TOO_LARGE.code(), 413);
    assert_eq!(HttpStatus::REQUEST_URI_TOO_LONG.code(), 414);
    assert_eq!(HttpStatus::REQUESTED_RANGE_NOT_SATISFIABLE.code(), 416);
    assert_eq!(HttpStatus::UNPROCESSABLE_ENTITY.code(), 422);
}

#[test]
fn classes_do_not_overlap() {
    for code in 0..=1000 {
        let status = HttpStatus::new(code);
        let class = [
            status.is_informational(),
            status.is_success(),
            status.is_redirection(),
            status.is_client_error(),
            status.is_server_error(),
        ];
        let expected = std::array::from_fn(|index| usize::from(code / 100) == index + 1);
        assert_eq!(class, expected, "{code}");
    }
}

#[test]
fn bodies() {
    for (status, phrase, _) in responses() {
        let without = status.is_informational() || matches!(status.code(), 204 | 205 | 304);
        assert_eq!(status.allows_body(), !without, "{status} {phrase}");
    }
    assert!(!HttpStatus::new(0).allows_body());
    assert!(HttpStatus::new(799).allows_body());
}

#[test]
fn displays_the_number_and_honours_width() {
    assert_eq!(HttpStatus::OK.to_string(), "200");
    assert_eq!(format!("{:>5}", HttpStatus::OK), "  200");
}
