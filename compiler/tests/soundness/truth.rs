//! Whether what was refused would have been refused: the registry is asked for it itself.

use crate::case::{Block, Case, endpoint_name, namespace};
use crate::doors::is_open;
use crate::judge::Verdict;
use crate::world::{World, seen, text};
use compiler::diagnostic::{Family, Finding};
use compiler::facts::Facts;
use compiler::pipeline::ParsedPolicy;
use compiler::plan::{Change, Planned, diff};
use registry::{
    AttachmentChange, AttachmentRefused, CallersChange, EndpointChange, NewEndpoint, Registry, RegistryError,
    RuleKind, WriteRefused, new_operation_id,
};
use schema::account::Target;
use schema::name::{NamespaceId, PrincipalId};
use schema::privatelink::PrivateConnection;
use std::collections::BTreeSet;

/// Who asks, and what about.
pub struct Truth<'a> {
    pub case: &'a Case,
    pub world: &'a World,
}

impl Truth<'_> {
    /// Asks for what each finding refuses. Gives how many were confirmed.
    pub async fn confirm(
        &self,
        parsed: &ParsedPolicy,
        facts: &Facts,
        verdict: &Verdict,
    ) -> Result<usize, String> {
        let mut confirmed = self.confirm_changes(parsed, facts, verdict).await?;
        for finding in verdict.errors() {
            let wrong = || Err(format!("refused, but the registry takes it: {}", finding.message));
            confirmed += match finding.code.family {
                Family::Permission if self.is_denied(finding).await? => 1,
                Family::Permission => return wrong(),
                Family::Reference if self.leads_nowhere(finding).await? => 1,
                Family::Reference => return wrong(),
                Family::Privatelink if !self.would_lock(finding).await? => return wrong(),
                _ => 0,
            };
        }
        Ok(confirmed)
    }

    /// Each change that the actor is said to lack something for is tried.
    async fn confirm_changes(
        &self,
        parsed: &ParsedPolicy,
        facts: &Facts,
        verdict: &Verdict,
    ) -> Result<usize, String> {
        let actor = self.case.actor();
        let lacks: Vec<_> =
            verdict.errors().filter(|finding| who(finding) == Some(actor.to_string())).collect();
        let (policy, _) = parsed.compile(Some(facts));
        let mut confirmed = 0;
        for planned in diff(&policy, facts, parsed.today) {
            let denied = lacks.iter().find(|finding| {
                finding.code.name == "permission-role" && finding.message.contains("the Endpoint")
                    || finding.instance == Some(planned.instance.to_string())
            });
            if let Some(finding) = denied {
                self.demand_denial(&actor, &planned, finding).await?;
                confirmed += 1;
            }
        }
        Ok(confirmed)
    }

    async fn demand_denial(
        &self,
        actor: &PrincipalId,
        planned: &Planned,
        finding: &Finding,
    ) -> Result<(), String> {
        let actor = self.world.client(actor).ok_or("the actor has no key")?;
        // Alone, without the changes before it that free its name.
        let id = new_operation_id();
        let sent = match &planned.change {
            Change::Update { id: endpoint, attributes, .. } => {
                let (change, expected) = (attributes.change(), attributes.expectation());
                let sent = actor.update_endpoint_guarded(endpoint, &expected, &change, &id).await;
                sent.map(drop)
            }
            deleted @ Change::Delete { id: endpoint, .. } => {
                let expected = deleted.deletion().unwrap_or_default();
                actor.delete_endpoint_guarded(endpoint, &expected, &id).await.map(drop)
            }
            created @ Change::Create { .. } => {
                let new = created.new_endpoint().ok_or("no endpoint")?;
                actor.create_endpoint(&new, &id).await.map(drop).map_err(WriteRefused::from)
            }
        };
        match sent {
            Err(WriteRefused::Registry(error)) if error.is_permission_denied() => Ok(()),
            other => Err(format!("refused, but it ended with {other:?}: {}", finding.message)),
        }
    }

    /// Whether whoever the finding is about is denied what it says. Groups have no key to try it with.
    async fn is_denied(&self, finding: &Finding) -> Result<bool, String> {
        let who: PrincipalId = who(finding).ok_or("a finding names nobody")?.parse().map_err(text)?;
        let Some(client) = self.world.client(&who) else { return Ok(true) };
        let named = named(finding, 1).unwrap_or_default();
        let namespace = || format!("{named}.a2dd6").parse::<NamespaceId>().map_err(text);
        let tried = match finding.code.name {
            "permission-attach" => attach(&client, &namespace()?).await,
            "permission-connectivity" => create_rule(&client).await,
            "permission-target" | "permission-retarget" => create_endpoint(&client, &namespace()?).await,
            _ if finding.message.contains("the private connection") => {
                client.connectivity_rules().await.map(drop)
            }
            _ => {
                let at = self.case.namespaces.keys().next().copied().unwrap_or_default();
                create_endpoint(&client, &crate::case::namespace(at)).await
            }
        };
        match tried {
            Err(error) if error.is_permission_denied() => Ok(true),
            Err(error) => Err(format!("refused for another reason: {}: {error}", finding.message)),
            Ok(()) => Ok(false),
        }
    }

    /// Whether the block names something that is not there; of an Endpoint the registry is asked as well.
    async fn leads_nowhere(&self, finding: &Finding) -> Result<bool, String> {
        let instance = finding.instance.as_deref().ok_or("a finding names no block")?;
        let (kind, label) = instance.split_once('.').unwrap_or_default();
        let number = label.get(1..).and_then(|number| number.parse().ok()).unwrap_or_default();
        let absent = |number: &u8| !self.case.namespaces.contains_key(number);
        let stranger = |manager: Option<usize>| manager.is_some_and(|at| at >= self.case.principals.len());
        Ok(match kind {
            "endpoint" => {
                let block = &self.case.declared[&number];
                match finding.code.name {
                    "dangling-principal" => stranger(block.managed_by),
                    _ => self.ask(number, block).await?.is_err(),
                }
            }
            "allowlist" => {
                let grant = &self.case.grants[usize::from(number)];
                match finding.code.name {
                    "dangling-endpoint" => self.is_gone(grant.endpoint),
                    _ => grant.callers.iter().any(absent),
                }
            }
            "privatelink" => {
                let link = &self.case.links[&number];
                match finding.code.name {
                    "dangling-principal" => stranger(link.managed_by),
                    _ => link.namespaces.iter().any(absent),
                }
            }
            _ => false,
        })
    }

    /// Whether no Endpoint has this name, or the policy takes it away.
    fn is_gone(&self, number: u8) -> bool {
        let Case { declared, endpoints, .. } = self.case;
        let is_there = declared.contains_key(&number) || endpoints.contains_key(&number);
        !is_there || declared.values().any(|block| block.renamed_from == Some(number))
    }

    /// Asks for a declared Endpoint as it is written, with what dangles.
    async fn ask(&self, number: u8, block: &Block) -> Result<Result<(), RegistryError>, String> {
        let owner = self.world.owner()?;
        let target = target(&namespace(block.target));
        let callers: BTreeSet<_> = block.callers.iter().flatten().map(|caller| namespace(*caller)).collect();
        let all = owner.endpoints().await.map_err(text)?;
        let name = endpoint_name(number);
        let Some(held) = all.iter().find(|endpoint| endpoint.name() == name) else {
            let name = name.parse().map_err(text)?;
            let new = NewEndpoint { callers, ..NewEndpoint::new(name, target) };
            return Ok(owner.create_endpoint(&new, &new_operation_id()).await.map(drop));
        };
        let change = EndpointChange {
            target: Some(target),
            callers: block.callers.as_ref().map(|_| CallersChange::Replace(callers)),
            ..EndpointChange::default()
        };
        Ok(owner.update_endpoint(held, &change, &new_operation_id()).await.map(drop))
    }

    /// A Namespace that is said to be closed to the internet is open, and its first rule would close it.
    async fn would_lock(&self, finding: &Finding) -> Result<bool, String> {
        if finding.code.name != "privatelink-lockout" {
            return Ok(true);
        }
        let id: NamespaceId =
            format!("{}.a2dd6", named(finding, 0).unwrap_or_default()).parse().map_err(text)?;
        let facts = seen(&self.world.owner()?).await.ok_or("the Owner sees nothing")?;
        Ok(is_open(&facts, &id) && facts.connectivity.attached_to(&id).is_empty())
    }
}

