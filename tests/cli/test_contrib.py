"""`crt contrib`: from a repository to a log, its anchors, bindings and proofs."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.attribution.logfile import LogFile
from ledger.errors import InputError, Reverted
from tests.cli.stage import ANN, ANN_LINE, BOB, SHARED, Stage
from tests.command import crt


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A repository attributed and anchored, nobody bound yet. Nobody's own git configuration plays a part."""
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("contrib")
        patch.setenv("HOME", str(place))
        patch.setenv("XDG_CONFIG_HOME", str(place))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        made = Stage(place)
        made.anchored()
        made.run("contrib", "prove", str(made.log), ANN_LINE, "-o", str(place / "line.crtproof"))
        (place / "head.json").write_text(json.dumps(made.run("contrib", "head", str(made.log))))
        yield made


@pytest.fixture(scope="module")
def ann(stage: Stage) -> int:
    """Ann, bound by her SSH key."""
    return int(stage.bound()["person"])


@pytest.fixture
def proof(stage: Stage) -> Path:
    """Of a line of Ann's, when the log was anchored once."""
    return stage.place / "line.crtproof"


@pytest.fixture
def head(stage: Stage) -> Path:
    """The head then."""
    return stage.place / "head.json"


def test_attribution_says_who_has_what_and_goes_on(stage: Stage) -> None:
    found = stage.run("contrib", "attribute", str(stage.repo), "--log", str(stage.log), "--quiet")
    assert found["schema"] == "crt-attribution/1"
    assert [(item["who"], item["lines"], item["points"]) for item in found["contributors"]] == [
        (ANN, "30.500", 30_500),
        (BOB, "10.500", 10_500),
    ]
    assert (found["entries"], found["commits"], found["points"]) == (42, 3, 41_000)
    with LogFile(stage.log) as log:
        (pinned,) = log.pinned()  # a repeated run pins nothing twice
        assert found["root"] == f"0x{pinned.root.hex()}"
    shown = stage.text("contrib", "attribute", str(stage.repo), "--log", str(stage.log), "--top", "1", "--quiet")
    for part in (ANN, "30.5", "30,500", "74.4 %", "1 other", "41,000", found["root"]):
        assert part in shown
    assert BOB not in shown


def test_lines_seen_elsewhere_are_not_new(stage: Stage) -> None:
    log = stage.place / "copy.crtlog"
    command = ("contrib", "attribute", str(stage.repo), "--log", str(log), "--seen", str(stage.log), "--quiet")
    assert stage.run(*command)["entries"] == 0


