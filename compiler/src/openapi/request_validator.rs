impl Validation {
    pub(super) fn read(
        document: &Document<'_>,
        item: &Node<'_>,
        node: &Node<'_>,
        operation: &Operation<'_>,
        errors: &mut Errors,
    ) -> Self {
        let validator = Validator::of(document.root, node, errors);
        let mut validation = Self::default();
        if validator.parameters {
            validation.required.extend(operation.required().cloned());
            // The order in which AWS tells what is missing (observed): `method.request.header.…` comes first.
            validation.required.sort_by_cached_key(ToString::to_string);
        }
        if validator.body {
            let [root, item, node] = [document.root, item, node].map(Node::as_written);
            validation.models = read_models(&root, &item, &node, document.patterns.matching, errors);
        }
        validation
    }
}

/// What a validator checks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Validator {
    parameters: bool,
    body: bool,
}

impl Validator {
    /// The validator of an operation: its own, else that of the API.
    fn of(root: &Node<'_>, operation: &Node<'_>, errors: &mut Errors) -> Self {
        let own = operation.get(VALIDATOR);
        let Some(reference) = own.or_else(|| root.get(VALIDATOR)) else { return Self::default() };
        // What is wrong with that of the API is told once, by `check`.
        let errors = if own.is_some() { errors } else { &mut Errors::default() };
        Self::named(root, &reference, errors)
    }

    /// Checks the validators of an API, whether an operation names them or not.
    pub(super) fn check(root: &Node<'_>, errors: &mut Errors) {
        if let Some(validators) = root.get(VALIDATORS) {
            for (_, entry) in validators.entries(errors) {
                Self::read(&entry, errors);
            }
        }
        if let Some(reference) = root.get(VALIDATOR) {
            Self::named(root, &reference, errors);
        }
    }

    fn named(root: &Node<'_>, reference: &Node<'_>, errors: &mut Errors) -> Self {
        let Some(name) = reference.string(errors) else { return Self::default() };
        let validators = root.get(VALIDATORS);
        match validators.as_ref().and_then(|validators| validators.get(name)) {
            // What is wrong with it is told once, by `check`.
            Some(entry) => Self::read(&entry, &mut Errors::default()),
            None => {
                let name = name.to_owned();
                errors.add(reference, Problem::Undeclared { name, place: VALIDATORS });
                Self::default()
            }
        }
    }

    fn read(node: &Node<'_>, errors: &mut Errors) -> Self {
        let mut validator = Self::default();
        for (key, value) in node.entries(errors) {
            let checks = match key {
                "validateRequestBody" => &mut validator.body,
                "validateRequestParameters" => &mut validator.parameters,
                _ => {
                    let known = "validateRequestBody, validateRequestParameters".to_owned();
                    errors.unknown(node, key, "key of a request validator", known);
                    continue;
                }
            };
            *checks = value.expect("true or false", errors, truth).unwrap_or_default();
        }
        validator
    }
}

/// Whether an operation cannot do without a parameter.
pub(super) fn is_required(parameter: &Node<'_>, errors: &mut Errors) -> bool {
    let required = parameter.get("required");
    required.and_then(|node| node.expect("true or false", errors, truth)).unwrap_or_default()
}

/// A truth value, which exports also write as a string.
fn truth(value: &Json<'_>) -> Option<bool> {
    value.as_bool().or_else(|| value.as_str()?.parse().ok())
}
