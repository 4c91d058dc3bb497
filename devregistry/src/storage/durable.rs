//! The state as a whole, for the state file and for calls that fail: what changed, is saved, is taken back, is restored.

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
    /// The state that a file holds, or what in it is damaged.
    pub(crate) fn restore(contents: Contents, settings: Settings) -> Result<Self, String> {
        let Contents { account, rows } = contents;
        let id =
            account.id.parse().map_err(|_| format!("`{}` is no account id", account.id.escape_debug()))?;
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
            doom: None,
        };
        state.load(rows)?;
        Ok(state)
    }

    /// What there is one of, as the state file has it.
    pub(crate) fn account_record(&self) -> AccountRecord {
        AccountRecord::new(&self.id, self.keys.secret.expose(), self.limits)
    }

    /// Whether something changed since the last `keep`.
    pub(crate) fn changed(&mut self) -> bool {
        self.stored().iter().any(|(_, table)| table.changed())
    }

    /// What changed so far stays.
    pub(crate) fn keep(&mut self) {
        self.stored().into_iter().for_each(|(_, table)| table.keep());
    }

    /// What changed since the last `keep` is as it was then.
    pub(crate) fn undo(&mut self) {
        self.stored().into_iter().for_each(|(_, table)| table.undo());
    }

    /// Whether the state file lacks something.
    pub(crate) fn has_unsaved(&mut self) -> bool {
        self.stored().iter().any(|(_, table)| table.has_unsaved())
    }

    /// The state file has everything, or there is none.
    pub(crate) fn saved(&mut self) {
        self.stored().into_iter().for_each(|(_, table)| table.saved());
    }

    /// The name of a principal as policies write it.
    pub(crate) fn principal_name(&self, caller: &Caller) -> Option<String> {
        let principal = self.principals.of(caller.kind).get(&caller.id)?;
        Some(principal.content.name.to_string())
    }

    /// The keys of the seed's principals that still are theirs.
    pub(crate) fn planted_keys(&self) -> BTreeMap<PrincipalId, Secret> {
        let tables = [&self.principals.users, &self.principals.service_accounts];
        let principals = tables.into_iter().flat_map(|table| table.iter());
        let now = self.clock.now();
        let key = |(id, principal): (&String, &Resource<Principal>)| {
            let name = principal.content.name.clone();
            let key = self.keys.planted(&name);
            let is_its_own = self.keys.owner(key.expose(), now).is_some_and(|(_, owner)| owner.id == *id);
            is_its_own.then_some((name, key))
        };
        principals.filter_map(key).collect()
    }

    fn load(&mut self, rows: Vec<(String, String, Vec<u8>)>) -> Result<(), String> {
        let mut tables: BTreeMap<_, _> = self.stored().into_iter().collect();
        for (kind, key, bytes) in rows {
            let table =
                tables.get_mut(kind.as_str()).ok_or_else(|| format!("it holds rows of kind `{kind}`"))?;
            table.load(&key, &bytes).map_err(|_| format!("its {kind} `{key}` cannot be read"))?;
        }
        tables.into_values().for_each(|table| table.loaded());
        Ok(())
    }
}
