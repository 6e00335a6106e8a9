//! PDF.js in Chromium: a document of another origin is shown by parts of it.

use crate::support::chromium::Browser;
use crate::support::eventually;
use crate::support::server::Server;
use crate::support::tools::installed_by_ci;
use crate::support::tree::{KILOBYTE, MEGABYTE, Tree};

/// Opens a document and reads its first page, with what PDF.js has by default.
const PAGE: &str = r#"<!DOCTYPE html><link rel="icon" href="data:,"><script type="module">
import * as pdfjs from "./pdf.mjs";
pdfjs.GlobalWorkerOptions.workerSrc = "./pdf.worker.mjs";
const url = decodeURIComponent(location.hash.slice(1));
pdfjs.getDocument({ url, disableAutoFetch: true }).promise
  .then(document => document.getPage(1))
  .then(page => page.getTextContent())
  .then(content => { window.shown = content.items.map(item => item.str).join(""); })
  .catch(error => { window.shown = String(error); });
</script>"#;

/// A document of one page, whose objects lie at its ends, with much between them.
fn document() -> Vec<u8> {
    let content = "BT /F1 12 Tf 72 720 Td (Shown by parts) Tj ET";
    let ballast = "x".repeat(8 * MEGABYTE);
    let objects = [
        "<< /Type /Catalog /Pages 3 0 R >>".to_owned(),
        format!(
            "<< /Length {} >>\nstream\n{ballast}\nendstream",
            ballast.len()
        ),
        "<< /Type /Pages /Kids [4 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 3 0 R /MediaBox [0 0 612 792] /Contents 5 0 R \
         /Resources << /Font << /F1 6 0 R >> >> >>"
            .to_owned(),
        format!(
            "<< /Length {} >>\nstream\n{content}\nendstream",
            content.len()
        ),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", pdf.len());
        pdf += &format!("{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let start = pdf.len();
    let size = objects.len() + 1;
    pdf += &format!("{table}trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
    pdf.into_bytes()
}

#[test]
fn pdf_js_reads_parts_of_a_document_of_another_origin() {
    let Some(build) = installed_by_ci("pdfjs/node_modules/pdfjs-dist/build") else {
        return;
    };
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let tree = Tree::empty();
    tree.file("viewer.html", PAGE);
    for name in ["pdf.mjs", "pdf.worker.mjs"] {
        tree.file(name, std::fs::read(build.join(name)).unwrap());
    }
    let documents = Tree::empty();
    documents.file("big.pdf", document());
    let pages = Server::serving(&tree);
    // Else the browser's cache would answer for the server.
    let fresh = ["--header", "Cache-Control: no-store"];
    let arguments = [&["--cors", "--log-format", "json"][..], &fresh].concat();
    let server = Server::builder()
        .directory(&documents)
        .args(&arguments)
        .start();
    browser.navigate(&pages.url(&format!("/viewer.html#{}", server.url("/big.pdf"))));
    eventually("the page is shown", || {
        !browser.evaluate("window.shown ?? null").is_null()
    });
    assert_eq!(browser.evaluate("window.shown"), "Shown by parts");
    let parts = || -> Vec<u64> {
        let lines = server.log_lines();
        let entries = lines
            .iter()
            .filter_map(|line| serde_json::from_str(line).ok());
        entries
            .filter(|entry: &serde_json::Value| entry["status"] == 206)
            .filter_map(|entry| entry["size"].as_u64())
            .collect()
    };
    eventually("the parts are in the log", || !parts().is_empty());
    let sent: u64 = parts().iter().sum();
    assert!(
        sent < MEGABYTE as u64,
        "{} KiB in parts",
        sent / KILOBYTE as u64
    );
}
