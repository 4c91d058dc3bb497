//! `temporalnexus_privatelink_mapping`: create, update, replace, destroy.

use crate::scene::{
    ADDRESS, HUB, LEDGER, REGION, SPOKE, Scene, VAULT, mapping, mapping_of, on_every_terraform,
};
use serde_json::{Value, json};
use tests::account::id;

const BOTH: &str = "namespace_ids = [\"ledger.tiny1\", \"vault.tiny1\"]";

#[test]
fn a_connection_is_attached_with_the_public_rule_and_tells_how_it_is_reached() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let host = "vpce-0123456789abcdef0-x.vpce-svc-0822256b6575ea37f.us-east-1.vpce.amazonaws.com";
        scene.configure(&mapping(&format!("{BOTH}\n  keep_public = true\n  endpoint_address = {host:?}")));
        let service = "com.amazonaws.vpce.us-east-1.vpce-svc-0822256b6575ea37f";
        scene.workspace.plan().exits(2).says(&format!("service_name = {service:?}")).says("port = 7233");
        scene.applies("1 added, 0 changed, 0 destroyed");

        let rules = scene.owner.rules();
        assert_eq!(rules.len(), 2);
        let hub = rules.iter().find(|rule| rule["spec"].get("privateRule").is_some()).unwrap();
        assert_eq!(hub["spec"]["privateRule"], json!({ "connectionId": HUB, "region": REGION }));
        let state = scene.workspace.attributes(ADDRESS);
        assert_eq!(state["connectivity_rule_id"], json!(id(hub)));
        assert_eq!((&state["service_name"], &state["port"]), (&json!(service), &json!(7233)));
        let record = json!({ "name": "ledger.tiny1.tmprl.cloud", "type": "CNAME", "ttl": 60, "value": host });
        let reached = &state["namespaces"];
        assert_eq!(
            reached[LEDGER],
            json!({ "tls_server_name": "us-east-1.aws.api.temporal.io", "dns_record": record })
        );
        assert_eq!((scene.attached(LEDGER).len(), scene.attached(VAULT).len()), (2, 2));

        let run = scene.workspace.destroy().succeeds().says("1 destroyed");
        assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");
        assert!(scene.attached(LEDGER).is_empty() && scene.attached(VAULT).is_empty());
        assert_eq!(scene.owner.rules().len(), 1, "the public rule is the account's");
    });
}

#[test]
fn namespaces_come_and_go_in_place_and_the_rules_of_others_stay() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let spoke = scene.spoke();
        for namespace in [LEDGER, VAULT, "shop.tiny1"] {
            scene.owner.attach(namespace, &[&spoke]);
        }
        for (ids, said) in [
            (&[LEDGER][..], "1 added"),
            (&[LEDGER, VAULT], "1 changed"),
            (&["shop.tiny1", VAULT], "1 changed"),
            (&[], "1 changed"),
        ] {
            scene.configure(&mapping(&format!("namespace_ids = {ids:?}")));
            scene.applies(said);
            let rule = scene.rule_id();
            for namespace in [LEDGER, VAULT, "shop.tiny1"] {
                let attached = scene.attached(namespace);
                assert!(attached.contains(&spoke), "{namespace}: {attached:?}");
                assert_eq!(attached.contains(&rule), ids.contains(&namespace), "{namespace}: {attached:?}");
            }
            let reached = scene.workspace.attributes(ADDRESS)["namespaces"].as_object().unwrap().len();
            assert_eq!(reached, ids.len());
        }
        scene.workspace.destroy().succeeds();
        assert_eq!(scene.attached(VAULT), [spoke]);
    });
}

