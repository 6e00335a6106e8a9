//! Who is let in, and whose forms do something.

use super::*;
use crate::api::Gate;
use crate::api::tests::hooks::Domain;
use crate::limits::Limits;
use crate::store::Store;
use crate::token::Token;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use std::time::Duration;
use tower::ServiceExt;

const TOKEN: &str = "the-token-of-this-server-is-long";

struct Scene {
    router: Router,
    link: OneTimeLink,
    _folder: tempfile::TempDir,
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("store");
        let store = Store::open(&place, Limits::default());
        let token = Token::new(TOKEN).expect("a token");
        let urls = Domain {
            scheme: "http".to_owned(),
            domain: "localhost".to_owned(),
            port: None,
        };
        let (router, link) = dashboard(DashboardOptions {
            store: store.await.expect("a store"),
            gate: Gate::new(token, Duration::ZERO),
            journals: Arc::default(),
            urls: Arc::new(urls),
            is_encrypted: false,
        });
        Self {
            router,
            link,
            _folder: folder,
        }
    }

    async fn ask(&self, request: Request<Body>) -> (StatusCode, Option<String>, String) {
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("an answer");
        let status = response.status();
        let fields = response.headers();
        let cookie = fields
            .get("set-cookie")
            .map(|value| value.to_str().expect("text").to_owned());
        assert!(fields.contains_key("content-security-policy"));
        let content = response.into_body().collect().await.expect("its content");
        let text = String::from_utf8_lossy(&content.to_bytes()).into_owned();
        (status, cookie, text)
    }

    async fn get(&self, path: &str, cookie: &str) -> (StatusCode, Option<String>, String) {
        let request = Request::get(path).header("cookie", cookie);
        self.ask(request.body(Body::empty()).expect("a request"))
            .await
    }

    async fn post(&self, path: &str, cookie: &str, origin: &str, form: &str) -> StatusCode {
        let request = Request::post(path)
            .header("host", "localhost:8000")
            .header("origin", origin)
            .header("cookie", cookie)
            .header("content-type", "application/x-www-form-urlencoded");
        let form = Body::from(form.to_owned());
        self.ask(request.body(form).expect("a request")).await.0
    }

    /// Logs in by the link: the cookie.
    async fn log_in(&self) -> String {
        let (_, cookie, _) = self.get(self.link.path(), "").await;
        let cookie = cookie.expect("a cookie");
        for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
        cookie.split(';').next().expect("a pair").to_owned()
    }
}

const OWN: &str = "http://localhost:8000";

#[tokio::test]
async fn nobody_sees_a_page_who_has_not_logged_in() {
    let scene = Scene::new().await;
    for path in ["/", "/projects/a", "/deploys/aaaaaaaaaaaaaaaaaaaaaaaaaa"] {
        for cookie in ["", "wasm-host-session=", "wasm-host-session=x"] {
            let (status, _, text) = scene.get(path, cookie).await;
            assert_eq!(status, StatusCode::SEE_OTHER, "{path} {cookie}");
            assert!(text.is_empty());
        }
    }
}

#[tokio::test]
async fn the_link_lets_in_once() {
    let scene = Scene::new().await;
    let cookie = scene.log_in().await;
    assert_eq!(scene.get("/", &cookie).await.0, StatusCode::OK);
    let (status, again, _) = scene.get(scene.link.path(), "").await;
    assert_eq!((status, again), (StatusCode::FORBIDDEN, None));
    assert_eq!(scene.get("/login/", "").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_token_lets_in_and_no_other() {
    let scene = Scene::new().await;
    let right = format!("token={TOKEN}");
    assert_eq!(scene.post("/login", "", OWN, &right).await, StatusCode::OK);
    for (origin, form) in [
        (OWN, "token=x"),
        (OWN, "token="),
        ("http://pr-42.localhost:8000", right.as_str()),
        ("null", right.as_str()),
    ] {
        let status = scene.post("/login", "", origin, form).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{origin} {form}");
    }
}

/// A site is a subdomain, and its page may send any form here.
#[tokio::test]
async fn a_form_of_a_site_does_nothing() {
    let scene = Scene::new().await;
    let cookie = scene.log_in().await;
    let (_, _, text) = scene.get("/", &cookie).await;
    let word = text.split("name=\"form\" value=\"").nth(1).expect("a word");
    let word = word.split('"').next().expect("its end");
    let path = "/projects/a/aliases/b/remove";
    let form = format!("form={word}");
    // It is let through, and there is nothing to remove.
    assert_eq!(
        scene.post(path, &cookie, OWN, &form).await,
        StatusCode::NOT_FOUND
    );
    for (origin, form) in [
        ("http://pr-42.localhost:8000", form.as_str()),
        ("http://localhost:8001", form.as_str()),
        ("null", form.as_str()),
        (OWN, "form=x"),
        (OWN, ""),
    ] {
        let status = scene.post(path, &cookie, origin, form).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{origin} {form}");
    }
    let status = scene.post(path, "", OWN, &form).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
}
