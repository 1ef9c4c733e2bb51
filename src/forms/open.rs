//! Opening forms: which form a key means here, whether it may, and what it opens on.

use super::place::{Place, Spot};
use super::{Form, Fresh, Purpose, Target, drafts};
use crate::app::{Avail, ConnectionSetup, Effect, Modal, RequestId, Slot, State, Urgency};
use crate::domain::{
    Account, ChangeKind, ConnectionName, Failure, FailureKind, FormSpec, OrganizationId, Protection, Subject,
    Untrusted, Values, shown,
};
use crate::inventory::{Scope, Snapshot, SyncState};
use crate::panes::{PaneId, accounts, organizations, picker};
use crate::provider::{Capability, Cursor, DetailOptions, ListScope, ListSearch, MakeReach, Offer, Query, Reply};

/// What was read this recently opens its form at once; the fresh read before the plan catches what changed since.
const FRESH_MILLIS: u64 = 60_000;

/// So many columns of each name on the way to a place are said: an id stands behind them.
const PLACE_NAME: usize = 72;

/// Which form a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// The profile of what is selected.
    Profile,
    /// The own fields of what is selected: an account's, an organization's name.
    Own,
    /// A new account here.
    Account,
    /// A new organization inside what is selected.
    Organization,
}

/// Whether a key's form may be opened; the reason if not.
#[must_use]
pub fn can_open(state: &State, want: Want) -> Avail {
    match spots(state, want) {
        Err(reason) => Avail::No(reason),
        Ok(_) if state.writing.is_some() => Avail::no("a change is being sent"),
        Ok(spots) => match spots.as_slice() {
            [only] => state.uncontested(only.subject.connection()),
            _ => Avail::Yes,
        },
    }
}

/// Opens a key's form; where it may be made in several places, they are asked for first.
pub fn open(state: &mut State, want: Want, effects: &mut Vec<Effect>) {
    let Ok(mut spots) = spots(state, want) else { return };
    match (spots.pop(), spots.is_empty()) {
        (Some(only), true) => begin(state, only.form, &only.subject, effects),
        (Some(last), false) => {
            spots.push(last);
            state.open(Modal::Place(Box::new(Place::new(spots))));
        }
        (None, _) => {}
    }
}

/// The forms that a key may mean here, one or more; else why none.
fn spots(state: &State, want: Want) -> Result<Vec<Spot>, String> {
    match want {
        Want::Profile => {
            let subject = state.subject().ok_or("nothing is selected whose profile could be edited")?;
            offered(state, ChangeKind::Profile, subject).map(|spot| vec![spot])
        }
        Want::Own => {
            let subject = state.subject().ok_or("nothing is selected that could be edited")?;
            let kind = match subject {
                Subject::Account(_) | Subject::Connection(_) => ChangeKind::UpdateAccount,
                Subject::Organization(_) => ChangeKind::RenameOrganization,
            };
            let first = offered(state, kind, subject)?;
            // Where all of them are the profile's, it is one form, with one draft.
            if let Some(profile) = same_as_profile(state, &first) {
                return Ok(vec![Spot { form: profile, subject: first.subject }]);
            }
            let setup = state.connection(first.subject.connection());
            let forms = setup.into_iter().flat_map(|setup| setup.spec.forms_of(kind));
            Ok(forms.map(|form| Spot { form, subject: first.subject.clone() }).collect())
        }
        Want::Account => account_spots(state),
        Want::Organization => organization_spots(state),
    }
}

/// The profile's form, where an account's own fields are all in it.
fn same_as_profile(state: &State, own: &Spot) -> Option<&'static FormSpec> {
    let setup = state.connection(own.subject.connection())?;
    let offers = setup.spec.offer(Capability::of(ChangeKind::Profile, &own.subject)) == Offer::Yes;
    let profile = setup.spec.form(ChangeKind::Profile).filter(|_| offers)?;
    let mut forms = setup.spec.forms_of(own.form.kind);
    let is_in = |form: &FormSpec| form.fields.iter().all(|field| profile.field(field.name).is_some());
    (own.form.kind == ChangeKind::UpdateAccount && forms.all(is_in)).then_some(profile)
}