#[test]
fn other_attributes_change_nothing_in_the_account() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.configure(&mapping("namespace_ids = [\"ledger.tiny1\"]\n  keep_public = true"));
        scene.applies("1 added");
        let before = (scene.owner.rules(), scene.attached(LEDGER));
        let record = |state: &Value| state["namespaces"][LEDGER]["dns_record"]["value"].clone();
        for (lines, said) in [
            ("endpoint_address = \"vpce.example.com\"\n  keep_public = true", "1 changed"),
            ("allow_public_lockout = true\n  keep_public = true", "1 changed"),
            (
                "allow_public_reopen = true\n  keep_public = true\n  timeouts {\n    update = \"2m\"\n  }",
                "1 changed",
            ),
            (
                "service_name = \"com.amazonaws.vpce.us-east-1.vpce-svc-0822256b6575ea37f\"\n  keep_public = true",
                "1 changed",
            ),
        ] {
            scene.configure(&mapping(&format!("namespace_ids = [\"ledger.tiny1\"]\n  {lines}")));
            scene.applies(said);
            assert_eq!((scene.owner.rules(), scene.attached(LEDGER)), before, "{lines}");
            let expected =
                if lines.starts_with("endpoint") { json!("vpce.example.com") } else { json!(null) };
            assert_eq!(record(&scene.workspace.attributes(ADDRESS)), expected);
        }
        // Given up, the public rule stays, which is told.
        scene.configure(&mapping("namespace_ids = [\"ledger.tiny1\"]"));
        let run = scene.workspace.apply().succeeds();
        assert_eq!(run.warnings(), ["the public connectivity rule stays attached"], "{run}");
        scene.is_settled();
        assert_eq!(scene.attached(LEDGER), before.1);
    });
}

#[test]
fn the_internet_is_kept_in_as_soon_as_that_is_wished() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let public = scene.public();
        scene.owner.attach(LEDGER, &[&public]);
        scene.configure(&mapping("namespace_ids = [\"ledger.tiny1\"]"));
        scene.applies("1 added");
        scene.configure(&mapping("namespace_ids = [\"ledger.tiny1\"]\n  keep_public = true"));
        scene.applies("1 changed");
        assert_eq!(scene.attached(LEDGER).len(), 2);
        assert!(scene.attached(LEDGER).contains(&public));
    });
}

#[test]
fn what_cannot_change_replaces_it() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let lines = "namespace_ids = [\"ledger.tiny1\"]\n  keep_public = true";
        scene.configure(&mapping(lines));
        scene.applies("1 added");
        let before = scene.rule_id();
        scene.configure(&mapping_of(REGION, SPOKE, lines));
        scene.workspace.plan().exits(2).says("connection_id").says("# forces replacement");
        scene.applies("1 added, 0 changed, 1 destroyed");
        let after = scene.rule_id();
        assert!(before != after && scene.attached(LEDGER).contains(&after), "{before} {after}");
        assert_eq!(scene.attached(LEDGER).len(), 2);

        let lines = "namespace_ids = [\"attic.tiny1\"]\n  keep_public = true";
        scene.configure(&mapping_of("aws-eu-west-1", SPOKE, lines));
        scene.applies("1 added, 0 changed, 1 destroyed");
        assert_eq!((scene.attached(LEDGER).len(), scene.attached("attic.tiny1").len()), (0, 2));

        let gcp = |project: &str| {
            mapping_of(
                "gcp-us-east4",
                "31415",
                &format!("gcp_project_id = {project:?}\n  namespace_ids = []"),
            )
        };
        scene.configure(&gcp("acme-prod"));
        scene.applies("1 added, 0 changed, 1 destroyed");
        scene.configure(&gcp("acme-test"));
        scene.workspace.plan().exits(2).says("# forces replacement");
        scene.workspace.apply().succeeds().says("1 added, 0 changed, 1 destroyed");
        scene.is_settled();
        assert_eq!(scene.owner.rules().len(), 2);
    });
}

#[test]
fn a_closed_namespace_stays_closed_over_a_replacement_that_creates_first() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let lines = "namespace_ids = [\"ledger.tiny1\"]\n  allow_public_lockout = true\n  \
                     lifecycle {\n    create_before_destroy = true\n  }";
        scene.configure(&mapping(lines));
        scene.workspace.apply().succeeds();
        scene.configure(&mapping_of(REGION, SPOKE, lines));
        let run = scene.workspace.apply().succeeds().says("1 added, 0 changed, 1 destroyed");
        assert!(
            run.warnings().contains(&"the replacement detaches the old rule before it attaches the new one"),
            "{run}"
        );
        scene.is_settled();
        assert_eq!(scene.attached(LEDGER), [scene.rule_id()]);

        // Without that it would be open in between: refused before anything is changed.
        let plain = "namespace_ids = [\"ledger.tiny1\"]\n  allow_public_lockout = true";
        scene.configure(&mapping_of(REGION, SPOKE, plain));
        scene.applies("Resources: 0 added");
        let there = scene.attached(LEDGER);
        scene.configure(&mapping(plain));
        scene.workspace.apply().exits(1).says("`ledger.tiny1` would be opened to the internet");
        assert_eq!(scene.attached(LEDGER), there);
        assert_eq!(scene.owner.rules().len(), 1);
    });
}

