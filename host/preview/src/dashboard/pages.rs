//! The pages.

use super::format::{since, size};
use super::login::{Operator, refused};
use super::parts::{button, page, word};
use super::sessions::Session;
use super::state::{Shared, State};
use crate::client::count;
use crate::journal::{EVENT_STREAM, events};
use crate::names::{DeployId, Label, ProjectName};
use crate::store::{Alias, Deploy, Index, Project};
use axum::body::Body;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, PreEscaped, html};
use qrcode::QrCode;
use qrcode::render::svg;
use std::sync::Arc;

/// How many files of a deploy a page names.
const MOST_FILES: usize = 500;

/// All projects.
pub(super) async fn projects(state: Shared, operator: Operator) -> Html<String> {
    let index = state.options.store.index();
    let content = html! {
        h1 { "Projects" }
        @if index.projects().len() == 0 {
            p { "Nothing is deployed yet: " code { "wasm-host deploy FOLDER --alias pr-42" } }
        } @else {
            div.scroll { table {
                tr { th { "Project" } th.number { "Deploys" } th { "Aliases" } }
                @for (name, project) in index.projects() {
                    tr {
                        td { a href={ "/projects/" (name) } { (name) } }
                        td.number { (project.deploys().len()) }
                        td { @for alias in project.aliases() { (link(&state, alias)) " " } }
                    }
                }
            } }
        }
        @for damage in index.damage() { p.bad { "The store: " (damage) } }
    };
    page("Projects", Some(&operator.session), &content)
}

/// A project: its aliases, and its deploys.
pub(super) async fn project(
    state: Shared,
    operator: Operator,
    Path(name): Path<ProjectName>,
) -> Response {
    let index = state.options.store.index();
    let Some(project) = index.project(&name) else {
        return refused(StatusCode::NOT_FOUND, "There is no such project.");
    };
    let session = &operator.session;
    let content = html! {
        h1 { (name) }
        h2 { "Aliases" }
        div.scroll { table {
            tr { th { "Alias" } th { "Moved" } th { "Deploy" } (heads()) th {} }
            @for alias in project.aliases() { (alias_row(&state, session, &name, alias)) }
        } }
        h2 { "Deploys" }
        div.scroll { table {
            tr { th { "Deploy" } th { "Made" } th.number { "Files" } th.number { "Size" } (heads()) th { "Message" } }
            @for deploy in newest(&index, project) { (deploy_row(&state, deploy)) }
        } }
    };
    page(name.as_str(), Some(session), &content).into_response()
}

fn heads() -> Markup {
    html! { th.number { "Requests" } th.number { "4xx" } th.number { "5xx" } th.number { "Limited" } }
}

/// What a deploy's sites were asked for.
fn counts(state: &State, id: &DeployId) -> Markup {
    let counts = state.options.journals.of(id.as_str()).counts();
    html! {
        td.number { (counts.requests) }
        td.number { (counts.refused) }
        td.number.bad[counts.failed > 0] { (counts.failed) }
        td.number.bad[counts.limited > 0] { (counts.limited) }
    }
}

fn link(state: &State, alias: &Alias) -> Markup {
    let url = alias
        .labels
        .first()
        .map(|label| state.options.urls.url(label));
    html! { a href=[url] { (alias.name) } }
}

fn alias_row(state: &State, session: &Session, project: &ProjectName, alias: &Alias) -> Markup {
    let path = format!("/projects/{project}/aliases/{}", alias.name);
    html! {
        tr {
            td { (link(state, alias)) }
            td { (since(alias.at)) }
            td { @if let Some(id) = &alias.deploy { (to_deploy(id)) } }
            @match &alias.deploy { Some(id) => (counts(state, id)), None => td colspan="4" {} }
            td {
                @if let Some(earlier) = alias.earlier.first() {
                    (button(session, &format!("{path}/move"), &[("to", earlier.deploy.as_str())], "Roll back"))
                    " "
                }
                form.inline method="post" action={ (path) "/remove" } data-ask={ "Remove the alias " (alias.name) "?" } {
                    (word(session))
                    button.plain { "Remove" }
                }
            }
        }
    }
}

fn to_deploy(id: &DeployId) -> Markup {
    html! { a href={ "/deploys/" (id) } { code { (id) } } }
}

