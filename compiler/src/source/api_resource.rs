//! Finds the API of a CloudFormation or SAM template, and applies its properties to its document.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-restapi.html>
//! and <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-api.html>.

use super::fault::Outcome;
use super::node::{Node, Unresolved, Value};
use super::parameters::Parameters;
use super::paths::unresolved;
use super::position::At;
use super::resolve::Resolver;
use super::sam_auth::{self, Auth};
use super::template::Template;
use crate::finding::pointer::escape;
use crate::finding::{Code, Finding, Place};

const REST_API: &str = "AWS::ApiGateway::RestApi";
const SAM_API: &str = "AWS::Serverless::Api";

/// An API of the template.
pub(super) struct Api {
    /// The logical id.
    pub(super) id: String,
    /// The JSON pointer of the document in the file.
    pub(super) pointer: String,
    /// The property that contains the document: `Body` or `DefinitionBody`.
    property: &'static str,
    is_sam: bool,
    condition: Option<String>,
    place: Place,
}

/// Returns the API to compile: the API that `--resource` names, or else the only API with a document. If several APIs
/// have a document, those whose condition is false are left out.
///
/// # Errors
/// Returns an error if `Resources` is not an object, if no API has a document, if the document is in another file, if
/// `--resource` names no API with a document, if none or several of the APIs remain, or if a condition depends
/// on itself.
pub(super) fn choose(file: &Node, options: &Parameters) -> Outcome<Api> {
    let resources = file.get("Resources");
    let place = resources.map_or(Place::START, |node| node.place);
    let Some(entries) = resources.and_then(Node::as_object) else {
        let seen = resources.map_or("missing", |node| node.value.kind());
        let message = format!("`Resources` of the template is {seen}. It must be an object of resources.");
        return Err(fault(Code::TemplateWithoutDocument, message, "/Resources", place));
    };
    let mut apis = Vec::new();
    let mut elsewhere = Vec::new();
    let mut of_http = None;
    for (id, resource) in entries {
        let kind = resource.get("Type").and_then(Node::as_str).unwrap_or_default();
        let (property, locations, is_sam) = match kind {
            REST_API => ("Body", ["BodyS3Location"], false),
            SAM_API => ("DefinitionBody", ["DefinitionUri"], true),
            "AWS::ApiGatewayV2::Api" | "AWS::Serverless::HttpApi" => {
                of_http = of_http.or(Some((id, kind, resource.place)));
                continue;
            }
            _ => continue,
        };
        let Some(properties) = resource.get("Properties") else { continue };
        let pointer = |property: &str| format!("/Resources/{}/Properties/{property}", escape(id));
        if let Some(body) = properties.get(property) {
            match included(body) {
                Some(location) => elsewhere.push((id, location, pointer(property), body.place)),
                None => {
                    let (id, pointer) = (id.clone(), pointer(property));
                    let condition = resource.get("Condition").and_then(Node::as_str).map(str::to_owned);
                    apis.push(Api { id, pointer, property, is_sam, condition, place: body.place });
                }
            }
        } else if let Some((name, node)) =
            locations.iter().find_map(|name| Some((name, properties.get(name)?)))
        {
            elsewhere.push((id, shown_location(name, node), pointer(name), node.place));
        }
    }
    let ids = |ids: Vec<&str>| ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
    let all = ids(apis.iter().map(|api| api.id.as_str()).collect());
    if let Some(named) = &options.resource {
        if let Some(index) = apis.iter().position(|api| api.id == *named) {
            return Ok(apis.swap_remove(index));
        }
        if let Some(found) = elsewhere.iter().find(|(id, ..)| *id == named) {
            return Err(in_another_file(found));
        }
        if !apis.is_empty() {
            let valid = all.replace(", ", " or ");
            let message = format!(
                "The template has no API with a document and the logical id `{named}`. Set `--resource` to {valid}."
            );
            return Err(fault(Code::TemplateResourceUnknown, message, "/Resources", place));
        }
    }
    if apis.len() > 1 {
        // CloudFormation does not create a resource whose condition is false.
        let mut resolver = Resolver::new(options, Some(Template::of(file)));
        let mut exist = Vec::new();
        for api in apis {
            let start = At::root(&api.pointer, api.place, 0);
            let condition = api.condition.as_deref();
            let exists = condition.map(|name| resolver.condition(name, &start)).transpose()?.flatten();
            if exists != Some(false) {
                exist.push(api);
            }
        }
        apis = exist;
    }
    let count = apis.len();
    match (apis.pop(), elsewhere.first(), of_http) {
        (Some(api), ..) if count == 1 => Ok(api),
        (Some(_), ..) => {
            let message = format!(
                "The template has {count} APIs with a document: {all}. Choose one of them with `--resource LogicalId`."
            );
            Err(fault(Code::TemplateSeveralDocuments, message, "/Resources", place))
        }
        (None, _, _) if !all.is_empty() => {
            let message =
                format!("The template creates no API with a document: the conditions of {all} are false.");
            Err(fault(Code::TemplateWithoutDocument, message, "/Resources", place))
        }
        (None, Some(found), _) => Err(in_another_file(found)),
        (None, None, Some((id, kind, place))) => {
            let message = format!(
                "`{id}` is an HTTP API (`{kind}`), which is not supported. The template has no REST API with a document."
            );
            Err(fault(Code::TemplateHttpApi, message, format!("/Resources/{}", escape(id)), place))
        }
        (None, None, None) => {
            let message = format!(
                "The template has no `{REST_API}` with `Properties.Body` and no `{SAM_API}` with `Properties.DefinitionBody`."
            );
            Err(fault(Code::TemplateWithoutDocument, message, "/Resources", place))
        }
    }
}

