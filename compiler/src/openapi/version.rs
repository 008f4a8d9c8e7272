//! Which of the two specifications a document follows, and what stands in it that only the other one has.
//!
//! API Gateway reads a document by one of them and passes over what that one has not: a `basePath` in OpenAPI 3.0 moves no
//! path, a `requestBody` in Swagger 2.0 is checked by nobody. Who wrote it wants it to count, so it is refused.

use super::error::Problem;
use super::node::{Errors, Node};

/// The specification that a document follows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Version {
    /// 3.0
    OpenApi,
    /// 2.0
    Swagger,
}

use Version::{OpenApi, Swagger};

impl Version {
    /// Reads the version, and looks at the root for what is of the other one.
    pub(super) fn read(root: &Node<'_>, errors: &mut Errors) -> Option<Self> {
        let version = match (root.get("openapi"), root.get("swagger")) {
            (None, None) => {
                errors.missing(root, "openapi", "\"openapi\": \"3.0.…\" or \"swagger\": \"2.0\"");
                None
            }
            (Some(_), Some(swagger)) => {
                let what = "`swagger` beside `openapi`".to_owned();
                let instead = "a document follows one of them: remove the other";
                errors.add(&swagger, Problem::Unsupported { what, instead });
                None
            }
            (Some(openapi), None) => {
                let is_known = |text: &str| text == "3.0" || text.starts_with("3.0.");
                is_version(&openapi, "OpenAPI 3.0 or Swagger 2.0", is_known, errors).then_some(OpenApi)
            }
            (None, Some(swagger)) => {
                let expected = "\"swagger\": \"2.0\" or \"openapi\": \"3.0.…\"";
                is_version(&swagger, expected, |text| text == "2.0" || text == "2", errors).then_some(Swagger)
            }
        };
        match version {
            Some(OpenApi) => {
                of_swagger(
                    root.get("basePath"),
                    "basePath",
                    "write it as the path of a server's url",
                    errors,
                );
                let instead = "write them as /components/securitySchemes";
                of_swagger(root.get("securityDefinitions"), "securityDefinitions", instead, errors);
            }
            Some(Swagger) => {
                of_openapi(root.get("servers"), "servers", "write the path as basePath", errors);
                let components = root.get("components");
                let schemes = components.as_ref().and_then(|components| components.get("securitySchemes"));
                of_openapi(schemes, "securitySchemes", "write them as /securityDefinitions", errors);
            }
            None => {}
        }
        version
    }

    /// Looks at an operation for what is of the other version.
    pub(super) fn check_operation(self, operation: &Node<'_>, errors: &mut Errors) {
        if self == Swagger {
            let body = operation.get("requestBody");
            of_openapi(body, "requestBody", "write it as a parameter `in: body`", errors);
        }
    }

    /// Looks at where a parameter stands.
    pub(super) fn check_place(self, place: &Node<'_>, text: &str, errors: &mut Errors) {
        match (self, text) {
            (OpenApi, "body" | "formData") => {
                of_swagger(Some(*place), &format!("in: {text}"), "write it as requestBody", errors);
            }
            (Swagger, "cookie") => {
                of_openapi(Some(*place), "in: cookie", "cookies are in the header Cookie", errors);
            }
            _ => {}
        }
    }
}

/// A version as text, or as the number that YAML makes of it.
fn is_version(node: &Node<'_>, expected: &str, is_known: impl Fn(&str) -> bool, errors: &mut Errors) -> bool {
    let version = node.expect(expected, errors, |value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        is_known(&text).then_some(())
    });
    version.is_some()
}

fn of_swagger(node: Option<Node<'_>>, name: &str, instead: &'static str, errors: &mut Errors) {
    if let Some(node) = node {
        let what = format!("`{name}` of Swagger 2.0 in an OpenAPI 3.0 document");
        errors.add(&node, Problem::Unsupported { what, instead });
    }
}

fn of_openapi(node: Option<Node<'_>>, name: &str, instead: &'static str, errors: &mut Errors) {
    if let Some(node) = node {
        let what = format!("`{name}` of OpenAPI 3.0 in a Swagger 2.0 document");
        errors.add(&node, Problem::Unsupported { what, instead });
    }
}