/// Who lacks something, by the finding's words.
fn who(finding: &Finding) -> Option<String> {
    named(finding, 0).filter(|_| finding.code.family == Family::Permission)
}

/// What stands between backticks, counted from 0.
fn named(finding: &Finding, at: usize) -> Option<String> {
    finding.message.split('`').nth(2 * at + 1).map(str::to_owned)
}

fn target(namespace: &NamespaceId) -> Target {
    Target::Worker { namespace: namespace.clone(), task_queue: "q0".parse().unwrap() }
}

async fn create_endpoint(client: &Registry, at: &NamespaceId) -> Result<(), RegistryError> {
    let name = "probe".parse().unwrap();
    let new = NewEndpoint::new(name, target(at));
    client.create_endpoint(&new, &new_operation_id()).await.map(drop)
}

async fn create_rule(client: &Registry) -> Result<(), RegistryError> {
    let rule = RuleKind::Private(PrivateConnection {
        region: "aws-us-west-2".to_owned(),
        connection_id: "vpce-89abcdef".to_owned(),
        gcp_project_id: None,
    });
    client.create_connectivity_rule(&rule, &new_operation_id()).await.map(drop)
}

/// Attaches a rule that does not exist: permission comes first.
async fn attach(client: &Registry, to: &NamespaceId) -> Result<(), RegistryError> {
    let change = AttachmentChange { attach: ["none".to_owned()].into(), detach: BTreeSet::new() };
    match client.change_attachments(to, &change, &BTreeSet::new(), &new_operation_id()).await {
        Err(AttachmentRefused::Registry(error)) => Err(error),
        _ => Ok(()),
    }
}
