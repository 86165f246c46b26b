//! The account of an attempt where no parameter is called one: what the whole request shows.

use model::limits::SIGNALS_MAX;
use model::observation::Param;
use model::{ParamPlace, Signal, SignalKind};

use super::{Row, push_name};
use crate::memo::SPREAD;
use crate::names;

impl Row<'_> {
    /// Notes the program that asks for a token, which stands beside the account or for itself.
    pub(crate) fn client(&mut self, place: ParamPlace, name: &[u8], value: u64) {
        let name = self.text(|out| push_name(out, name));
        self.client = Some(Signal { kind: SignalKind::Account, place, name, value });
    }

    /// A program that asks for itself shows its secret and names nobody else (RFC 6749 §4.4); it asks for somebody when it names
    /// an account, or shows the code (§4.1) or the token (§6) that it was given for one.
    pub(super) fn take_client(&mut self) {
        let Some(client) = self.client else { return };
        let signals = self.batch.signals.get(self.signals_at..).unwrap_or_default();
        let shows = |kind| signals.iter().any(|signal| signal.kind == kind);
        let mut secrets = signals.iter().filter(|signal| signal.kind == SignalKind::Secret).peekable();
        let its_own = |signal: &Signal| names::is_secret_of_a_program(self.batch.text(signal.name));
        let named = shows(SignalKind::Account) || shows(SignalKind::Refresh);
        let itself = !named && secrets.peek().is_some() && secrets.all(its_own);
        if itself && signals.len() < SIGNALS_MAX {
            self.batch.signals.push(client);
        }
    }

    /// A password or PIN beside no name of an account: the account is the number that stands with it (`employeeNo`), or all such
    /// numbers together, since one may be that of a company or a terminal.
    pub(super) fn take_number(&mut self) {
        let signals = self.batch.signals.get(self.signals_at..).unwrap_or_default();
        let names_it = |signal: &Signal| matches!(signal.kind, SignalKind::Account | SignalKind::Refresh);
        let pin =
            |signal: &Signal| signal.kind == SignalKind::Secret && names::is_password(self.batch.text(signal.name));
        if signals.iter().any(names_it) || !signals.iter().any(pin) || signals.len() >= SIGNALS_MAX {
            return;
        }
        let params = self.batch.params.get(self.params_at..).unwrap_or_default();
        let sent = |place| matches!(place, ParamPlace::Form | ParamPlace::Body | ParamPlace::Argument);
        let number = |param: &&Param| {
            sent(param.place) && param.value != 0 && names::ends_as_number(self.batch.text(param.name))
        };
        // The PIN itself may be what tells people apart in a shop.
        if !params.iter().filter(number).any(|param| names::is_of_people(self.batch.text(param.name))) {
            return;
        }
        let numbers = params.iter().filter(number);
        let account = numbers
            .copied()
            .reduce(|account, next| Param { value: account.value.wrapping_mul(SPREAD) ^ next.value, ..account });
        if let Some(Param { place, name, value, .. }) = account {
            self.batch.signals.push(Signal { kind: SignalKind::Account, place, name, value });
        }
    }
}
