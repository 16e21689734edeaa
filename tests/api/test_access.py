"""Who may do what: a matrix of kinds of principals and of routes. It is written here by hand, as the design has it."""

from __future__ import annotations

import re

import pytest
from fastapi.routing import APIRoute

from api.document import allowed, routes
from ledger.services.access import Access
from tests.api.stage import Stage

OPERATORS = {"admin", "administrator", "servicer", "compliance", "guardian", "district", "university"}
OVERSIGHT = OPERATORS | {"auditor"}
EVERYBODY = OVERSIGHT | {"holder"}
SENDERS = OPERATORS | {"holder"}  # of what others have signed, or anybody may send
NOBODY = frozenset[str]()

# Who may ask, by the operation's id in the document; None: whoever it is, nobody is asked.
MAY: dict[str, set[str] | None] = {
    "get_health": None,
    "list_problems": None,
    "get_problem": None,
    "list_series": EVERYBODY,
    "get_series": EVERYBODY,
    "list_holders": OVERSIGHT,
    "pause_series": {"guardian"},
    "resume_series": {"administrator"},
    "set_requirement": {"compliance"},
    "create_series": {"administrator"},
    "get_valuation": EVERYBODY,
    "offer_series": {"administrator"},
    "activate_series": {"administrator"},
    "cancel_series": {"administrator"},
    "fail_series": {"servicer"},
    "refund_series": {"servicer"},
    "release_pool": {"servicer"},
    "list_receivables": EVERYBODY,
    "list_collections": EVERYBODY,
    "book_collections": {"servicer"},
    "list_subscriptions": EVERYBODY,
    "list_distributions": EVERYBODY,
    "get_distribution": EVERYBODY,
    "fix_record": {"servicer"},
    "fund_distribution": {"servicer"},
    "close_distribution": {"servicer"},
    "list_payments": EVERYBODY,
    "pay_holders": {"servicer"},
    "run_payment_date": {"servicer"},
    "redeem_receipts": {"servicer"},
    "pay_fees": {"servicer"},
    "pay_residual": {"servicer"},
    "sweep_series": {"servicer"},
    "list_versions": EVERYBODY,
    "get_certificate": EVERYBODY,
    "force_transfer": {"compliance"},
    "freeze_receipts": {"compliance"},
    "release_receipts": {"compliance"},
    "get_standing": EVERYBODY,
    "get_eligibility": EVERYBODY,
    "set_standing": {"compliance"},
    "freeze_holder": {"compliance"},
    "release_holder": {"compliance"},
    "mint_cash": {"administrator"},
    "list_receipts": EVERYBODY,
    "get_receipt": EVERYBODY,
    "freeze_receipt": {"compliance"},
    "release_receipt": {"compliance"},
    "split_receipt": {"holder"},
    "merge_receipts": {"holder"},
    "transfer_receipt": {"holder"},
    "move_units": {"holder"},
    "approve_receipt": {"holder"},
    "approve_operator": {"holder"},
    "get_permit_to_sign": {"holder"},
    "subscribe_series": {"holder"},
    "claim_payments": {"holder"},
    "take_back_subscriptions": {"holder"},
    "relay_transaction": {"holder", "administrator"},
    "list_repositories": EVERYBODY,
    "get_repository": EVERYBODY,
    "list_batches": EVERYBODY,
    "get_batch_to_sign": EVERYBODY,
    "append_batch": SENDERS,
    "list_bindings": EVERYBODY,
    "get_binding_to_sign": EVERYBODY,
    "bind_contributor": SENDERS,
    "verify_proof": EVERYBODY,
    "list_people": EVERYBODY,
    "get_person": EVERYBODY,
    "get_rotation_to_sign": EVERYBODY,
    "rotate_wallet": SENDERS,
    "propose_recovery": {"university"},
    "finish_recovery": SENDERS,
    "get_attestation_to_sign": EVERYBODY,
    "attest_graduation": SENDERS,
    "revoke_graduation": {"university"},
    "annul_graduation": {"guardian"},
    "list_programmes": EVERYBODY,
    "get_programme": EVERYBODY,
    "open_programme": {"district"},
    "fund_programme": {"district"},
    "close_programme": SENDERS,
    "revoke_vouchers": {"district"},
    "list_providers": EVERYBODY,
    "set_provider": {"district"},
    "list_roots": EVERYBODY,
    "propose_root": {"district"},
    "stop_root": {"guardian"},
    "challenge_root": SENDERS,
    "claim_vouchers": SENDERS,
    "list_issues": EVERYBODY,
    "list_balances": EVERYBODY,
    "list_voucher_redemptions": EVERYBODY,
    "get_redemption_to_sign": EVERYBODY,
    "list_reimbursements": EVERYBODY,
    "reimburse_provider": SENDERS,
    "register_repository": {"holder"},
    "veto_recovery": {"holder"},
    "redeem_vouchers": {"holder"},
    "make_nonce": None,
    "make_session": None,
    "end_own_session": {"holder"},
    "list_keys": {"admin"},
    "make_key": {"admin"},
    "rotate_key": {"admin"},
    "revoke_key": {"admin"},
    "list_records": {"admin", "auditor"},
    "get_audit_head": {"admin", "auditor"},
    "export_records": {"admin", "auditor"},
    "list_events": OVERSIGHT,
    "follow_events": OVERSIGHT,
    "list_webhooks": {"admin", "administrator"},
    "get_webhook": {"admin", "administrator"},
    "make_webhook": {"admin", "administrator"},
    "change_webhook": {"admin", "administrator"},
    "remove_webhook": {"admin", "administrator"},
    "rotate_webhook": {"admin", "administrator"},
    "replay_webhook": {"admin", "administrator"},
    "test_webhook": {"admin", "administrator"},
    "list_networks": EVERYBODY,
    "get_operation": EVERYBODY,
    "list_operations": EVERYBODY,
}
PRINCIPALS = [*(one.value for one in Access), None]