def test_the_log_is_named_after_the_repository_and_progress_is_told(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert stage.run("contrib", "attribute", str(stage.repo), "--quiet")["log"] == "repo.crtlog"
    run = crt("contrib", "attribute", str(stage.repo), "--log", "other.crtlog", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "read the commits" in run.stderr
    assert ANN in run.stdout


def test_anchoring_again_finds_the_repository_and_nothing_new(stage: Stage) -> None:
    again = stage.run("contrib", "anchor", str(stage.log), "--as", "dev:0")
    assert (again["schema"], again["repository"], again["registered"]) == ("crt-anchor/1", 1, False)
    assert (again["anchored"], again["gas"], again["size"]) == (False, None, 42)
    assert "nothing new" in stage.text("contrib", "anchor", str(stage.log), "--as", "dev:0")
    # Also when the log has forgotten its number: the chain has not.
    forgetful = stage.place / "forgetful.crtlog"
    stage.run("contrib", "attribute", str(stage.repo), "--log", str(forgetful), "--quiet")
    assert stage.run("contrib", "anchor", str(forgetful), "--as", "dev:0")["repository"] == 1


def test_the_head_is_what_was_attributed(stage: Stage, head: Path) -> None:
    found = json.loads(head.read_text())
    assert found["schema"] == "crt-head/1"
    with LogFile(stage.log) as log:
        first = log.pinned()[0]
    assert found["heads"] == [{"size": 42, "root": f"0x{first.root.hex()}", "commit": first.oid}]
    assert found["root"] == f"0x{first.root.hex()}"
    assert stage.run("contrib", "head", "--repository", "1")["heads"][:1] == found["heads"]


# --- Binding -----------------------------------------------------------------------------------------------------------


def test_a_key_binds_without_the_address(stage: Stage, ann: int) -> None:
    request = (stage.place / "ann.json").read_text()
    assert json.loads(request)["schema"] == "crt-binding-request/1"
    assert json.loads(request)["evidence"]["kind"] == "ssh"
    assert ANN not in request
    found = stage.run("contrib", "person", str(ann))
    assert found["schema"] == "crt-person/1"
    assert found["graduation"] is None
    assert [item["repository"] for item in found["contributors"]] == [1]
    assert "not graduated" in stage.text("contrib", "person", "--wallet", "dev:1")


def test_without_a_key_a_commit_of_the_claim_binds(stage: Stage) -> None:
    output = stage.place / "bob.json"
    request = ("contrib", "bind", "request", str(stage.log), BOB, "--git", str(stage.repo), "--as", "dev:2")
    request = (*request, "--evidence", "commit", "-o", str(output))
    error = stage.fails(*request)
    assert "not committed yet" in error.message
    assert "git -C" in (error.hint or "")
    assert not output.exists()
    (claim,) = stage.repo.glob(".crt/claims/*.txt")
    stage.commit(str(claim.relative_to(stage.repo)), claim.read_text(), author=BOB)
    assert stage.run(*request)["evidence"]["kind"] == "commit"
    found = stage.run("contrib", "bind", "approve", str(output), "--git", str(stage.repo), "--as", "dev:0")
    assert (found["schema"], found["evidence"]) == ("crt-binding/1", "commit")
    assert found["commit"] == stage.git("rev-parse", "HEAD")


def test_binding_mistakes(stage: Stage, ann: int, tmp_path: Path) -> None:
    request = ("contrib", "bind", "request", str(stage.log))
    there = ("--git", str(stage.repo), "-o", str(tmp_path / "x.json"))
    assert "already, to person" in stage.fails(*request, ANN, "--as", "dev:5", *there).message
    assert "no commit by this address" in stage.fails(*request, "eve@example.org", "--as", "dev:5", *there).message
    approve = ("contrib", "bind", "approve")
    error = stage.fails(*approve, str(stage.place / "ann.json"), "--git", str(stage.repo), "--as", "dev:0")
    assert f"already, to person {ann}" in error.message
    assert "not such a document" in stage.fails(*approve, _file(tmp_path, "{}"), "--as", "dev:0").message
    assert "can't be read" in stage.fails(*approve, _file(tmp_path, "no"), "--as", "dev:0").message
    assert not (tmp_path / "x.json").exists()


def test_a_request_that_was_changed_is_refused(stage: Stage, tmp_path: Path) -> None:
    """Carl's, who is bound in no other test: with another wallet, another chain, another maintainer."""
    stage.commit("carl.py", "carl_value = carl_function(carl_argument)\n", author="carl@example.org", sign=True)
    log = tmp_path / "carl.crtlog"
    stage.run("contrib", "attribute", str(stage.repo), "--log", str(log), "--quiet")
    request = ("contrib", "bind", "request", str(log), "carl@example.org", "--git", str(stage.repo), "--as", "dev:6")
    stage.run(*request, "--repository", "1", "-o", str(tmp_path / "carl.json"))
    good = json.loads((tmp_path / "carl.json").read_text())
    other = stage.run("contrib", "person", "1")["wallet"]

    def refused(git: Path = stage.repo, who: str = "dev:0", **changes: object) -> Exception:
        path = _file(tmp_path, json.dumps(good | changes))
        return stage.fails("contrib", "bind", "approve", path, "--git", str(git), "--as", who)

    assert "not valid" in str(refused(wallet=other))
    assert "another chain" in str(refused(chainId=1))
    assert "not whole" in str(refused(deadline=None))
    assert isinstance(refused(signature=f"0x{'11' * 65}"), Reverted)
    assert "may not write for repository 1" in str(refused(who="dev:7"))
    (tmp_path / "none").mkdir()
    subprocess.run(["git", "init", "-q", str(tmp_path / "none")], check=True)
    assert "not the git repository of repository 1" in str(refused(git=tmp_path / "none"))
    weak = good | {"evidence": {"crt_evidence": 1, "kind": "ssh", "commit": "0" * 40}}
    assert "evidence is not as expected" in str(refused(**weak))


def test_a_wallet_is_rotated_by_both(stage: Stage) -> None:
    stage.commit("dora.py", "dora_value = dora_function(dora_argument)\n", author="dora@example.org", sign=True)
    stage.run("contrib", "attribute", str(stage.repo), "--log", str(stage.log), "--quiet")
    stage.run("contrib", "anchor", str(stage.log), "--as", "dev:0")
    request = ("contrib", "bind", "request", str(stage.log), "dora@example.org", "--as", "dev:3")
    elsewhere = stage.place / "elsewhere"
    subprocess.run(["git", "init", "-q", str(elsewhere)], check=True)
    refused = stage.fails(*request, "--git", str(elsewhere), "-o", str(stage.place / "none.json"))
    assert "not the git repository of repository 1" in refused.message
    assert not (elsewhere / ".crt").exists()
    stage.run(*request, "--git", str(stage.repo), "-o", str(stage.place / "looked.json"))
    approve = (
        "contrib",
        "bind",
        "approve",
        str(stage.place / "looked.json"),
        "--git",
        str(stage.repo),
        "--as",
        "dev:0",
    )
    assert stage.run(*approve, "--dry-run")["person"] is None
    number = stage.bound("dora.json", "dora@example.org", "dev:3")["person"]
    assert "not the wallet" in stage.fails("contrib", "rotate", str(number), "--as", "dev:8", "--to", "dev:4").message
    found = stage.run("contrib", "rotate", str(number), "--as", "dev:3", "--to", "dev:4")
    assert found["schema"] == "crt-rotation/1"
    person = stage.run("contrib", "person", "--wallet", "dev:3")  # who had it is known by it
    assert (person["wallet"], person["pastWallets"]) == (found["to"], [found["from"]])
    again = stage.fails("contrib", "rotate", str(number), "--as", "dev:4", "--to", "dev:3")
    assert "is or was the wallet of person" in again.message


# --- Proofs ------------------------------------------------------------------------------------------------------------


def test_a_proof_holds_against_chain_head_and_root(stage: Stage, proof: Path, head: Path) -> None:
    saved = json.loads(head.read_text())
    newest = ("--root", saved["root"], "--size", str(saved["size"]))
    for against, options in (("chain", ()), ("head", ("--head", str(head))), ("root", newest)):
        found = stage.run("contrib", "verify", str(proof), *options, "--line", f"    {ANN_LINE}  # moved")
        assert (found["schema"], found["holds"], found["against"]) == ("crt-verification/1", True, against)
        assert found["share"] == 1000
    assert "The proof holds" in stage.text("contrib", "verify", str(proof))
    assert proof.stat().st_size < 1000


def test_a_line_of_two_has_two_proofs(stage: Stage, tmp_path: Path) -> None:
    found = stage.run("contrib", "prove", str(stage.log), SHARED, "-o", str(tmp_path / "both.crtproof"))
    assert found["schema"] == "crt-proof/1"
    assert [item["share"] for item in found["proofs"]] == [500, 500]
    for name in ("both.crtproof", "both-2.crtproof"):
        assert stage.run("contrib", "verify", str(tmp_path / name), "--line", SHARED)["holds"]
    by_number = ("contrib", "prove", str(stage.log), "--entry", "3", "-o", str(tmp_path / "third"))
    assert stage.run(*by_number)["proofs"][0]["entry"] == 3


def test_a_proof_that_was_tampered_with_is_told_so(stage: Stage, proof: Path, head: Path, tmp_path: Path) -> None:
    content = proof.read_bytes()
    tampered = tmp_path / "tampered"
    for at in range(0, len(content), 7):
        tampered.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        error = stage.fails("contrib", "verify", str(tampered), "--head", str(head))
        assert isinstance(error, InputError)
        assert error.exit_code == 2
    tampered.write_bytes(content[:-32] + bytes(32))
    run = crt("contrib", "verify", str(tampered), "--chain", str(stage.chain), "--json")
    assert run.returncode == 2
    assert json.loads(run.stdout)["schema"] == "crt-error/1"
    assert "does not hold" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--line", "another_line = of_somebody(else_entirely)"], "another line"),
        (["--line", "}"], "earns nothing"),
        (["--root", "0x" + "00" * 32, "--size", "42"], "does not hold"),
        (["--root", "00", "--size", "42"], "not a hash"),
        (["--root", "0x" + "00" * 32], "of some size"),
        (["--root", "0x" + "00" * 32, "--size", "7"], "is not that long here"),
        (["--head", "no-such-file"], "can't be read"),
    ],
)
def test_what_differs_is_told(stage: Stage, proof: Path, options: list[str], told: str) -> None:
    error = stage.fails("contrib", "verify", str(proof), *options)
    assert told in error.message
    assert error.exit_code == 2


