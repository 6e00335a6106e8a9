//! A form's files (`multipart/form-data`), for browsers without a script: each is taken or
//! refused by itself, and the answer is the directory's listing, or says what wasn't
//! taken.

use super::refusal::Refusal;
use super::{check_shown, origin, target, tell_to_continue};
use crate::base;
use crate::body::RequestBody;
use crate::multipart::{Multipart, MultipartError, Part, boundary};
use crate::simple::{SimpleHttpRequestHandler, origin_form};
use crate::status::HttpStatus;
use crate::{Error, Exchange, Result};

/// How many refusals an answer names.
const MAX_NAMED: usize = 20;

/// What became of a form's files.
#[derive(Debug, Default)]
struct Sum {
    taken: u64,
    /// The names of the first that weren't, and why.
    refused: Vec<(String, Refusal)>,
    /// How many more weren't.
    refused_besides: u64,
}

impl Sum {
    fn refuse(&mut self, name: &[u8], refusal: Refusal) {
        if self.refused.len() < MAX_NAMED {
            let name = String::from_utf8_lossy(name).into_owned();
            self.refused.push((name, refusal));
        } else {
            self.refused_besides += 1;
        }
    }
}

/// Takes the files of a form by POST: 303 to the directory's listing if all were taken.
/// 501 where the server takes none.
///
/// # Errors
///
/// The client has gone.
pub fn do_post<H: SimpleHttpRequestHandler>(handler: &mut H) -> Result<()> {
    if handler.exchange().server.simple.upload.is_none() {
        return base::unsupported_method(handler);
    }
    let (directory, boundary) = match check(handler.exchange()) {
        Ok(checked) => checked,
        Err(refusal) => return refuse(handler, &refusal),
    };
    tell_to_continue(handler)?;
    let mut sum = Sum::default();
    let exchange = handler.exchange();
    let content = exchange.rfile.take_over();
    let mut form = Multipart::new(content, &boundary);
    let read = take_files(exchange, &mut form, &directory, &mut sum);
    exchange.rfile = form.into_source();
    match read {
        Ok(()) => answer(handler, &sum),
        Err(MultipartError::Broken(what)) => {
            // What was taken stays, and is in the listing.
            let reason = format!("the form's content is broken: {what}");
            refuse(handler, &Refusal::new(HttpStatus::BAD_REQUEST, reason))
        }
        Err(MultipartError::Io(error)) => Err(Error::from(error).unwrapped()),
    }
}

/// The directory, as the beginning of a path, and what separates the form's parts.
fn check(exchange: &Exchange) -> Result<(Vec<u8>, String), Refusal> {
    origin::check(exchange)?;
    let directory = target::directory_path(origin_form(&exchange.path))?;
    let content_type = exchange.headers.get("Content-Type").unwrap_or_default();
    let boundary = boundary(&content_type).ok_or_else(|| {
        Refusal::new(
            HttpStatus::UNSUPPORTED_MEDIA_TYPE,
            "files are uploaded by PUT, or by a form that is multipart/form-data",
        )
    })?;
    Ok((directory, boundary))
}

/// Takes one file after the other, until none of those that follow can be.
fn take_files(
    exchange: &mut Exchange,
    form: &mut Multipart<RequestBody>,
    directory: &[u8],
    sum: &mut Sum,
) -> Result<(), MultipartError> {
    while let Some(part) = form.next_part()? {
        let Part {
            filename: Some(name),
            ..
        } = part
        else {
            continue;
        };
        // No file was chosen.
        if name.is_empty() {
            continue;
        }
        let path = [directory, &name].concat();
        match take_file(exchange, form, &path)? {
            Ok(()) => sum.taken += 1,
            Err(refusal) => {
                let ends = refusal.is_for_all();
                sum.refuse(&name, refusal);
                if ends {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

fn take_file(
    exchange: &mut Exchange,
    form: &mut Multipart<RequestBody>,
    path: &[u8],
) -> Result<Result<(), Refusal>, MultipartError> {
    if let Err(refusal) = check_shown(exchange, path) {
        return Ok(Err(refusal));
    }
    let mut upload = match exchange.begin_upload(path, None, true) {
        Ok(upload) => upload,
        Err(error) => return Ok(Err(error.into())),
    };
    while let Some(piece) = form.read()? {
        if let Err(error) = upload.write(piece) {
            return Ok(Err(error.into()));
        }
    }
    Ok(upload.finish().map(drop).map_err(Refusal::from))
}

fn answer<H: SimpleHttpRequestHandler>(handler: &mut H, sum: &Sum) -> Result<()> {
    let Some((_, first)) = sum.refused.first() else {
        handler.send_response(HttpStatus::SEE_OTHER)?;
        handler.send_header("Location", "./")?;
        handler.send_header("Content-Length", 0)?;
        return handler.end_headers();
    };
    let mut text = match sum.taken {
        0 => "Nothing was uploaded.".to_owned(),
        1 => "One file was uploaded.".to_owned(),
        taken => format!("{taken} files were uploaded."),
    };
    text.push_str(" Not uploaded: ");
    let mut separator = "";
    for (name, refusal) in &sum.refused {
        text.push_str(&[separator, name, ": ", &refusal.reason].concat());
        separator = "; ";
    }
    if sum.refused_besides > 0 {
        text.push_str(&format!("; and {} more", sum.refused_besides));
    }
    handler.send_error(first.status, None, Some(&text))
}

/// Says what is wrong with the form as a whole, as a page.
fn refuse<H: SimpleHttpRequestHandler>(handler: &mut H, refusal: &Refusal) -> Result<()> {
    let text = format!("Nothing was uploaded: {}", refusal.reason);
    handler.send_error(refusal.status, None, Some(&text))
}
