//! The keyword `pattern` of models, outside the Worker.

/// Returns whether an expression of a model matches somewhere in a text: [`s3_edge_gateway::api::model::Matches`] for
/// everything but the Worker, which has JavaScript's own engine.
pub fn matches(pattern: &str, text: &str) -> bool {
    regress::Regex::new(pattern).is_ok_and(|pattern| pattern.find(text).is_some())
}
