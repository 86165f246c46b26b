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

    /// A program that asks for itself shows a secret and names nobody else (RFC 6749 §4.4); it asks for somebody when it names
    /// an account, or shows the token that it was given for one (§6).
    pub(super) fn take_client(&mut self) {
        let Some(client) = self.client else { return };
        let signals = self.batch.signals.get(self.signals_at..).unwrap_or_default();
        let shows = |kind| signals.iter().any(|signal| signal.kind == kind);
        let itself = shows(SignalKind::Secret) && !shows(SignalKind::Account) && !shows(SignalKind::Refresh);
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
        let numbers = params.iter().filter(|param| {
            sent(param.place) && param.value != 0 && names::ends_as_number(self.batch.text(param.name))
        });
        let account = numbers
            .copied()
            .reduce(|account, next| Param { value: account.value.wrapping_mul(SPREAD) ^ next.value, ..account });
        if let Some(Param { place, name, value, .. }) = account {
            self.batch.signals.push(Signal { kind: SignalKind::Account, place, name, value });
        }
    }
}
