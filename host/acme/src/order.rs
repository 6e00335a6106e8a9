//! The course of an order (RFC 8555 section 7.4):
//!
//! 1. A certificate for a name is ordered.
//! 2. The authority asks to be shown that the name leads here, unless it has seen that a
//!    short while ago. The server shows it, and the authority looks.
//! 3. The certificate is requested, for a key that was made for it alone.
//! 4. It is made, and fetched.

use crate::certificate::Issued;
use crate::challenge::Method;
use crate::client::Answer;
use crate::domain::Domain;
use crate::failure::{Failure, Kind, excerpt};
use crate::link::Link;
use crate::session::{Session, json, refusal};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};
use tokio::time::sleep;

/// How long it takes the authority at least, and how often it is asked at most.
const FIRST_LOOK: Duration = Duration::from_millis(250);
const RAREST_LOOK: Duration = Duration::from_secs(10);

/// Orders a certificate. The time that this takes is bounded by whoever calls it.
///
/// # Errors
///
/// The authority can't be reached, refuses, or doesn't see what it is shown.
pub(crate) async fn obtain(
    session: &mut Session<'_>,
    domain: &Domain,
    method: Method,
    link: &Link,
) -> Result<Issued, Failure> {
    let url = session.resource("newOrder")?;
    let wanted = json!({ "identifiers": [{ "type": "dns", "value": domain.as_str() }] });
    let answer = session.post(&url, Some(&wanted)).await?;
    let place = answer.field("location").map(str::to_owned);
    let place = place.ok_or_else(|| Failure::nonsense("no address of the order"))?;
    let order = json(&answer)?;
    // One name has one.
    let [authorization] = order["authorizations"]
        .as_array()
        .map_or(&[][..], Vec::as_slice)
    else {
        return Err(Failure::nonsense("not one authorization for one name"));
    };
    authorize(session, text(authorization)?, domain, method, link).await?;
    let failed = |error: rcgen::Error| Failure::new(format!("cannot make a request: {error}"));
    let key = KeyPair::generate().map_err(failed)?;
    let request = request(domain, &key).map_err(failed)?;
    let request = json!({ "csr": crate::challenge::base64_url(request) });
    session
        .post(text(&order["finalize"])?, Some(&request))
        .await?;
    let order = until_done(session, &place, &["pending", "ready", "processing"]).await?;
    if order["status"] != "valid" {
        return Err(refusal(&order["error"]));
    }
    let answer = session.post(text(&order["certificate"])?, None).await?;
    let chain = std::str::from_utf8(&answer.content);
    let chain = chain.map_err(|_| Failure::nonsense("no certificate in it"))?;
    let pem = format!("{}{chain}", key.serialize_pem());
    let issued = Issued::read(&pem, domain).and_then(|issued| {
        issued.check_time(SystemTime::now())?;
        Ok(issued)
    });
    issued.map_err(|reason| {
        Failure::new(format!(
            "the authority's certificate can't be used: {reason}"
        ))
    })
}

/// Shows that the name leads here, if the authority asks for that.
async fn authorize(
    session: &mut Session<'_>,
    url: &str,
    domain: &Domain,
    method: Method,
    link: &Link,
) -> Result<(), Failure> {
    let authorization = json(&session.post(url, None).await?)?;
    if authorization["status"] == "valid" {
        return Ok(());
    }
    if authorization["identifier"]["value"] != domain.as_str() {
        return Err(Failure::nonsense(
            "another name than the one that was asked for",
        ));
    }
    let name = method.name();
    let asked = authorization["challenges"].as_array().into_iter().flatten();
    let mut asked = asked.filter(|it| it["type"] == name);
    let asked = asked.next().ok_or_else(|| {
        Failure::of(
            Kind::NotShown,
            format!("the authority doesn't offer {name} for it"),
        )
    })?;
    let token = text(&asked["token"])?;
    let challenge = method
        .challenge(domain, token, &session.thumbprint())
        .ok_or_else(|| Failure::nonsense("a token that is none"))?;
    link.show(challenge).await?;
    session.post(text(&asked["url"])?, Some(&json!({}))).await?;
    let seen = until_done(session, url, &["pending", "processing"]).await?;
    if seen["status"] == "valid" {
        return Ok(());
    }
    let challenges = seen["challenges"].as_array().into_iter().flatten();
    let why = challenges.map(|it| &it["error"]).find(|it| it.is_object());
    let why = why.map_or_else(|| "it doesn't say why".to_owned(), |it| refusal(it).reason);
    let reason = format!(
        "{name} failed, for which the authority connects to {domain} at port {}: {why}",
        method.port()
    );
    Err(Failure::of(Kind::NotShown, reason))
}

/// Asks again and again until the state is another than those.
async fn until_done(
    session: &mut Session<'_>,
    url: &str,
    under_way: &[&str],
) -> Result<Value, Failure> {
    let mut pause = FIRST_LOOK;
    loop {
        sleep(pause).await;
        let answer = session.post(url, None).await?;
        let state = json(&answer)?;
        match state["status"].as_str() {
            Some(status) if under_way.contains(&status) => pause = next_pause(pause, &answer),
            Some(_) => return Ok(state),
            None => return Err(Failure::nonsense("no state")),
        }
    }
}

/// As the authority asks, within bounds, or else twice as long.
fn next_pause(pause: Duration, answer: &Answer) -> Duration {
    let longer = answer.retry_after().unwrap_or(pause * 2);
    longer.clamp(FIRST_LOOK, RAREST_LOOK)
}

/// Without a name of the subject: what counts are the others (RFC 9525 section 2).
fn request(domain: &Domain, key: &KeyPair) -> Result<Vec<u8>, rcgen::Error> {
    let mut params = CertificateParams::new([domain.to_string()])?;
    params.distinguished_name = DistinguishedName::new();
    Ok(params.serialize_request(key)?.der().to_vec())
}

fn text(value: &Value) -> Result<&str, Failure> {
    let text = value.as_str();
    text.ok_or_else(|| Failure::nonsense(&format!("no text: {}", excerpt(&value.to_string()))))
}