/// Removes the document from the file and returns it.
pub(super) fn take(file: &mut Node, api: &Api) -> Node {
    let place = api.place;
    let node = ["Resources", &api.id, "Properties", api.property].into_iter().try_fold(file, |node, key| {
        let Value::Object(entries) = &mut node.value else { return None };
        entries.get_mut(key)
    });
    let value = node.map_or(Value::Null, |node| std::mem::replace(&mut node.value, Value::Null));
    Node { value, place }
}

/// Resolves the document, and applies the properties of the API that change the document.
pub(super) fn document(resolver: &mut Resolver<'_>, file: &Node, api: &Api, body: Node) -> Outcome<Node> {
    if let Some(name) = &api.condition {
        let resource = format!("/Resources/{}", escape(&api.id));
        let at = At::root(&resource, api.place, 0);
        if resolver.condition(name, &at)? == Some(false) {
            let message =
                format!("CloudFormation does not create `{}`: its condition `{name}` is false.", api.id);
            resolver.session.lint(Code::TemplateConditionFalse, message, &at);
        }
    }
    let at = At::document(&api.pointer, api.place);
    let mut root = match resolver.node(body, &at)? {
        Some(root) => root,
        None => Node { value: Value::Null, place: api.place },
    };
    if let Value::Unresolved(Unresolved { name, remedy }) = &root.value {
        let message =
            format!("The document of `{}` depends on `{name}`, which has no value. {remedy}", api.id);
        return Err(fault(Code::TemplateBodyUnresolved, message, &api.pointer, api.place));
    }
    let own = file.pointer(&format!("/Resources/{}/Properties", escape(&api.id)));
    let globals = file.pointer("/Globals/Api").filter(|_| api.is_sam);
    let mut auths = Vec::new();
    for properties in [globals, own].into_iter().flatten() {
        apply(resolver, properties, api, &mut root)?;
        if let Some(auth) = properties.get("Auth").filter(|_| api.is_sam) {
            let at = At::root(&api.pointer, auth.place, 1);
            auths.extend(resolver.part(auth, &at)?);
        }
    }
    let has_endpoint = |properties: &&Node| properties.get("EndpointConfiguration").is_some();
    if let Some(properties) = [own, globals].into_iter().flatten().find(has_endpoint) {
        apply_endpoint(resolver, properties, api, &mut root)?;
    }
    apply_auth(resolver, &auths, api, &mut root);
    Ok(root)
}

