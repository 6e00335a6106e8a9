use super::*;

const PROXY: u8 = 0x21;
const LOCAL: u8 = 0x20;

/// All that is read of `bytes`, when they come in pieces of so many: what they say, and
/// how many of them are the header's.
fn read_in_pieces(bytes: &[u8], size: usize) -> Result<Option<(Introduction, usize)>, Malformed> {
    let mut header = Header::default();
    let mut rest = bytes;
    while !rest.is_empty() {
        let arrived = &rest[..rest.len().min(size)];
        let wanted = header.wants(arrived)?;
        assert!((1..=arrived.len()).contains(&wanted));
        header.add(&rest[..wanted]);
        rest = &rest[wanted..];
        if let Some(said) = header.finish()? {
            return Ok(Some((said, bytes.len() - rest.len())));
        }
    }
    Ok(None)
}

fn read(bytes: &[u8]) -> Result<Option<(Introduction, usize)>, Malformed> {
    let whole = read_in_pieces(bytes, usize::MAX);
    for size in [1, 2, 15, 17] {
        assert_eq!(read_in_pieces(bytes, size), whole, "pieces of {size}");
    }
    whole
}

fn client(address: &str, server: &str, encrypted: bool) -> Introduction {
    Introduction::Client(Client {
        address: address.parse().unwrap(),
        server: server.parse().unwrap(),
        encrypted,
    })
}

fn version_2(command: u8, family: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let fixed = [SIGNATURE, &[command, family], &length.to_be_bytes()].concat();
    [&fixed, content].concat()
}

const V4: &[u8] = &[192, 0, 2, 7, 198, 51, 100, 1, 0x30, 0x39, 0x01, 0xbb];

#[test]
fn a_line_says_whose_the_connection_is() {
    for (line, says) in [
        (
            "PROXY TCP4 192.0.2.7 198.51.100.1 12345 443\r\n",
            client("192.0.2.7:12345", "198.51.100.1:443", false),
        ),
        (
            "PROXY TCP6 2001:db8::7 2001:db8::1 12345 443\r\n",
            client("[2001:db8::7]:12345", "[2001:db8::1]:443", false),
        ),
        (
            "PROXY TCP6 ::ffff:192.0.2.7 ::ffff:198.51.100.1 1 2\r\n",
            client("192.0.2.7:1", "198.51.100.1:2", false),
        ),
        ("PROXY UNKNOWN\r\n", Introduction::Proxy),
        ("PROXY UNKNOWN whatever it is\r\n", Introduction::Proxy),
    ] {
        let with_request = format!("{line}GET / HTTP/1.1\r\n\r\n");
        assert_eq!(read(with_request.as_bytes()), Ok(Some((says, line.len()))));
        let cut = &line.as_bytes()[..line.len() - 1];
        assert_eq!(read(cut), Ok(None), "{line:?}");
    }
}

#[test]
fn a_line_that_is_none_is_refused() {
    for bad in [
        "PROXY TCP4 192.0.2.7 198.51.100.1 12345\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 12345 443 \r\n",
        "PROXY TCP4 192.0.2.7  198.51.100.1 12345 443\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 +12345 443\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 012345 443\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 12345 00\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 12345 65536\r\n",
        "PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n",
        "PROXY TCP6 192.0.2.7 198.51.100.1 1 2\r\n",
        "PROXY TCP4 192.0.2.07 198.51.100.1 1 2\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 1 2\n",
        "PROXY UDP4 192.0.2.7 198.51.100.1 1 2\r\n",
        "PROXY UNKNOWNS\r\n",
        "PROXY UNKNOWN\n",
        "PROXY \r\n",
        "PROXY\r\n",
        "proxy TCP4 192.0.2.7 198.51.100.1 1 2\r\n",
        "GET / HTTP/1.1\r\n",
        " PROXY UNKNOWN\r\n",
        "\r\nPROXY UNKNOWN\r\n",
    ] {
        assert!(read(bad.as_bytes()).is_err(), "{bad:?}");
    }
    let long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(LONGEST_LINE));
    assert_eq!(read(long.as_bytes()), Err(Malformed::Line));
}

#[test]
fn version_2_says_whose_the_connection_is_and_whether_it_is_encrypted() {
    let v4 = |encrypted| client("192.0.2.7:12345", "198.51.100.1:443", encrypted);
    let tls = |bits: u8| [V4, &[0x20, 0, 5, bits, 0, 0, 0, 0]].concat();
    let padded = [V4, &[0x04, 0, 3, 0, 0, 0], &[0xee, 0, 0]].concat();
    let mapped: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7];
    let mapped = [&mapped[..], &mapped, &[0, 1, 0, 2]].concat();
    for (bytes, says) in [
        (version_2(PROXY, 0x11, V4), v4(false)),
        (version_2(PROXY, 0x12, V4), v4(false)),
        (version_2(PROXY, 0x11, &padded), v4(false)),
        (version_2(PROXY, 0x11, &tls(1)), v4(true)),
        // A certificate without TLS: the bit decides.
        (version_2(PROXY, 0x11, &tls(6)), v4(false)),
        (
            version_2(PROXY, 0x21, &mapped),
            client("192.0.2.7:1", "192.0.2.7:2", false),
        ),
        (version_2(LOCAL, 0x11, V4), Introduction::Proxy),
        (version_2(LOCAL, 0, &[]), Introduction::Proxy),
        (version_2(PROXY, 0, &[]), Introduction::Proxy),
        (version_2(PROXY, 0x31, &[0x2f; 216]), Introduction::Proxy),
    ] {
        let length = bytes.len();
        let with_request = [bytes.as_slice(), b"GET / HTTP/1.1\r\n\r\n"].concat();
        assert_eq!(read(&with_request), Ok(Some((says, length))));
        assert_eq!(read(&bytes[..length - 1]), Ok(None));
    }
}

#[test]
fn version_2_that_contradicts_itself_is_refused() {
    let longer_tlv = [V4, &[0x04, 0, 9, 0]].concat();
    let cut_tlv = [V4, &[0x04, 0]].concat();
    let short_tls = [V4, &[0x20, 0, 4, 1, 0, 0, 0]].concat();
    for (bad, why) in [
        (version_2(0x11, 0x11, V4), Malformed::Parts),
        (version_2(0x22, 0x11, V4), Malformed::Parts),
        (version_2(PROXY, 0x41, V4), Malformed::Parts),
        (version_2(PROXY, 0x13, V4), Malformed::Parts),
        (version_2(PROXY, 0x11, &V4[1..]), Malformed::Parts),
        (version_2(PROXY, 0x21, V4), Malformed::Parts),
        (version_2(PROXY, 0x31, V4), Malformed::Parts),
        (version_2(PROXY, 0x11, &longer_tlv), Malformed::Parts),
        (version_2(PROXY, 0x11, &cut_tlv), Malformed::Parts),
        (version_2(PROXY, 0x11, &short_tls), Malformed::Parts),
        (version_2(PROXY, 0x11, &[0; LONGEST]), Malformed::Long),
        (version_2(PROXY, 0x11, &[0; 65535]), Malformed::Long),
    ] {
        assert_eq!(read(&bad), Err(why));
    }
    let mut other = version_2(PROXY, 0x11, V4);
    other[11] = b'\r';
    assert_eq!(read(&other), Err(Malformed::Signature));
}