/// A form of this kind for this subject, if its provider has such a write.
fn offered(state: &State, kind: ChangeKind, subject: Subject) -> Result<Spot, String> {
    let setup = state.connection(subject.connection()).ok_or("its connection is not configured any more")?;
    match setup.spec.offer(Capability::of(kind, &subject)) {
        Offer::No(reason) => Err(reason.into()),
        Offer::Yes => {
            let form = setup.spec.form(kind).ok_or("this version of acctui has no form for it")?;
            Ok(Spot { form, subject })
        }
    }
}

/// Where something is made: the tree's node, or the fixed scope.
fn here(state: &State) -> Option<Subject> {
    match state.scope() {
        Scope::All => None,
        Scope::Connection(name) => Some(Subject::Connection(name)),
        Scope::Organization(key) => Some(Subject::Organization(key)),
    }
}

fn only_connection(state: &State) -> Option<Subject> {
    match state.setup.connections.as_slice() {
        [only] => Some(Subject::Connection(only.name.clone())),
        _ => None,
    }
}

/// Where something is made if nothing else is chosen: here, else at the selection's connection, else at the only one.
fn first_place(state: &State) -> Option<Subject> {
    let selected = || match state.focus {
        PaneId::Organizations => None,
        PaneId::Accounts | PaneId::Detail => {
            state.subject().map(|subject| Subject::Connection(subject.connection().clone()))
        }
    };
    here(state).or_else(selected).or_else(|| only_connection(state))
}

/// Where an account may be made: at the first place, else at any connection that can.
fn account_spots(state: &State) -> Result<Vec<Spot>, String> {
    if let Some(subject) = first_place(state) {
        let setup = state.connection(subject.connection()).ok_or("its connection is not configured any more")?;
        return at_connection(state, setup, subject);
    }
    at_any(state, "an account", |setup| at_connection(state, setup, Subject::Connection(setup.name.clone())))
}

/// The same for an organization.
fn organization_spots(state: &State) -> Result<Vec<Spot>, String> {
    let at = |subject| offered(state, ChangeKind::CreateOrganization, subject).map(|spot| vec![spot]);
    match first_place(state) {
        Some(subject) => at(subject),
        None => at_any(state, "an organization", |setup| at(Subject::Connection(setup.name.clone()))),
    }
}

/// What may be made at all connections that can be written to.
fn at_any(
    state: &State,
    what: &str,
    at: impl Fn(&ConnectionSetup) -> Result<Vec<Spot>, String>,
) -> Result<Vec<Spot>, String> {
    let writable =
        |setup: &&ConnectionSetup| setup.protection != Protection::ReadOnly && state.contested(&setup.name).is_none();
    let mut spots = Vec::new();
    let mut reasons = Vec::new();
    for setup in state.setup.connections.iter().filter(writable) {
        match at(setup) {
            Ok(found) => spots.extend(found),
            Err(reason) => reasons.push(reason),
        }
    }
    match reasons.pop() {
        _ if !spots.is_empty() => Ok(spots),
        Some(reason) if reasons.is_empty() => Err(reason),
        Some(_) | None => Err(format!("no connection here can make {what}")),
    }
}