def ids(stage: Stage) -> dict[str, APIRoute]:
    return {route.operation_id or route.name: route for route in routes(stage.client.app)}  # type: ignore[arg-type]


def test_every_route_is_in_the_matrix_and_says_who_may_ask(stage: Stage) -> None:
    found = ids(stage)
    assert found.keys() == MAY.keys()
    for name, route in found.items():
        who = allowed(route)
        assert (None if who is None else {one.value for one in who}) == MAY[name], name


@pytest.mark.parametrize("who", PRINCIPALS, ids=str)
def test_the_answer_is_as_the_matrix_says(stage: Stage, who: str | None) -> None:
    """With paths and bodies that are good for nothing, so that nothing is done: access is decided before."""
    for name, route in ids(stage).items():
        path = re.sub(r"\{[^}]+\}", "0", route.path)
        for method in sorted(route.methods or ()):
            nonsense = {"json": {"nonsense": True}} if method in ("POST", "PUT", "PATCH") else {}
            may = MAY[name]
            if name == "end_own_session" and who == "holder":
                continue  # it would be out for the rest: test_sign_in.py has it
            status = stage.ask(method, path, who, headers={"Last-Event-ID": "nonsense"}, **nonsense).status_code
            if may is not None and who is None:
                assert status == 401, (name, status)
            elif may is not None and who not in may:
                assert status == 403, (name, status)
            else:
                assert status not in (401, 403), (name, status)
                assert status < 500, (name, status)


def test_refusals_are_in_the_audit_log(stage: Stage) -> None:
    from ledger.services.audit import newest

    token = stage.receipts[0]
    stage.post(f"/v1/receipts/{token}/freeze", "auditor", {"reason": "why not"}, 403)
    (last,) = newest(stage.ledger.database, 1)
    assert last["command"] == "POST /v1/receipts/{receipt}/freeze"
    assert last["actor"].startswith("key:") and "compliance" in last["detail"]["needed"]
    assert stage.tokens["auditor"].split("_")[2] == last["actor"].removeprefix("key:")
    stage.client.get("/v1/series")
    (last,) = newest(stage.ledger.database, 1)
    assert (last["actor"], last["command"]) == ("nobody", "GET /v1/series")


def test_holders_see_their_own_receipts_and_operations_only(stage: Stage) -> None:
    mine, others = stage.receipts
    assert [one["id"] for one in stage.get("/v1/receipts", "holder")["data"]] == [str(mine)]
    assert stage.get(f"/v1/receipts/{mine}", "holder")["units"] == {"amount": "1000.00", "currency": "CNY"}
    stage.get(f"/v1/receipts/{others}", "holder", 404)
    owner = stage.get(f"/v1/receipts/{others}", "auditor")["owner"]
    stage.get(f"/v1/receipts?owner={owner}", "holder", 403)
    assert [one["id"] for one in stage.get(f"/v1/receipts?owner={owner}", "auditor")["data"]] == [str(others)]
    operation = stage.done("/v1/series/1/pause", "guardian")["id"]
    stage.done("/v1/series/1/resume", "administrator")
    stage.get(f"/v1/operations/{operation}", "holder", 404)
    assert stage.get("/v1/operations", "holder")["data"] == []
    assert operation in [one["id"] for one in stage.get("/v1/operations", "auditor")["data"]]
