//! Whether the OpenAPI document has what was answered.

use crate::api::document::description;

/// The document has the status for the operation.
#[track_caller]
pub(super) fn assert_declared(method: &str, path: &str, status: u16) {
    let document = serde_json::to_value(description()).unwrap();
    let path = path.split('?').next().unwrap();
    for (template, operations) in document["paths"].as_object().unwrap() {
        let operation = &operations[method.to_lowercase()];
        if fits(template, path) && operation.is_object() {
            let declared = &operation["responses"][status.to_string()];
            assert!(
                declared.is_object(),
                "{method} {template} doesn't declare {status}"
            );
        }
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template
            .zip(path)
            .all(|(known, asked)| known == asked || known.starts_with('{'))
}
