//! A binary taken apart into its sections: of a module, or of a component.

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
    /// None if the binary is damaged.
    pub(super) fn of(binary: &'a [u8]) -> Option<Self> {
        let header = binary.get(..HEADER)?;
        let mut sections = Vec::new();
        let mut reader = BinaryReader::new(&binary[HEADER..], HEADER);
        while !reader.eof() {
            let id = reader.read_u8().ok()?;
            let length = reader.read_var_u32().ok()? as usize;
            let start = reader.original_position();
            let contents = Cow::Borrowed(reader.read_bytes(length).ok()?);
            let place = start..start + length;
            sections.push(Section {
                id,
                place,
                contents,
            });
        }
        Some(Self { header, sections })
    }

    /// Adds `count` items, encoded, to a module's section, which is made if there
    /// is none. None if the section is damaged.
    pub(super) fn add(&mut self, id: SectionId, count: u32, items: &[u8]) -> Option<()> {
        if count == 0 {
            return Some(());
        }
        let old = self.sections.iter().find(|section| section.id == id as u8);
        let (old_count, old_items) = match old {
            None => (0, &[][..]),
            Some(section) => {
                let mut reader = BinaryReader::new(&section.contents, 0);
                let count = reader.read_var_u32().ok()?;
                (count, &section.contents[reader.current_position()..])
            }
        };
        let mut contents = encoded(&old_count.checked_add(count)?);
        contents.extend_from_slice(old_items);
        contents.extend_from_slice(items);
        self.replace(id, contents);
        Some(())
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

    /// A component's binary with another module at `place`. None if there was
    /// none.
    pub(super) fn with_module(mut self, place: &Range<usize>, module: Vec<u8>) -> Option<Vec<u8>> {
        let section = self
            .sections
            .iter_mut()
            .find(|section| section.place == *place)?;
        if section.id != CORE_MODULE {
            return None;
        }
        section.contents = Cow::Owned(module);
        Some(self.bytes())
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
pub(super) fn contents(section: &impl Encode) -> Option<Vec<u8>> {
    let bytes = encoded(section);
    let mut reader = BinaryReader::new(&bytes, 0);
    reader.read_var_u32().ok()?;
    Some(bytes[reader.current_position()..].to_vec())
}
