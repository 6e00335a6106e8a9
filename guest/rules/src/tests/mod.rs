//! Tests of whole files of rules.

mod compiled;
mod fields;
mod redirects;
mod refused;

use crate::{Action, Dialect, Policy, Problem, Request, Rules, Site, Sources};

fn parse(dialect: Dialect, redirects: &str, headers: &str) -> Result<Rules, Vec<Problem>> {
    let sources = Sources {
        redirects: redirects.as_bytes(),
        headers: headers.as_bytes(),
    };
    Rules::parse(dialect, &Policy::owner(), sources)
}

/// What is answered, as `status target`, with `!` for a forced one; both by the parts and
/// without them.
fn answer(rules: &Rules, target: &str) -> String {
    let parts = rules.compile();
    let look_up = |key: &[u8]| parts.get(key).cloned();
    let site = Site::new(&look_up).unwrap();
    let request = Request::of(target.as_bytes());
    let decision = site.redirect(&request, &look_up);
    assert_eq!(decision, rules.redirect(&request), "{target}");
    let Some(decision) = decision else {
        return "-".to_owned();
    };
    let force = if decision.force { "!" } else { "" };
    let (Action::Redirect(to) | Action::Rewrite(to)) = decision.action;
    format!(
        "{}{force} {}",
        decision.status,
        String::from_utf8(to).unwrap()
    )
}

/// The fields of a response, as `name: value`, and as `! name`; by the parts and without.
fn fields(rules: &Rules, target: &str) -> Vec<String> {
    let parts = rules.compile();
    let look_up = |key: &[u8]| parts.get(key).cloned();
    let site = Site::new(&look_up).unwrap();
    let request = Request::of(target.as_bytes());
    let fields = site.fields(&request, &look_up);
    assert_eq!(fields, rules.fields(&request), "{target}");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let removed = fields
        .removed
        .iter()
        .map(|name| format!("! {}", text(name)));
    let set = fields.set.iter();
    let set = set.map(|(name, value)| format!("{}: {}", text(name), text(value)));
    removed.chain(set).collect()
}
