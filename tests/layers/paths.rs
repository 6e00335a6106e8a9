//! Which modules the code of one module refers to.
//!
//! A path counts if it begins with `crate`, `self`, `super` or a module below this
//! one, in a `use` item, in place, or among a macro's tokens. What a visibility
//! (`pub(in crate::x)`) names isn't used, and a comment's links aren't code.
//!
//! A re-export of what lies below, `pub use below::Name`, is no use of it either.
//! To use `Name` in the same module is.

use super::tree::{Place, is_for_tests, line_of};
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};
use syn::{
    Attribute, Expr, ExprCall, ImplItemFn, Item, ItemMod, ItemUse, Macro, MetaList, Path, UseTree,
    VisRestricted, Visibility,
};

/// A path in code, resolved as far as its own module tells.
pub(crate) struct Reference {
    pub(crate) place: Place,
    pub(crate) line: usize,
}

pub(crate) struct Found {
    pub(crate) references: Vec<Reference>,
    pub(crate) imports: BTreeMap<String, Place>,
}

/// What the items of the module at `place` refer to; modules written among them
/// are asked for their own.
pub(crate) fn find(place: &[String], items: &[Item]) -> Found {
    let mut finder = Finder {
        place,
        below: modules_among(items),
        exports: BTreeMap::new(),
        found: Found {
            references: Vec::new(),
            imports: BTreeMap::new(),
        },
    };
    finder.note_imports(items);
    for item in items {
        finder.visit_item(item);
    }
    finder.found
}

fn modules_among(items: &[Item]) -> BTreeSet<String> {
    let name = |item: &Item| match item {
        Item::Mod(item) if !is_for_tests(&item.attrs) => Some(item.ident.to_string()),
        _ => None,
    };
    items.iter().filter_map(name).collect()
}

struct Finder<'a> {
    place: &'a [String],
    below: BTreeSet<String>,
    /// What this module hands on of the modules below it.
    exports: BTreeMap<String, Place>,
    found: Found,
}

impl Finder<'_> {
    fn note_imports(&mut self, items: &[Item]) {
        for item in items {
            let Item::Use(item) = item else { continue };
            if is_for_tests(&item.attrs) {
                continue;
            }
            for import in imports(item) {
                let (Some(name), Some(place)) = (import.name, self.resolve(&import.path)) else {
                    continue;
                };
                if is_public(&item.vis) && self.is_below(&place) {
                    self.exports.insert(name.clone(), place.clone());
                }
                self.found.imports.insert(name, place);
            }
        }
    }

    /// Where a path leads, if it stays in this crate and leaves its module's own items.
    fn resolve(&self, path: &[String]) -> Option<Place> {
        let (first, rest) = path.split_first()?;
        let own = self.place;
        let (base, rest) = match first.as_str() {
            "crate" => (&own[..0], rest),
            "self" if rest.first().is_some_and(|next| next == "super") => {
                return self.resolve(rest);
            }
            "self" if !rest.is_empty() => (own, rest),
            "super" => {
                let up = path.iter().take_while(|name| *name == "super").count();
                (&own[..own.len().checked_sub(up)?], &path[up..])
            }
            name if self.below.contains(name) => (own, path),
            name => (self.exports.get(name)?.as_slice(), rest),
        };
        Some([base, rest].concat())
    }

    fn is_below(&self, place: &[String]) -> bool {
        place.len() > self.place.len() && place.starts_with(self.place)
    }

    fn note(&mut self, path: &[Ident]) {
        let names: Vec<String> = path.iter().map(ToString::to_string).collect();
        if let Some(place) = self.resolve(&names) {
            let line = line_of(path[0].span());
            self.found.references.push(Reference { place, line });
        }
    }

    /// The paths of at least two names among tokens that aren't parsed.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut path: Vec<Ident> = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Ident(name) => {
                    path.push(name.clone());
                    if is_colons(&tokens[at + 1..]) {
                        at += 3;
                        continue;
                    }
                }
                TokenTree::Group(group) => self.group(group.delimiter(), group.stream()),
                _ => {}
            }
            if path.len() > 1 {
                self.note(&path);
            }
            path.clear();
            at += 1;
        }
    }

    fn group(&mut self, delimiter: Delimiter, tokens: TokenStream) {
        let first = tokens.clone().into_iter().next();
        let restriction = delimiter == Delimiter::Parenthesis
            && matches!(first, Some(TokenTree::Ident(name)) if name == "in");
        if !restriction {
            self.tokens(tokens);
        }
    }
}

/// Whether a path goes on after a name: `::`, then another name.
fn is_colons(tokens: &[TokenTree]) -> bool {
    let colon = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ':');
    matches!(tokens, [one, two, TokenTree::Ident(_), ..] if colon(one) && colon(two))
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        if !is_for_tests(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    /// A module that is written here is read by itself.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        for import in imports(item) {
            let Some(place) = self.resolve(&import.path) else {
                continue;
            };
            if !(is_public(&item.vis) && self.is_below(&place)) {
                let line = import.line;
                self.found.references.push(Reference { place, line });
            }
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let names: Vec<Ident> = path.segments.iter().map(|s| s.ident.clone()).collect();
        // A single lowercase name is mostly a variable.
        let counts = names.len() > 1 || names[0].to_string().starts_with(char::is_uppercase);
        if path.leading_colon.is_none() && counts {
            self.note(&names);
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(function) = &*call.func
            && let Some(name) = function.path.get_ident()
            && !name.to_string().starts_with(char::is_uppercase)
        {
            self.note(std::slice::from_ref(name));
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_macro(&mut self, invoked: &'ast Macro) {
        self.visit_path(&invoked.path);
        self.tokens(invoked.tokens.clone());
    }

    fn visit_meta_list(&mut self, list: &'ast MetaList) {
        self.tokens(list.tokens.clone());
    }

    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {}
}

fn is_public(visibility: &Visibility) -> bool {
    !matches!(visibility, Visibility::Inherited)
}

/// One name of a `use` item, or, without a name, all that `*` brings.
struct Import {
    path: Vec<String>,
    name: Option<String>,
    line: usize,
}

fn imports(item: &ItemUse) -> Vec<Import> {
    let mut found = Vec::new();
    if item.leading_colon.is_none() {
        flatten(&item.tree, &mut Vec::new(), &mut found);
    }
    found
}

fn flatten(tree: &UseTree, path: &mut Vec<Ident>, found: &mut Vec<Import>) {
    match tree {
        UseTree::Path(step) => {
            path.push(step.ident.clone());
            flatten(&step.tree, path, found);
            path.pop();
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, path, found);
            }
        }
        // `a::{self}` is `a`.
        UseTree::Name(name) if name.ident == "self" => add(path, path.last(), found),
        UseTree::Rename(name) if name.ident == "self" => add(path, Some(&name.rename), found),
        UseTree::Name(name) => {
            path.push(name.ident.clone());
            add(path, path.last(), found);
            path.pop();
        }
        UseTree::Rename(name) => {
            path.push(name.ident.clone());
            add(path, Some(&name.rename), found);
            path.pop();
        }
        UseTree::Glob(_) => add(path, None, found),
    }
}

fn add(path: &[Ident], name: Option<&Ident>, found: &mut Vec<Import>) {
    if let Some(last) = path.last() {
        found.push(Import {
            path: path.iter().map(ToString::to_string).collect(),
            name: name.map(ToString::to_string),
            line: line_of(last.span()),
        });
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
