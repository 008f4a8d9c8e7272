//! Properties: what holds for every input, as far as chance finds one for which it does not.

mod accept;
mod base64_text;
mod documents;
mod mapping;
mod templates;
