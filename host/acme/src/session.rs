//! A conversation with an authority: its directory, the numbers that each request is
//! good for once (nonces), and the account (RFC 8555 sections 6 and 7).

use crate::client::{Answer, Client};
use crate::failure::{Failure, Kind, excerpt};
use crate::place::DirectoryUrl;
use crate::signing::AccountKey;
use http::{Method, StatusCode};
use serde_json::{Value, json};

/// How often a request is sent again whose nonce was too old.
const NONCES: u32 = 5;

/// A conversation.
pub(crate) struct Session<'a> {
    client: &'a Client,
    key: &'a AccountKey,
    directory: Value,
    /// The account's address, which is its name. None: there is no account yet.
    account: Option<String>,
    /// What the next request is good with.
    nonce: Option<String>,
}

impl<'a> Session<'a> {
    /// Asks for the directory.
    ///
    /// # Errors
    ///
    /// The authority can't be reached, or has none.
    pub(crate) async fn open(
        client: &'a Client,
        url: &DirectoryUrl,
        key: &'a AccountKey,
        account: Option<String>,
    ) -> Result<Self, Failure> {
        let answer = client.send(Method::GET, url.as_str(), Vec::new()).await?;
        if answer.status != StatusCode::OK {
            return Err(problem(&answer));
        }
        Ok(Self {
            client,
            key,
            directory: json(&answer)?,
            account,
            nonce: None,
        })
    }

    /// Has an account made for the key, or found if there is one, which agrees to the
    /// terms of service. Returns its address.
    ///
    /// # Errors
    ///
    /// The authority refuses.
    pub(crate) async fn ensure_account(&mut self, email: Option<&str>) -> Result<String, Failure> {
        if let Some(account) = &self.account {
            return Ok(account.clone());
        }
        if self.directory["meta"]["externalAccountRequired"] == true {
            return Err(Failure::new(
                "the authority takes only those who have an account there by other means (external account binding), which isn't offered here",
            ));
        }
        let mut wanted = json!({ "termsOfServiceAgreed": true });
        if let Some(email) = email {
            wanted["contact"] = json!([format!("mailto:{email}")]);
        }
        let url = self.resource("newAccount")?;
        let answer = self.post(&url, Some(&wanted)).await?;
        let account = answer.field("location");
        let account = account.ok_or_else(|| Failure::nonsense("no address of the account"))?;
        self.account = Some(account.to_owned());
        Ok(account.to_owned())
    }

    /// The key's own mark, which what is shown has in it.
    pub(crate) fn thumbprint(&self) -> String {
        self.key.thumbprint()
    }

    /// The address of something that the directory has.
    pub(crate) fn resource(&self, name: &str) -> Result<String, Failure> {
        let url = self.directory[name].as_str();
        let url = url.ok_or_else(|| Failure::nonsense(&format!("no address of {name}")))?;
        Ok(url.to_owned())
    }

    /// Sends a signed request; without content, it asks for what is there.
    ///
    /// # Errors
    ///
    /// The authority can't be reached, or refuses.
    pub(crate) async fn post(
        &mut self,
        url: &str,
        content: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let answer = self.post_once(url, content).await?;
            if answer.status.is_success() {
                return Ok(answer);
            }
            let problem = problem(&answer);
            if problem.kind != Kind::BadNonce || attempts == NONCES {
                return Err(problem);
            }
        }
    }

    async fn post_once(&mut self, url: &str, content: Option<&Value>) -> Result<Answer, Failure> {
        let nonce = self.take_nonce().await?;
        let mut protected = json!({ "alg": "ES256", "nonce": nonce, "url": url });
        match &self.account {
            Some(account) => protected["kid"] = json!(account),
            None => protected["jwk"] = self.key.public(),
        }
        let message = self.key.sign(&protected, content).map_err(Failure::new)?;
        let answer = self.client.send(Method::POST, url, message).await?;
        self.nonce = nonce_of(&answer);
        Ok(answer)
    }

    async fn take_nonce(&mut self) -> Result<String, Failure> {
        if let Some(nonce) = self.nonce.take() {
            return Ok(nonce);
        }
        let url = self.resource("newNonce")?;
        let answer = self.client.send(Method::HEAD, &url, Vec::new()).await?;
        nonce_of(&answer).ok_or_else(|| Failure::nonsense("no nonce"))
    }
}

fn nonce_of(answer: &Answer) -> Option<String> {
    answer.field("replay-nonce").map(str::to_owned)
}

/// The content of an answer.
pub(crate) fn json(answer: &Answer) -> Result<Value, Failure> {
    serde_json::from_slice(&answer.content).map_err(|_| Failure::nonsense("no JSON in it"))
}

/// What a refusal says (RFC 9457, with the types of RFC 8555 section 6.7).
fn problem(answer: &Answer) -> Failure {
    let said: Value = serde_json::from_slice(&answer.content).unwrap_or_default();
    let mut failure = refusal(&said);
    if said.is_null() {
        failure.reason = format!("the authority answers {}", answer.status);
    }
    failure.retry_after = answer.retry_after();
    failure
}

/// What a problem of the authority's says.
pub(crate) fn refusal(said: &Value) -> Failure {
    let full = said["type"].as_str().unwrap_or_default();
    let short = full.strip_prefix("urn:ietf:params:acme:error:");
    let kind = match short {
        Some("badNonce") => Kind::BadNonce,
        Some("accountDoesNotExist") => Kind::NoAccount,
        _ => Kind::Other,
    };
    let detail = said["detail"].as_str().unwrap_or("without a reason");
    let parts = said["subproblems"].as_array().into_iter().flatten();
    let parts = parts.filter_map(|part| part["detail"].as_str());
    let detail = parts.fold(detail.to_owned(), |all, part| format!("{all}; {part}"));
    let reason = format!(
        "the authority refuses ({}): {}",
        excerpt(short.unwrap_or(full)),
        excerpt(&detail)
    );
    Failure::of(kind, reason)
}
