//! The fields of a runner's answer: what of them reaches a client.

use crate::connection_fields::leave_connection;
use crate::names::DeployId;
use crate::site::PROTECTIVE;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use wasm_host_rules::Policy;

/// The field that says which deploy has answered.
pub(crate) const DEPLOY_FIELD: &str = "Wasm-Host-Deploy";

/// Removes what a site may not say: what a proxy in front or a browser would obey for
/// others than this site.
pub(super) fn restrain(fields: &mut HeaderMap) {
    leave_connection(fields);
    let policy = Policy::previews();
    let is_allowed = |name: &HeaderName, value: &HeaderValue| {
        policy.admits(name.as_str(), &String::from_utf8_lossy(value.as_bytes()))
    };
    let names: Vec<HeaderName> = fields
        .iter()
        .filter(|(name, value)| !is_allowed(name, value))
        .map(|(name, _)| name.clone())
        .collect();
    for name in names {
        let kept: Vec<HeaderValue> = fields
            .get_all(&name)
            .iter()
            .filter(|value| is_allowed(&name, value))
            .cloned()
            .collect();
        fields.remove(&name);
        for value in kept {
            fields.append(&name, value);
        }
    }
}

/// Adds what every answer of a site has.
pub(super) fn protect(fields: &mut HeaderMap, deploy: &DeployId) {
    for field in PROTECTIVE {
        let field = field.split_once(": ");
        let parsed = field.and_then(|(name, value)| {
            let name: HeaderName = name.parse().ok()?;
            Some((name, HeaderValue::from_static(value)))
        });
        if let Some((name, value)) = parsed
            && !fields.get_all(&name).iter().any(|said| said == value)
        {
            fields.append(name, value);
        }
    }
    let name = DEPLOY_FIELD.parse::<HeaderName>();
    if let (Ok(name), Ok(id)) = (name, HeaderValue::from_str(deploy.as_str())) {
        fields.insert(name, id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_would_obey_is_removed_and_all_else_stays() {
        let mut fields = HeaderMap::new();
        for (name, value) in [
            ("connection", "x-hop"),
            ("x-hop", "1"),
            ("keep-alive", "1"),
            ("upgrade", "h2c"),
            ("alt-svc", "h2=\":1\""),
            ("x-accel-redirect", "/secret"),
            ("x-sendfile", "/secret"),
            ("x-robots-tag", "all"),
            ("set-cookie", "a=b; Path=/"),
            ("set-cookie", "a=b; Domain=localhost"),
            ("strict-transport-security", "max-age=1; includeSubDomains"),
            ("content-security-policy", "frame-ancestors *"),
            ("content-type", "text/plain"),
            ("content-encoding", "gzip"),
            ("location", "/x"),
            ("etag", "\"x\""),
            ("www-authenticate", "Basic"),
            ("server", "mine"),
        ] {
            fields.append(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        restrain(&mut fields);
        let mut left: Vec<_> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value))
            .collect();
        left.sort_unstable();
        let names: Vec<_> = left.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            [
                "content-encoding",
                "content-type",
                "etag",
                "location",
                "server",
                "set-cookie",
                "www-authenticate"
            ]
        );
        assert_eq!(fields["set-cookie"], "a=b; Path=/");
    }
}
