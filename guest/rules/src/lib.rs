//! `_redirects` and `_headers`, in Netlify's dialect and in Cloudflare's.
//!
//! A host reads and checks a site's files once ([`Rules::parse`]), and keeps what they
//! say as small parts by key ([`Rules::compile`]), which it needn't understand. A guest
//! asks for one to three of them for a request ([`Site`]): what that costs doesn't
//! grow with the number of rules.
//!
//! What the dialects have in common, and we with them:
//!
//! * the first line of `_redirects` that is for a path counts; all of `_headers` do;
//! * a path is compared as it was sent, without dot segments. A rule is for the usual
//!   spelling of the file that is meant, too, so that no other spelling goes around a
//!   rule: this the peers lack;
//! * what is captured can neither name another host in `Location` nor end a field, and
//!   what is rewritten to is beneath the root.
//!
//! What isn't obeyed is refused, with a word on what to write ([`Problem`]).
#![forbid(unsafe_code)]

mod dialect;
mod field_lines;
mod field_rule;
mod lines;
mod matching;
mod parts;
mod pattern;
mod pattern_text;
mod policy;
mod problem;
mod query;
mod redirect;
mod redirect_lines;
mod rules;
mod target;
mod target_text;
#[cfg(test)]
mod tests;
mod url_path;
mod wire;

pub use dialect::Dialect;
pub use field_rule::Fields;
pub use matching::{LookUp, Request, Site};
pub use parts::Parts;
pub use policy::Policy;
pub use problem::{Problem, RuleFile};
pub use redirect::{Action, Decision};
pub use rules::{Rules, Sources};
