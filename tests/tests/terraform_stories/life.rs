//! Lives a story: runs its steps with a real Terraform on a registry of its own, and has them judged.

use crate::command::{Output, run};
use crate::configuration::{Body, Configuration, Kept};
use crate::hcl;
use crate::oracle::{Announced, Failure, Judgement, differs, expected, judge_samples};
use crate::ownership::{Held, Others, kept_twice};
use crate::sampler::Samples;
use crate::story::{Command, Outside, PlanOf, Step, Story};
use crate::world::{Parts, Reader, World, act, id_of};
use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};
use tests::account::Account;
use tests::dev::{Dev, fixture};
use tests::terraform::Terraform;
use tests::workspace::Workspace;

/// How many applies a story ran.
pub type Applies = usize;

/// Lives a story.
///
/// # Errors
/// The first promise that is broken.
pub fn live(story: &Story, terraform: &Terraform) -> Result<Applies, Failure> {
    let mut life = Life::start(story, terraform);
    for outside in &story.before {
        life.act(outside);
    }
    life.others = Others::all_of(&life.world());
    for step in &story.steps {
        life.step += 1;
        life.take(step)?;
        if life.is_over {
            return Ok(life.applies);
        }
    }
    life.step += 1;
    for outside in &story.ending {
        life.act(outside);
    }
    life.end()?;
    Ok(life.applies)
}

struct Life {
    dev: Dev,
    workspace: Workspace,
    owner: Account,
    reader: Reader,
    others: Others,
    /// What Terraform keeps since the last apply that was judged.
    held: Held,
    /// What was planned to go since then.
    deleted: BTreeSet<String>,
    /// The ids that the Endpoints and rules which Terraform keeps had before the step.
    ids: BTreeMap<String, String>,
    /// Whether what others keep stands in the way: that is refused, and nobody can go on.
    is_over: bool,
    step: usize,
    applies: Applies,
    sampled: bool,
    /// What of the account the story is about.
    parts: Parts,
}

/// The first command of a step.
struct FirstRun {
    samples: Vec<World>,
    output: Output,
    /// What the registry held before, where others have changed it since the step began.
    before: Option<World>,
}

impl FirstRun {
    fn since(self, before: World) -> (Vec<World>, Output, World) {
        (self.samples, self.output, self.before.unwrap_or(before))
    }
}

impl Life {
    fn start(story: &Story, terraform: &Terraform) -> Self {
        let options: Vec<_> = ["--control"].into_iter().chain(story.registry.iter().copied()).collect();
        let dev = Dev::with(&fixture("stories.nexus.hcl"), &options);
        let owner = Account::of(&dev, "user.owner");
        let mut workspace = Workspace::new(terraform);
        workspace.set(dev.environment(dev.key(story.principal.unwrap_or("user.ada@stories.example"))));
        Self {
            reader: Reader::new(owner.clone(), Parts::ALL),
            workspace,
            owner,
            others: Others::default(),
            held: Held::new(),
            deleted: BTreeSet::new(),
            ids: BTreeMap::new(),
            is_over: false,
            step: 0,
            applies: 0,
            sampled: true,
            parts: parts(story),
            dev,
        }
    }

    fn world(&mut self) -> World {
        self.reader.read().expect("the owner may read the account")
    }

    /// Whether it could be done.
    fn act(&mut self, outside: &Outside) -> bool {
        let done = act(&self.owner, outside);
        if done {
            self.others.act(outside, &self.held);
        }
        done
    }

    fn ids(&self) -> BTreeMap<String, String> {
        let names = self.held.values().filter_map(Kept::name);
        names.map(|name| (name.to_owned(), id_of(&self.owner, name))).collect()
    }

