//! What a request says by its path, its query and its JSON.

use super::content::Content;
use super::refusal::Refusal;
use super::state::State;
use crate::wire::MAX_JSON;
use axum::body::Body;
use axum::extract::{FromRequestParts, Query, RawPathParams};
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use std::fmt::Display;
use std::str::FromStr;

/// The names in a request's path.
pub(super) struct Names(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Names {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let names = RawPathParams::from_request_parts(parts, state).await;
        let names = names.map_err(|error| Refusal::unprocessable(error.body_text()))?;
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Ok(Self(names.iter().map(own).collect()))
    }
}

impl Names {
    /// The name that the route calls `name`.
    ///
    /// # Errors
    ///
    /// It isn't what such a name may be.
    pub(super) fn get<T>(&self, name: &str) -> Result<T, Refusal>
    where
        T: FromStr,
        T::Err: Display,
    {
        let found = self.0.iter().find(|(known, _)| known == name);
        let text = found.map_or("", |(_, value)| value);
        text.parse()
            .map_err(|error: T::Err| Refusal::unprocessable(error.to_string()))
    }
}

/// What a request's query says, each of which the API knows.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(error) => Err(Refusal::unprocessable(error.body_text())),
        }
    }
}

/// Reads a request's JSON.
///
/// # Errors
///
/// It is too large, no JSON, or not what is expected.
pub(super) async fn json<T: DeserializeOwned>(state: &State, body: Body) -> Result<T, Refusal> {
    let content = Content::new(body, MAX_JSON, state.setup.times.piece)?;
    let text = content.whole(&state.memory).await?;
    serde_json::from_slice(&text.bytes).map_err(|error| {
        let status = match error.classify() {
            Category::Data => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::BAD_REQUEST,
        };
        Refusal::new(status, format!("the JSON isn't as it has to be: {error}"))
    })
}