/// What may be made at one connection. Where nobody is signed in there is only the first account of a new server to be
/// made; a login that has no account at all may be either.
fn at_connection(state: &State, setup: &ConnectionSetup, subject: Subject) -> Result<Vec<Spot>, String> {
    // An organization that stands inside an account holds none.
    let inside_account = match &subject {
        Subject::Organization(key) => state.snapshot.organization(key).is_some_and(|found| found.account.is_some()),
        Subject::Account(_) | Subject::Connection(_) => false,
    };
    let at_top = Subject::Connection(setup.name.clone());
    let subject = if inside_account { at_top.clone() } else { subject };
    let account = in_reach(state, setup, &subject).and_then(|()| offered(state, ChangeKind::CreateAccount, subject));
    let first = offered(state, ChangeKind::CreateStandalone, at_top);
    match (account, first) {
        (_, Ok(first)) if is_nobody(state, setup) => Ok(vec![first]),
        (Ok(account), Ok(first)) if has_no_accounts(&state.snapshot, &setup.name) => Ok(vec![account, first]),
        (Ok(account), _) => Ok(vec![account]),
        (Err(reason), _) => Err(reason),
    }
}

/// Whether its provider makes accounts in such a place, as far as is known what stands above it.
fn in_reach(state: &State, setup: &ConnectionSetup, subject: &Subject) -> Result<(), String> {
    let (MakeReach::Roots { otherwise }, Subject::Organization(key)) = (setup.spec.makes, subject) else {
        return Ok(());
    };
    let is_below = state.snapshot.organization(key).is_some_and(|place| place.parent.is_some());
    if !is_below || setup.spec.offer(Capability::CreateAccount) != Offer::Yes {
        return Ok(());
    }
    Err(format!("{} makes accounts in the root only: {otherwise}", setup.spec.title))
}

/// Whether nobody is signed in there.
fn is_nobody(state: &State, setup: &ConnectionSetup) -> bool {
    let identity = state.snapshot.connection(&setup.name).and_then(|view| view.identity.as_ref());
    identity.map_or(setup.credential == "no credential", |fact| fact.value.user.is_empty())
}

/// Whether a whole listing named no account.
fn has_no_accounts(snapshot: &Snapshot, connection: &ConnectionName) -> bool {
    snapshot
        .connection(connection)
        .is_some_and(|view| view.accounts == 0 && matches!(view.sync, SyncState::Complete { .. }))
}

/// A subject's name as its provider writes it; its id where it has none.
pub(super) fn name_of(state: &State, subject: &Subject) -> Untrusted {
    let name = match subject {
        Subject::Account(key) => state.listed(key).map(|account| Untrusted::new(account.name())),
        Subject::Organization(key) => state.snapshot.organization(key).map(|found| found.name.clone()),
        Subject::Connection(_) => None,
    };
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| Untrusted::new(subject.id()))
}

/// What is read before a form opens: what is there now, or whether it can be done at all. What is to be made is not
/// there yet.
pub(super) fn query(kind: ChangeKind, subject: &Subject, options: DetailOptions) -> Option<Query> {
    match (kind, subject) {
        (ChangeKind::Profile, subject) => Some(Query::Profile(subject.clone())),
        (ChangeKind::UpdateAccount, Subject::Account(key)) => Some(Query::Account(key.id.clone(), options)),
        (ChangeKind::RenameOrganization, Subject::Organization(key)) => Some(Query::Organization(key.id.clone())),
        (ChangeKind::CreateStandalone, _) => Some(Query::Accounts(ListScope::all(), Cursor::First)),
        (
            ChangeKind::UpdateAccount
            | ChangeKind::RenameOrganization
            | ChangeKind::CreateAccount
            | ChangeKind::DeleteAccount
            | ChangeKind::CloseAccount
            | ChangeKind::RemoveAccount
            | ChangeKind::MoveAccount
            | ChangeKind::CreateOrganization
            | ChangeKind::DeleteOrganization,
            _,
        ) => None,
    }
}