fn newest<'a>(index: &'a Index, project: &Project) -> Vec<&'a Arc<Deploy>> {
    let mut deploys: Vec<_> = project
        .deploys()
        .filter_map(|id| index.deploy(id))
        .collect();
    deploys.sort_by_key(|deploy| std::cmp::Reverse((deploy.made, deploy.id)));
    deploys
}

fn deploy_row(state: &State, deploy: &Deploy) -> Markup {
    html! {
        tr {
            td { (to_deploy(&deploy.id)) }
            td { (since(deploy.made)) }
            td.number { (deploy.files) }
            td.number { (size(deploy.size)) }
            (counts(state, &deploy.id))
            td { (deploy.message.as_deref().unwrap_or_default()) }
        }
    }
}

/// A deploy: where it is, what happens there, and its files.
pub(super) async fn deploy(
    state: Shared,
    operator: Operator,
    Path(id): Path<DeployId>,
) -> Response {
    let index = state.options.store.index();
    let Some(deploy) = index.deploy(&id) else {
        return refused(StatusCode::NOT_FOUND, "There is no such deploy.");
    };
    let manifest = match state.options.store.manifest(&id).await {
        Ok(Some(manifest)) => manifest,
        Ok(None) => return refused(StatusCode::NOT_FOUND, "There is no such deploy."),
        Err(error) => return refused(StatusCode::CONFLICT, &format!("The store says: {error}.")),
    };
    let url = state.options.urls.url(&Label::of_deploy(&id));
    let (lines, _) = state.options.journals.of(id.as_str()).follow();
    let content = html! {
        h1 { "Deploy " code { (id) } }
        (facts(deploy, &url))
        (qr(&url))
        p { form.inline method="post" action={ "/deploys/" (id) "/remove" } data-ask="Remove this deploy with its files?" {
            (word(&operator.session))
            button.plain { "Remove this deploy" }
        } }
        h2 { "What happens" }
        pre data-events={ "/deploys/" (id) "/logs" } {
            @if lines.is_empty() { "Nothing yet." }
            @for line in &lines { (line) "\n" }
        }
        h2 { (count(manifest.files.len() as u64, "file")) }
        div.scroll { table {
            tr { th.number { "Size" } th { "File" } }
            @for (path, entry) in manifest.files.iter().take(MOST_FILES) {
                tr { td.number { (size(entry.size)) } td { (path.as_str()) } }
            }
        } }
        @if manifest.files.len() > MOST_FILES { p.quiet { "and more" } }
    };
    page("Deploy", Some(&operator.session), &content).into_response()
}

fn facts(deploy: &Deploy, url: &str) -> Markup {
    html! {
        dl {
            dt { "URL" } dd { a href=(url) { (url) } }
            dt { "Project" } dd { a href={ "/projects/" (deploy.project) } { (deploy.project) } }
            dt { "Made" } dd { (since(deploy.made)) }
            @if let Some(message) = &deploy.message { dt { "Message" } dd { (message) } }
            @if deploy.visited() > 0 { dt { "Visited" } dd { (since(deploy.visited())) } }
            @if deploy.password.is_some() { dt { "Password" } dd { "is asked for" } }
            dt { "Size" } dd { (size(deploy.size)) " in " (count(deploy.files, "file")) }
        }
    }
}

/// The URL for a phone's camera.
fn qr(url: &str) -> Markup {
    let code = QrCode::new(url).ok();
    let picture = code.map(|code| {
        let mut picture = code.render::<svg::Color<'_>>();
        picture.quiet_zone(false).build()
    });
    html! { @if let Some(picture) = picture { p { span.qr { (PreEscaped(picture)) } } } }
}

/// What happens on a deploy's sites, for the page's script.
pub(super) async fn logs(state: Shared, _: Operator, Path(id): Path<DeployId>) -> Response {
    if state.options.store.index().deploy(&id).is_none() {
        return refused(StatusCode::NOT_FOUND, "There is no such deploy.");
    }
    let journal = state.options.journals.of(id.as_str());
    let content = Body::from_stream(events(&journal, true));
    ([(CONTENT_TYPE, EVENT_STREAM)], content).into_response()
}

pub(super) async fn nothing() -> Response {
    refused(StatusCode::NOT_FOUND, "There is no such page.")
}
