//! The routes of HTTP requests. They are data, in `routes.tsv`: the published descriptors do not have them.

use percent_encoding::percent_decode_str;
use std::sync::LazyLock;

static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| parse(include_str!("../../routes.tsv")));

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) rpc: &'static str,
    pub(crate) verb: &'static str,
    path: Vec<Segment>,
}

/// A part of a path between slashes.
#[derive(Debug)]
enum Segment {
    Literal(&'static str),
    /// The field that it sets.
    Variable(&'static str),
}

/// The result of looking up a request.
#[derive(Debug)]
pub(crate) enum Found {
    /// An RPC, with the fields that the path sets.
    Route(&'static Route, Vec<(&'static str, String)>),
    /// The path exists only with these verbs.
    OtherVerbs(Vec<&'static str>),
    /// No such path.
    Nothing,
}

/// Looks a request up.
pub(crate) fn find(verb: &str, path: &str) -> Found {
    let segments: Vec<&str> = path.split('/').collect();
    let matching = ROUTES.iter().filter_map(|route| Some((route, route.fields(&segments)?)));
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
    /// Whether the request message is in the body.
    pub(crate) fn has_body(&self) -> bool {
        self.verb == "POST"
    }

    /// The fields in a path, if it matches this route. A segment must not be empty.
    fn fields(&self, path: &[&str]) -> Option<Vec<(&'static str, String)>> {
        let fits = |(segment, found): (&Segment, &&str)| match segment {
            Segment::Literal(literal) => literal == found,
            Segment::Variable(_) => true,
        };
        if self.path.len() != path.len() || !self.path.iter().zip(path).all(fits) {
            return None;
        }
        let variables = self.path.iter().zip(path).filter_map(|(segment, found)| match segment {
            Segment::Literal(_) => None,
            Segment::Variable(field) => Some((*field, *found)),
        });
        variables.map(|(field, found)| Some((field, value(found)?))).collect()
    }
}

fn value(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    (!text.is_empty()).then(|| text.into_owned())
}

fn parse(table: &'static str) -> Vec<Route> {
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| {
        let mut cells = line.split('\t');
        let (rpc, verb) = (cells.next()?, cells.next()?);
        Some(Route { rpc, verb, path: cells.next()?.split('/').map(segment).collect() })
    })
    .collect()
}

fn segment(text: &'static str) -> Segment {
    let variable = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    variable.map_or(Segment::Literal(text), Segment::Variable)
}
