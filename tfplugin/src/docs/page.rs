//! One page of Markdown, with the front matter that the registry reads.

pub(super) struct Page(String);

impl Page {
    /// A page with a title; `description` is the whole one, of which the first paragraph is for search results.
    pub(super) fn new(title: &str, description: &str) -> Self {
        let first = description.split("\n\n").next().unwrap_or_default();
        Self(format!("---\npage_title: {title:?}\ndescription: |-\n  {first}\n---\n"))
    }

    pub(super) fn heading(&mut self, level: usize, text: &str) {
        self.text(&format!("{} {text}", "#".repeat(level)));
    }

    pub(super) fn text(&mut self, text: &str) {
        self.0.push('\n');
        self.0.push_str(text);
        self.0.push('\n');
    }

    pub(super) fn code(&mut self, language: &str, code: &str) {
        self.text(&format!("```{language}\n{}\n```", code.trim_end()));
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}
