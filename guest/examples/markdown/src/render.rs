//! Markdown as an HTML page, without any markup that its author wrote in HTML,
//! and without links that run scripts.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};
use wasm_host_sdk::html::escape;

/// What a link may begin with, besides a path.
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

/// The page for a file. Its title is the first heading, or the file's name.
pub(crate) fn page(markdown: &str, name: &str) -> String {
    let extensions =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let events: Vec<Event<'_>> = Parser::new_ext(markdown, extensions)
        .map(harmless)
        .collect();
    let title = title(&events).unwrap_or_else(|| name.to_owned());
    let mut page = format!(
        "<!DOCTYPE html>\n<html>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n",
        escape(&title)
    );
    html::push_html(&mut page, events.into_iter());
    page.push_str("</html>\n");
    page
}

/// An event that shows HTML as the text that it is, and takes the target from
/// a link with another scheme.
fn harmless(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url: harmless_target(dest_url),
            title,
            id,
        }),
        Event::Start(Tag::Image {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Image {
            link_type,
            dest_url: harmless_target(dest_url),
            title,
            id,
        }),
        other => other,
    }
}

fn harmless_target(target: CowStr<'_>) -> CowStr<'_> {
    // Browsers skip white space and controls in a scheme: with any, nothing that
    // looks like one is let through.
    let path_starts = target.find(['/', '?', '#']).unwrap_or(target.len());
    match target[..path_starts].split_once(':') {
        Some((scheme, _)) if !is_known(scheme) => CowStr::Borrowed("#"),
        _ => target,
    }
}

fn is_known(scheme: &str) -> bool {
    SCHEMES
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
}

/// The text of the first heading.
fn title(events: &[Event<'_>]) -> Option<String> {
    let is_start = |event: &Event<'_>| matches!(event, Event::Start(Tag::Heading { .. }));
    let start = events.iter().position(is_start)?;
    let mut title = String::new();
    for event in &events[start..] {
        match event {
            Event::Text(text) | Event::Code(text) => title.push_str(text),
            Event::SoftBreak | Event::HardBreak => title.push(' '),
            Event::End(TagEnd::Heading(_)) => break,
            _ => {}
        }
    }
    Some(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn expect(markdown: &str, part: &str) {
        let page = page(markdown, "file.md");
        assert!(page.contains(part), "{part:?} isn't in {page}");
    }

    #[test]
    fn a_page_with_a_title() {
        expect("# A & `b`\n\ntext", "<title>A &amp; b</title>\n<h1>A &amp;");
        expect("text", "<title>file.md</title>\n<p>text</p>");
        expect("|a|\n|-|\n|b|", "<td>b</td>");
    }

    #[test]
    fn html_is_text() {
        expect("<script>alert(1)</script>", "&lt;script&gt;alert(1)");
        expect("a <b onclick=x>c</b>", "a &lt;b onclick=x&gt;c&lt;/b&gt;");
        expect("# <b>&", "<title>&lt;b&gt;&amp;</title>");
    }

    #[test]
    fn links_lead_to_pages() {
        for target in ["other.md", "/a:b", "?a:b", "#a:b", "https://a", "MAILTO:a"] {
            expect(&format!("[x]({target})"), &format!("<a href=\"{target}\">"));
        }
        for target in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "&#106;avascript:alert(1)",
            "<java\tscript:alert(1)>",
            "data:text/html,x",
            "&#1;javascript:alert(1)",
            "javascript&colon;alert(1)",
        ] {
            expect(&format!("[x]({target})"), "<a href=\"#\">");
            expect(&format!("![x]({target})"), "<img src=\"#\"");
        }
        expect("<javascript:alert(1)>", "<a href=\"#\">");
    }
}
