use super::*;

fn caller(namespace: &str) -> ManagedObject {
    ManagedObject::Caller { endpoint: "e1".to_owned(), namespace: namespace.to_owned() }
}

fn list(by: AllowlistOwner, callers: &[&str]) -> ManagedObject {
    let callers = Some(callers.iter().map(|caller| (*caller).to_owned()).collect());
    ManagedObject::Allowlist { endpoint: "e1".to_owned(), by, callers }
}

fn endpoint(id: Option<&str>, name: &str) -> ManagedObject {
    ManagedObject::Endpoint { id: id.map(str::to_owned), name: name.to_owned() }
}

fn attachment(namespace: &str) -> ManagedObject {
    ManagedObject::Attachment { rule: "r1".to_owned(), namespace: namespace.to_owned() }
}

fn attachments() -> ManagedObject {
    ManagedObject::Attachments { rule: "r1".to_owned(), namespaces: None }
}

/// The claims of one process; `folder` is shared with others.
fn process(folder: &std::path::Path) -> Claims {
    let run = Run { folder: Some(folder.to_owned()), parent: Some(std::process::id()), ..Run::default() };
    Claims::new(Records::open(&run, "https://registry.example"))
}

fn alone() -> Claims {
    Claims::new(Records::open(&Run::default(), "https://registry.example"))
}

fn plan(
    claims: &Claims,
    instance: &InstanceId,
    before: &[ManagedObject],
    after: &[ManagedObject],
) -> Result<(), Box<ClaimConflict>> {
    claims.note_plan(instance, Some(before.to_vec()), (after.to_vec(), false))
}

/// Whether two instances that are planned to manage these conflict, in either order.
#[track_caller]
fn check(first: &ManagedObject, second: &ManagedObject, conflict: bool) {
    for (first, second) in [(first, second), (second, first)] {
        let claims = alone();
        plan(&claims, &InstanceId::new(), &[], std::slice::from_ref(first)).unwrap();
        let found = plan(&claims, &InstanceId::new(), &[], std::slice::from_ref(second));
        assert_eq!(found.is_err(), conflict, "{first:?} and {second:?}");
    }
}

#[test]
fn a_list_is_managed_by_one_resource() {
    use AllowlistOwner::{Allowlist, Endpoint};
    check(&list(Endpoint, &["a"]), &list(Allowlist, &["a"]), true);
    check(&list(Allowlist, &["a"]), &list(Allowlist, &["a"]), true);
    check(&list(Endpoint, &["a"]), &caller("b"), true);
    check(&caller("a"), &caller("a"), true);
    check(&caller("a"), &caller("b"), false);
    check(&attachments(), &attachment("a"), true);
    check(&attachment("a"), &attachment("a"), true);
    check(&attachment("a"), &attachment("b"), false);
    check(&endpoint(None, "pay"), &endpoint(None, "pay"), true);
    check(&endpoint(None, "pay"), &endpoint(None, "hr"), false);
}

#[test]
fn an_instance_does_not_conflict_with_itself() {
    let (claims, instance) = (alone(), InstanceId::new());
    plan(&claims, &instance, &[caller("a")], &[caller("a")]).unwrap();
    // The second plan of a replacement: no prior state, and the private state of the first.
    claims.note_plan(&instance, None, (vec![caller("a")], false)).unwrap();
}

#[test]
fn what_both_manage_already_is_a_warning_and_a_new_claim_an_error() {
    let severity = |before: &[ManagedObject]| {
        let claims = alone();
        plan(&claims, &InstanceId::new(), &[caller("a")], &[caller("a")]).unwrap();
        plan(&claims, &InstanceId::new(), before, &[caller("a")]).unwrap_err().planned().severity
    };
    assert_eq!(severity(&[caller("a")]), tfplugin::Severity::Warning);
    assert_eq!(severity(&[]), tfplugin::Severity::Error);
}

#[test]
fn an_apply_knows_what_its_plan_knew() {
    let folder = tempfile::tempdir().unwrap();
    let (moves, stays) = (InstanceId::new(), InstanceId::new());
    let planned = process(folder.path());
    plan(&planned, &moves, &[caller("a")], &[]).unwrap();
    plan(&planned, &stays, &[caller("b")], &[caller("a")]).unwrap();
    let private = private_state::with(b"", &moves, planned.plan_id());
    drop(planned);
    let applies = process(folder.path());
    assert!(applies.applies_a_plan());
    assert!(applies.others_at_delete(&private, &[caller("a")]).manages_caller("e1", "a"));
    assert!(!applies.others_at_delete(&private, &[caller("a")]).manages_caller("e1", "b"));
    let change = applies.others_at_update(b"", (&[caller("b")], &[caller("a")]));
    assert!(!change.manages_caller("e1", "b"), "the one that is given up");
}