#[test]
fn attachments_that_are_left_to_others_are_not_touched() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let brief = "timeouts {\n    delete = \"1s\"\n  }";
        scene.configure(&mapping(brief));
        scene.applies("1 added");
        let rule = scene.rule_id();
        scene.owner.attach(LEDGER, &[&rule]);
        scene.is_settled();
        assert_eq!(scene.workspace.attributes(ADDRESS)["namespaces"], json!({}));
        scene.workspace.destroy().exits(1).says("is still attached").says("`ledger.tiny1`");
        assert_eq!(scene.attached(LEDGER), [rule]);
        assert_eq!(scene.workspace.attributes(ADDRESS)["connectivity_rule_id"], json!(scene.rule_id()));
    });
}

#[test]
fn a_mapping_its_attachments_and_the_public_rule_come_and_go_in_one_run() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let attachments = "resource \"temporalnexus_privatelink_attachment\" \"each\" {\n  \
             for_each = toset([\"ledger.tiny1\", \"vault.tiny1\", \"shop.tiny1\"])\n  \
             connectivity_rule_id = temporalnexus_privatelink_mapping.it.connectivity_rule_id\n  \
             namespace_id = each.key\n  keep_public = true\n  \
             depends_on = [temporalnexus_public_connectivity_rule.it]\n}\n\
             resource \"temporalnexus_public_connectivity_rule\" \"it\" {}\n";
        scene.configure(&(mapping("") + attachments));
        scene.workspace.apply().succeeds().says("5 added");
        scene.is_settled();
        for namespace in [LEDGER, VAULT, "shop.tiny1"] {
            assert_eq!(scene.attached(namespace).len(), 2);
        }
        let run = scene.workspace.destroy().succeeds().says("5 destroyed");
        assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");
        assert!(scene.attached(LEDGER).is_empty() && scene.owner.rules().is_empty());
    });
}

#[test]
fn attachments_are_given_up_and_taken_over() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let lines = "namespace_ids = [\"ledger.tiny1\", \"vault.tiny1\"]\n  keep_public = true";
        scene.configure(&mapping(lines));
        scene.applies("1 added");
        scene.configure(&mapping("keep_public = true"));
        let run = scene.workspace.apply().succeeds();
        assert_eq!(
            run.warnings(),
            ["the attachments are left unchanged and are no longer managed by this resource"],
            "{run}"
        );
        scene.is_settled();
        assert_eq!((scene.attached(LEDGER).len(), scene.attached(VAULT).len()), (2, 2));

        scene.configure(&mapping("keep_public = true\n  namespace_ids = [\"ledger.tiny1\"]"));
        let run = scene.workspace.apply().succeeds().says("`vault.tiny1`");
        assert_eq!(run.warnings(), ["taking over the attachments detaches Namespaces"], "{run}");
        scene.is_settled();
        assert_eq!((scene.attached(LEDGER).len(), scene.attached(VAULT).len()), (2, 0));
    });
}

#[test]
fn attachments_that_are_kept_twice_are_told() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let attachment = "resource \"temporalnexus_privatelink_attachment\" \"other\" {\n  \
             connectivity_rule_id = temporalnexus_privatelink_mapping.it.connectivity_rule_id\n  \
             namespace_id = \"vault.tiny1\"\n  keep_public = true\n}\n";
        scene.configure(&(mapping("") + attachment));
        scene.applies("2 added");
        let before = scene.attached(VAULT);
        scene.configure(&(mapping("namespace_ids = [\"ledger.tiny1\"]\n  keep_public = true") + attachment));
        scene.workspace.plan().exits(1).says("are managed by two resources").says("`vault.tiny1`");
        assert_eq!(scene.attached(VAULT), before);
    });
}