def test_a_proof_of_another_chain_is_told_so(stage: Stage, proof: Path, head: Path, tmp_path: Path) -> None:
    saved = json.loads(head.read_text())
    for field, value, told in (
        ("chainId", 1, "another chain"),
        ("contract", "0x" + "11" * 20, "another contract"),
        ("repository", 2, "another repository"),
        ("heads", "nothing", "not whole"),
    ):
        path = _file(tmp_path, json.dumps(saved | {field: value}))
        assert told in stage.fails("contrib", "verify", str(proof), "--head", path).message


# --- Mistakes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["anchor", "no-such.crtlog", "--as", "dev:0"], "no such log"),
        (["anchor", "{wrong}", "--as", "dev:0"], "not a log of contributions"),
        (["anchor", "{empty}", "--as", "dev:0"], "not a log of contributions"),
        (["anchor", "{log}", "--as", "nobody"], "no such account"),
        (["anchor", "{log}", "--as", "dev:99999"], "no such account"),
        (["anchor", "{log}", "--repository", "99", "--as", "dev:0"], "no such repository"),
        (["head", "--repository", "99"], "no such repository"),
        (["head"], "which repository"),
        (["prove", "{log}", "nobody_wrote_this(line_here, at_all)", "-o", "{out}"], "nobody earned this line"),
        (["prove", "{log}", "return x", "-o", "{out}"], "earns nothing"),
        (["prove", "{log}", "--entry", "4200", "-o", "{out}"], "no such entry"),
        (["prove", "{log}", "-o", "{out}"], "which line"),
        (["verify", "{log}"], "proof can't be read"),
        (["verify", "no-such-proof"], "proof can't be read"),
        (["person", "77"], "no person 77"),
        (["person", "--wallet", "dev:77"], "bound to nobody"),
        (["person", "--wallet", "0x1234"], "not an address"),
        (["attribute", "no-such-directory", "--log", "{out}"], "no such directory"),
        (["attribute", "{repo}", "--head", "no-such-branch", "--log", "{out}"], "no such commit"),
        (["attribute", "{repo}", "--policy", "no-such.toml", "--log", "{out}"], "policy can't be read"),
        (["attribute", "{repo}", "--seen", "no-such.crtlog", "--log", "{out}"], "no such log"),
    ],
)
def test_mistakes_are_told(stage: Stage, tmp_path: Path, command: list[str], told: str) -> None:
    places = {
        "log": str(stage.log),
        "repo": str(stage.repo),
        "wrong": _file(tmp_path, "not a log\n" * 100),
        "empty": str(tmp_path / "empty"),
        "out": str(tmp_path / "out"),
    }
    (tmp_path / "empty").touch()
    error = stage.fails("contrib", *(part.format(**places) for part in command))
    assert told in error.message
    assert not (tmp_path / "out").exists()