    /// What of that which was planned to go is gone: what has its id still was taken over, or its replacement failed.
    fn gone(&self) -> BTreeSet<String> {
        let now = self.ids();
        let stays = |address: &String| {
            let name = self.held.get(address).and_then(Kept::name);
            name.is_some_and(|name| self.ids.get(name) == now.get(name))
        };
        self.deleted.iter().filter(|address| !stays(address)).cloned().collect()
    }

    /// Whether a rule cannot be deleted because others have attached it, or the configuration leaves it attached.
    fn is_held_by_others(&self, output: &Output, configuration: &Configuration) -> bool {
        let mut theirs = self.others.clone();
        theirs.forget_removed(&self.held, configuration);
        let names = |error: &String| {
            let mut attached = theirs.attachments().iter();
            attached.any(|(_, namespace)| error.contains(&format!("`{namespace}`")))
        };
        let is_of_theirs = |error: &String| error.contains("is still attached") && names(error);
        !output.errors.is_empty() && output.errors.iter().all(is_of_theirs)
    }

    fn write(&self, configuration: &Configuration) {
        self.workspace.write("main.tf", &hcl::write(configuration, &|name| id_of(&self.owner, name)));
    }

    fn failure(&self, judgement: Judgement, what: impl Into<String>) -> Failure {
        Failure { judgement, step: self.step, what: what.into() }
    }

    fn take(&mut self, step: &Step) -> Result<(), Failure> {
        for outside in &step.outside {
            self.act(outside);
        }
        self.write(&step.configuration);
        if let Command::Plans(times, of) = step.command {
            return self.plans(times, of);
        }
        self.ids = self.ids();
        let before = self.world();
        if let Some(fault) = step.fault {
            self.owner.strike(fault);
        }
        // Reads count against rate limits.
        self.sampled = !step.fault.is_some_and(|fault| fault.starts_with("rate-limits"));
        let ran = self.first_run(step);
        if step.fault.is_some() {
            self.owner.clear_faults();
        }
        let (samples, output, before) = ran?.since(before);
        self.deleted.extend(output.deleted.clone());
        let twice = kept_twice(&step.configuration);
        if !output.succeeded() && (step.may_be_refused || !twice.is_empty()) {
            self.refused_in_time(&output, &twice)?;
            return self.go_on_after_refusal(output.started);
        }
        let (mut samples, began) = (samples, output.started);
        self.is_over = self.is_held_by_others(&output, &step.configuration);
        if self.is_over {
            return Ok(());
        }
        let may_fail = step.may_fail() || output.is_of_created_first();
        if !output.succeeded() && !may_fail {
            return Err(self.failure(Judgement::Converges, format!("the apply failed: {}", output.reason())));
        }
        if may_fail {
            let (more, output) = self.sampled(&["apply", "-auto-approve"], None, 10);
            self.deleted.extend(output.deleted.clone());
            samples.extend(more);
            self.is_over = self.is_held_by_others(&output, &step.configuration);
            if self.is_over {
                return Ok(());
            }
            if !output.succeeded() && !twice.is_empty() {
                self.refused_in_time(&output, &twice)?;
                return self.go_on_after_refusal(began || output.started);
            }
            // Terraform's own order has no way out of some mixtures of `create_before_destroy`.
            self.is_over = output.errors.iter().any(|error| error.contains("Cycle: "));
            if self.is_over {
                return Ok(());
            }
            if !output.succeeded() {
                let what = format!("the next apply failed: {}", output.reason());
                return Err(self.failure(Judgement::Recovers, what));
            }
        }
        self.judge(&step.configuration, &samples, &before)
    }

    /// The command of a step, and what the registry held during it.
    fn first_run(&mut self, step: &Step) -> Result<FirstRun, Failure> {
        let interrupt = match step.command {
            Command::Interrupt(after) => Some(Duration::from_millis(after)),
            _ => None,
        };
        let option = match &step.command {
            Command::Replace(address) => Some(format!("-replace={address}")),
            Command::Target(address) => Some(format!("-target={address}")),
            Command::ApplyWithoutRefresh => Some("-refresh=false".to_owned()),
            _ => None,
        };
        if let Command::SavedPlan(outside) = &step.command {
            return self.saved_plan(step, outside);
        }
        let mut arguments = vec!["apply", "-auto-approve"];
        arguments.extend(option.as_deref());
        let (samples, output) = self.sampled(&arguments, interrupt, step.parallelism);
        Ok(FirstRun { samples, output, before: None })
    }

