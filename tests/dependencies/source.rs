//! Reads the Rust files of a crate: its modules, and the paths in each file.
//!
//! Items with `#[cfg(test)]` are left out. Other `cfg` attributes are ignored, so that the files for wasm32 are included. Method
//! calls, and names that a macro of another file generates, are not found.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Attribute, ImplItem, Item, ItemMod, ItemUse, Lit, Meta, Token, UseName, UseRename, UseTree, Visibility,
};

/// The text of every file, by its path from the root of the repository.
pub type Files = BTreeMap<PathBuf, String>;

/// A path in the code as its segments: `["super", "key", "Key"]`.
pub type Segments = Vec<String>;

/// A crate of the workspace.
#[derive(Clone, Copy, Debug)]
pub struct Crate {
    /// The name of the crate in paths of other crates.
    pub name: &'static str,
    /// The root file of the crate.
    pub root: &'static str,
}

/// A module: a file, or a `mod name { ... }` block in a file.
#[derive(Debug)]
pub struct Module {
    /// The file of the module.
    pub file: PathBuf,
    /// The names that its `use` items import, each with its path.
    pub names: Vec<(String, Segments)>,
    /// The modules that its `use path::*` items import.
    pub globs: Vec<Segments>,
    /// Every path of two or more segments in its code, and every path of its `use` items.
    pub written: Vec<Written>,
}

/// A path in the code.
#[derive(Debug)]
pub struct Written {
    /// The path.
    pub path: Segments,
    /// The line of the path in the file, from 1.
    pub line: usize,
}

/// The modules of a crate, by their paths. The first segment is the name of the crate.
pub type Modules = BTreeMap<Segments, Module>;

/// Reads the modules of a crate, from its root.
pub fn read(files: &Files, of: Crate) -> Modules {
    let root = Path::new(of.root);
    let mut reader = Reader { files, modules: Modules::new() };
    reader.file(root, vec![of.name.to_owned()], root.parent().unwrap_or(root));
    reader.modules
}

struct Reader<'f> {
    files: &'f Files,
    modules: Modules,
}

impl Reader<'_> {
    /// Reads a file. `folder` holds the files of its `mod name;` items.
    fn file(&mut self, file: &Path, path: Segments, folder: &Path) {
        let text = self.files.get(file).unwrap_or_else(|| {
            panic!("{} does not exist, but is a module or the root of a crate", file.display())
        });
        let syntax = syn::parse_file(text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.module(file, path, folder, &syntax.items);
    }

    fn module(&mut self, file: &Path, path: Segments, folder: &Path, items: &[Item]) {
        let module = Module { file: file.to_owned(), names: vec![], globs: vec![], written: vec![] };
        let mut collector = Collector { module, children: vec![] };
        items.iter().for_each(|item| collector.visit_item(item));
        let Collector { module, children } = collector;
        self.modules.insert(path.clone(), module);
        for child in children {
            self.child(file, &path, folder, child);
        }
    }

    fn child(&mut self, file: &Path, parent: &[String], folder: &Path, child: &ItemMod) {
        let name = child.ident.to_string();
        let path = [parent, std::slice::from_ref(&name)].concat();
        let inside = folder.join(&name);
        if let Some((_, items)) = &child.content {
            self.module(file, path, &inside, items);
        } else {
            let alone = folder.join(format!("{name}.rs"));
            let found = if self.files.contains_key(&alone) { alone } else { inside.join("mod.rs") };
            self.file(&found, path, &inside);
        }
    }
}

struct Collector<'a> {
    module: Module,
    children: Vec<&'a ItemMod>,
}

