//! The graph of files. An arrow goes from a file to each file that it imports from. A circle is a closed way along arrows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

use crate::source::{Crate, Files, Modules, read};

/// An arrow between two files, with the first line on which `from` imports an item of `to`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Arrow {
    /// The file that imports.
    pub from: PathBuf,
    /// The line of the import.
    pub line: usize,
    /// The path in the code.
    pub path: String,
    /// The file with the imported item or with its re-export.
    pub to: PathBuf,
}

impl Display for Arrow {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { from, line, path, to } = self;
        write!(f, "{}:{line} imports `{path}` from {}", from.display(), to.display())
    }
}

/// Files that depend on each other.
#[derive(Debug)]
pub struct Circle {
    /// The arrows of a shortest circle of these files.
    pub shortest: Vec<Arrow>,
    /// Every file that can be reached from the others and can reach them.
    pub files: BTreeSet<PathBuf>,
}

/// For each file, its arrows to the files from which it imports.
#[derive(Debug, Default)]
pub struct Graph(BTreeMap<PathBuf, BTreeMap<PathBuf, Arrow>>);

impl Graph {
    /// Reads the files of the crates.
    pub fn read(files: &Files, crates: &[Crate]) -> Self {
        let all: Vec<(Crate, Modules)> = crates.iter().map(|of| (*of, read(files, *of))).collect();
        let mut graph = Self::default();
        for (own, modules) in &all {
            let resolver = Resolver { own: *own, all: &all };
            for (place, module) in modules {
                let arrows = graph.0.entry(module.file.clone()).or_default();
                for written in &module.written {
                    let Some(target) = resolver.file(place, &written.path) else { continue };
                    if target == module.file {
                        continue;
                    }
                    let arrow = Arrow {
                        from: module.file.clone(),
                        line: written.line,
                        path: written.path.join("::"),
                        to: target.to_owned(),
                    };
                    let first = arrows.entry(target.to_owned()).or_insert_with(|| arrow.clone());
                    if arrow.line < first.line {
                        *first = arrow;
                    }
                }
            }
        }
        graph
    }

    /// Returns every file.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.0.keys().map(PathBuf::as_path)
    }

    /// Returns every arrow.
    pub fn arrows(&self) -> impl Iterator<Item = &Arrow> {
        self.0.values().flat_map(BTreeMap::values)
    }

    /// Returns one circle for each group of files that depend on each other.
    pub fn circles(&self) -> Vec<Circle> {
        let reached: BTreeMap<&Path, BTreeMap<&Path, Vec<&Arrow>>> =
            self.files().map(|file| (file, self.ways(file))).collect();
        let mut done = BTreeSet::new();
        let mut circles = vec![];
        for (file, ways) in &reached {
            if done.contains(file) || !ways.contains_key(file) {
                continue;
            }
            let together: BTreeSet<&Path> =
                ways.keys().copied().filter(|other| reached[other].contains_key(file)).collect();
            let rings = together.iter().filter_map(|file| reached[file].get(file));
            let shortest = rings.min_by_key(|ring| ring.len()).into_iter().flatten();
            circles.push(Circle {
                shortest: shortest.copied().cloned().collect(),
                files: together.iter().map(|file| (*file).to_owned()).collect(),
            });
            done.extend(together);
        }
        circles
    }

    /// Returns the files that can be reached from a file, each with the arrows of the shortest way.
    fn ways(&self, start: &Path) -> BTreeMap<&Path, Vec<&Arrow>> {
        let mut ways: BTreeMap<&Path, Vec<&Arrow>> = BTreeMap::new();
        let mut queue = VecDeque::from([(start, vec![])]);
        while let Some((file, way)) = queue.pop_front() {
            for arrow in self.0[file].values() {
                if !ways.contains_key(arrow.to.as_path()) {
                    let way: Vec<&Arrow> = way.iter().copied().chain([arrow]).collect();
                    ways.insert(&arrow.to, way.clone());
                    queue.push_back((&arrow.to, way));
                }
            }
        }
        ways
    }
}

struct Resolver<'a> {
    own: Crate,
    all: &'a [(Crate, Modules)],
}

impl<'a> Resolver<'a> {
    /// Returns the file of the longest prefix of a path that is a module, or `None` for a path outside of the workspace.
    fn file(&self, place: &[String], path: &[String]) -> Option<&'a Path> {
        let absolute = self.absolute(place, path, &mut vec![])?;
        let modules = self.modules_of(absolute.first()?)?;
        (1..=absolute.len())
            .rev()
            .find_map(|length| modules.get(&absolute[..length]))
            .map(|m| m.file.as_path())
    }

    /// Returns a path that starts with the name of a crate, or `None` for a path outside of the workspace. A name in `tried` is
    /// not resolved a second time, so that the recursion ends if names import each other.
    fn absolute(&self, place: &[String], path: &[String], tried: &mut Vec<String>) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        let join = |base: &[String], rest: &[String]| [base, rest].concat();
        match first.as_str() {
            "" => self.modules_of(rest.first()?).map(|_| rest.to_vec()),
            "crate" => Some(join(&place[..1], rest)),
            "self" => self.relative(place, rest),
            "super" => self.relative(place, path),
            name => {
                let modules = self.modules_of(self.own.name)?;
                let child = join(place, std::slice::from_ref(first));
                if modules.contains_key(&child) {
                    return Some(join(&child, rest));
                }
                let module = modules.get(place)?;
                if !tried.iter().any(|known| known == name) {
                    tried.push(name.to_owned());
                    let named = module.names.iter().find(|(known, _)| known == name);
                    let named = named.and_then(|(_, path)| self.absolute(place, path, tried));
                    if let Some(base) = named {
                        return Some(join(&base, rest));
                    }
                    let globs = module.globs.iter().filter_map(|glob| self.absolute(place, glob, tried));
                    let mut children = globs.map(|glob| join(&glob, std::slice::from_ref(first)));
                    let is_module = |path: &Vec<String>| {
                        self.modules_of(&path[0]).is_some_and(|modules| modules.contains_key(path))
                    };
                    if let Some(base) = children.find(is_module) {
                        return Some(join(&base, rest));
                    }
                }
                self.modules_of(name).map(|_| path.to_vec())
            }
        }
    }

    /// Resolves each `super` at the start of a path. Returns `None` if there are more of them than parents.
    fn relative(&self, place: &[String], path: &[String]) -> Option<Vec<String>> {
        match path.split_first() {
            Some((first, rest)) if first == "super" => {
                let (_, parent) = place.split_last()?;
                self.relative(parent, rest)
            }
            _ => Some([place, path].concat()),
        }
    }

    fn modules_of(&self, name: &str) -> Option<&'a Modules> {
        self.all.iter().find(|(of, _)| of.name == name).map(|(_, modules)| modules)
    }
}