    fn saved_plan(&mut self, step: &Step, outside: &[Outside]) -> Result<FirstRun, Failure> {
        let mut plan = run(&self.workspace, &["plan", "-json", "-input=false", "-out=saved"], || false);
        let planned_on = self.world();
        // The fault is for Terraform, not for others.
        if step.fault.is_some() {
            self.owner.clear_faults();
        }
        let done: Vec<_> = outside.iter().filter(|outside| self.act(outside)).collect();
        if let Some(fault) = step.fault {
            self.owner.strike(fault);
        }
        let before = self.world();
        if !plan.succeeded() {
            return Ok(FirstRun { samples: Vec::new(), output: plan, before: Some(before) });
        }
        let (samples, applied) = self.sampled(&["apply", "saved"], None, step.parallelism);
        // After the plan nothing may be overwritten that it has not seen.
        let after = self.world();
        let lost = done.iter().find(|outside| match outside {
            // Whoever is allowed on an Endpoint that the plan deletes goes with it.
            Outside::AddCaller(name, caller) => {
                let was_new = !planned_on.may_call(caller, name);
                was_new && after.endpoints.contains_key(*name) && !after.may_call(caller, name)
            }
            _ => false,
        });
        if let Some(lost) = lost.filter(|_| applied.succeeded()) {
            let what = format!("the saved plan overwrote what others did after it: {lost:?}");
            return Err(self.failure(Judgement::Converges, what));
        }
        plan.code = applied.code;
        plan.errors = applied.errors;
        plan.started = applied.started;
        Ok(FirstRun { samples, output: plan, before: Some(before) })
    }

    /// Runs a command that applies while the registry is read again and again.
    fn sampled(
        &mut self,
        arguments: &[&str],
        interrupt: Option<Duration>,
        parallelism: u8,
    ) -> (Vec<World>, Output) {
        self.applies += 1;
        let parallelism = format!("-parallelism={parallelism}");
        let (command, rest) = arguments.split_first().expect("a command");
        let arguments: Vec<_> = [*command, "-json", "-input=false", &parallelism]
            .into_iter()
            .chain(rest.iter().copied())
            .collect();
        let samples = Samples::default();
        let output = thread::scope(|scope| {
            if self.sampled {
                samples.start(scope, self.owner.clone(), self.parts);
            }
            let mut changed: Option<Instant> = None;
            let output = run(&self.workspace, &arguments, || {
                let Some(after) = interrupt else { return false };
                if changed.is_none() && samples.has_changed() {
                    changed = Some(Instant::now());
                }
                changed.is_some_and(|changed| changed.elapsed() >= after)
            });
            samples.end();
            output
        });
        (samples.all(), output)
    }

    /// What is refused is refused before anything is written, where names alone show that it is kept twice.
    fn refused_in_time(&mut self, output: &Output, twice: &[String]) -> Result<(), Failure> {
        let plain = twice.iter().find(|thing| thing.starts_with("Endpoint ") || thing.starts_with("rule "));
        match plain.filter(|_| output.started) {
            None => Ok(()),
            Some(thing) => {
                let what =
                    format!("the apply was refused half-way, not at plan: {thing}: {}", output.reason());
                Err(self.failure(Judgement::PlansAlike, what))
            }
        }
    }

