//! Whose a token is: opaque tokens and sessions are linked to the account that they were handed out to.
//!
//! In: resolved epochs, in order: answers that hand out credentials, and calls that carry them. Out: the same epochs, where
//! such calls act for the account. Kept: the tokens handed out last, bounded; a token that is not known acts for itself.
//! One thread, before the workers, so that all of them see one identity.

use std::collections::{BTreeMap, VecDeque};

use model::limits::TOKENS_LINKED_MAX;
use model::observation::Observed;
use model::resolved::Step;
use model::state::{RowKind, StateRow};
use model::{Id, Identity, IdentityKind, ResolvedEpoch, SavedState, SignalKind};
use serde::{Deserialize, Serialize};

/// Links of tokens to accounts.
#[derive(Debug)]
pub struct Accounts {
    links: BTreeMap<u64, Link>,
    /// Tokens in the order of issue, oldest first, with the number that a link had then: of a token that stands here twice the
    /// later counts. Those issued again stand where they were first.
    order: VecDeque<(u64, u64)>,
    issued: u64,
    max: usize,
    changed: Vec<u64>,
    forgotten: Vec<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Link {
    account: Identity,
    number: u64,
}

/// The refresh token that a call shows.
fn refresh_of(seen: &Observed<'_>) -> Option<u64> {
    seen.signals().iter().find(|signal| signal.kind == SignalKind::Refresh).map(|signal| signal.value)
}

/// A saved link.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    token: u64,
    link: Link,
}

impl Default for Accounts {
    fn default() -> Self {
        Self::new(TOKENS_LINKED_MAX)
    }
}

impl Accounts {
    /// At most `max` links.
    pub fn new(max: usize) -> Self {
        Self {
            links: BTreeMap::new(),
            order: VecDeque::new(),
            issued: 0,
            max: max.max(1),
            changed: Vec::new(),
            forgotten: Vec::new(),
        }
    }

    /// Puts back saved links.
    pub fn load(&mut self, saved: &SavedState) {
        let rows = saved.rows.iter().filter(|row| row.kind == RowKind::TokenLink);
        let mut rows: Vec<Row> = rows.filter_map(|row| rmp_serde::from_slice(&row.model).ok()).collect();
        rows.sort_by_key(|row| row.link.number);
        for Row { token, link } in rows {
            self.issued = self.issued.max(link.number);
            if self.links.insert(token, link).is_none() {
                self.order.push_back((token, link.number));
            }
        }
    }

    /// Rows that changed since the last call.
    pub fn save(&mut self) -> Vec<StateRow> {
        let mut rows = Vec::new();
        for token in std::mem::take(&mut self.forgotten) {
            if !self.links.contains_key(&token) {
                rows.push(StateRow { kind: RowKind::TokenLink, key: key(token), model: Vec::new() });
            }
        }
        for token in std::mem::take(&mut self.changed) {
            let Some(link) = self.links.get(&token).copied() else { continue };
            let model = rmp_serde::to_vec(&Row { token, link }).unwrap_or_default();
            rows.push(StateRow { kind: RowKind::TokenLink, key: key(token), model });
        }
        rows.sort_by_key(|row| row.key);
        rows.dedup_by_key(|row| row.key);
        rows
    }

    /// Gives the calls of an epoch the identity of the account behind their token, and takes up what is handed out.
    pub fn resolve(&mut self, epoch: &mut ResolvedEpoch) {
        for step in &epoch.steps {
            let Step::Seen { batch, row, .. } = *step else { continue };
            let Some(batch) = epoch.batches.get_mut(batch as usize) else { continue };
            let Some(seen) = batch.rows.get_mut(row as usize) else { continue };
            if matches!(seen.identity.kind, IdentityKind::Token | IdentityKind::Session)
                && let Some(link) = self.links.get(&seen.identity.id.prefix())
            {
                seen.identity = link.account;
            }
            if seen.signals.len > 0 {
                let copy = *seen;
                let observed = Observed { batch, row: &copy };
                self.take(&observed);
                // Who is given a token for a refresh token acts for its account.
                let stranger = copy.identity.kind == IdentityKind::Address && copy.succeeded();
                let refresh = refresh_of(&observed).filter(|_| stranger);
                if let Some(link) = refresh.and_then(|token| self.links.get(&token))
                    && let Some(seen) = batch.rows.get_mut(row as usize)
                {
                    seen.identity = link.account;
                }
            }
        }
    }

