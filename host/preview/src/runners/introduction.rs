//! Whose a connection to a runner is: the PROXY protocol's header of version 2, which comes
//! before all else.

use proxy_header::{ProxiedAddress, ProxyHeader, SslInfo, Tlv};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// `PP2_CLIENT_SSL` (section 2.2.6): the client has come by TLS.
const BY_TLS: bool = true;

/// The header of a client's connection.
pub(super) fn introduction(client: SocketAddr, is_encrypted: bool) -> Vec<u8> {
    // Which of this machine's addresses it has reached is nothing that a site is told.
    let server: IpAddr = match client {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let address = ProxiedAddress::stream(client, SocketAddr::new(server, 0));
    let mut header = ProxyHeader::with_address(address);
    if is_encrypted {
        header.append_tlv(Tlv::Ssl(SslInfo::new(BY_TLS, false, false, 0)));
    }
    let mut bytes = Vec::new();
    // It is short: there is nothing that could go wrong.
    let _ = header.encode_v2(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxy_header::ParseConfig;

    #[test]
    fn a_client_is_introduced() {
        for client in ["192.0.2.7:1234", "[2001:db8::7]:1234"] {
            let client = client.parse().expect("an address");
            for is_encrypted in [false, true] {
                let bytes = introduction(client, is_encrypted);
                let config = ParseConfig::default();
                let (header, length) = ProxyHeader::parse(&bytes, config).expect("a header");
                assert_eq!(length, bytes.len());
                let address = header.proxied_address().expect("an address");
                assert_eq!(address.source, client);
                let ssl = header.ssl();
                assert_eq!(ssl.is_some_and(|ssl| ssl.client_ssl()), is_encrypted);
            }
        }
    }
}