def test_a_chain_is_not_made_by_looking(stage: Stage, tmp_path: Path) -> None:
    other = Stage(tmp_path)
    error = other.fails("contrib", "head", "--repository", "1")
    assert "no such chain" in error.message
    assert list(tmp_path.iterdir()) == []
    assert "no such log" in other.fails("contrib", "anchor", "none.crtlog", "--as", "dev:0").message
    assert list(tmp_path.iterdir()) == []


# --- Accounts ----------------------------------------------------------------------------------------------------------


def test_a_key_is_only_taken_from_a_file_of_ones_own(stage: Stage, tmp_path: Path) -> None:
    key, path = "4c" * 32, tmp_path / "key"
    path.write_text(f"0x{key}\n")
    show = ("contrib", "person", "--wallet", f"key:{path}")
    for mode in (0o644, 0o640, 0o604, 0o700):
        path.chmod(mode)
        error = stage.fails(*show)
        assert "0600" in str(error)
    path.chmod(0o600)
    assert "bound to nobody" in stage.fails(*show).message
    path.write_text("4c4c")
    assert "not a file with a private key" in stage.fails(*show).message
    for given in (key, f"0x{key}"):
        error = stage.fails("contrib", "person", "--wallet", given)
        assert "command line" in error.message
        assert key not in str(error)
    assert "can't be read" in stage.fails("contrib", "person", "--wallet", f"key:{tmp_path}/none").message