    fn take(&mut self, seen: &Observed<'_>) {
        let of = |kind| seen.signals().iter().filter(move |signal| signal.kind == kind).map(|signal| signal.value);
        if !seen.row.succeeded() || of(SignalKind::Issued).next().is_none() {
            return;
        }
        // The account of the token that was shown gets the new one, whatever name stands beside it: the server has looked at the
        // token. Else the account that is named, with a secret where a token is shown, too; else the call's own identity, which
        // is the account by now. Tokens that follow one another on one that is not known are of one caller all the same.
        let refresh = refresh_of(seen);
        let known = refresh.and_then(|token| self.account_of(token));
        let proved = refresh.is_none() || of(SignalKind::Secret).next().is_some();
        let account = match (known, of(SignalKind::Account).next().filter(|_| proved)) {
            (Some(account), _) => account,
            (None, Some(name)) => Identity::account(name),
            (None, None) if seen.row.identity.kind != IdentityKind::Address => seen.row.identity,
            (None, None) => match refresh {
                Some(token) => Identity { kind: IdentityKind::Token, ..Identity::account(token) },
                None => return,
            },
        };
        for token in of(SignalKind::Issued) {
            self.link(token, account);
        }
    }

    /// The account of a refresh token. One that is used is not among the oldest any more.
    fn account_of(&mut self, token: u64) -> Option<Identity> {
        let link = self.links.get_mut(&token)?;
        let account = link.account;
        if self.issued.saturating_sub(link.number) > self.max as u64 / 2 {
            self.issued += 1;
            link.number = self.issued;
            self.order.push_back((token, self.issued));
            self.changed.push(token);
            // Else tokens that are used again and again would fill the list, though none is issued.
            if self.order.len() > self.max.saturating_mul(2) {
                let links = &self.links;
                self.order.retain(|(token, number)| links.get(token).is_some_and(|link| link.number == *number));
            }
        }
        Some(account)
    }

    fn link(&mut self, token: u64, account: Identity) {
        if self.links.get(&token).is_some_and(|link| link.account == account) {
            return;
        }
        self.issued += 1;
        self.changed.push(token);
        let number = self.links.get(&token).map_or(self.issued, |link| link.number);
        if self.links.insert(token, Link { account, number }).is_none() {
            self.order.push_back((token, number));
        }
        while self.links.len() > self.max {
            let Some((oldest, number)) = self.order.pop_front() else { break };
            if self.links.get(&oldest).is_some_and(|link| link.number == number) {
                self.links.remove(&oldest);
                self.forgotten.push(oldest);
            }
        }
    }
}

fn key(token: u64) -> Id {
    Id::of("token link", &[&token.to_be_bytes()])
}

#[cfg(test)]
mod tests {
    use model::observation::{Observation, ObservationBatch, Rows};
    use model::resolved::{Naming, Noise};
    use model::{Signal, StateDelta};

    use super::*;

    /// Log-ins (`Ok(account)`) that hand out the token of that number, and calls with it (`Err(())`).
    fn epoch(calls: &[(u64, Result<u64, ()>)]) -> ResolvedEpoch {
        let mut batch = ObservationBatch::default();
        for (token, login) in calls {
            let at = batch.signals.len() as u32;
            let id = Id::of("token", &[&token.to_be_bytes()]);
            let mut row = Observation { status: 200, ..Observation::default() };
            if let Ok(account) = login {
                batch.signals.push(Signal { kind: SignalKind::Account, value: *account, ..Signal::default() });
                batch.signals.push(Signal { kind: SignalKind::Issued, value: id.prefix(), ..Signal::default() });
                row.signals = Rows { at, len: 2 };
            } else {
                row.identity = Identity { id, kind: IdentityKind::Token };
            }
            batch.rows.push(row);
        }
        let naming = Naming::Noise(Noise::NotACall);
        let steps = (0..calls.len() as u32).map(|row| Step::Seen { batch: 0, row, naming }).collect();
        ResolvedEpoch { batches: vec![batch], steps, ..ResolvedEpoch::default() }
    }

