//! A crate's modules, and what each of them refers to.
//!
//! Modules are found as the compiler finds them: from the crate's root along the
//! `mod` items, `#[path]` included. What has `#[cfg(test)]` isn't there.

use super::paths::{self, Reference};
use super::{Fault, read};
use proc_macro2::Span;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use syn::{Attribute, Expr, ExprLit, Item, ItemMod, Lit, Meta, MetaNameValue, Token};

/// A module's or an item's place: names from the crate's root on.
pub(crate) type Place = Vec<String>;

/// How many `use` items one name may lead through.
const LONGEST_CHAIN: usize = 16;

/// All modules of one crate; the root has the empty place.
pub(crate) struct Tree {
    pub(crate) modules: BTreeMap<Place, Module>,
}

pub(crate) struct Module {
    pub(crate) file: PathBuf,
    /// Written into its parent's file.
    pub(crate) inline: bool,
    pub(crate) references: Vec<Reference>,
    /// What `use` items name, and where it comes from.
    pub(crate) imports: BTreeMap<String, Place>,
}

impl Tree {
    /// The crates of the package whose sources are in `source`.
    pub(crate) fn read_all(root: &Path, source: &Path) -> Result<Vec<Self>, Fault> {
        let mut trees = Vec::new();
        for name in ["lib.rs", "main.rs"] {
            let file = source.join(name);
            if root.join(&file).is_file() {
                let mut reader = Reader::new(root);
                reader.file(&[], &file, source)?;
                trees.push(Self {
                    modules: reader.modules,
                });
            }
        }
        if trees.is_empty() {
            return Err(Fault::new(source, 1, "neither lib.rs nor main.rs is here"));
        }
        Ok(trees)
    }

    /// The module in which the item at `place` is written, or which `place` is. A
    /// name that a `use` item brings is looked for where it comes from.
    pub(crate) fn module_of(&self, place: &[String]) -> Place {
        self.follow(place, LONGEST_CHAIN)
    }

    fn follow(&self, place: &[String], steps: usize) -> Place {
        let mut module = Place::new();
        for (at, name) in place.iter().enumerate() {
            module.push(name.clone());
            if self.modules.contains_key(&module) {
                continue;
            }
            module.pop();
            let imports = &self.modules[&module].imports;
            if steps > 0
                && let Some(origin) = imports.get(name)
            {
                let onward = [origin.as_slice(), &place[at + 1..]].concat();
                return self.follow(&onward, steps - 1);
            }
            break;
        }
        module
    }
}

struct Reader<'a> {
    root: &'a Path,
    modules: BTreeMap<Place, Module>,
}

impl<'a> Reader<'a> {
    fn new(root: &'a Path) -> Self {
        Self {
            root,
            modules: BTreeMap::new(),
        }
    }

    /// Reads a module's file, and all below it. Those of its modules that have
    /// files have them in `folder`.
    fn file(&mut self, place: &[String], file: &Path, folder: &Path) -> Result<(), Fault> {
        let text = read(self.root, file)?;
        let syntax = syn::parse_file(&text)
            .map_err(|error| Fault::new(file, line_of(error.span()), error.to_string()))?;
        if is_for_tests(&syntax.attrs) {
            return Ok(());
        }
        self.items(place, file, folder, &syntax.items, false)
    }

    fn items(
        &mut self,
        place: &[String],
        file: &Path,
        folder: &Path,
        items: &[Item],
        inline: bool,
    ) -> Result<(), Fault> {
        let found = paths::find(place, items);
        let module = Module {
            file: file.to_owned(),
            inline,
            references: found.references,
            imports: found.imports,
        };
        self.modules.insert(place.to_vec(), module);
        for item in items {
            if let Item::Mod(item) = item
                && !is_for_tests(&item.attrs)
            {
                let mut below = place.to_vec();
                below.push(item.ident.to_string());
                self.module(&below, item, file, folder)?;
            }
        }
        Ok(())
    }

    fn module(
        &mut self,
        place: &[String],
        item: &ItemMod,
        parent: &Path,
        folder: &Path,
    ) -> Result<(), Fault> {
        let name = item.ident.to_string();
        let own_folder = folder.join(&name);
        if let Some((_, items)) = &item.content {
            return self.items(place, parent, &own_folder, items, true);
        }
        if let Some(path) = path_attribute(&item.attrs) {
            let file = parent.with_file_name(path);
            let folder = file.with_extension("");
            return self.file(place, &file, &folder);
        }
        let file = [folder.join(format!("{name}.rs")), own_folder.join("mod.rs")]
            .into_iter()
            .find(|file| self.root.join(file).is_file())
            .ok_or_else(|| {
                let text = format!("there is no file of the module {name}");
                Fault::new(parent, line_of(item.ident.span()), text)
            })?;
        self.file(place, &file, &own_folder)
    }
}

pub(crate) fn line_of(span: Span) -> usize {
    span.start().line
}

/// Whether something is only there for tests: `#[cfg(test)]`, or `test` as one of
/// several conditions.
pub(crate) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<Meta>()
                .is_ok_and(|condition| needs_test(&condition))
    })
}

fn needs_test(condition: &Meta) -> bool {
    match condition {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("all") => list
            .parse_args_with(syn::punctuated::Punctuated::<Meta, Token![,]>::parse_terminated)
            .is_ok_and(|conditions| conditions.iter().any(needs_test)),
        _ => false,
    }
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes
        .iter()
        .find_map(|attribute| match &attribute.meta {
            Meta::NameValue(MetaNameValue {
                path,
                value:
                    Expr::Lit(ExprLit {
                        lit: Lit::Str(text),
                        ..
                    }),
                ..
            }) if path.is_ident("path") => Some(text.value()),
            _ => None,
        })
}
