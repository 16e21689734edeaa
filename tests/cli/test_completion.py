"""Completion: asked as shells ask, and once in a real bash."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.chain.devkeys import dev_account
from ledger.cli import completing
from tests.cli.test_store import said
from tests.command import ROOT, crt


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With a network `main`, a wallet that only watches, and a contact."""
    own = tmp_path / "config" / "crt" / "config.toml"
    own.parent.mkdir(parents=True)
    own.write_text('[networks.main]\nchain = "c.db"\n[networks.mine]\nchain = "d.db"\n')
    for kind, name in (("watch", "vault"), ("contact", "vanessa")):
        place = {"CRT_HOME": str(tmp_path / "home")}
        assert crt("wallet", kind, name, dev_account(1).address, **place).returncode == 0
    return tmp_path


def asked(home: Path, words: str, shell: str = "bash", cwd: Path = ROOT) -> list[str]:
    """What a shell gets when the last word is to be completed."""
    variables = {
        "XDG_CONFIG_HOME": str(home / "config"),
        "CRT_HOME": str(home / "home"),
        "_CRT_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
        "_TYPER_COMPLETE_ARGS": words,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "PYTHONPATH": str(ROOT),
    }
    done = crt(cwd=cwd, **variables)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout.split("\n")


def test_commands_options_and_names(home: Path) -> None:
    assert "network" in asked(home, "crt net")[0]
    assert set(asked(home, "crt network ")) >= {"add", "list", "show", "use", "remove"}
    assert "--network" in asked(home, "crt reconcile --net")
    assert [word for word in asked(home, "crt network use m") if word] == ["main", "mine"]
    assert [word for word in asked(home, "crt reconcile --network ma") if word] == ["main"]
    assert [word for word in asked(home, "crt config set most") if word] == ["most_fee"]
    assert [word for word in asked(home, "crt whoami --as dis") if word] == ["district"]
    assert [word for word in asked(home, "crt reconcile --colour a") if word] == ["always", "auto"]


def test_zsh_and_fish_ask_in_their_way(home: Path) -> None:
    assert '"main"' in "\n".join(asked(home, "crt network use m", "zsh"))
    assert asked(home, "crt network use ma", "fish")[0] == "main"


def test_wallets_and_the_address_book(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRT_HOME", str(home / "home"))
    assert completing.addresses("va") == ["vanessa", "vault"]
    assert completing.wallets("va") == []  # neither can sign
    assert [word for word in asked(home, "crt wallet show va") if word] == ["vanessa", "vault"]
    assert [word for word in asked(home, "crt wallet new va") if word] == []


def test_it_is_silent_about_whatever_is_wrong(home: Path, tmp_path: Path) -> None:
    (home / "config" / "crt" / "config.toml").write_text("this is no toml")
    assert [word for word in asked(home, "crt network use m") if word] == []
    assert "network" in asked(home, "crt net")[0]


def test_series_and_receipts_of_the_index(tmp_path: Path) -> None:
    """Of the example on a chain that is gone: nothing but the database is read."""
    import typer

    from ledger.cli.demo import example
    from ledger.services.inputs.case import load_case
    from ledger.services.ledger import open_local
    from ledger.services.story import run_case

    case = load_case(*map(example, ("terms.toml", "rent-roll.csv", "subscriptions.csv", "collections.csv")))
    chain = tmp_path / "crt-chain.db"
    with open_local(chain, currency="CNY", start=case.terms.open_date) as ledger:
        story = run_case(ledger, case, lambda _: None, dates=0)
    chain.unlink()

    def names(which: str, begun: str, **params: str) -> list[str]:
        context = typer.Context(typer.main.get_command(typer.Typer(callback=lambda: None, no_args_is_help=True)))
        context.params.update(params)
        found: list[str] = getattr(completing, which)(context, begun)
        return found

    assert names("series", "CR", chain=str(chain)) == ["CRT01"]
    assert names("series", "X", chain=str(chain)) == []
    ids = sorted(str(token) for _, token, _ in story.receipts)
    assert set(ids) <= set(names("receipts", "", chain=str(chain))) and ids
    assert names("series", "", chain=str(tmp_path / "none.db")) == []
    assert names("series", "", api="http://127.0.0.1:1") == []
    assert not (tmp_path / "none.db").exists()


def test_nothing_heavy_is_imported_to_complete_commands_and_options(home: Path) -> None:
    code = (
        "import atexit, os, sys\n"
        "def told():\n"
        "    heavy = {'eth', 'web3', 'sqlalchemy', 'eth_account', 'rich.console', 'ledger.wallet', 'tomlkit'}\n"
        "    print('heavy:', sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
        "atexit.register(told)\n"
        "from ledger.cli import main\n"
        "main()\n"
    )
    for words, number in (("crt rec", "1"), ("crt reconcile --net", "2"), ("crt network use m", "3")):
        variables = {"_CRT_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": number}
        variables |= {"XDG_CONFIG_HOME": str(home / "config"), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **variables})
        assert done.stdout.strip() and done.stderr == "heavy: []\n", (words, done)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_that_the_shell_reads(shell: str, tmp_path: Path) -> None:
    code, text = said(tmp_path, "completion", shell)
    assert code == 0 and "_CRT_COMPLETE" in text
    document = json.loads(said(tmp_path, "completion", shell, "--json")[1])
    assert document["schema"] == "crt-completion/1" and document["script"] == text.rstrip("\n")
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not here")
    (tmp_path / "script").write_text(text)
    subprocess.run([shell, "-n", str(tmp_path / "script")], check=True)


def test_in_a_real_bash(home: Path, tmp_path: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not here")
    program = tmp_path / "bin" / "crt"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nfrom ledger.cli import main\nmain()\n")
    program.chmod(0o755)
    script = """
        source <(crt completion bash)
        COMP_WORDS=(crt network use ma) COMP_CWORD=3
        $(complete -p crt | sed 's/.*-F \\([^ ]*\\) .*/\\1/') crt ma use
        echo "${COMPREPLY[@]}"
    """
    place = {"PATH": f"{program.parent}:{os.environ['PATH']}", "XDG_CONFIG_HOME": str(home / "config")}
    variables = {**os.environ, **place, "PYTHONPATH": str(ROOT)}
    command = [bash, "--norc", "--noprofile", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=variables)
    assert done.stdout == "main\n", done.stderr
