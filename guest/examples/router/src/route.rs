//! Routes: a method, and a path whose segments may be parameters.

use percent_encoding::percent_decode_str;

/// A method and a path such as `/users/{id}`, and what answers them.
pub(crate) struct Route<A> {
    method: &'static str,
    pattern: &'static str,
    action: A,
}

impl<A> Route<A> {
    pub(crate) const fn new(method: &'static str, pattern: &'static str, action: A) -> Self {
        Self {
            method,
            pattern,
            action,
        }
    }
}

/// The segments that a path has in place of a pattern's `{names}`, decoded.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters(Vec<(&'static str, String)>);

impl Parameters {
    /// A parameter; empty if the pattern has none of that name.
    pub(crate) fn get(&self, name: &str) -> &str {
        let mut named = self.0.iter().filter(|(given, _)| *given == name);
        named.next().map_or("", |(_, value)| value)
    }
}

/// Where a request leads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<A> {
    /// To this.
    Route(A, Parameters),
    /// To a path that has other methods: these, as `Allow` lists them.
    OtherMethods(String),
    /// Nowhere.
    Nothing,
}

/// Finds the first route for a method and a request target.
pub(crate) fn find<A: Copy>(routes: &[Route<A>], method: &str, target: &str) -> Found<A> {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let wanted = if method == "HEAD" { "GET" } else { method };
    let mut allowed = Vec::new();
    for route in routes {
        let Some(parameters) = matches(route.pattern, path) else {
            continue;
        };
        if route.method == wanted {
            return Found::Route(route.action, parameters);
        }
        allowed.push(route.method);
    }
    if allowed.is_empty() {
        return Found::Nothing;
    }
    if let Some(get) = allowed.iter().position(|method| *method == "GET") {
        allowed.insert(get + 1, "HEAD");
    }
    allowed.push("OPTIONS");
    Found::OtherMethods(allowed.join(", "))
}

/// The parameters of a path that a pattern describes, segment by segment: an
/// encoded slash doesn't separate, and no parameter is empty.
fn matches(pattern: &'static str, path: &str) -> Option<Parameters> {
    let mut parameters = Parameters::default();
    let mut segments = path.split('/');
    for part in pattern.split('/') {
        let segment = segments.next()?;
        let name = part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'));
        match name {
            Some(_) if segment.is_empty() => return None,
            Some(name) => {
                let value = percent_decode_str(segment).decode_utf8().ok()?;
                parameters.0.push((name, value.into_owned()));
            }
            None if segment == part => {}
            None => return None,
        }
    }
    segments.next().is_none().then_some(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_describes_whole_paths() {
        let values = |pattern, path| {
            let parameters: Option<Parameters> = matches(pattern, path);
            parameters.map(|found| found.0.into_iter().map(|(_, v)| v).collect::<Vec<_>>())
        };
        assert_eq!(values("/", "/"), Some(vec![]));
        assert_eq!(values("/a/{x}", "/a/b"), Some(vec!["b".to_owned()]));
        assert_eq!(values("/a/{x}", "/a/b%2Fc"), Some(vec!["b/c".to_owned()]));
        for path in ["/a", "/a/", "/a/b/", "/a/b/c", "a/b", "/b/b", "/a/%FF", "*"] {
            assert_eq!(values("/a/{x}", path), None, "{path}");
        }
    }

    #[test]
    fn the_first_of_two_routes_wins() {
        let routes = [
            Route::new("GET", "/new", 1),
            Route::new("GET", "/{x}", 2),
            Route::new("PUT", "/{x}", 3),
        ];
        assert_eq!(
            find(&routes, "GET", "/new"),
            Found::Route(1, Parameters::default())
        );
        let x = Parameters(vec![("x", "new".to_owned())]);
        assert_eq!(x.get("x"), "new");
        assert_eq!(x.get("y"), "");
        assert_eq!(find(&routes, "PUT", "/new"), Found::Route(3, x));
        assert_eq!(find(&routes, "GET", "/"), Found::Nothing);
    }
}