/// Properties of an API and the extensions with the same meaning.
const EXTENSIONS: &[(&str, &str)] = &[
    ("ApiKeySourceType", "x-amazon-apigateway-api-key-source"),
    ("BinaryMediaTypes", "x-amazon-apigateway-binary-media-types"),
    ("MinimumCompressionSize", "x-amazon-apigateway-minimum-compression-size"),
    ("Policy", POLICY),
];

const POLICY: &str = "x-amazon-apigateway-policy";
const ENDPOINT: &str = "x-amazon-apigateway-endpoint-configuration";

/// Sets the extensions in [`EXTENSIONS`] from the properties of the API, and adds a lint for each extension that is set.
/// `Policy` applies only if the API is not a SAM API.
fn apply(resolver: &mut Resolver<'_>, properties: &Node, api: &Api, root: &mut Node) -> Outcome<()> {
    let at = At::root(&api.pointer, properties.place, 1);
    for (property, extension) in EXTENSIONS {
        let Some(node) = properties.get(property) else { continue };
        if api.is_sam && *property == "Policy" {
            continue;
        }
        let Some(mut node) = resolver.part(node, &at.key(property, node.place))? else { continue };
        if *property == "BinaryMediaTypes" {
            add_media_types(&mut node, root.get(extension), api.is_sam);
        }
        if *extension == POLICY {
            match join_policies(node, root.get(POLICY)) {
                Some(joined) => node = joined,
                None => continue,
            }
        }
        resolver.session.lint(
            Code::TemplateProperty,
            format!("The property `{property}` of `{}` sets `{extension}` of the document.", api.id),
            &At::root(&api.pointer, node.place, 0),
        );
        set(root, extension, node);
    }
    Ok(())
}

/// Returns the policy of the property `Policy`, or `None` if this policy is empty. Returns an unresolved value if the
/// document has a different policy: each of the two may restrict the callers, and which policy applies is not certain.
fn join_policies(node: Node, own: Option<&Node>) -> Option<Node> {
    let is_empty = |node: &Node| {
        node.is_null() || node.as_object().is_some_and(<[_]>::is_empty) || node.as_str() == Some("")
    };
    if is_empty(&node) {
        return None;
    }
    let other = own.filter(|own| !is_empty(own) && own.to_json() != node.to_json());
    if other.is_none() {
        return Some(node);
    }
    let remedy = "Write one policy, as `x-amazon-apigateway-policy`, into the document.".to_owned();
    Some(unresolved(&Unresolved { name: "Policy".to_owned(), remedy }, node.place))
}

/// Makes the endpoint of the document private if the property `EndpointConfiguration` of the API contains the type PRIVATE
/// and the document has no endpoint configuration.
fn apply_endpoint(resolver: &mut Resolver<'_>, properties: &Node, api: &Api, root: &mut Node) -> Outcome<()> {
    const PROPERTY: &str = "EndpointConfiguration";
    let Some(node) = properties.get(PROPERTY).filter(|_| root.get(ENDPOINT).is_none()) else { return Ok(()) };
    let start = At::root(&api.pointer, properties.place, 1);
    let Some(node) = resolver.part(node, &start.key(PROPERTY, node.place))? else { return Ok(()) };
    // CloudFormation has `Types`. SAM has `Type`, or a string in the place of the object.
    let types = node.get("Types").or_else(|| node.get("Type")).unwrap_or(&node);
    let types = types.as_array().unwrap_or(std::slice::from_ref(types));
    let is_private = |node: &Node| node.as_str().is_some_and(|text| text.eq_ignore_ascii_case("PRIVATE"));
    if types.iter().any(is_private) {
        let at = |value| Node { value, place: node.place };
        let types = at(Value::Array(vec![at(Value::text("PRIVATE"))]));
        set(root, ENDPOINT, at(Value::object(vec![("types".to_owned(), types)])));
    }
    Ok(())
}

