//! A file as it would be sent, and whether the client has it already (RFC 9110
//! section 13).
//!
//! An entity tag decides alone wherever the client names one. A date decides only
//! where it tells the file's content from others (see
//! [`Status::is_told_by`]): of two files with the date that an archive gave them,
//! a client that has one isn't told that it has the other, nor is it sent the
//! other's second half.

use super::file_tag::FileTag;
use super::lookup::Role;
use crate::Exchange;
use crate::clock::now;
use crate::conditional::{EntityTag, Evaluation, Preconditions, Validators, if_range_holds};
use crate::encoding::Coding;
use crate::file::{File, Status};
use crate::range::{RangeRequest, resolve};
use std::borrow::Cow;

/// A file, and what its response's head says of it.
pub(super) struct Representation {
    pub(super) file: File,
    pub(super) status: Status,
    pub(super) content_type: Cow<'static, str>,
    pub(super) coding: Coding,
    pub(super) tag: Option<FileTag>,
    pub(super) role: Role,
}

impl Representation {
    pub(super) fn size(&self) -> u64 {
        self.status.size
    }

    pub(super) fn last_modified(&self) -> Option<i64> {
        self.status.modified.map(|time| time.seconds)
    }

    fn validators(&self) -> Validators<'_> {
        Validators {
            etag: self.tag.as_ref().and_then(FileTag::entity_tag),
            last_modified: self.last_modified(),
        }
    }

    pub(super) fn evaluate(&self, exchange: &Exchange) -> Evaluation {
        let headers = &exchange.headers;
        let if_match = headers.get_joined("If-Match");
        let if_none_match = headers.get_joined("If-None-Match");
        let if_modified_since = headers.get("If-Modified-Since");
        let if_unmodified_since = headers.get("If-Unmodified-Since");
        let texts = [
            &if_match,
            &if_none_match,
            &if_modified_since,
            &if_unmodified_since,
        ];
        if texts.iter().all(|text| text.is_none()) {
            return Evaluation::Proceed;
        }
        let told = if_modified_since.filter(|date| self.status.is_told_by(date));
        let preconditions = Preconditions {
            if_match: if_match.as_deref(),
            if_none_match: if_none_match.as_deref(),
            if_modified_since: told.as_deref(),
            if_unmodified_since: if_unmodified_since.as_deref(),
        };
        preconditions.evaluate(true, &self.validators())
    }

    /// The range that is asked for, if it may be sent: only GET has ranges, and
    /// only of the representation that the client has the rest of.
    pub(super) fn requested_range(&self, exchange: &Exchange) -> RangeRequest {
        let Some(range) = exchange.headers.get("Range") else {
            return RangeRequest::Whole;
        };
        if matches!(self.role, Role::Missing(_)) {
            return RangeRequest::Whole;
        }
        if exchange.command == "GET" && self.continues_what_the_client_has(exchange) {
            resolve(&range, self.size())
        } else {
            RangeRequest::Whole
        }
    }

    /// Whether the fields that guard a range hold: If-Range, and
    /// If-Unmodified-Since where a client uses it in the place of that.
    fn continues_what_the_client_has(&self, exchange: &Exchange) -> bool {
        let headers = &exchange.headers;
        if let Some(validator) = headers.get("If-Range") {
            return self.if_range_holds(&validator);
        }
        if headers.contains("If-Match") {
            return true;
        }
        let since = headers.get("If-Unmodified-Since");
        since.is_none_or(|date| self.if_range_holds(&date))
    }

    fn if_range_holds(&self, validator: &str) -> bool {
        let is_tag = EntityTag::parse(validator.trim()).is_some();
        (is_tag || self.status.is_told_by(validator))
            && if_range_holds(validator, &self.validators(), now())
    }
}
