//! A whole provider in one file: notes kept as files in a folder.
//!
//! ```text
//! cargo build --example notes
//! ln -s target/debug/examples/notes /some/folder/terraform-provider-notes
//! ```
//!
//! Then name `/some/folder` for `example/notes` in `dev_overrides`, or run it with `--debug`.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use tfplugin::schema::Block;
use tfplugin::serve::{self, Program};
use tfplugin::{
    Answer, Attribute, ConfigureRequest, Configured, Context, CreateRequest, DataSource, DeleteRequest,
    Diagnostic, Environment, Function, FunctionError, IdentityAttribute, IdentitySchema, ImportKey,
    MoveRequest, NestedBlock, Parameter, Plan, PlanRequest, Provider, ReadRequest, Resource, Schema,
    Signature, Stored, Type, UpdateRequest, Value, async_trait,
};

const PROGRAM: Program =
    Program { name: "terraform-provider-notes", address: "registry.terraform.io/example/notes" };

/// Serves Terraform, or says why not.
pub fn main() -> ExitCode {
    let environment: Environment = std::env::vars_os().collect();
    tfplugin::log::install(&environment, &[module_path!()], io::stderr);
    let debugging = std::env::args().any(|argument| argument == "--debug");
    let run = if debugging { serve::debug } else { serve::run };
    match run(&PROGRAM, &environment, &mut io::stdout(), Notes::default()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = io::Write::write_all(&mut io::stderr(), format!("{error}\n").as_bytes());
            ExitCode::FAILURE
        }
    }
}

/// What the provider block configures: the folder.
struct Folder(PathBuf);

impl Folder {
    fn path(&self, title: &str) -> PathBuf {
        self.0.join(format!("{title}.txt"))
    }

    fn read(&self, title: &str) -> Answer<Option<String>> {
        match std::fs::read_to_string(self.path(title)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", title, &error)),
        }
    }

    fn write(&self, title: &str, text: &str) -> Answer<()> {
        std::fs::write(self.path(title), text).map_err(|error| failed("write", title, &error))
    }
}

fn failed(action: &str, title: &str, error: &io::Error) -> tfplugin::Diagnostics {
    Diagnostic::error(format!("cannot {action} note `{title}`"), error.to_string()).into()
}

#[derive(Default)]
struct Notes {
    folder: Configured<Folder>,
}

#[async_trait]
impl Provider for Notes {
    fn schema(&self) -> Schema {
        Schema::new(0, "Notes.", [Attribute::required("folder", Type::String, "Where notes are kept.")])
    }

    async fn configure(&self, _cx: &Context, request: ConfigureRequest) -> Answer<()> {
        self.folder.set(Folder(request.config.get("folder").as_str().unwrap_or_default().into()));
        Ok(())
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        vec![Arc::new(Note(self.folder.clone()))]
    }

    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        vec![Arc::new(NoteText(self.folder.clone()))]
    }

    fn functions(&self) -> Vec<Arc<dyn Function>> {
        vec![Arc::new(Shout)]
    }
}

/// `notes_note`: one note.
struct Note(Configured<Folder>);

#[async_trait]
impl Resource for Note {
    fn type_name(&self) -> &str {
        "notes_note"
    }

    fn schema(&self) -> Schema {
        let timeouts = [Attribute::optional("create", Type::String, "How long to wait.")];
        Schema::new(
            1,
            "A note.",
            [
                Attribute::computed("id", Type::String, "The title again.").keeps(),
                Attribute::required("title", Type::String, "Names the file.").replaces(),
                Attribute::required("text", Type::String, "The text."),
                Attribute::optional("tags", Type::set(Type::String), "Kept in the state alone."),
                Attribute::computed("length", Type::Number, "The text's length in bytes."),
            ],
        )
        .block(NestedBlock::single("timeouts", Block::new("Patience.", timeouts)))
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        Some(IdentitySchema::new(0, [IdentityAttribute::required("title", Type::String, "The title.")]))
    }

    async fn validate(&self, _cx: &Context, config: Value) -> Answer<()> {
        if config.get("title").as_str().is_some_and(|title| title.contains('/')) {
            return Err(Diagnostic::error("a title has no `/`", "It names a file.").at("title").into());
        }
        Ok(())
    }

    async fn upgrade(&self, _cx: &Context, _version: i64, state: serde_json::Value) -> Answer<Value> {
        let json =
            |name: &str| state.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        Ok(note(&json("name"), &json("text")))
    }

    async fn read(&self, _cx: &Context, request: ReadRequest) -> Answer<Option<Stored>> {
        let title = request.state.get("id").as_str().unwrap_or_default();
        let text = self.0.require()?.read(title)?;
        Ok(text.map(|text| stored(&request.state, title, &text)))
    }

