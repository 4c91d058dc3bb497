//! A provider's documentation in the layout of the Terraform Registry, generated from its schemas and examples.

mod page;
mod schema;

use std::collections::BTreeMap;

use crate::provider::Provider;
use crate::provider::data_source::DataSource;
use crate::provider::function::{Function, Parameter};
use crate::provider::list_resource::ListResource;
use crate::provider::resource::Resource;
use crate::schema::{IdentitySchema, Schema};
use page::Page;

/// Every page by its path in the directory `docs`. `example` returns the file at a path in the directory `examples`, if it
/// exists: `provider/provider.tf`, `resources/NAME/resource.tf`, `import.sh`, `import-by-string-id.tf` and
/// `import-by-identity.tf` next to it, `data-sources/NAME/data-source.tf`, `list-resources/NAME/list-resource.tfquery.hcl`
/// and `functions/NAME/function.tf`.
pub fn pages(
    name: &str,
    provider: &dyn Provider,
    example: &dyn Fn(&str) -> Option<String>,
) -> BTreeMap<String, String> {
    let docs = Docs { name, example };
    let mut pages = BTreeMap::from([("index.md".to_owned(), docs.index(&provider.schema()))]);
    for it in provider.resources() {
        pages.insert(docs.path("resources", it.type_name()), docs.resource(&*it));
    }
    for it in provider.data_sources() {
        pages.insert(docs.path("data-sources", it.type_name()), docs.data_source(&*it));
    }
    for it in provider.list_resources() {
        pages.insert(docs.path("list-resources", it.type_name()), docs.list(&*it));
    }
    for it in provider.functions() {
        pages.insert(docs.path("functions", it.name()), docs.function(&*it));
    }
    pages
}

struct Docs<'a> {
    name: &'a str,
    example: &'a dyn Fn(&str) -> Option<String>,
}

impl Docs<'_> {
    /// Pages are named without the provider's name.
    fn path(&self, folder: &str, type_name: &str) -> String {
        let short = type_name.strip_prefix(self.name).and_then(|rest| rest.strip_prefix('_'));
        format!("{folder}/{}.md", short.unwrap_or(type_name))
    }

    fn index(&self, schema: &Schema) -> String {
        let mut page = Page::new(&format!("{} Provider", self.name), &schema.block.description);
        page.heading(1, &format!("{} Provider", self.name));
        page.text(&schema.block.description);
        self.usage(&mut page, "terraform", "provider/provider.tf");
        schema::write(&mut page, &schema.block);
        page.finish()
    }

    fn resource(&self, resource: &dyn Resource) -> String {
        let name = resource.type_name();
        let schema = resource.schema();
        let mut page = self.typed(name, "Resource", &schema);
        self.usage(&mut page, "terraform", &format!("resources/{name}/resource.tf"));
        schema::write(&mut page, &schema.block);
        self.import(&mut page, name, resource.identity_schema().as_ref());
        page.finish()
    }

    fn data_source(&self, source: &dyn DataSource) -> String {
        let schema = source.schema();
        let mut page = self.typed(source.type_name(), "Data Source", &schema);
        self.usage(&mut page, "terraform", &format!("data-sources/{}/data-source.tf", source.type_name()));
        schema::write(&mut page, &schema.block);
        page.finish()
    }

    fn list(&self, list: &dyn ListResource) -> String {
        let schema = list.schema();
        let mut page = self.typed(list.type_name(), "List Resource", &schema);
        page.text("For `terraform query`, in Terraform 1.14 and later.");
        let example = format!("list-resources/{}/list-resource.tfquery.hcl", list.type_name());
        self.usage(&mut page, "terraform", &example);
        schema::write(&mut page, &schema.block);
        page.finish()
    }

    fn function(&self, function: &dyn Function) -> String {
        let (name, signature) = (function.name(), function.signature());
        let mut page = Page::new(&format!("{name} Function - {}", self.name), &signature.summary);
        page.heading(1, &format!("{name} (Function)"));
        page.text(&signature.description);
        self.usage(&mut page, "terraform", &format!("functions/{name}/function.tf"));
        page.heading(2, "Signature");
        let parameter = |it: &Parameter| format!("{} {}", it.name, schema::type_name(&it.ty).to_lowercase());
        let mut parameters: Vec<_> = signature.parameters.iter().map(parameter).collect();
        parameters.extend(signature.variadic.iter().map(|it| format!("{}...", parameter(it))));
        let returns = schema::type_name(&signature.returns).to_lowercase();
        page.code("text", &format!("{name}({}) {returns}", parameters.join(", ")));
        page.heading(2, "Arguments");
        let all = signature.parameters.iter().chain(&signature.variadic);
        let lines =
            all.map(|it| format!("- `{}` ({}) {}", it.name, schema::type_name(&it.ty), it.description));
        page.text(&lines.collect::<Vec<_>>().join("\n"));
        page.finish()
    }

    fn typed(&self, name: &str, kind: &str, schema: &Schema) -> Page {
        let mut page = Page::new(&format!("{name} {kind} - {}", self.name), &schema.block.description);
        page.heading(1, &format!("{name} ({kind})"));
        page.text(&schema.block.description);
        page
    }

    fn usage(&self, page: &mut Page, language: &str, path: &str) {
        if let Some(example) = (self.example)(path) {
            page.heading(2, "Example Usage");
            page.code(language, &example);
        }
    }

    fn import(&self, page: &mut Page, name: &str, identity: Option<&IdentitySchema>) {
        let example = |file: &str| (self.example)(&format!("resources/{name}/{file}"));
        let (command, block) = (example("import.sh"), example("import-by-string-id.tf"));
        let by_identity = example("import-by-identity.tf").zip(identity);
        if command.is_none() && block.is_none() && by_identity.is_none() {
            return;
        }
        page.heading(2, "Import");
        if let Some(block) = block {
            page.text("With an `import` block, in Terraform 1.5 and later:");
            page.code("terraform", &block);
        }
        if let Some((block, identity)) = by_identity {
            page.text("With an `import` block and the resource's identity, in Terraform 1.12 and later:");
            page.code("terraform", &block);
            page.heading(3, "Identity Schema");
            schema::identity(page, identity);
        }
        if let Some(command) = command {
            page.text("With the command:");
            page.code("shell", &command);
        }
    }
}

#[cfg(test)]
mod tests;
