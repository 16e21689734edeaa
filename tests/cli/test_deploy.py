"""`crt deploy`: the contracts on a node by its URL, with the roles that a file names."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.devkeys import dev_account
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.server import Server
from ledger.errors import InputError
from ledger.services.founding import read_members
from ledger.services.roles import Role
from tests.command import crt

ADMIN, CLERK, DISTRICT = (dev_account(index).address for index in (5, 6, 7))
MEMBERS = f'admin = ["{ADMIN}"]\nadministrator = ["{CLERK}"]\ndistrict = ["{DISTRICT.lower()}", "{CLERK}"]\n'


def key_file(folder: Path, index: int) -> Path:
    file = folder / f"{index}.key"
    file.touch(mode=0o600)
    file.write_text(dev_account(index).secret().hex())
    return file


def test_it_deploys_hands_out_the_roles_and_finds_all_of_it_again(tmp_path: Path) -> None:
    (tmp_path / "members.toml").write_text(MEMBERS)
    key = key_file(tmp_path, 3)
    with closing(EmbeddedNode()) as node, Server(node, port=0) as server:
        command = ("deploy", "members.toml", "--rpc", server.url, "--as", f"key:{key}", "--json")
        done = crt(*command, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        made = json.loads(done.stdout)
        authority = Bound(Contract("AccessManager"), made["authority"])

        def has(role: Role, account: str) -> bool:
            return bool(authority.view(node, "hasRole", int(role), account)[0])

        assert has(Role.ADMIN, ADMIN) and not has(Role.ADMIN, dev_account(3).address)
        assert has(Role.ADMINISTRATOR, CLERK) and has(Role.DISTRICT, DISTRICT) and has(Role.DISTRICT, CLERK)
        assert has(Role.ADMINISTRATOR, made["operator"]) and not has(Role.DISTRICT, made["operator"])
        blocks = node.block_number()
        again = crt(*command, cwd=tmp_path)
        assert again.returncode == 0 and json.loads(again.stdout) == made
        assert node.block_number() == blocks
        saved = json.loads((tmp_path / "deployment.json").read_text())
        assert saved == {name: value for name, value in made.items() if name in saved}
        used = crt("contrib", "person", "7", "--rpc", server.url, "--deployment", "deployment.json", cwd=tmp_path)
        assert used.returncode == 3 and "there is no person 7 (UnknownPerson)" in used.stderr  # the contract says so

        elsewhere = key_file(tmp_path, 4)
        other = crt("deploy", "members.toml", "--rpc", server.url, "--as", f"key:{elsewhere}", cwd=tmp_path)
        assert other.returncode == 2 and "the file is of another deployment" in other.stderr
    assert dev_account(3).secret().hex() not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        (f'administrator = ["{CLERK}"]\n', None, "admin"),
        (f'admin = ["{ADMIN}"]\nboss = ["{CLERK}"]\n', 2, None),
        (f'admin = ["{ADMIN}"]\n\nservicer = ["0x12"]\n', 3, "servicer"),
        (f'admin = ["{ADMIN}"]\nservicer = ["{ADMIN[:-1]}{"0" if ADMIN[-1] != "0" else "1"}"]\n', 2, "servicer"),
        (f'admin = ["{ADMIN}", "{ADMIN}"]\n', 1, "admin"),
        (f'admin = ["{ADMIN}"]\nfactory = ["{ADMIN}"]\n', 2, None),
        ("admin = [5]\n", 1, "admin"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, line: int | None, field: str | None) -> None:
    file = tmp_path / "members.toml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        read_members(file)
    assert (caught.value.file, caught.value.line, caught.value.field) == (str(file), line, field)
