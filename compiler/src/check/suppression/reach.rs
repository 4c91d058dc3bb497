//! Which suppressions a finding is in reach of: those above the block that it stands in, or whose instance it names.
//! There may be tens of thousands of either.

use super::Placed;
use crate::lower::instance_of;
use crate::quick::QuickMap;
use schema::diagnostic::Finding;
use schema::source::{FileId, Span};
use std::collections::{BTreeMap, BTreeSet};

/// Suppressions by their place in the list.
pub(super) struct Reach {
    /// The blocks below suppressions by where they begin, with where they end.
    blocks: BTreeMap<(FileId, u32), (u32, Vec<usize>)>,
    instances: QuickMap<String, Vec<usize>>,
}

impl Reach {
    pub(super) fn of(placed: &[Placed]) -> Self {
        let mut reach = Self { blocks: BTreeMap::new(), instances: QuickMap::default() };
        for (index, it) in placed.iter().enumerate() {
            for block in &it.blocks {
                let (start, end) = (block.span.start, block.body.end.max(block.span.end));
                let below = reach.blocks.entry((block.span.file, start)).or_insert((end, Vec::new()));
                below.1.push(index);
                reach.instances.entry(instance_of(block).to_string()).or_default().push(index);
            }
        }
        reach
    }

    /// The suppressions that a finding is in reach of.
    pub(super) fn over(&self, finding: &Finding) -> BTreeSet<usize> {
        let around = finding.span.and_then(|span| self.around(span));
        let named = finding.instance.as_deref().and_then(|instance| self.instances.get(block_of(instance)));
        around.into_iter().chain(named).flatten().copied().collect()
    }

    fn around(&self, span: Span) -> Option<&Vec<usize>> {
        let before = self.blocks.range((span.file, 0)..=(span.file, span.start));
        let (end, indexes) = before.last().map(|(_, below)| below)?;
        (span.start < *end).then_some(indexes)
    }
}

/// The block of an instance, whose `for_each` key comes last: `endpoint.cart` of `endpoint.cart["eu"]`.
fn block_of(instance: &str) -> &str {
    let Some(bracket) = instance.find('[') else { return instance };
    if instance.get(..bracket).is_some_and(|kind| kind.contains('.')) {
        return instance.get(..bracket).unwrap_or(instance);
    }
    // The label is in brackets too, as a string.
    let label = instance.get(bracket + 1..).unwrap_or_default();
    closing_quote(label).and_then(|quote| instance.get(..bracket + quote + 3)).unwrap_or(instance)
}

/// Where the string ends that the text begins with.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = true;
    let mut closes = |letter| {
        let closes = letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        closes
    };
    text.char_indices().find(|(_, letter)| closes(*letter)).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::block_of;

    #[test]
    fn an_instance_names_its_block() {
        for (instance, block) in [
            ("endpoint.cart", "endpoint.cart"),
            ("endpoint.cart[\"eu\"]", "endpoint.cart"),
            ("user[\"ana@acme.example\"]", "user[\"ana@acme.example\"]"),
            ("user[\"a\\\"]b\"][\"c[\\\"d\"]", "user[\"a\\\"]b\"]"),
            ("user[\"\"][\"\"]", "user[\"\"]"),
        ] {
            assert_eq!(block_of(instance), block);
        }
    }
}
