//! Commits, rolls back, saves and restores the state as a whole.

use crate::caller::Caller;
use crate::clock::Clock;
use crate::entities::api_key::Keys;
use crate::entities::endpoints::Endpoints;
use crate::entities::principal::{Principal, Principals};
use crate::entities::resource::Resource;
use crate::operations::Operations;
use crate::settings::Settings;
use crate::state::State;
use crate::storage::record::AccountRecord;
use crate::storage::store::Contents;
use crate::storage::table::Table;
use schema::name::PrincipalId;
use schema::secret::Secret;
use std::collections::BTreeMap;

impl State {
    /// The state in a file, or what in it is damaged.
    pub(crate) fn restore(contents: Contents, settings: Settings) -> Result<Self, String> {
        let Contents { account, rows } = contents;
        let id = account
            .id
            .parse()
            .map_err(|_| format!("`{}` is not an account id", account.id.escape_debug()))?;
        let mut state = Self {
            settings,
            clock: Clock::new(),
            id,
            limits: account.limits(),
            account: Table::default(),
            namespaces: Table::default(),
            endpoints: Endpoints::default(),
            rules: Table::default(),
            principals: Principals::default(),
            custom_roles: Table::default(),
            keys: Keys::new(Secret::new(account.secret)),
            operations: Operations::default(),
            planned_failure: None,
        };
        state.load(rows)?;
        Ok(state)
    }

    /// The record of the account itself.
    pub(crate) fn account_record(&self) -> AccountRecord {
        AccountRecord::new(&self.id, self.keys.secret.expose(), self.limits)
    }

    /// Whether anything changed since the last `commit`.
    pub(crate) fn changed(&mut self) -> bool {
        self.stored().iter().any(|(_, table)| table.changed())
    }

    /// Keeps all changes.
    pub(crate) fn commit(&mut self) {
        self.stored().into_iter().for_each(|(_, table)| table.commit());
    }

    /// Reverts all changes since the last `commit`.
    pub(crate) fn rollback(&mut self) {
        self.stored().into_iter().for_each(|(_, table)| table.rollback());
    }

    /// Whether there are changes that are not in the state file.
    pub(crate) fn has_unsaved(&mut self) -> bool {
        self.stored().iter().any(|(_, table)| table.has_unsaved())
    }

    /// Marks all changes as saved.
    pub(crate) fn mark_saved(&mut self) {
        self.stored().into_iter().for_each(|(_, table)| table.mark_saved());
    }

    /// The name of a principal as policies write it.
    pub(crate) fn principal_name(&self, caller: &Caller) -> Option<String> {
        let principal = self.principals.of(caller.kind).get(&caller.id)?;
        Some(principal.content.name.to_string())
    }

    /// The API keys of the seed that still exist.
    pub(crate) fn seeded_keys(&self) -> BTreeMap<PrincipalId, Secret> {
        let tables = [&self.principals.users, &self.principals.service_accounts];
        let principals = tables.into_iter().flat_map(|table| table.iter());
        let now = self.clock.now();
        let key = |(id, principal): (&String, &Resource<Principal>)| {
            let name = principal.content.name.clone();
            let key = self.keys.seeded(&name);
            let is_its_own = self.keys.owner(key.expose(), now).is_some_and(|(_, owner)| owner.id == *id);
            is_its_own.then_some((name, key))
        };
        principals.filter_map(key).collect()
    }

    fn load(&mut self, rows: Vec<(String, String, Vec<u8>)>) -> Result<(), String> {
        let mut tables: BTreeMap<_, _> = self.stored().into_iter().collect();
        for (kind, key, bytes) in rows {
            let table = tables
                .get_mut(kind.as_str())
                .ok_or_else(|| format!("it has rows of the unknown kind `{kind}`"))?;
            table.load(&key, &bytes).map_err(|_| format!("the {kind} `{key}` cannot be decoded"))?;
        }
        tables.into_values().for_each(|table| table.loaded());
        Ok(())
    }
}
