//! `--rules`: `_redirects` and `_headers`, as Netlify and Cloudflare obey them.

mod attacks; // what a rule and a client can't do together
mod clean; // pages without `.html` in their addresses, beside `wrangler dev`
mod cloudflare; // beside `wrangler dev`
mod netlify; // beside Netlify's packages
mod page; // host/RULES.md, and whether it is true
mod peers; // how a table of requests is put to a peer and to us
mod serving; // starting, reading anew, fields, statuses, scripts
