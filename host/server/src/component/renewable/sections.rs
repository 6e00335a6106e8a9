//! A binary taken apart into its sections: of a module, or of a component.

use super::obstacle::Obstacle;
use std::borrow::Cow;
use std::ops::Range;
use wasm_encoder::{Encode, SectionId};
use wasmparser::BinaryReader;

/// Length of the magic number and the version that a binary begins with.
const HEADER: usize = 8;

/// The number of a component's section that is a module.
const CORE_MODULE: u8 = 1;

/// The order that a module's sections are in.
const ORDER: [SectionId; 13] = [
    SectionId::Type,
    SectionId::Import,
    SectionId::Function,
    SectionId::Table,
    SectionId::Memory,
    SectionId::Tag,
    SectionId::Global,
    SectionId::Export,
    SectionId::Start,
    SectionId::Element,
    SectionId::DataCount,
    SectionId::Code,
    SectionId::Data,
];

/// The sections of a binary, in their order.
pub(super) struct Sections<'a> {
    header: &'a [u8],
    sections: Vec<Section<'a>>,
}

struct Section<'a> {
    id: u8,
    /// Where its contents were in the binary.
    place: Range<usize>,
    contents: Cow<'a, [u8]>,
}

impl<'a> Sections<'a> {
    pub(super) fn of(binary: &'a [u8]) -> Result<Self, Obstacle> {
        let split = binary.split_at_checked(HEADER);
        let (header, rest) = split.ok_or_else(|| Obstacle::missing("header"))?;
        let mut sections = Vec::new();
        let mut reader = BinaryReader::new(rest, HEADER);
        while !reader.eof() {
            let id = reader.read_u8()?;
            let length = reader.read_var_u32()? as usize;
            let start = reader.original_position();
            let contents = Cow::Borrowed(reader.read_bytes(length)?);
            let place = start..start + length;
            sections.push(Section {
                id,
                place,
                contents,
            });
        }
        Ok(Self { header, sections })
    }

    /// Adds `count` items, encoded, to a module's section, which is made if there
    /// is none.
    pub(super) fn add(&mut self, id: SectionId, count: u32, items: &[u8]) -> Result<(), Obstacle> {
        if count == 0 {
            return Ok(());
        }
        let old = self.sections.iter().find(|section| section.id == id as u8);
        let (old_count, old_items) = match old {
            None => (0, &[][..]),
            Some(section) => {
                let mut reader = BinaryReader::new(&section.contents, 0);
                let count = reader.read_var_u32()?;
                (count, &section.contents[reader.current_position()..])
            }
        };
        let new_count = old_count.checked_add(count);
        let mut contents = encoded(&new_count.ok_or_else(too_many)?);
        contents.extend_from_slice(old_items);
        contents.extend_from_slice(items);
        self.replace(id, contents);
        Ok(())
    }

    /// Replaces the contents of a module's section, which is made if there is
    /// none.
    pub(super) fn replace(&mut self, id: SectionId, contents: Vec<u8>) {
        let contents = Cow::Owned(contents);
        if let Some(section) = self
            .sections
            .iter_mut()
            .find(|section| section.id == id as u8)
        {
            section.contents = contents;
            return;
        }
        let rank = |id: u8| ORDER.iter().position(|&other| other as u8 == id);
        // Before the first that comes after it; custom sections may be anywhere.
        let after = |section: &Section<'_>| rank(section.id) > rank(id as u8);
        let at = self
            .sections
            .iter()
            .position(after)
            .unwrap_or(self.sections.len());
        let section = Section {
            id: id as u8,
            place: 0..0,
            contents,
        };
        self.sections.insert(at, section);
    }

    /// A component's binary with another module at `place`, where one is.
    pub(super) fn with_module(
        mut self,
        place: &Range<usize>,
        module: Vec<u8>,
    ) -> Result<Vec<u8>, Obstacle> {
        let is_it =
            |section: &&mut Section<'_>| section.id == CORE_MODULE && section.place == *place;
        let section = self.sections.iter_mut().find(is_it);
        section.ok_or_else(|| Obstacle::missing("module"))?.contents = Cow::Owned(module);
        Ok(self.bytes())
    }

    /// The binary.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.header.to_vec();
        for section in &self.sections {
            bytes.push(section.id);
            section.contents.encode(&mut bytes);
        }
        bytes
    }
}

/// As it is in a binary.
pub(super) fn encoded(item: &impl Encode) -> Vec<u8> {
    let mut bytes = Vec::new();
    item.encode(&mut bytes);
    bytes
}

/// A section's contents, without their length.
pub(super) fn contents(section: &impl Encode) -> Result<Vec<u8>, Obstacle> {
    let bytes = encoded(section);
    let mut reader = BinaryReader::new(&bytes, 0);
    reader.read_var_u32()?;
    Ok(bytes[reader.current_position()..].to_vec())
}

/// How many there are of something, as a binary has it.
pub(super) fn count(of: impl TryInto<u32>) -> Result<u32, Obstacle> {
    of.try_into().map_err(|_too_large| too_many())
}

fn too_many() -> Obstacle {
    Obstacle::unknown("more of something than a number of 32 bits counts")
}
