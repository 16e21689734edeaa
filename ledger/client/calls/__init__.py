"""All that can be asked for, a method each.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from ledger.client.calls.audit import AuditCalls
from ledger.client.calls.cash import CashCalls
from ledger.client.calls.contributions import ContributionsCalls
from ledger.client.calls.distributions import DistributionsCalls
from ledger.client.calls.events import EventsCalls
from ledger.client.calls.holders import HoldersCalls
from ledger.client.calls.holding import HoldingCalls
from ledger.client.calls.investing import InvestingCalls
from ledger.client.calls.issuance import IssuanceCalls
from ledger.client.calls.keys import KeysCalls
from ledger.client.calls.networks import NetworksCalls
from ledger.client.calls.operations import OperationsCalls
from ledger.client.calls.payments import PaymentsCalls
from ledger.client.calls.people import PeopleCalls
from ledger.client.calls.pool import PoolCalls
from ledger.client.calls.programmes import ProgrammesCalls
from ledger.client.calls.receipts import ReceiptsCalls
from ledger.client.calls.series import SeriesCalls
from ledger.client.calls.service import ServiceCalls
from ledger.client.calls.sign_in import SignInCalls
from ledger.client.calls.subscriptions import SubscriptionsCalls
from ledger.client.calls.transactions import TransactionsCalls
from ledger.client.calls.vouchers import VouchersCalls
from ledger.client.calls.wallets import WalletsCalls
from ledger.client.calls.webhooks import WebhooksCalls

__all__ = ["Calls"]


class Calls(
    ServiceCalls,
    SignInCalls,
    KeysCalls,
    NetworksCalls,
    SeriesCalls,
    IssuanceCalls,
    PoolCalls,
    SubscriptionsCalls,
    InvestingCalls,
    DistributionsCalls,
    PaymentsCalls,
    ReceiptsCalls,
    HoldingCalls,
    HoldersCalls,
    CashCalls,
    TransactionsCalls,
    ContributionsCalls,
    WalletsCalls,
    PeopleCalls,
    ProgrammesCalls,
    VouchersCalls,
    OperationsCalls,
    EventsCalls,
    WebhooksCalls,
    AuditCalls,
):
    """Every operation of the HTTP API."""