    fn identities(accounts: &mut Accounts, calls: &[(u64, Result<u64, ()>)]) -> Vec<Identity> {
        let mut epoch = epoch(calls);
        accounts.resolve(&mut epoch);
        epoch.batches[0].rows.iter().map(|row| row.identity).collect()
    }

    #[test]
    fn tokens_of_one_account_are_one_identity_and_others_act_for_themselves() {
        let mut accounts = Accounts::default();
        let seen = identities(
            &mut accounts,
            &[(1, Ok(7)), (1, Err(())), (2, Ok(7)), (2, Err(())), (3, Err(())), (4, Ok(8)), (4, Err(()))],
        );
        assert_eq!(seen[1], seen[3]);
        assert_eq!(seen[1].kind, IdentityKind::User);
        assert_eq!(seen[4].kind, IdentityKind::Token);
        assert!(seen[6] != seen[1]);
    }

    /// A call without credentials that shows one token and gets another; who the other acts for.
    fn refreshed(accounts: &mut Accounts, old: u64, new: u64) -> Identity {
        let id = |token: u64| Id::of("token", &[&token.to_be_bytes()]);
        let mut epoch = epoch(&[(new, Ok(0)), (new, Err(()))]);
        let batch = &mut epoch.batches[0];
        batch.signals[0] = Signal { kind: SignalKind::Refresh, value: id(old).prefix(), ..Signal::default() };
        epoch.batches[0].rows[0].identity.kind = IdentityKind::Address;
        accounts.resolve(&mut epoch);
        let [asked, uses] = [0, 1].map(|row: usize| epoch.batches[0].rows[row].identity);
        assert!(asked == uses || asked.kind == IdentityKind::Address, "the one that asks is the one that uses it");
        uses
    }

    #[test]
    fn a_token_that_is_given_for_another_is_of_the_same_account() {
        let mut accounts = Accounts::default();
        let first = identities(&mut accounts, &[(1, Ok(7)), (1, Err(()))])[1];
        assert_eq!(refreshed(&mut accounts, 1, 2), first);
        assert_eq!(refreshed(&mut accounts, 2, 3), first);
        let stranger = refreshed(&mut accounts, 50, 51);
        assert_eq!((stranger.kind, stranger == first), (IdentityKind::Token, false));
        assert_eq!(refreshed(&mut accounts, 51, 52), stranger);
    }

    #[test]
    fn a_token_in_use_is_not_among_the_oldest_and_the_list_stays_short() {
        let mut accounts = Accounts::new(8);
        let first = identities(&mut accounts, &[(1, Ok(7)), (1, Err(()))])[1];
        for token in 2..200 {
            identities(&mut accounts, &[(token, Ok(token))]);
            assert_eq!(accounts.account_of(Id::of("token", &[&1_u64.to_be_bytes()]).prefix()), Some(first));
        }
        for used in 0..10_000_u64 {
            let token = 193 + used % 7;
            accounts.account_of(Id::of("token", &[&token.to_be_bytes()]).prefix());
        }
        assert!(accounts.links.len() <= 8 && accounts.order.len() <= 16, "{}", accounts.order.len());
    }

    #[test]
    fn links_survive_a_restart_and_the_oldest_are_forgotten() {
        let mut accounts = Accounts::new(2);
        identities(&mut accounts, &[(1, Ok(1)), (2, Ok(2)), (3, Ok(3))]);
        let delta = StateDelta { rows: accounts.save(), ..StateDelta::default() };
        let mut again = Accounts::new(2);
        again.load(&SavedState { rows: delta.rows, ..SavedState::default() });
        let seen = identities(&mut again, &[(1, Err(())), (2, Err(())), (3, Err(()))]);
        let kinds: Vec<_> = seen.iter().map(|identity| identity.kind).collect();
        assert_eq!(kinds, [IdentityKind::Token, IdentityKind::User, IdentityKind::User]);
    }
}