/// What the inventory knows of it, if it was read just now.
fn known(state: &State, spec: &FormSpec, subject: &Subject, options: DetailOptions) -> Option<Fresh> {
    let is_fresh = |at: crate::domain::Moment| state.now.since(at) < FRESH_MILLIS;
    let snapshot = &state.snapshot;
    match (spec.kind, subject) {
        (ChangeKind::Profile, subject) => {
            let fact = snapshot.profile(subject).filter(|fact| is_fresh(fact.at))?;
            Some(Fresh { exists: fact.value.exists, values: fact.value.values.clone(), messages: Vec::new() })
        }
        (ChangeKind::UpdateAccount, Subject::Account(key)) => {
            let is_enough = |account: &Account| account.has_extra || !options.extra;
            // What could not be read is asked for once more.
            let is_whole = |account: &Account| unread(state, spec, subject, account).is_none();
            let is_right = |account: &Account| is_enough(account) && is_whole(account);
            let fact = snapshot.detail(key).filter(|fact| is_fresh(fact.at) && is_right(&fact.value))?;
            Some(Fresh { exists: true, values: spec.values_of(&fact.value.raw), messages: Vec::new() })
        }
        (ChangeKind::RenameOrganization, Subject::Organization(key)) => {
            let fact = snapshot.organization_detail(key).filter(|fact| is_fresh(fact.at))?;
            Some(named(&fact.value.name))
        }
        (kind, _) if query(kind, subject, options).is_none() => Some(Fresh::default()),
        (
            ChangeKind::UpdateAccount
            | ChangeKind::RenameOrganization
            | ChangeKind::CreateAccount
            | ChangeKind::CreateStandalone
            | ChangeKind::DeleteAccount
            | ChangeKind::CloseAccount
            | ChangeKind::RemoveAccount
            | ChangeKind::MoveAccount
            | ChangeKind::CreateOrganization
            | ChangeKind::DeleteOrganization,
            _,
        ) => None,
    }
}

/// Why a form can't open on an account's record, if parts of it could not be read.
fn unread(state: &State, spec: &FormSpec, subject: &Subject, account: &Account) -> Option<Failure> {
    state.connection(subject.connection())?.spec.unread(spec, &account.raw)
}

/// An organization's own field is its name.
fn named(name: &Untrusted) -> Fresh {
    Fresh { exists: true, values: Values::from_iter([("name", name.raw())]), messages: Vec::new() }
}

/// What the record must be asked for with that a form opens on.
fn options(state: &State, spec: &FormSpec, subject: &Subject) -> DetailOptions {
    let setup = state.connection(subject.connection());
    setup.map_or_else(DetailOptions::default, |setup| setup.spec.options(spec))
}

/// Opens the form of a change: at once if what it needs is known, else as soon as it has come.
pub fn begin(state: &mut State, spec: &'static FormSpec, subject: &Subject, effects: &mut Vec<Effect>) {
    let options = options(state, spec, subject);
    let name = name_of(state, subject);
    let mut form = Form::new(Purpose::Change { spec, subject: subject.clone() }, name, spec.fields);
    if let Some(fresh) = known(state, spec, subject, options) {
        let draft = state.drafts.of_form(Target::one(subject), spec);
        form.fill(fresh, draft.as_ref());
        drafts::drop_if_settled(state, &form, effects);
    } else if let Some(query) = query(spec.kind, subject, options) {
        let id = state.request_id();
        form.loading = Some(id);
        let connection = subject.connection().clone();
        effects.push(Effect::Fetch { id, connection, slot: Slot::Form, query, urgency: Urgency::Asked });
    }
    state.open(Modal::Form(Box::new(form)));
}

/// Whether the form on top makes something that could be made in another organization as well.
pub(super) fn can_place(state: &State) -> Avail {
    let Some(Modal::Form(form)) = state.modals.last() else { return Avail::Hidden };
    match form.change() {
        Some((spec, subject)) if has_place(state, spec, subject) => Avail::Yes,
        Some(_) | None => Avail::Hidden,
    }
}

fn has_place(state: &State, spec: &FormSpec, subject: &Subject) -> bool {
    let is_placed = matches!(spec.kind, ChangeKind::CreateAccount | ChangeKind::CreateOrganization);
    is_placed && picker::has_places(state, subject.connection())
}

/// Opens the picker of places over the form on top.
pub(super) fn pick_place(state: &mut State) {
    let Some(Modal::Form(form)) = state.modals.last() else { return };
    if let Some((spec, subject)) = form.change() {
        let subject = subject.clone();
        picker::open_for_place(state, spec.kind, &subject);
    }
}