/// Appends the media types of the document to `node`, the value of the property `BinaryMediaTypes`. In the property of a
/// SAM API, `~1` stands for a slash: `image~1png`.
fn add_media_types(node: &mut Node, own: Option<&Node>, is_sam: bool) {
    let Value::Array(items) = &mut node.value else { return };
    for item in items.iter_mut().filter(|_| is_sam) {
        if let Value::Text(text) = &mut item.value {
            text.text = text.text.replace("~1", "/");
        }
    }
    for item in own.and_then(Node::as_array).unwrap_or_default() {
        if !items.iter().any(|other| other.value == item.value) {
            items.push(item.clone());
        }
    }
}

/// Applies the `Auth` properties of SAM to the security of the operations. If `Auth` has a resource policy, the policy of
/// the document becomes unresolved.
fn apply_auth(resolver: &mut Resolver<'_>, auths: &[Node], api: &Api, root: &mut Node) {
    let Some(place) = auths.last().map(|auth| auth.place) else { return };
    let at = At::root(&api.pointer, place, 0);
    let mut lint = |property: &str, effect: &str| {
        let message = format!("`{property}` of `{}` {effect}.", api.id);
        resolver.session.lint(Code::TemplateProperty, message, &at);
    };
    let auth = match Auth::read(auths) {
        Ok(Some(auth)) => auth,
        Ok(None) => return,
        Err(why) => {
            lint(
                "Auth",
                &format!(
                    "depends on `{}`, whose value is unknown or not valid, so no operation is served",
                    why.name
                ),
            );
            return sam_auth::mask(root, &why, place);
        }
    };
    if let Some(name) = &auth.default {
        lint(
            "Auth.DefaultAuthorizer",
            &format!(
                "requires `{name}` for each operation that has neither an authorizer nor the scheme `NONE`"
            ),
        );
    }
    if auth.needs_key {
        lint(
            "Auth.ApiKeyRequired",
            "requires the scheme `api_key` for each operation without the scheme `api_key_false`",
        );
    }
    auth.apply(root);
    if auth.has_policy {
        lint("Auth.ResourcePolicy", "restricts the callers of the API");
        let remedy = "Write the policy as `x-amazon-apigateway-policy` into the document.".to_owned();
        let why = Unresolved { name: "Auth.ResourcePolicy".to_owned(), remedy };
        set(root, POLICY, unresolved(&why, place));
    }
}

fn set(root: &mut Node, key: &str, node: Node) {
    if let Value::Object(entries) = &mut root.value {
        entries.set(key, node);
    }
}

/// Returns a text for a message, such as `Location: s3://b/k`, if the body is only an `Fn::Transform` that includes the
/// document. Otherwise returns `None`.
fn included(body: &Node) -> Option<String> {
    let [(name, transform)] = body.as_object()? else { return None };
    let location = (name == "Fn::Transform").then(|| transform.pointer("/Parameters/Location"))?;
    Some(match location {
        Some(node) => shown_location("Location", node),
        None => "`Fn::Transform`".to_owned(),
    })
}

/// Returns a property and the file that its value names, for a message: `DefinitionUri: ./openapi.yaml`. The file name may
/// be inside of a function such as `Fn::Sub`.
fn shown_location(name: &str, node: &Node) -> String {
    fn first_text(node: &Node) -> Option<&str> {
        match &node.value {
            Value::Array(items) => items.iter().find_map(first_text),
            Value::Object(entries) => entries.iter().find_map(|(_, node)| first_text(node)),
            _ => node.as_str(),
        }
    }
    match first_text(node) {
        Some(text) => format!("`{name}: {text}`"),
        None => format!("`{name}`"),
    }
}

fn in_another_file((id, location, pointer, place): &(&String, String, String, Place)) -> Box<Finding> {
    let message = format!(
        "The document of `{id}` is in another file: {location}. Compile that file instead of the template."
    );
    fault(Code::TemplateDocumentElsewhere, message, pointer.as_str(), *place)
}

