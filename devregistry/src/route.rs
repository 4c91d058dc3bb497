//! Which RPC an HTTP request is for. The routes are data, `routes.tsv`: the published descriptors do not have them.

use percent_encoding::percent_decode_str;
use std::sync::LazyLock;

static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| parse(include_str!("../routes.tsv")));

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) rpc: &'static str,
    pub(crate) verb: &'static str,
    path: &'static str,
}

/// What a request's path and verb lead to.
#[derive(Debug)]
pub(crate) enum Found {
    /// An RPC, with the fields that the path sets.
    Route(&'static Route, Vec<(&'static str, String)>),
    /// The path exists with these verbs only.
    OtherVerbs(Vec<&'static str>),
    /// No such path.
    Nothing,
}

/// Looks a request up.
pub(crate) fn find(verb: &str, path: &str) -> Found {
    let matching = ROUTES.iter().filter_map(|route| Some((route, route.fields(path)?)));
    let mut others = Vec::new();
    for (route, fields) in matching {
        if route.verb == verb {
            return Found::Route(route, fields);
        }
        others.push(route.verb);
    }
    if others.is_empty() { Found::Nothing } else { Found::OtherVerbs(others) }
}

/// Whether there is an RPC of this name.
pub(crate) fn names_rpc(name: &str) -> bool {
    ROUTES.iter().any(|route| route.rpc == name)
}

impl Route {
    /// Whether the request's message comes in the body.
    pub(crate) fn has_body(&self) -> bool {
        self.verb == "POST"
    }

    /// The fields that a path sets, if it is this route's. A segment must not be empty.
    fn fields(&self, path: &str) -> Option<Vec<(&'static str, String)>> {
        let (mut wanted, mut found) = (self.path.split('/'), path.split('/'));
        let mut fields = Vec::new();
        loop {
            match (wanted.next(), found.next()) {
                (None, None) => return Some(fields),
                (Some(wanted), Some(found)) => match variable(wanted) {
                    Some(field) => fields.push((field, value(found)?)),
                    None if wanted == found => {}
                    None => return None,
                },
                _ => return None,
            }
        }
    }
}

fn variable(segment: &'static str) -> Option<&'static str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

fn value(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    (!text.is_empty()).then(|| text.into_owned())
}

fn parse(table: &'static str) -> Vec<Route> {
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| {
        let mut cells = line.split('\t');
        Some(Route { rpc: cells.next()?, verb: cells.next()?, path: cells.next()? })
    })
    .collect()
}