#[test]
fn what_others_change_on_an_allowlist_is_known_and_what_they_leave_alone_is_not_among_it() {
    let claims = alone();
    plan(&claims, &InstanceId::new(), &[caller("gone")], &[]).unwrap();
    plan(&claims, &InstanceId::new(), &[caller("stays")], &[caller("stays")]).unwrap();
    plan(&claims, &InstanceId::new(), &[], &[caller("new")]).unwrap();
    let others = claims.others_at_update(b"", (&[], &[]));
    assert_eq!(others.changed_callers("e1"), ["gone", "new"].map(str::to_owned).into());
    assert!(others.changed_callers("e2").is_empty());
}

#[test]
fn a_replacement_manages_what_the_deleted_instance_managed() {
    let folder = tempfile::tempdir().unwrap();
    let instance = InstanceId::new();
    let planned = process(folder.path());
    plan(&planned, &instance, &[attachment("a")], &[attachment("a")]).unwrap();
    let private = private_state::with(b"", &instance, planned.plan_id());
    drop(planned);
    assert!(
        process(folder.path()).others_at_delete(&private, &[attachment("a")]).manages_attachment("r1", "a")
    );
}

#[test]
fn processes_of_one_walk_see_each_other_and_those_of_another_run_do_not() {
    let folder = tempfile::tempdir().unwrap();
    drop(process(folder.path()));
    let (one, other) = (process(folder.path()), process(folder.path()));
    plan(&one, &InstanceId::new(), &[], &[caller("a")]).unwrap();
    assert!(plan(&other, &InstanceId::new(), &[], &[caller("a")]).is_err());
    drop(one);
    assert!(plan(&other, &InstanceId::new(), &[], &[caller("a")]).is_err(), "one that ended first");
    let run = Run { folder: Some(folder.path().to_owned()), parent: Some(1), ..Run::default() };
    let stranger = Claims::new(Records::open(&run, "https://registry.example"));
    plan(&stranger, &InstanceId::new(), &[], &[caller("a")]).unwrap();
    let run = Run { parent: Some(std::process::id()), ..run };
    let elsewhere = Claims::new(Records::open(&run, "https://another.example"));
    plan(&elsewhere, &InstanceId::new(), &[], &[caller("a")]).unwrap();
}

#[test]
fn the_planned_action_follows_the_claims_of_the_instance() {
    let claims = alone();
    assert_eq!(claims.planned_action("e1"), PlannedAction::Unknown);
    let instance = InstanceId::new();
    claims.note_read(&instance, vec![endpoint(Some("e1"), "pay")]);
    assert_eq!(claims.planned_action("e1"), PlannedAction::Keep);
    plan(&claims, &instance, &[endpoint(Some("e1"), "pay")], &[endpoint(Some("e1"), "hr")]).unwrap();
    assert_eq!(claims.planned_action("e1"), PlannedAction::Release);
    claims.note_plan(&instance, None, (vec![endpoint(None, "pay")], false)).unwrap();
    assert_eq!(claims.planned_action("e1"), PlannedAction::Replace);
}

#[test]
fn the_planned_name_of_an_endpoint_is_known() {
    let claims = alone();
    plan(&claims, &InstanceId::new(), &[endpoint(Some("e1"), "pay")], &[endpoint(Some("e1"), "ship")])
        .unwrap();
    assert_eq!(claims.planned_name("e1").as_deref(), Some("ship"));
    assert_eq!(claims.planned_name("e2"), None);
}

#[test]
fn one_consent_to_reopen_speaks_for_all_that_are_detached() {
    let claims = alone();
    claims.note_plan(&InstanceId::new(), Some(vec![attachment("a")]), (Vec::new(), true)).unwrap();
    assert!(claims.allows_reopening("a", b""));
    assert!(!claims.allows_reopening("b", b""));
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_can_write_to_is_not_used() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt};

    let folder = tempfile::tempdir().unwrap();
    let user = std::fs::metadata(folder.path()).unwrap().uid();
    let shared = folder.path().join(format!("temporalnexus-{user}"));
    std::fs::create_dir(&shared).unwrap();
    std::fs::write(shared.join("kept"), "").unwrap();
    std::fs::set_permissions(&shared, PermissionsExt::from_mode(0o777)).unwrap();
    assert_eq!(process(folder.path()).plan_id(), None);
}

#[test]
fn the_versions_that_plan_deletions_unread_are_known() {
    let is_before = |version: &str| Run { terraform: version.to_owned(), ..Run::default() }.is_before_1_12();
    assert!(["1.8.0", "1.11.4", "1.11.0-rc1"].into_iter().all(is_before));
    assert!(!["1.12.0", "1.12.0-beta1", "1.15.5", "2.0.0", ""].into_iter().any(is_before));
}