fn fault(code: Code, message: String, pointer: impl Into<String>, place: Place) -> Box<Finding> {
    Box::new(Finding::new(code, message, pointer, place))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Document, Parameters, read};
    use super::*;

    fn given(text: &str) -> Parameters {
        Parameters::from_json(text.as_bytes()).unwrap()
    }

    fn document(text: &str, parameters: &Parameters) -> Document {
        read(text.as_bytes(), None, parameters).unwrap_or_else(|faults| panic!("{text}: {faults:?}"))
    }

    fn error(text: &str, parameters: &Parameters) -> Finding {
        let mut faults = read(text.as_bytes(), None, parameters).unwrap_err();
        assert_eq!(faults.len(), 1, "{text}");
        faults.remove(0)
    }

    /// A CloudFormation template with parameters, mappings, conditions and resources that the document refers to.
    const FULL: &str = r#"
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Stage: {Type: String, Default: dev}
  Size: {Type: Number, Default: 7}
  Origins: {Type: CommaDelimitedList, Default: "https://a.example, https://b.example"}
  Secret: {Type: "AWS::SSM::Parameter::Value<String>", Default: /path/of/secret}
  Required: {Type: String}
Mappings:
  Buckets:
    dev: {name: dev-bucket, list: [x, y]}
    prod: {name: prod-bucket}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [!Condition IsProd]
  Both: !And [!Condition IsDev, !Equals [!Ref Size, "7"]]
  Either: !Or [!Condition IsProd, !Equals [!Ref Required, a]]
  InEurope: !Equals [!Ref AWS::Region, eu-west-1]
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Sub "data-${Stage}"}
  Logs:
    Type: AWS::S3::Bucket
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: api
      Body:
        openapi: 3.0.1
        paths: {}
        plain: "${var.plain} ${AWS::Region}"
        stage: !Ref Stage
        size: !Sub "${Size}"
        origins: !Ref Origins
        joined: !Join [" ", !Ref Origins]
        secret: !Ref Secret
        required: !Ref Required
        mapped: !FindInMap [Buckets, !Ref Stage, name]
        list: !FindInMap [Buckets, dev, list]
        unmapped: !FindInMap [Buckets, test, name]
        prod: !If [IsProd, 1, 2]
        dev: !If [IsDev, 1, 2]
        both: !If [Both, 1, 2]
        either: !If [Either, 1, 2]
        europe: !If [InEurope, 1, 2]
        data: !Ref Data
        logs: !Ref Logs