def test_only_key_files_sign_on_a_chain_that_is_not_local(stage: Stage, tmp_path: Path) -> None:
    """The node says that it is no local one: public keys are refused before anything is asked of it."""
    from types import SimpleNamespace

    from ledger.cli.accounts import account
    from ledger.engine.keyring import Keyring

    ledger = SimpleNamespace(node=object(), keys={}, keyring=Keyring())
    for name in ("dev:1", "district"):
        with pytest.raises(InputError, match="no such account"):
            account(ledger, name)  # type: ignore[arg-type]
    path = tmp_path / "key"
    path.write_text("4c" * 32)
    os.chmod(path, 0o600)
    assert account(ledger, f"key:{path}").address in ledger.keyring  # type: ignore[arg-type]


def test_history_that_was_rewritten_is_registered_anew(stage: Stage, tmp_path: Path) -> None:
    """Here only its log: one with other exclusions is another log of the same history."""
    policy = tmp_path / "policy.toml"
    policy.write_text('exclude = ["bob.py"]\n')
    log = tmp_path / "other.crtlog"
    made = ("contrib", "attribute", str(stage.repo), "--log", str(log), "--policy", str(policy), "--quiet")
    assert stage.run(*made)["entries"] < 42
    again = ("contrib", "attribute", str(stage.repo), "--log", str(log), "--quiet")
    assert "other exclusions" in stage.fails(*again).message
    assert "does not continue" in stage.fails("contrib", "anchor", str(log), "--as", "dev:0").message
    found = stage.run("contrib", "anchor", str(log), "--new", "--policy", str(policy), "--as", "dev:0")
    assert found["registered"]
    assert found["repository"] > 1
    assert stage.run("contrib", "anchor", str(log), "--as", "dev:0")["repository"] == found["repository"]


def _file(place: Path, text: str) -> str:
    path = place / "given"
    path.write_text(text, encoding="utf-8")
    return str(path)
