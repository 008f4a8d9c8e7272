//! The keyword `pattern` of models, outside the Worker.

/// Returns whether the regular expression of a `pattern` matches a part of a text, or false if the expression is not
/// valid. This is [`s3_edge_gateway::api::model::Matches`] for all code outside of the Worker. The Worker uses the
/// engine of JavaScript.
pub fn matches(pattern: &str, text: &str) -> bool {
    regress::Regex::new(pattern).is_ok_and(|pattern| pattern.find(text).is_some())
}
