//! Plans are honest: for random schemas, configurations and prior states, what is planned follows the rules that Terraform
//! enforces, what apply gives is what was planned, and planning again finds nothing to do. `HONESTY_CASES` asks for more
//! cases than CI runs.

mod case;
mod core;
mod rules;

use std::sync::Arc;

use async_trait::async_trait;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestError, TestRunner};

use super::*;
use crate::diagnostic::Answer;
use crate::provider::ConfigureRequest;
use crate::provider::resource::{CreateRequest, DeleteRequest, ReadRequest, Resource, Stored, UpdateRequest};
use crate::schema::Schema;
use case::{Case, cases, has_sets, known};

const CASES: u32 = 400;

/// A resource of any schema that plans what the layer plans, and makes what is planned.
#[derive(Clone)]
struct Any(Schema);

#[async_trait]
impl Resource for Any {
    fn type_name(&self) -> &str {
        "any"
    }

    fn schema(&self) -> Schema {
        self.0.clone()
    }

    async fn read(&self, _cx: &Context, request: ReadRequest) -> Answer<Option<Stored>> {
        Ok(Some(request.state.into()))
    }

    async fn create(&self, _cx: &Context, request: CreateRequest) -> Answer<Stored> {
        Ok(known(&self.0.ty(), request.planned).into())
    }

    async fn update(&self, _cx: &Context, request: UpdateRequest) -> Answer<Stored> {
        Ok(known(&self.0.ty(), request.planned).into())
    }

    async fn delete(&self, _cx: &Context, _request: DeleteRequest) -> Answer<()> {
        Ok(())
    }
}

#[async_trait]
impl Provider for Any {
    fn schema(&self) -> Schema {
        Schema::new(0, "A.", [])
    }

    async fn configure(&self, _cx: &Context, _request: ConfigureRequest) -> Answer<()> {
        Ok(())
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        vec![Arc::new(self.clone())]
    }
}

/// What Terraform does with one resource; what it would refuse is an error.
struct Terraform {
    schema: Schema,
    server: Server,
}

impl Terraform {
    fn new(schema: &Schema) -> Self {
        Self { schema: schema.clone(), server: Server::new(Arc::new(Any(schema.clone()))) }
    }

    async fn plan(&self, prior: &Value, config: &Value) -> Result<Value, String> {
        let (ty, block) = (self.schema.ty(), &self.schema.block);
        let proposed = core::proposed(block, prior, config);
        let sent = |value: &Value| Some(raw(&ty, value));
        let request = wire::Plan {
            type_name: "any".to_owned(),
            config: sent(config),
            prior_state: sent(prior),
            proposed_new_state: sent(&proposed),
            prior_private: Vec::new(),
            prior_identity: None,
        };
        let answer = self.server.plan_change(request).await;
        let planned = self.answered(answer.planned_state.as_ref(), &answer.diagnostics)?;
        rules::plan_is_valid(block, prior, config, &planned).map_err(|why| {
            format!("the plan is refused: {why}\nproposed {proposed:?}\nplanned {planned:?}")
        })?;
        Ok(planned)
    }

    async fn apply(&self, prior: &Value, config: &Value, planned: &Value) -> Result<Value, String> {
        let ty = self.schema.ty();
        let sent = |value: &Value| Some(raw(&ty, value));
        let request = wire::Apply {
            type_name: "any".to_owned(),
            prior_state: sent(prior),
            config: sent(config),
            planned_state: sent(planned),
            planned_private: Vec::new(),
            planned_identity: None,
        };
        let answer = self.server.apply_change(request).await;
        let state = self.answered(answer.new_state.as_ref(), &answer.diagnostics)?;
        rules::keeps_promises(planned, &state).map_err(|why| {
            format!("the new state is refused: {why}\nplanned {planned:?}\nstate {state:?}")
        })?;
        if state.is_wholly_known() { Ok(state) } else { Err(format!("unknown after apply: {state:?}")) }
    }

    fn answered(
        &self,
        value: Option<&wire::DynamicValue>,
        diagnostics: &[wire::Diagnostic],
    ) -> Result<Value, String> {
        if !diagnostics.is_empty() {
            return Err(format!("{diagnostics:?}"));
        }
        let sent = value.ok_or("no value was answered")?;
        decode(&self.schema.ty(), &sent.msgpack).map_err(|error| error.to_string())
    }

    /// Plan, apply with a second plan of what is known by then, and a plan that must be empty.
    async fn run(&self, prior: &Value, config: &Value) -> Result<(), String> {
        let first = self.plan(prior, config).await?;
        let config = known(&self.schema.ty(), config.clone());
        let second = self.plan(prior, &config).await?;
        rules::keeps_promises(&first, &second).map_err(|why| {
            format!("an inconsistent final plan: {why}\nfirst {first:?}\nsecond {second:?}")
        })?;
        let state = self.apply(prior, &config, &second).await?;
        // In sets Terraform pairs objects with prior ones at first sight, and may itself propose another change.
        if core::proposed(&self.schema.block, &state, &config) != state && has_sets(&self.schema.block) {
            return Ok(());
        }
        let again = self.plan(&state, &config).await?;
        if again == state {
            Ok(())
        } else {
            Err(format!("a plan without end\nstate {state:?}\nplan {again:?}"))
        }
    }
}

#[test]
fn plans_are_what_terraform_takes_and_applies_are_what_was_planned() {
    let more = std::env::var_os("HONESTY_CASES").and_then(|text| text.to_str()?.parse().ok());
    // CI judges the same cases each time: what a longer run finds becomes a test with a name.
    let rng_seed = if more.is_some() { RngSeed::Random } else { RngSeed::Fixed(2026) };
    let config = ProptestConfig {
        cases: more.unwrap_or(CASES),
        rng_seed,
        failure_persistence: None,
        max_shrink_iters: 400,
        ..ProptestConfig::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let checked = TestRunner::new(config).run(&cases(), |Case { schema, prior, config }| {
        let terraform = Terraform::new(&schema);
        runtime.block_on(terraform.run(&prior, &config)).map_err(TestCaseError::fail)
    });
    match checked {
        Ok(()) => {}
        Err(TestError::Fail(why, case)) => panic!("{why}\n{case:#?}"),
        Err(error) => panic!("{error}"),
    }
}
