//! Routing: the method of the document that matches a request.
//!
//! A static segment is tried before `{name}`, and `{name}` before `{name+}`. If no path matches with one kind of segment, or
//! the matching path does not have the request's method, the next kind is tried (seen on API Gateway; date not recorded).
//! The time of a look-up depends on the length of the request's path, and on the number of paths that match it, but not on
//! the size of the document.

use std::collections::HashMap;

use http::Method as HttpMethod;

use crate::api::{Api, Resource, ResourcePath, Segment, Verb};

/// The methods that `x-amazon-apigateway-any-method` matches
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-any-method.html>).
const TAKEN_BY_ANY: &[HttpMethod] = &[
    HttpMethod::DELETE,
    HttpMethod::GET,
    HttpMethod::HEAD,
    HttpMethod::OPTIONS,
    HttpMethod::PATCH,
    HttpMethod::POST,
    HttpMethod::PUT,
];

/// The paths of a document as a tree of segments.
#[derive(Debug, Default)]
pub struct Router {
    root: Node,
}

#[derive(Debug, Default)]
struct Node {
    statics: HashMap<String, Node>,
    parameter: Option<Box<Node>>,
    methods: Methods,
    greedy: Methods,
}

#[derive(Debug, Default)]
struct Methods {
    exact: Vec<(HttpMethod, MethodId)>,
    any: Option<MethodId>,
}

/// A method of the document, as two indices.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct MethodId {
    /// Index into the document's resources.
    pub resource: usize,
    /// Index into the resource's methods.
    pub method: usize,
}

/// The method that matches a request, with its path parameters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Route<'p> {
    pub method: MethodId,
    /// The values of the path parameters in the order of the path, percent-encoded as they arrived.
    pub parameters: Vec<&'p str>,
}

impl Router {
    /// Builds the tree. A path of more than [`ResourcePath::MOST_SEGMENTS`] segments is left out.
    pub fn new(api: &Api) -> Self {
        let mut router = Self::default();
        let is_routed = |resource: &Resource| resource.path.segments.len() <= ResourcePath::MOST_SEGMENTS;
        for (resource, entry) in api.resources.iter().enumerate().filter(|(_, entry)| is_routed(entry)) {
            // A path with `{name+}` before its last segment matches no request. The compiler reports the path.
            let mut before_last = entry.path.segments.iter().rev().skip(1);
            if before_last.any(|segment| matches!(segment, Segment::Greedy(_))) {
                continue;
            }
            let mut node = &mut router.root;
            let mut greedy = false;
            for segment in &entry.path.segments {
                match segment {
                    Segment::Static(text) => node = node.statics.entry(text.clone()).or_default(),
                    Segment::Parameter(_) => node = node.parameter.get_or_insert_default(),
                    Segment::Greedy(_) => greedy = true,
                }
            }
            let methods = if greedy { &mut node.greedy } else { &mut node.methods };
            for (method, entry) in entry.methods.iter().enumerate() {
                let id = MethodId { resource, method };
                match &entry.verb {
                    Verb::Exactly(verb) => methods.exact.push((verb.clone(), id)),
                    Verb::Any => _ = methods.any.get_or_insert(id),
                }
            }
        }
        router
    }

    /// Returns the method that matches a request, or `None`. `path` is the part of the path after the base path. A trailing
    /// slash and repeated leading slashes are ignored, except in the value of `{name+}`, where they can be part of a key.
    pub fn find<'p>(&self, verb: &HttpMethod, path: &'p str) -> Option<Route<'p>> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let mut parameters = Vec::new();
        let by_segment = self.root.by_segment(verb, path.trim_start_matches('/'), &mut parameters);
        let method = by_segment.or_else(|| self.root.by_rest(verb, path, &mut parameters))?;
        Some(Route { method, parameters })
    }
}

impl Node {
    fn find<'p>(&self, verb: &HttpMethod, rest: &'p str, parameters: &mut Vec<&'p str>) -> Option<MethodId> {
        self.by_segment(verb, rest, parameters).or_else(|| self.by_rest(verb, rest, parameters))
    }

    fn by_segment<'p>(
        &self,
        verb: &HttpMethod,
        rest: &'p str,
        parameters: &mut Vec<&'p str>,
    ) -> Option<MethodId> {
        if rest.is_empty() {
            return self.methods.find(verb);
        }
        let (segment, tail) = rest.split_once('/').unwrap_or((rest, ""));
        let known = self.statics.get(segment).and_then(|node| node.find(verb, tail, parameters));
        if known.is_some() {
            return known;
        }
        let node = self.parameter.as_ref().filter(|_| !segment.is_empty())?;
        parameters.push(segment);
        let found = node.find(verb, tail, parameters);
        if found.is_none() {
            parameters.pop();
        }
        found
    }

    fn by_rest<'p>(
        &self,
        verb: &HttpMethod,
        rest: &'p str,
        parameters: &mut Vec<&'p str>,
    ) -> Option<MethodId> {
        let found = self.greedy.find(verb).filter(|_| !rest.is_empty())?;
        parameters.push(rest);
        Some(found)
    }
}

impl Methods {
    fn find(&self, verb: &HttpMethod) -> Option<MethodId> {
        let exact = self.exact.iter().find(|(known, _)| known == verb).map(|(_, id)| *id);
        exact.or(self.any.filter(|_| TAKEN_BY_ANY.contains(verb)))
    }
}