    async fn plan(&self, cx: &Context, request: PlanRequest, mut plan: Plan) -> Answer<Plan> {
        if request.prior.is_some_and(|prior| prior.get("text") != plan.state.get("text")) {
            cx.report(Diagnostic::warning("the note's old text is lost", "").at("text"));
        }
        if let Some(text) = plan.state.get("text").as_str() {
            let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
            plan.state = plan.state.with("length", length);
        }
        Ok(plan)
    }

    async fn create(&self, cx: &Context, request: CreateRequest) -> Answer<Stored> {
        let title = request.planned.get("title").as_str().unwrap_or_default();
        let text = request.planned.get("text").as_str().unwrap_or_default();
        self.0.require()?.write(title, text)?;
        if text == "half" {
            cx.report(Diagnostic::error(
                "the note was written by half",
                "It is there, but not as it should be.",
            ));
        }
        if text == "slow" {
            tracing::info!(title, "waiting to be stopped");
            cx.cancellation().cancelled().await;
            cx.report(Diagnostic::warning("stopped waiting for the note", ""));
        }
        Ok(stored(&request.planned, title, text))
    }

    async fn update(&self, _cx: &Context, request: UpdateRequest) -> Answer<Stored> {
        let title = request.prior.get("id").as_str().unwrap_or_default();
        let text = request.planned.get("text").as_str().unwrap_or_default();
        self.0.require()?.write(title, text)?;
        Ok(stored(&request.planned, title, text))
    }

    async fn delete(&self, _cx: &Context, request: DeleteRequest) -> Answer<()> {
        let title = request.prior.get("id").as_str().unwrap_or_default();
        match std::fs::remove_file(self.0.require()?.path(title)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("delete", title, &error)),
            _ => Ok(()),
        }
    }

    async fn import(&self, _cx: &Context, key: ImportKey) -> Answer<Stored> {
        let title = match key {
            ImportKey::Id(id) => id,
            ImportKey::Identity(identity) => identity.get("title").as_str().unwrap_or_default().to_owned(),
        };
        Ok(note(&title, "").into())
    }

    async fn move_from(&self, _cx: &Context, request: MoveRequest) -> Answer<Stored> {
        let title = request.state.get("id").and_then(serde_json::Value::as_str).unwrap_or_default();
        Ok(note(title, "").into())
    }
}

fn note(title: &str, text: &str) -> Value {
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    Value::object([
        ("id", title.into()),
        ("title", title.into()),
        ("text", text.into()),
        ("length", length.into()),
    ])
}

/// What is found, and for the rest what was there.
fn stored(before: &Value, title: &str, text: &str) -> Stored {
    let kept = |value: Value, name| value.with(name, before.get(name).clone());
    let state = ["tags", "timeouts"].into_iter().fold(note(title, text), kept);
    Stored { identity: Some(Value::object([("title", title.into())])), ..state.into() }
}

/// `notes_note` as data: the text of a note.
struct NoteText(Configured<Folder>);

#[async_trait]
impl DataSource for NoteText {
    fn type_name(&self) -> &str {
        "notes_note"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            0,
            "A note that is there already.",
            [
                Attribute::required("title", Type::String, "Names the file."),
                Attribute::computed("text", Type::String, "The text."),
            ],
        )
    }

    async fn read(&self, _cx: &Context, config: Value) -> Answer<Value> {
        let title = config.get("title").as_str().unwrap_or_default();
        match self.0.require()?.read(title)? {
            Some(text) => Ok(config.clone().with("text", text)),
            None => Err(Diagnostic::error(format!("there is no note `{title}`"), "").at("title").into()),
        }
    }
}

/// `provider::notes::shout(text, …)`.
struct Shout;

#[async_trait]
impl Function for Shout {
    fn name(&self) -> &str {
        "shout"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "Louder.".to_owned(),
            description: "All texts in capitals, with spaces between.".to_owned(),
            parameters: vec![Parameter::new("text", Type::String, "The text.")],
            variadic: Some(Parameter::new("more", Type::String, "More texts.")),
            returns: Type::String,
        }
    }

    async fn call(&self, _cx: &Context, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let empty = arguments.iter().position(|text| text.as_str() == Some(""));
        if let Some(index) = empty {
            return Err(FunctionError::argument(index, "there is nothing to shout"));
        }
        let texts: Vec<_> = arguments.iter().filter_map(Value::as_str).map(str::to_uppercase).collect();
        Ok(texts.join(" ").into())
    }
}