    /// What a refused apply had begun is no longer what the story knows: all of it must go, and the story ends.
    fn go_on_after_refusal(&mut self, had_begun: bool) -> Result<(), Failure> {
        self.is_over = had_begun;
        if !had_begun {
            return Ok(());
        }
        let (_, output) = self.sampled(&["destroy", "-auto-approve"], None, 10);
        if output.succeeded() || self.is_held_by_others(&output, &Configuration::default()) {
            return Ok(());
        }
        let what = format!("the destroy after a refused apply failed: {}", output.reason());
        Err(self.failure(Judgement::Destroys, what))
    }

    /// Judges the end of a step that went through.
    fn judge(
        &mut self,
        configuration: &Configuration,
        samples: &[World],
        before: &World,
    ) -> Result<(), Failure> {
        let after = self.world();
        let announced = Announced::of(&self.held, configuration, &self.deleted);
        let sides = (&before.only(self.parts), &after.only(self.parts));
        if let Some(what) = judge_samples(samples, sides, &announced) {
            return Err(self.failure(Judgement::KeepsAccess, what));
        }
        let gone = self.gone();
        self.others.apply(&self.held, configuration, &gone, before);
        self.deleted.clear();
        self.held = configuration.kept();
        if let Some(what) =
            differs(&expected(&self.others, configuration), &after, self.others.keeps_public())
        {
            return Err(self.failure(Judgement::Converges, what));
        }
        let plan = run(&self.workspace, &["plan", "-json", "-input=false", "-detailed-exitcode"], || false);
        match plan.succeeded() {
            true => Ok(()),
            false => {
                let what = format!("the next plan is not empty: {}", plan.reason());
                Err(self.failure(Judgement::Converges, what))
            }
        }
    }

    fn plans(&mut self, times: u8, of: PlanOf) -> Result<(), Failure> {
        let mut arguments = vec!["plan", "-json", "-input=false"];
        if of == PlanOf::Destroy {
            arguments.push("-destroy");
        }
        let (mut accepted, mut refused) = (0, None);
        for _ in 0..times {
            let plan = run(&self.workspace, &arguments, || false);
            match plan.succeeded() {
                true => accepted += 1,
                false => refused = Some(plan),
            }
            if let Some(plan) = refused.as_ref().filter(|_| accepted > 0) {
                let what = format!("plans of one state are accepted and refused: {}", plan.reason());
                return Err(self.failure(Judgement::PlansAlike, what));
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Failure> {
        let nothing = Configuration::default();
        let before = self.world();
        let (samples, output) = self.sampled(&["destroy", "-auto-approve"], None, 10);
        if self.is_held_by_others(&output, &nothing) {
            return Ok(());
        }
        if !output.succeeded() {
            let what = format!("the destroy failed: {}", output.reason());
            return Err(self.failure(Judgement::Destroys, what));
        }
        self.deleted.extend(output.deleted);
        let after = self.world();
        let announced = Announced::of(&self.held, &nothing, &self.deleted);
        self.others.apply(&self.held, &nothing, &self.deleted, &before);
        if let Some(what) = differs(&expected(&self.others, &nothing), &after, self.others.keeps_public()) {
            return Err(self.failure(Judgement::Destroys, what));
        }
        let sides = (&before.only(self.parts), &after.only(self.parts));
        match judge_samples(&samples, sides, &announced) {
            None => Ok(()),
            Some(what) => Err(self.failure(Judgement::KeepsAccess, what)),
        }
    }
}

/// What of the account a story is about.
fn parts(story: &Story) -> Parts {
    let bodies = story.steps.iter().flat_map(|step| step.configuration.instances().into_values());
    bodies.fold(Parts::default(), |parts, body| match body {
        Body::Endpoint { .. } | Body::Allowlist { .. } | Body::Caller { .. } => {
            Parts { endpoints: true, ..parts }
        }
        Body::Mapping { .. } | Body::Attachment { .. } | Body::PublicRule => {
            Parts { connections: true, ..parts }
        }
    })
}

impl Drop for Life {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the registry said:\n{}", self.dev.talk());
        }
    }
}