/// What the form on top would make is to be made here. What was typed stays.
pub fn put(state: &mut State, place: Subject, effects: &mut Vec<Effect>) {
    let name = name_of(state, &place);
    let Some(Modal::Form(form)) = state.modals.last_mut() else { return };
    let Purpose::Change { spec, subject } = &mut form.purpose else { return };
    let (spec, before) = (*spec, std::mem::replace(subject, place));
    form.name = name;
    drafts::moved(state, &before, spec, effects);
}

/// Opens a form whose fields are set on several subjects; all are blank at first but for what was typed for the same ones
/// earlier, and what stays blank sets nothing.
pub fn set_on_all(state: &mut State, spec: &'static FormSpec, targets: Vec<Subject>) {
    let name = on_all_name(targets.len());
    let mut set = targets.clone();
    set.sort();
    let mut form = Form::new(Purpose::OnAll { spec, targets, set }, name, spec.fields);
    let draft = form.target().and_then(|(spec, target)| state.drafts.of_form(target, spec));
    for field in &mut form.fields {
        field.may_stay_blank = true;
        if let Some(draft) = draft.as_ref().filter(|_| !field.field.kind.is_secret()) {
            let (name, typed) = (field.field.name, draft.values.0.get(field.field.name));
            field.restore(draft.base.get(name), typed);
            let is_emptied = typed.is_some_and(String::is_empty) && !draft.base.0.contains_key(name);
            field.emptied = is_emptied.then(String::new);
        }
    }
    form.draft_at = draft.filter(|_| form.is_dirty()).map(|draft| draft.at);
    state.open(Modal::Form(Box::new(form)));
}

/// On how many a form's fields are set, behind its title.
pub(super) fn on_all_name(count: usize) -> Untrusted {
    Untrusted::from(format!("on {}, blank: untouched", accounts::counted(count, "marked account")))
}

/// Opens the form of a remote search.
pub fn search(
    state: &mut State,
    spec: &'static ListSearch,
    connection: ConnectionName,
    organization: Option<(OrganizationId, String)>,
) {
    let (organization, name) = organization.map_or((None, connection.to_string()), |(id, name)| (Some(id), name));
    let purpose = Purpose::Search { spec, connection, organization };
    state.open(Modal::Form(Box::new(Form::new(purpose, Untrusted::from(name), spec.fields))));
}

/// What a form waits for came, or did not.
pub fn replied(state: &mut State, id: RequestId, result: Result<Reply, Failure>, effects: &mut Vec<Effect>) {
    let waits = |modal: &Modal| matches!(modal, Modal::Form(form) if form.loading == Some(id));
    let Some(at) = state.modals.iter().position(waits) else { return };
    let Some(Modal::Form(form)) = state.modals.get(at) else { return };
    let Some((spec, subject)) = form.change() else { return };
    let subject = subject.clone();
    let result = result.and_then(|reply| match &reply {
        Reply::Account(account) => unread(state, spec, &subject, account).map_or(Ok(reply), Err),
        Reply::Profile(_)
        | Reply::Organization(_)
        | Reply::Accounts(_)
        | Reply::Identity(_)
        | Reply::Organizations(_)
        | Reply::Lineage(_) => Ok(reply),
    });
    let Some(Modal::Form(form)) = state.modals.get_mut(at) else { return };
    match result.and_then(|reply| fresh(spec, reply)) {
        Ok(fresh) => {
            form.fill(fresh, state.drafts.of_form(Target::one(&subject), spec).as_ref());
            let form = form.clone();
            drafts::drop_if_settled(state, &form, effects);
        }
        Err(failure) => {
            form.loading = None;
            form.failure = Some(failure);
        }
    }
}