impl Collector<'_> {
    fn write(&mut self, path: Segments, line: usize) {
        self.module.written.push(Written { path, line });
    }

    /// Reads a tree of a `use` item: `a::{b, c::*}` is two paths.
    fn import(&mut self, tree: &UseTree, before: &[String]) {
        let line = tree.span().start().line;
        let with = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &with(path.ident.to_string())),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before)),
            UseTree::Glob(_) => {
                self.module.globs.push(before.to_vec());
                self.write(before.to_vec(), line);
            }
            UseTree::Name(UseName { ident }) | UseTree::Rename(UseRename { ident, .. }) => {
                let path = if ident == "self" { before.to_vec() } else { with(ident.to_string()) };
                let name = match tree {
                    UseTree::Rename(names) => Some(names.rename.to_string()),
                    _ => path.last().cloned(),
                };
                self.module.names.extend(name.map(|name| (name, path.clone())));
                self.write(path, line);
            }
        }
    }

    /// Reads the paths in the tokens of a macro call.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path = Segments::new();
        let mut colons = 0;
        let mut line = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.written_in_tokens(&mut path, line);
                    }
                    line = name.span().start().line;
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.written_in_tokens(&mut path, line);
                    colons = 0;
                    self.tokens(group.stream());
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {
                    self.written_in_tokens(&mut path, line);
                    colons = 0;
                }
            }
        }
        self.written_in_tokens(&mut path, line);
    }

    fn written_in_tokens(&mut self, path: &mut Segments, line: usize) {
        let path = std::mem::take(path);
        if path.len() > 1 {
            self.write(path, line);
        }
    }
}

impl<'a> Visit<'a> for Collector<'a> {
    fn visit_item(&mut self, item: &'a Item) {
        if !attributes(item).iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'a ImplItem) {
        let only_in_tests = matches!(item, ImplItem::Fn(item) if item.attrs.iter().any(is_for_tests));
        if !only_in_tests {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'a ItemMod) {
        assert!(
            !item.attrs.iter().any(|attribute| attribute.path().is_ident("path")),
            "the module {} has the attribute `#[path]`, which is not supported",
            item.ident
        );
        self.children.push(item);
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        let root: &[String] = if item.leading_colon.is_some() { &[String::new()] } else { &[] };
        self.import(&item.tree, root);
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        if path.segments.len() > 1 {
            self.write(segments(path), path.span().start().line);
        }
        visit::visit_path(self, path);
    }

    /// Skips `pub(in crate::module)`, which imports nothing.
    fn visit_visibility(&mut self, _: &'a Visibility) {}

    fn visit_macro(&mut self, call: &'a syn::Macro) {
        visit::visit_macro(self, call);
        self.tokens(call.tokens.clone());
    }

    /// Reads the paths in string values of serde's attributes: `#[serde(with = "super::module")]`.
    fn visit_attribute(&mut self, attribute: &'a Attribute) {
        let Meta::List(list) = &attribute.meta else { return };
        if !list.path.is_ident("serde") {
            return;
        }
        for token in list.tokens.clone() {
            let TokenTree::Literal(literal) = token else { continue };
            let line = literal.span().start().line;
            if let Lit::Str(text) = Lit::new(literal)
                && let Ok(path) = text.parse::<syn::Path>()
            {
                self.write(segments(&path), line);
            }
        }
    }
}

/// Returns the segments of a path. A `::` at its start is an empty segment.
fn segments(path: &syn::Path) -> Segments {
    let root = path.leading_colon.map(|_| String::new());
    root.into_iter().chain(path.segments.iter().map(|part| part.ident.to_string())).collect()
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Returns whether an attribute is `#[cfg(test)]` or `#[cfg(all(test, ...))]`.
fn is_for_tests(attribute: &Attribute) -> bool {
    fn needs_test(meta: &Meta) -> bool {
        match meta {
            Meta::Path(path) => path.is_ident("test"),
            Meta::List(list) if list.path.is_ident("all") => list
                .parse_args_with(syn::punctuated::Punctuated::<Meta, Token![,]>::parse_terminated)
                .is_ok_and(|parts| parts.iter().any(needs_test)),
            _ => false,
        }
    }
    attribute.path().is_ident("cfg") && attribute.parse_args::<Meta>().is_ok_and(|meta| needs_test(&meta))
}
