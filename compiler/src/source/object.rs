//! The entries of an object, in the order of the text, with an index for large objects.

use std::cmp::Ordering;
use std::ops::Deref;
use std::sync::OnceLock;

/// Up to this number of entries, a linear search is as fast as an index.
const MAX_WITHOUT_INDEX: usize = 16;

/// The entries of an object, in the order of the text.
#[derive(Clone, Debug)]
pub struct Object<V> {
    entries: Vec<(String, V)>,
    /// The positions of the entries, sorted by key. Created at the first lookup in a large object.
    by_key: OnceLock<Box<[usize]>>,
}

impl<V> Object<V> {
    /// Returns the value of a key, or `None` if the object does not have the key.
    pub fn get(&self, key: &str) -> Option<&V> {
        if self.entries.len() <= MAX_WITHOUT_INDEX {
            return self.entries.iter().find_map(|(name, node)| (name == key).then_some(node));
        }
        let by_key = self.by_key.get_or_init(|| {
            let mut positions: Box<[usize]> = (0..self.entries.len()).collect();
            // The sort is stable, so that a lookup finds the first of repeated keys.
            positions.sort_by(|one, other| self.key(*one).cmp(&self.key(*other)));
            positions
        });
        let found = by_key.partition_point(|position| self.key(*position).cmp(&Some(key)) == Ordering::Less);
        let (name, node) = self.entries.get(*by_key.get(found)?)?;
        (name == key).then_some(node)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        self.entries.iter_mut().find_map(|(name, node)| (name == key).then_some(node))
    }

    /// Returns the keys with mutable values.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = (&str, &mut V)> {
        self.entries.iter_mut().map(|(name, node)| (name.as_str(), node))
    }

    /// Sets the value of a key. A new key is appended.
    pub(super) fn set(&mut self, key: &str, node: V) {
        match self.get_mut(key) {
            Some(old) => *old = node,
            None => {
                self.by_key = OnceLock::new();
                self.entries.push((key.to_owned(), node));
            }
        }
    }

    fn key(&self, position: usize) -> Option<&str> {
        self.entries.get(position).map(|(key, _)| key.as_str())
    }
}

impl<V> From<Vec<(String, V)>> for Object<V> {
    fn from(entries: Vec<(String, V)>) -> Self {
        Self { entries, by_key: OnceLock::new() }
    }
}

impl<V> Deref for Object<V> {
    type Target = [(String, V)];

    fn deref(&self) -> &Self::Target {
        &self.entries
    }
}

impl<V> IntoIterator for Object<V> {
    type Item = (String, V);
    type IntoIter = std::vec::IntoIter<(String, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<'o, V> IntoIterator for &'o Object<V> {
    type Item = &'o (String, V);
    type IntoIter = std::slice::Iter<'o, (String, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

impl<V> Default for Object<V> {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl<V: PartialEq> PartialEq for Object<V> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_with_and_without_an_index() {
        for count in [0, 1, 16, 17, 100] {
            let entries: Vec<_> = (0..count).map(|number| (format!("k{number}"), number)).collect();
            let mut object = Object::from(entries);
            for number in 0..count {
                assert_eq!(object.get(&format!("k{number}")), Some(&number), "{count} {number}");
            }
            for missing in ["", "k", "kk", "z", "a"] {
                assert_eq!(object.get(missing), None, "{count} {missing}");
            }
            object.set("a", 1);
            object.set("a", 2);
            assert_eq!((object.get("a"), object.len()), (Some(&2), count + 1));
        }
        let repeated: Vec<_> = (0..40).map(|number| (format!("k{}", number % 2), number)).collect();
        assert_eq!(Object::from(repeated).get("k1"), Some(&1));
    }
}
