//! A provider whose objects take 200 ms to make, and nothing else. Where a registry is set, its objects are Endpoints there,
//! whose operations it looks at once a second.

use crate::polling::{self, Registry};
use std::io;
use std::os::unix::fs::symlink;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tests::terraform::Terraform;
use tests::workspace::Workspace;
use tfplugin::serve::{self, Program};
use tfplugin::{
    Answer, Attribute, ConfigureRequest, Context, CreateRequest, DeleteRequest, Environment, Provider,
    ReadRequest, Resource, Schema, Stored, Type, UpdateRequest, async_trait,
};

const PROGRAM: Program =
    Program { name: "terraform-provider-waiting", address: "registry.terraform.io/bench/waiting" };
const TIME: Duration = Duration::from_millis(200);

/// The provider's process.
pub fn serve() -> ExitCode {
    let environment: Environment = std::env::vars_os().collect();
    match serve::run(&PROGRAM, &environment, &mut io::stdout(), Waiting(polling::registry(&environment))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// A workspace with so many objects. The provider's program is this bench under another name.
pub fn workspace(terraform: &Terraform, objects: usize) -> Workspace {
    let workspace = Workspace::new(terraform);
    let folder = workspace.path().join("waiting");
    std::fs::create_dir(&folder).unwrap();
    symlink(std::env::current_exe().unwrap(), folder.join(PROGRAM.name)).unwrap();
    workspace.write(
        "terraform.rc",
        &format!("provider_installation {{\n  dev_overrides {{ \"bench/waiting\" = {folder:?} }}\n  direct {{}}\n}}\n"),
    );
    let blocks = format!(
        "terraform {{\n  required_providers {{\n    waiting = {{ source = \"bench/waiting\" }}\n  }}\n}}\n\
         resource \"waiting_object\" \"all\" {{\n  count = {objects}\n  name = \"e${{count.index}}\"\n}}\n"
    );
    workspace.write("main.tf", &blocks);
    workspace
}

struct Waiting(Option<Registry>);

#[async_trait]
impl Provider for Waiting {
    fn schema(&self) -> Schema {
        Schema::new(0, "Waits.", [])
    }

    async fn configure(&self, _cx: &Context, _request: ConfigureRequest) -> Answer<()> {
        Ok(())
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        vec![Arc::new(Object(self.0.clone()))]
    }
}

struct Object(Option<Registry>);

#[async_trait]
impl Resource for Object {
    fn type_name(&self) -> &str {
        "waiting_object"
    }

    fn schema(&self) -> Schema {
        let name = Attribute::required("name", Type::String, "Its name.");
        Schema::new(0, "Waits.", [name, Attribute::computed("id", Type::String, "Its name, again.").keeps()])
    }

    async fn read(&self, _cx: &Context, request: ReadRequest) -> Answer<Option<Stored>> {
        Ok(Some(request.state.into()))
    }

    async fn create(&self, _cx: &Context, request: CreateRequest) -> Answer<Stored> {
        let id = request.planned.get("name").clone();
        match &self.0 {
            Some(registry) => polling::create(registry, id.as_str().unwrap_or_default()).await,
            None => tokio::time::sleep(TIME).await,
        }
        Ok(request.planned.with("id", id).into())
    }

    async fn update(&self, _cx: &Context, request: UpdateRequest) -> Answer<Stored> {
        Ok(request.planned.into())
    }

    async fn delete(&self, _cx: &Context, _request: DeleteRequest) -> Answer<()> {
        Ok(())
    }
}