/// What an answer says of a form's fields.
fn fresh(spec: &FormSpec, reply: Reply) -> Result<Fresh, Failure> {
    match reply {
        Reply::Profile(profile) => Ok(Fresh { exists: profile.exists, values: profile.values, messages: Vec::new() }),
        Reply::Account(account) => {
            Ok(Fresh { exists: true, values: spec.values_of(&account.raw), messages: Vec::new() })
        }
        Reply::Organization(organization) => Ok(named(&organization.name)),
        Reply::Accounts(page) if page.rows.is_empty() => Ok(Fresh { messages: page.messages, ..Fresh::default() }),
        Reply::Accounts(_) => {
            let cause = "there are accounts at this connection already: only a new self-hosted server has a first one \
                         to be made";
            Err(Failure::new(FailureKind::Refused, spec.title, cause))
        }
        Reply::Identity(_) | Reply::Organizations(_) | Reply::Lineage(_) => {
            Err(Failure::new(FailureKind::Crashed, "reading what the form opens on", "another answer came"))
        }
    }
}

/// Asks once more for what did not come.
pub(super) fn retry(state: &mut State, effects: &mut Vec<Effect>) {
    let id = state.request_id();
    let Some(Modal::Form(form)) = state.modals.last() else { return };
    let Some((spec, subject)) = form.change() else { return };
    let Some(query) = query(spec.kind, subject, options(state, spec, subject)) else { return };
    let connection = subject.connection().clone();
    let Some(Modal::Form(form)) = state.modals.last_mut() else { return };
    form.failure = None;
    form.loading = Some(id);
    effects.push(Effect::Fetch { id, connection, slot: Slot::Form, query, urgency: Urgency::Asked });
}

/// Where a form acts: connection, protection and identity; then the place with its id, or the id.
pub(super) fn whereabouts(state: &State, form: &Form) -> Option<[String; 2]> {
    let (spec, subject) = form.change()?;
    let setup = state.connection(subject.connection())?;
    let protection = if state.setup.read_only { Protection::ReadOnly } else { setup.protection };
    let view = state.snapshot.connection(&setup.name);
    let user = view.and_then(|view| view.identity.as_ref()).map(|fact| fact.value.user.clone());
    let who = match user {
        Some(user) if !user.is_empty() => format!(" as {user}"),
        Some(_) => " as nobody yet".into(),
        None => String::new(),
    };
    let id = shown(subject.id());
    let place = match subject {
        Subject::Connection(name) if spec.kind == ChangeKind::CreateOrganization || has_place(state, spec, subject) => {
            picker::nowhere(state, name, spec.kind).to_owned()
        }
        Subject::Connection(_) => String::new(),
        Subject::Organization(key) if spec.kind.makes() => {
            format!("in {} ({id})", picker::crumbs(state, &key.connection, &key.id, PLACE_NAME))
        }
        Subject::Account(_) | Subject::Organization(_) => format!("{} {id}", subject.noun()),
    };
    Some([format!("{} {}{who}", setup.name, protection.word()), place])
}

/// Shows an account or organization that was made, once it is known: unless the user has gone on since.
pub fn look_for_made(state: &mut State) {
    let Some((made, account, node)) = &state.made else { return };
    if *account != state.accounts.selected || node.as_ref() != state.organizations.cursor() {
        state.made = None;
        return;
    }
    match made.clone() {
        Subject::Account(key) if state.snapshot.find(&key).is_some() => {
            state.made = None;
            crate::panes::accounts::choose(state, key);
        }
        Subject::Organization(key)
            if state.snapshot.connection(&key.connection).is_some_and(|view| view.tree.node(&key.id).is_some()) =>
        {
            state.made = None;
            organizations::reveal(state, &key);
        }
        Subject::Account(_) | Subject::Organization(_) | Subject::Connection(_) => {}
    }
}

/// Something was made: it is selected as soon as it is known.
pub fn made(state: &mut State, made: Subject) {
    state.made = Some((made, state.accounts.selected.clone(), state.organizations.cursor().cloned()));
    look_for_made(state);
}
