//! Attribute paths of diagnostics and replacements.

use std::fmt;

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// An attribute of an object, or a block by its type name.
    Attribute(String),
    /// An element of a map.
    Key(String),
    /// An element of a list or tuple, from zero.
    Index(i64),
}

/// Steps from the root of a resource's, data source's or provider's configuration.
///
/// The protocol cannot address elements of a set: a path ends at the set.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<Step>);

impl Path {
    /// The root itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// This path, then an attribute.
    pub fn attribute(self, name: impl Into<String>) -> Self {
        self.then(Step::Attribute(name.into()))
    }

    /// This path, then an element of a map.
    pub fn key(self, key: impl Into<String>) -> Self {
        self.then(Step::Key(key.into()))
    }

    /// This path, then an element of a list, from zero.
    pub fn index(self, index: usize) -> Self {
        self.then(Step::Index(i64::try_from(index).unwrap_or(i64::MAX)))
    }

    /// The steps from the root.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The path as the end of a phrase, such as " at `a.b`"; empty for the root.
    pub(crate) fn suffix(&self) -> String {
        if self.0.is_empty() { String::new() } else { format!(" at `{self}`") }
    }

    /// Adds a step.
    pub(crate) fn enter(&mut self, step: Step) {
        self.0.push(step);
    }

    /// Removes the last step.
    pub(crate) fn leave(&mut self) {
        self.0.pop();
    }

    fn then(mut self, step: Step) -> Self {
        self.0.push(step);
        self
    }
}

impl From<&str> for Path {
    fn from(attribute: &str) -> Self {
        Self::root().attribute(attribute)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => write!(out, "{name}")?,
                Step::Attribute(name) => write!(out, ".{name}")?,
                Step::Key(key) => write!(out, "[{key:?}]")?,
                Step::Index(index) => write!(out, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_terraform() {
        let path = Path::from("worker_target").attribute("names").index(2).key("a\"b");
        assert_eq!(path.to_string(), r#"worker_target.names[2]["a\"b"]"#);
        assert_eq!(Path::root().to_string(), "");
    }
}