"#;

    #[test]
    fn functions_use_the_sections_of_the_template() {
        let read = document(FULL, &Parameters::default());
        assert_eq!(read.pointer, "/Resources/Api/Properties/Body");
        assert_eq!(read.resource.as_deref(), Some("Api"));
        let expected = json!({
            "openapi": "3.0.1", "paths": {}, "plain": "${var.plain} ${AWS::Region}", "stage": "dev", "size": "7",
            "origins": ["https://a.example", "https://b.example"], "joined": "https://a.example https://b.example",
            "secret": "${Secret}", "required": "${Required}", "mapped": "dev-bucket", "list": ["x", "y"],
            "unmapped": "${Buckets.test.name}", "prod": 2, "dev": 1, "both": 1, "either": "${Either}",
            "europe": "${InEurope}", "data": "data-dev", "logs": "${Logs}"
        });
        assert_eq!(read.root.to_json(), expected);
        assert_eq!(read.root.get("plain").unwrap().unresolved(), []);
        assert_eq!(read.root.get("secret").unwrap().unresolved()[0].name, "Secret");
        assert_eq!(read.root.get("paths").unwrap().place, Place { line: 31, column: 9 });
        let codes: Vec<_> = read.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [Code::IntrinsicMalformed], "{:?}", read.findings);
        assert_eq!(read.findings[0].pointer, "/Resources/Api/Properties/Body/unmapped/Fn::FindInMap");
    }

    #[test]
    fn options_override_the_template() {
        let options = given(
            r#"{"parameters": {"Stage": "prod", "Origins": "c,d", "Required": "a", "AWS::Region": "eu-west-1", "Logs": "l",
                "Buckets.test.name": "t"}, "conditions": {"IsDev": true}}"#,
        );
        let root = document(FULL, &options).root.to_json();
        for (key, value) in [
            ("stage", json!("prod")),
            ("origins", json!(["c", "d"])),
            ("mapped", json!("prod-bucket")),
            ("unmapped", json!("t")),
            ("prod", json!(1)),
            ("dev", json!(1)),
            ("either", json!(1)),
            ("europe", json!(1)),
            ("data", json!("data-prod")),
            ("logs", json!("l")),
        ] {
            assert_eq!(root[key], value, "{key}");
        }
    }

    #[test]
    fn documents_are_found() {
        let cases = [
            // CloudFormation in JSON.
            (
                r#"{"Resources": {"A": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": {"swagger": "2.0"}}}}}"#,
                "",
                "A",
            ),
            // SAM.
            (
                "Transform: AWS::Serverless-2016-10-31\nResources:\n  A:\n    Type: AWS::Serverless::Api\n    Properties: {StageName: a, DefinitionBody: {swagger: '2.0'}}\n  F: {Type: AWS::Serverless::Function}\n",
                "",
                "A",
            ),
            // A document inside of a function.
            (
                "Conditions: {C: !Equals [a, a]}\nResources:\n  A: {Type: AWS::Serverless::Api, Properties: {DefinitionBody: !If [C, {swagger: '2.0'}, {}]}}\n",
                "",
                "A",
            ),
            // Several APIs, of which only one REST API has a document.
            (
                "Resources:\n  A: {Type: AWS::ApiGateway::RestApi, Properties: {Body: {swagger: '2.0'}}}\n  B: {Type: AWS::ApiGateway::RestApi, Properties: {Name: b}}\n  C: {Type: AWS::ApiGatewayV2::Api, Properties: {Body: {}}}\n",
                "",
                "A",
            ),
            // Several APIs, one of them chosen by `resource`.
            (
                "Resources:\n  A: {Type: AWS::ApiGateway::RestApi, Properties: {Body: {}}}\n  B/: {Type: AWS::ApiGateway::RestApi, Properties: {Body: {swagger: '2.0'}}}\n",
                "B/",
                "B/",
            ),
            // Several APIs, only one with a true condition.
            (
                "Conditions: {C: !Equals [a, b], D: !Not [!Condition C]}\nResources:\n  A: {Type: AWS::ApiGateway::RestApi, Condition: C, Properties: {Body: {}}}\n  B: {Type: AWS::ApiGateway::RestApi, Condition: D, Properties: {Body: {swagger: '2.0'}}}\n",
                "",
                "B",
            ),
        ];
        for (text, resource, id) in cases {
            let options = Parameters {
                resource: Some(resource.to_owned()).filter(|id| !id.is_empty()),
                ..Parameters::default()
            };
            let read = document(text, &options);
            assert_eq!(read.resource.as_deref(), Some(id), "{text}");
            assert_eq!(read.root.to_json(), json!({ "swagger": "2.0" }), "{text}");
            assert_eq!(read.findings, [], "{text}");
        }
        assert!(document("openapi: 3.0.1\nResources: {}\n", &Parameters::default()).resource.is_none());
    }

    #[test]
    fn templates_without_one_readable_document_are_errors() {
        let two = "Resources:\n  A: {Type: AWS::ApiGateway::RestApi, Properties: {Body: {}}}\n  B: {Type: AWS::Serverless::Api, Properties: {DefinitionBody: {}}}\n";
        let cases = [
            (
                two,
                "",
                Code::TemplateSeveralDocuments,
                "2 APIs with a document: `A`, `B`. Choose one of them with `--resource",
            ),
            (two, "C", Code::TemplateResourceUnknown, "`C`. Set `--resource` to `A` or `B`."),
            (
                "Resources: {}\n",
                "",
                Code::TemplateWithoutDocument,
                "no `AWS::ApiGateway::RestApi` with `Properties.Body` and",
            ),
            (
                "Resources: []\n",
                "",
                Code::TemplateWithoutDocument,
                "`Resources` of the template is an array.",
            ),
            (
                "Resources:\n  A: {Type: AWS::ApiGateway::RestApi}\n",
                "",
                Code::TemplateWithoutDocument,
                "no `AWS::Serverless::Api`",
            ),
            (
                "Conditions: {C: !Equals [a, b]}\nResources:\n  A: {Type: AWS::ApiGateway::RestApi, Condition: C, Properties: {Body: {}}}\n  B: {Type: AWS::ApiGateway::RestApi, Condition: C, Properties: {Body: {}}}\n",
                "",
                Code::TemplateWithoutDocument,
                "The template creates no API with a document: the conditions of `A`, `B` are false.",
            ),
            (
                "Resources:\n  A: {Type: AWS::Serverless::Api, Properties: {DefinitionUri: ./openapi.yaml}}\n",
                "",
                Code::TemplateDocumentElsewhere,
                "The document of `A` is in another file: `DefinitionUri: ./openapi.yaml`. Compile that file",
            ),
            (
                "Resources:\n  A: {Type: AWS::ApiGateway::RestApi, Properties: {BodyS3Location: {Bucket: b, Key: k}}}\n",
                "A",
                Code::TemplateDocumentElsewhere,
                "`BodyS3Location: b`",
            ),
            (
                "Resources:\n  A:\n    Type: AWS::Serverless::Api\n    Properties:\n      DefinitionBody:\n        Fn::Transform: {Name: AWS::Include, Parameters: {Location: !Sub 's3://${B}/k'}}\n",
                "",
                Code::TemplateDocumentElsewhere,
                "`Location: s3://${B}/k`",
            ),
            (
                "Resources:\n  A: {Type: AWS::Serverless::HttpApi, Properties: {DefinitionBody: {}}}\n",
                "",
                Code::TemplateHttpApi,
                "`A` is an HTTP API (`AWS::Serverless::HttpApi`), which is not supported.",
            ),
            (
                "Resources:\n  A: {Type: AWS::ApiGateway::RestApi, Properties: {Body: !If [C, {}, {}]}}\n",
                "",
                Code::TemplateBodyUnresolved,
                "The document of `A` depends on `C`, which has no value. Set it with `--condition C=true`",
            ),
        ];
        for (text, resource, code, message) in cases {
            let options = Parameters {
                resource: Some(resource.to_owned()).filter(|id| !id.is_empty()),
                ..Parameters::default()
            };
            let fault = error(text, &options);
            assert_eq!(fault.code, code, "{text}: {}", fault.message);
            assert!(fault.message.contains(message), "{text}: {}", fault.message);
            assert!(fault.pointer.starts_with("/Resources"), "{text}");
        }
    }

    #[test]
    fn includes_inside_of_a_document_are_reported() {
        let text = "paths: {}\ncomponents:\n  a: {}\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}\n";
        let read = document(text, &Parameters::default());
        assert_eq!(read.findings[0].code, Code::IncludeNotRead);
        let unresolved = &read.root.pointer("/components/Fn::Transform").unwrap().unresolved()[0];
        assert_eq!(unresolved.remedy, "Copy the content of `s3://b/k` into the document.");
    }

    #[test]
    fn properties_apply_as_extensions() {
        let text = "Parameters: {T: {Type: String, Default: image/png}}\nResources:\n  A:\n    Type: AWS::ApiGateway::RestApi\n    Properties:\n      BinaryMediaTypes: [!Ref T, a/b]\n      MinimumCompressionSize: 10\n      Policy: {Statement: []}\n      Body: {openapi: 3.0.1, x-amazon-apigateway-binary-media-types: [a/b, c/d]}\n";
        let read = document(text, &Parameters::default());
        let expected = json!({
            "openapi": "3.0.1",
            "x-amazon-apigateway-binary-media-types": ["image/png", "a/b", "c/d"],
            "x-amazon-apigateway-minimum-compression-size": 10,
            "x-amazon-apigateway-policy": { "Statement": [] }
        });
        assert_eq!(read.root.to_json(), expected);
        assert!(read.findings.iter().all(|finding| finding.code == Code::TemplateProperty));
        assert_eq!(read.findings.len(), 3);
    }

    #[test]
    fn two_different_policies_are_unresolved() {
        let body = |property: &str, own: &str| {
            let text = format!(
                "Resources: {{A: {{Type: AWS::ApiGateway::RestApi, Properties: {{Policy: {property}, Body: {{x-amazon-apigateway-policy: {own}}}}}}}}}"
            );
            document(&text, &Parameters::default()).root.get("x-amazon-apigateway-policy").unwrap().to_json()
        };
        for (property, own, expected) in [
            ("{}", "{a: 1}", json!({ "a": 1 })),
            ("''", "{a: 1}", json!({ "a": 1 })),
            ("!Ref AWS::NoValue", "{a: 1}", json!({ "a": 1 })),
            ("{b: 1}", "{}", json!({ "b": 1 })),
            ("{b: 1}", "null", json!({ "b": 1 })),
            ("{a: 1}", "{a: 1}", json!({ "a": 1 })),
            ("{b: 1}", "{a: 1}", json!("${Policy}")),
        ] {
            assert_eq!(body(property, own), expected, "{property} {own}");
        }
    }

    #[test]
    fn a_private_endpoint_becomes_an_extension() {
        let private = json!({ "types": ["PRIVATE"] });
        for (kind, property, own, expected) in [
            ("AWS::ApiGateway::RestApi", "{Types: [PRIVATE]}", "{}", private.clone()),
            ("AWS::ApiGateway::RestApi", "{Types: [REGIONAL]}", "{}", json!(null)),
            (
                "AWS::ApiGateway::RestApi",
                "{Types: [PRIVATE]}",
                "{x-amazon-apigateway-endpoint-configuration: 1}",
                json!(1),
            ),
            ("AWS::Serverless::Api", "PRIVATE", "{}", private.clone()),
            ("AWS::Serverless::Api", "{Type: PRIVATE}", "{}", private),
            ("AWS::Serverless::Api", "EDGE", "{}", json!(null)),
        ] {
            let body = if kind == SAM_API { "DefinitionBody" } else { "Body" };
            let text = format!(
                "Resources: {{A: {{Type: '{kind}', Properties: {{EndpointConfiguration: {property}, {body}: {own}}}}}}}"
            );
            let json = document(&text, &Parameters::default()).root.to_json();
            assert_eq!(json["x-amazon-apigateway-endpoint-configuration"], expected, "{text}");
        }
        let globals = "Globals: {Api: {EndpointConfiguration: PRIVATE}}\nResources: {A: {Type: AWS::Serverless::Api, Properties: {EndpointConfiguration: EDGE, DefinitionBody: {}}}}";
        assert_eq!(document(globals, &Parameters::default()).root.to_json(), json!({}));
    }

    #[test]
    fn an_api_whose_condition_is_false_is_reported() {
        let text = "Conditions: {C: !Equals [a, b]}\nResources:\n  A: {Type: AWS::ApiGateway::RestApi, Condition: C, Properties: {Body: {swagger: '2.0'}}}\n";
        let read = document(text, &Parameters::default());
        let [finding] = read.findings.as_slice() else { panic!("{:?}", read.findings) };
        assert_eq!((finding.code, finding.pointer.as_str()), (Code::TemplateConditionFalse, "/Resources/A"));
        assert_eq!(finding.message, "CloudFormation does not create `A`: its condition `C` is false.");
        assert_eq!(document(text, &given(r#"{"conditions": {"C": true}}"#)).findings, []);
        assert_eq!(document(&text.replace("[a, b]", "[a, !Ref N]"), &Parameters::default()).findings, []);
    }
}
