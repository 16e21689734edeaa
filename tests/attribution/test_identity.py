"""Evidence for bindings: what holds, and what each attack is told. Keys are made by ssh-keygen and gpg themselves."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pysequoia.packet import PacketPile, Tag
from sha3 import keccak_256

from ledger.attribution.attribute import contributor_id
from ledger.attribution.identity import Evidence, Signed, claim_path, find, sign, statement, verify
from ledger.errors import InputError, SetupError

ANN, BOB = "Ann <ann@example.org>", "Bob <bob@example.org>"
SALT = bytes(range(32))
ANN_ID, BOB_ID = contributor_id(SALT, "ann@example.org"), contributor_id(SALT, "bob@example.org")
CONTRACT = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
WALLET, OTHER_WALLET = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359", "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB"
TEXT = statement(31337, CONTRACT, 7, ANN_ID, WALLET)
EARLY = "20200101T000000!"  # for gpg, whose clock it stops

needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")


def run(*command: str, stdin: bytes = b"", **environment: str) -> bytes:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | environment
    done = subprocess.run(command, input=stdin, env=variables, capture_output=True, check=False)
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


class Repo:
    """A bare repository of commits made by hand, with any signature in them."""

    def __init__(self, path: Path, object_format: str = "sha1") -> None:
        self.path, self.object_format = str(path), object_format
        run("git", "init", "-q", "--bare", f"--object-format={object_format}", self.path)

    def git(self, *args: str, stdin: bytes = b"", **environment: str) -> str:
        return run("git", "-C", self.path, *args, stdin=stdin, **environment).decode().strip()

    def tree(self, files: dict[str, bytes]) -> str:
        index = "".join(
            f"100644 {self.git('hash-object', '-w', '--stdin', stdin=content)}\t{path}\n"
            for path, content in files.items()
        )
        scratch = {"GIT_INDEX_FILE": f"{self.path}/scratch"}
        run("git", "-C", self.path, "read-tree", "--empty", **scratch)
        self.git("update-index", "--index-info", stdin=index.encode(), **scratch)
        return self.git("write-tree", **scratch)

    def commit(self, *parents: str, author=ANN, committer=None, files=None, key=None, change=None, message="m") -> str:
        """``key`` signs what the commit holds; ``change`` is then replaced in it, so that the signature breaks."""
        lines = [f"tree {self.tree(files or {})}", *(f"parent {parent}" for parent in parents)]
        lines += [f"author {author} 0 +0000", f"committer {committer or author} 0 +0000"]
        payload = "\n".join([*lines, "", message]).encode()
        if key is not None:
            name = "gpgsig" if self.object_format == "sha1" else "gpgsig-sha256"
            header = f"{name} " + key(payload).decode().rstrip("\n").replace("\n", "\n ")
            payload = "\n".join([*lines, header, "", message]).encode()
        if change is not None:
            payload = payload.replace(*change)
        oid = self.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=payload)
        self.git("update-ref", "refs/heads/main", oid)
        return oid

    def set(self, name: str, value: str) -> None:
        self.git("config", name, value)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration, agent or key of whoever runs the tests."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("SSH_AUTH_SOCK", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repo.git")


class SshKey:
    def __init__(self, path: Path, *kind: str) -> None:
        self.path = str(path)
        run("ssh-keygen", "-q", "-N", "", "-C", "ann@example.org", "-f", self.path, *(kind or ("-t", "ed25519")))

    def __call__(self, message: bytes, namespace: str = "git") -> bytes:
        return run("ssh-keygen", "-Y", "sign", "-n", namespace, "-f", self.path, stdin=message)


@pytest.fixture
def ssh(tmp_path: Path) -> SshKey:
    return SshKey(tmp_path / "ann")


class Gpg:
    """A key ring of its own. The socket of its agent needs a short path."""

    def __init__(self) -> None:
        self.home = tempfile.mkdtemp(prefix="g", dir="/tmp")

    def __call__(self, *args: str, stdin: bytes = b"") -> bytes:
        return run(
            "gpg", "--batch", "--pinentry-mode=loopback", "--passphrase=", *args, stdin=stdin, GNUPGHOME=self.home
        )

    def make(self, name: str = ANN, kind: str = "ed25519", end: str = "0", clock: str | None = None) -> str:
        before = set(self.fingerprints())
        self("--quick-gen-key", *self.at(clock), "--yes", name, kind, "sign", end)
        (made,) = set(self.fingerprints()) - before
        return made

    def fingerprints(self) -> list[str]:
        lines = self("--list-keys", "--with-colons").decode().splitlines()
        return [line.split(":")[9] for at, line in enumerate(lines) if lines[at - 1].startswith("pub")]

    def at(self, clock: str | None) -> list[str]:
        return [f"--faked-system-time={clock}"] if clock else []

    def signer(self, key: str, clock: str | None = None):
        return lambda message: self("--detach-sign", "--armor", f"--local-user={key}", *self.at(clock), stdin=message)

    def export(self, key: str) -> str:
        return self("--export", "--armor", key).decode()

    def signed(self, key: str, text: bytes = TEXT, clock: str | None = None) -> Signed:
        return Signed("gpg", self.signer(key, clock)(text).decode(), self.export(key))


@pytest.fixture
def gpg(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gpg]:
    made = Gpg()
    monkeypatch.setenv("GNUPGHOME", made.home)
    yield made
    subprocess.run(["gpgconf", "--kill", "all"], check=False, env={**os.environ, "GNUPGHOME": made.home})
    shutil.rmtree(made.home, ignore_errors=True)


def proof(signed: Signed, commit: str) -> Evidence:
    return Evidence(signed.kind, commit, signed.signature, signed.public_key)


def check(repo: Repo, evidence: Evidence, text: bytes = TEXT, who: bytes = ANN_ID, head: str = "main", **more) -> None:
    verify(repo.path, head, who, SALT, text, evidence, **more)


def refused(match: str, call, *args, **more) -> InputError:
    with pytest.raises(InputError, match=match) as caught:
        call(*args, **more)
    shown = str(caught.value)
    assert "@" not in shown and "example" not in shown, "an address of mail"
    assert "BEGIN" not in shown and "PRIVATE" not in shown and "AAAA" not in shown, "key material"
    return caught.value


# --- The statement ------------------------------------------------------------------------------------------------


def test_the_statement_is_this_text() -> None:
    assert TEXT.decode() == (
        "crt-binding 1\n"
        "What this contributor has done and will do in this repository is to be paid to this wallet.\n"
        "chain: 31337\n"
        f"contract: {CONTRACT}\n"
        "repository: 7\n"
        f"contributor: 0x{ANN_ID.hex()}\n"
        f"wallet: {WALLET}\n"
    )


def test_the_spelling_of_an_address_plays_no_part() -> None:
    assert statement(31337, CONTRACT.lower(), 7, ANN_ID, "0x" + WALLET[2:].upper()) == TEXT


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"chain_id": -1}, "number"),
        ({"chain_id": True}, "number"),
        ({"repo": 1 << 256}, "number"),
        ({"repo": "7"}, "number"),
        ({"contributor": b"short"}, "id"),
        ({"wallet": WALLET[:-1] + "8"}, "checksum"),
        ({"wallet": "0x" + 40 * "0"}, "address"),
        ({"wallet": WALLET + "\n"}, "address"),
        ({"claims_contract": CONTRACT[2:]}, "address"),
    ],
)
def test_what_can_not_be_stated(changed: dict, match: str) -> None:
    good = {"chain_id": 1, "claims_contract": CONTRACT, "repo": 7, "contributor": ANN_ID, "wallet": WALLET}
    statement(**good)
    refused(match, statement, **good | changed)


OTHERS = [
    statement(1, CONTRACT, 7, ANN_ID, WALLET),
    statement(31337, OTHER_WALLET, 7, ANN_ID, WALLET),
    statement(31337, CONTRACT, 8, ANN_ID, WALLET),
    statement(31337, CONTRACT, 7, ANN_ID, OTHER_WALLET),
]


# --- SSH ----------------------------------------------------------------------------------------------------------


@needs_ssh
@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
@pytest.mark.parametrize("kind", [["-t", "ed25519"], ["-t", "rsa", "-b", "2048"]], ids=["ed25519", "rsa"])
def test_ssh_from_key_to_verified_document(tmp_path: Path, kind: list[str], object_format: str) -> None:
    repo, key = Repo(tmp_path / "r", object_format), SshKey(tmp_path / "key", *kind)
    old = repo.commit(key=key)
    new = repo.commit(old, key=key)
    repo.commit(new, author=BOB)
    repo.set("gpg.format", "ssh")
    repo.set("user.signingkey", key.path)
    evidence = find(repo.path, "main", ANN_ID, SALT, TEXT, sign(repo.path, TEXT))
    assert (evidence.kind, evidence.commit, evidence.strength) == ("ssh", new, "signature")
    again = Evidence.from_document(json.loads(json.dumps(evidence.to_document())))
    assert again == evidence
    assert again.digest() == evidence.digest()
    check(repo, again)
    check(repo, dataclasses.replace(evidence, commit=old))
    assert "@" not in json.dumps(evidence.to_document())


@needs_ssh
def test_a_commit_that_git_itself_signed_by_ssh(tmp_path: Path, ssh: SshKey) -> None:
    who = {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in
           (("NAME", "Ann"), ("EMAIL", "Ann@Example.ORG"))}  # fmt: skip
    run("git", "init", "-q", "-b", "main", str(tmp_path / "work"))
    git = ["git", "-C", str(tmp_path / "work"), "-c", "gpg.format=ssh", "-c", f"user.signingkey={ssh.path}"]
    run(*git, "commit", "-q", "-S", "--allow-empty", "-m", "one\n\nand more", **who)
    evidence = find(tmp_path / "work", "main", ANN_ID, SALT, TEXT, sign(tmp_path / "work", TEXT, key=ssh.path))
    verify(tmp_path / "work", "HEAD", ANN_ID, SALT, TEXT, evidence)


@needs_ssh
@pytest.mark.parametrize("given", ["path", "public path", "literal", "key::"])
def test_an_agent_signs_too(tmp_path: Path, repo: Repo, ssh: SshKey, given: str, monkeypatch) -> None:
    if shutil.which("ssh-agent") is None or shutil.which("ssh-add") is None:
        pytest.skip("ssh-agent is not installed")
    with tempfile.TemporaryDirectory(prefix="s", dir="/tmp") as place:
        agent = subprocess.Popen(["ssh-agent", "-D", "-a", f"{place}/a"], stdout=subprocess.DEVNULL)
        try:
            monkeypatch.setenv("SSH_AUTH_SOCK", f"{place}/a")
            while not Path(f"{place}/a").exists():
                assert agent.poll() is None
            repo.commit(key=ssh)
            run("ssh-add", "-q", ssh.path)
            public = Path(f"{ssh.path}.pub").read_text().strip()
            Path(ssh.path).unlink()
            if given == "path":
                Path(f"{ssh.path}").write_text(public + "\n")
            key = {"path": ssh.path, "public path": f"{ssh.path}.pub", "literal": public, "key::": f"key::{public}"}[
                given
            ]
            repo.set("gpg.format", "ssh")
            repo.set("user.signingkey", key)
            find(repo.path, "main", ANN_ID, SALT, TEXT, sign(repo.path, TEXT))
        finally:
            agent.kill()
            agent.wait()


@needs_ssh
def test_a_statement_for_anything_else_is_refused(repo: Repo, ssh: SshKey) -> None:
    commit = repo.commit(key=ssh)
    evidence = proof(sign(repo.path, TEXT, key=ssh.path), commit)
    check(repo, evidence)
    for other in OTHERS:
        refused("not valid", check, repo, evidence, other)
    bobs = statement(31337, CONTRACT, 7, BOB_ID, WALLET)
    refused("another contributor", check, repo, evidence, bobs)
    refused("not valid", check, repo, evidence, bobs, BOB_ID)
    refused("not a statement", check, repo, evidence, TEXT + b"\n")
    refused("not a statement", check, repo, evidence, TEXT.replace(b"\n", b"\r\n"))


@needs_ssh
def test_a_signature_of_another_purpose_or_message(repo: Repo, ssh: SshKey) -> None:
    commit = repo.commit(key=ssh)
    for namespace in ("git", "file", "x@example.org"):
        signed = Signed("ssh", ssh(TEXT, namespace).decode())
        refused("another purpose", check, repo, proof(signed, commit))
    refused("not valid", check, repo, proof(Signed("ssh", ssh(b"hello", "crt-binding").decode()), commit))
    # The other way round: a commit's signature is good for commits alone.
    commit = repo.commit(key=lambda payload: ssh(payload, "crt-binding"))
    refused("not signed by the key", check, repo, proof(sign(repo.path, TEXT, key=ssh.path), commit))


@needs_ssh
def test_a_key_that_signed_only_what_others_wrote(repo: Repo, ssh: SshKey) -> None:
    bobs = repo.commit(author=BOB, key=ssh)
    co_author = repo.commit(bobs, author=BOB, key=ssh, message=f"m\n\nCo-authored-by: {ANN}")
    nobodys = repo.commit(co_author, author="X <>", key=ssh, message=f"m\n\nCo-authored-by: {ANN}")
    rebased = repo.commit(nobodys, author=ANN, committer=BOB, key=ssh)
    signed = sign(repo.path, TEXT, key=ssh.path)
    refused("the key signed no commit of this contributor", find, repo.path, "main", ANN_ID, SALT, TEXT, signed)
    for commit in (bobs, co_author, nobodys):
        refused("somebody else's", check, repo, proof(signed, commit))
    refused("committed by another", check, repo, proof(signed, rebased))


@needs_ssh
def test_a_key_of_somebody_else(tmp_path: Path, repo: Repo, ssh: SshKey) -> None:
    commit = repo.commit(key=ssh)
    mallory = sign(repo.path, TEXT, key=SshKey(tmp_path / "mallory").path)
    assert "SHA256:" in str(refused("not signed by the key", check, repo, proof(mallory, commit)))
    refused("signed no commit", find, repo.path, "main", ANN_ID, SALT, TEXT, mallory)
    unsigned = repo.commit(commit)
    refused("not signed by the key", check, repo, proof(sign(repo.path, TEXT, key=ssh.path), unsigned))


@needs_ssh
def test_a_commit_whose_signature_is_broken(repo: Repo, ssh: SshKey) -> None:
    signed = sign(repo.path, TEXT, key=ssh.path)
    message = repo.commit(key=ssh, change=(b"\n\nm", b"\n\nn"))
    author = repo.commit(message, author=BOB, key=ssh, change=(b"Bob <bob", b"Ann <ann"))
    twice = repo.commit(author, key=ssh, change=(b"\ngpgsig ", b"\ngpgsig junk\ngpgsig "))
    twice = repo.commit(twice, key=ssh, change=(b"\n\nm", b"\ngpgsig junk\n\nm"))
    other_format = repo.commit(twice, key=ssh, change=(b"\ngpgsig ", b"\ngpgsig-sha256 "))
    odd = repo.commit(
        other_format, key=lambda _: b"-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n"
    )
    for commit in (message, author, repo.git("rev-parse", f"{twice}^"), twice, other_format, odd):
        refused("not signed by the key", check, repo, proof(signed, commit))
    refused("signed no commit", find, repo.path, "main", ANN_ID, SALT, TEXT, signed)
    good = repo.commit(odd, key=ssh)
    repo.commit(good, key=ssh, change=(b"\n\nm", b"\n\nn"))
    assert find(repo.path, "main", ANN_ID, SALT, TEXT, signed).commit == good


@needs_ssh
def test_a_commit_that_is_not_in_the_history(repo: Repo, ssh: SshKey) -> None:
    signed = sign(repo.path, TEXT, key=ssh.path)
    landed = repo.commit()
    aside = repo.commit(landed, key=ssh)
    refused("not in the history", check, repo, proof(signed, aside), head=landed)
    refused("signed no commit", find, repo.path, landed, ANN_ID, SALT, TEXT, signed)
    for oid in ("0" * 40, "0" * 64):
        refused("not in the history", check, repo, proof(signed, oid))
    # A commit put in place of another one changes nothing.
    repo.git("replace", landed, aside)
    refused("not in the history", check, repo, proof(signed, aside), head=landed)
    refused("not signed by", check, repo, proof(signed, landed), head=landed)


@needs_ssh
def test_the_letter_case_of_an_address_plays_no_part(repo: Repo, ssh: SshKey) -> None:
    repo.commit(author="Ann < ANN@Example.ORG >", committer=ANN, key=ssh)
    find(repo.path, "main", ANN_ID, SALT, TEXT, sign(repo.path, TEXT, key=ssh.path))


@needs_ssh
def test_keys_that_can_not_be_verified_are_told_at_once(tmp_path: Path, repo: Repo) -> None:
    error = refused("of this kind", sign, repo.path, TEXT, key=SshKey(tmp_path / "e", "-t", "ecdsa").path)
    assert error.found == "ecdsa-sha2-nistp256" and "claim file" in error.hint
    short = SshKey(tmp_path / "s", "-t", "rsa", "-b", "1024")
    assert refused("too short", sign, repo.path, TEXT, key=short.path).found == "1024 bits"


# --- GPG ----------------------------------------------------------------------------------------------------------


@needs_gpg
@pytest.mark.parametrize("kind", ["ed25519", "rsa2048"])
def test_gpg_from_key_to_verified_document(repo: Repo, gpg: Gpg, kind: str) -> None:
    key = gpg.make(kind=kind)
    (Path(gpg.home) / "gpg.conf").write_text("comment by ann@example.org\n")
    commit = repo.commit(key=gpg.signer(key))
    repo.commit(commit, author=BOB, key=gpg.signer(key))
    repo.set("user.signingkey", key)
    evidence = find(repo.path, "main", ANN_ID, SALT, TEXT, sign(repo.path, TEXT))
    assert (evidence.kind, evidence.commit, evidence.strength) == ("gpg", commit, "signature")
    assert Evidence.from_document(json.loads(json.dumps(evidence.to_document()))) == evidence
    assert "@" not in json.dumps(evidence.to_document())
    for other in OTHERS:
        refused("not valid", check, repo, evidence, other)


@needs_gpg
def test_a_commit_that_git_itself_signed_by_gpg(tmp_path: Path, gpg: Gpg) -> None:
    key, work = gpg.make(), tmp_path / "work"
    who = {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in
           (("NAME", "Ann"), ("EMAIL", "ann@example.org"))}  # fmt: skip
    run("git", "init", "-q", "-b", "main", str(work))
    run("git", "-C", str(work), "config", "user.signingkey", key)
    run("git", "-C", str(work), "commit", "-q", "-S", "--allow-empty", "-m", "one\n\nand more", **who)
    find(work, "main", ANN_ID, SALT, TEXT, sign(work, TEXT))


@needs_gpg
def test_a_signing_subkey_is_its_primary_key_s(repo: Repo, gpg: Gpg) -> None:
    key = gpg.make(clock=EARLY)
    repo.commit(key=gpg.signer(f"{key}!", EARLY))
    gpg("--quick-add-key", *gpg.at(EARLY), key, "ed25519", "sign", "0")
    signed = gpg.signed(key, clock=EARLY)
    find(repo.path, "main", ANN_ID, SALT, TEXT, signed)
    # Retired now: what it signed before stays valid, or seems to have been signed before.
    gpg("--command-fd=0", "--no-batch", "--no-tty", "--edit-key", key, "key 1", "revkey", "save", stdin=b"y\n3\n\ny\n")
    retired = Signed("gpg", signed.signature, gpg.export(key))
    refused("key can't be used", find, repo.path, "main", ANN_ID, SALT, TEXT, retired)


@needs_gpg
def test_a_key_of_other_people_and_other_people_s_keys(repo: Repo, gpg: Gpg) -> None:
    ann, mallory = gpg.make(), gpg.make("Mallory <mallory@example.org>")
    commit = repo.commit(key=gpg.signer(ann))
    bobs = repo.commit(commit, author=BOB, key=gpg.signer(mallory))
    refused("not signed by the key", check, repo, proof(gpg.signed(mallory), commit))
    refused("somebody else's", check, repo, proof(gpg.signed(mallory), bobs))
    swapped = Signed("gpg", gpg.signed(mallory).signature, gpg.export(ann))
    refused("not valid", check, repo, proof(swapped, commit))
    both = Signed("gpg", gpg.signed(mallory).signature, gpg("--export", "--armor").decode())
    refused("key can't be used", check, repo, proof(both, commit))
    broken = repo.commit(bobs, key=gpg.signer(ann), change=(b"\n\nm", b"\n\nn"))
    refused("not signed by the key", check, repo, proof(gpg.signed(ann), broken))


@needs_gpg
def test_a_subkey_that_another_key_adopts(repo: Repo, gpg: Gpg) -> None:
    """Ann's signing subkey, and her word that it is hers, after the primary key and name of Mallory."""
    ann, mallory = gpg.make(), gpg.make("Mallory <mallory@example.org>")
    gpg("--quick-add-key", ann, "ed25519", "sign", "0")
    commit = repo.commit(key=gpg.signer(ann))
    anns, mallorys = (list(PacketPile.from_bytes(gpg.export(key).encode())) for key in (ann, mallory))
    at = next(number for number, packet in enumerate(anns) if packet.tag == Tag.PublicSubkey)
    signature = gpg.signed(ann).signature

    def with_key(packets: list) -> Evidence:
        key = gpg("--enarmor", stdin=b"".join(map(bytes, packets))).decode().replace("ARMORED FILE", "PUBLIC KEY BLOCK")
        lines = [line for line in key.split("\n") if not line.startswith("Comment")]
        return Evidence("gpg", commit, signature, "\n".join(lines))

    check(repo, with_key(anns))
    refused("not valid", check, repo, with_key([*mallorys, *anns[at:]]))


@needs_gpg
def test_an_expired_key_also_with_the_clock_set_back(repo: Repo, gpg: Gpg) -> None:
    key = gpg.make(end="20200301T000000", clock=EARLY)
    commit = repo.commit(key=gpg.signer(key, EARLY))
    evidence = proof(gpg.signed(key, clock=EARLY), commit)
    assert refused("key can't be used", check, repo, evidence).found == f"{key.lower()} expired on 2020-03-01"
    check(repo, evidence, at=datetime(2020, 1, 2, tzinfo=UTC))
    refused("key can't be used", check, repo, evidence, at=datetime(2020, 3, 1, tzinfo=UTC))


@needs_gpg
def test_an_expired_subkey_with_the_clock_set_back(repo: Repo, gpg: Gpg) -> None:
    key = gpg.make(clock=EARLY)
    gpg("--quick-add-key", *gpg.at(EARLY), key, "ed25519", "sign", "20200301T000000")
    commit = repo.commit(key=gpg.signer(key, EARLY))
    evidence = proof(gpg.signed(key, clock=EARLY), commit)
    check(repo, evidence, at=datetime(2020, 1, 2, tzinfo=UTC))
    assert "expired on 2020-03-01" in refused("key can't be used", check, repo, evidence).found


@needs_gpg
def test_a_key_whose_end_was_put_off(repo: Repo, gpg: Gpg) -> None:
    key = gpg.make(end="20200301T000000", clock=EARLY)
    before = repo.commit(key=gpg.signer(key, EARLY))
    gpg("--quick-set-expire", key, "0")
    # gpg forgets what the key said of itself before, so what it signed then can't be judged any more.
    signed = gpg.signed(key)
    refused("not signed by the key", check, repo, proof(signed, before))
    after = repo.commit(before, key=gpg.signer(key))
    assert find(repo.path, "main", ANN_ID, SALT, TEXT, signed).commit == after


@needs_gpg
def test_a_revoked_key(repo: Repo, gpg: Gpg) -> None:
    key = gpg.make()
    commit = repo.commit(key=gpg.signer(key))
    signed = gpg.signed(key)
    check(repo, proof(signed, commit))
    certificate = (Path(gpg.home) / "openpgp-revocs.d" / f"{key}.rev").read_text().replace(":-----BEGIN", "-----BEGIN")
    gpg("--import", stdin=certificate.encode())
    revoked = dataclasses.replace(signed, public_key=gpg.export(key))
    refused("key can't be used|not valid", check, repo, proof(revoked, commit))


@needs_gpg
def test_a_secret_key_is_not_taken(repo: Repo, gpg: Gpg) -> None:
    key = gpg.make()
    commit = repo.commit(key=gpg.signer(key))
    secret = gpg("--export-secret-keys", "--armor", key).decode()
    signature = gpg.signed(key).signature
    refused("not as expected", Evidence, "gpg", commit, signature, secret)
    hidden = secret.replace("PRIVATE", "PUBLIC")
    assert "secret" in refused("can't be used", check, repo, Evidence("gpg", commit, signature, hidden)).found


@needs_gpg
@needs_ssh
def test_kinds_are_not_mixed_up(repo: Repo, gpg: Gpg, ssh: SshKey) -> None:
    key = gpg.make()
    by_ssh = repo.commit(key=ssh)
    by_gpg = repo.commit(by_ssh, key=gpg.signer(key))
    signed_ssh, signed_gpg = sign(repo.path, TEXT, key=ssh.path), gpg.signed(key)
    refused("not signed by the key", check, repo, proof(signed_ssh, by_gpg))
    refused("not signed by the key", check, repo, proof(signed_gpg, by_ssh))
    assert find(repo.path, "main", ANN_ID, SALT, TEXT, signed_ssh).commit == by_ssh
    assert find(repo.path, "main", ANN_ID, SALT, TEXT, signed_gpg).commit == by_gpg


# --- The claim file -----------------------------------------------------------------------------------------------

PATH = f".crt/claims/{ANN_ID.hex()}.txt"


def test_a_claim_file(repo: Repo) -> None:
    root = repo.commit(files={"a": b"a"})
    refused("no commit of this contributor brings", find, repo.path, "main", ANN_ID, SALT, TEXT)
    claim = repo.commit(root, files={"a": b"a", PATH: TEXT})
    repo.commit(claim, files={"a": b"b", PATH: TEXT})
    evidence = find(repo.path, "main", ANN_ID, SALT, TEXT)
    assert (evidence.kind, evidence.commit, evidence.path, evidence.strength) == ("commit", claim, PATH, "commit")
    assert claim_path(ANN_ID) == PATH
    assert Evidence.from_document(json.loads(json.dumps(evidence.to_document()))) == evidence
    for other, name in zip(OTHERS, ("chain", "contract", "repository", "wallet"), strict=True):
        refused(f"for another {name}", check, repo, evidence, other)
    refused("not in the history", check, repo, evidence, head=root)


def test_a_claim_file_that_somebody_else_wrote(repo: Repo) -> None:
    mallorys = repo.commit(author=BOB, files={PATH: TEXT})
    anns = repo.commit(mallorys, author=ANN, files={PATH: TEXT, "a": b"a"})
    merge = repo.commit(anns, mallorys, author=ANN, files={PATH: TEXT, "a": b"a"})
    refused("somebody else's", check, repo, Evidence("commit", mallorys, path=PATH))
    refused("does not bring", check, repo, Evidence("commit", anns, path=PATH))
    refused("does not bring", check, repo, Evidence("commit", merge, path=PATH))
    refused("no commit of this contributor brings", find, repo.path, "main", ANN_ID, SALT, TEXT)


def test_a_claim_file_that_was_copied(repo: Repo) -> None:
    """Bob lands Ann's file as his, and his own statement at Ann's path."""
    bobs_path, bobs = claim_path(BOB_ID), statement(31337, CONTRACT, 7, BOB_ID, WALLET)
    copied = repo.commit(author=BOB, files={bobs_path: TEXT, PATH: bobs})
    refused("another contributor", check, repo, Evidence("commit", copied, path=bobs_path), bobs, BOB_ID)
    refused("claim file is another", check, repo, Evidence("commit", copied, path=PATH), bobs, BOB_ID)


def test_a_claim_that_was_taken_back_or_made_anew(repo: Repo) -> None:
    claim = repo.commit(files={PATH: TEXT})
    other = statement(31337, CONTRACT, 7, ANN_ID, OTHER_WALLET)
    anew = repo.commit(claim, files={PATH: other})
    evidence = Evidence("commit", claim, path=PATH)
    check(repo, evidence, head=claim)
    refused("taken back", check, repo, evidence)
    check(repo, find(repo.path, "main", ANN_ID, SALT, other), other)
    repo.commit(anew)
    refused("taken back", find, repo.path, "main", ANN_ID, SALT, other)


@pytest.mark.parametrize("content", [TEXT[:-1], TEXT + b"\n", TEXT.replace(b"\n", b"\r\n"), b"", b"\xff"])
def test_a_claim_file_holds_the_statement_as_it_stands(repo: Repo, content: bytes) -> None:
    repo.commit(files={PATH: content})
    refused("not the statement", find, repo.path, "main", ANN_ID, SALT, TEXT)


# --- Signing ------------------------------------------------------------------------------------------------------


def test_without_a_key_the_next_step_is_said(repo: Repo) -> None:
    assert ".crt/claims/" in refused("no key", sign, repo.path, TEXT).hint
    repo.set("gpg.format", "ssh")
    refused("no key", sign, repo.path, TEXT)
    assert refused("no key", sign, repo.path, TEXT, key="/nowhere/key").found == "no such file"
    repo.set("gpg.format", "x509")
    assert refused("no key", sign, repo.path, TEXT, key="ann@example.org").found == "x509"


@needs_gpg
def test_a_complaint_of_gpg_names_no_address(repo: Repo, gpg: Gpg) -> None:
    refused("no key", sign, repo.path, TEXT, key="ann@example.org")


def test_a_program_that_is_missing(repo: Repo) -> None:
    repo.set("gpg.program", "/nowhere/gpg")
    with pytest.raises(SetupError, match="gpg can't be run"):
        sign(repo.path, TEXT, key="ABCD")


# --- The document -------------------------------------------------------------------------------------------------

COMMIT = {"crt_evidence": 1, "kind": "commit", "commit": "ab" * 20, "path": PATH}


def test_the_digest_is_of_this_text() -> None:
    text = f'{{"commit":"{"ab" * 20}","crt_evidence":1,"kind":"commit","path":"{PATH}"}}'
    assert Evidence.from_document(COMMIT).digest() == keccak_256(text.encode()).digest()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"crt_evidence": 2}, "crt_evidence"),
        ({"crt_evidence": True}, "crt_evidence"),
        ({"kind": "pgp"}, "kind"),
        ({"kind": ["ssh"]}, "kind"),
        ({"kind": "ssh"}, "signature"),
        ({"kind": "gpg"}, "signature"),
        ({"commit": "HEAD"}, "commit"),
        ({"commit": "AB" * 20}, "commit"),
        ({"commit": "ab" * 20 + "\n"}, "commit"),
        ({"commit": 5}, "commit"),
        ({"path": "../../etc/passwd"}, "path"),
        ({"path": ""}, "path"),
        ({"path": None}, "path"),
        ({"signature": ""}, "document"),
        ({"ann@example.org": ""}, "document"),
    ],
)
def test_a_document_that_is_not_as_expected(changed: dict, field: str) -> None:
    assert refused("not as expected", Evidence.from_document, COMMIT | changed).field == field


@pytest.mark.parametrize("found", [None, [], "text", 1])
def test_what_is_no_document(found: object) -> None:
    assert refused("not as expected", Evidence.from_document, found).field == "document"


ARMOR = "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n"


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "U1NIU0lH",
        f"ann@example.org\n{ARMOR}",
        f"{ARMOR}ann@example.org\n",
        ARMOR.replace("\nU", "\nComment: ann@example.org\n\nU"),
        ARMOR.replace("SSH", "PGP"),
        ARMOR.replace("U1NIU0lH\n", "U1NIU0lH\n" * 150_000),
    ],
)
def test_armor_holds_nothing_else(signature: str) -> None:
    assert Evidence("ssh", "ab" * 20, ARMOR)
    refused("not as expected", Evidence, "ssh", "ab" * 20, signature)


@pytest.mark.parametrize("text", ["U1NIU0lH", "U", "====", "U1NIU0lHAAAAAf////8="])
def test_odd_signatures_are_refused_as_any_other(repo: Repo, text: str) -> None:
    commit = repo.commit()
    refused("signature|key", check, repo, Evidence("ssh", commit, ARMOR.replace("U1NIU0lH", text)))
    armor = ARMOR.replace("SSH", "PGP").replace("U1NIU0lH", text)
    key = armor.replace("SIGNATURE", "PUBLIC KEY BLOCK")
    refused("signature|key", check, repo, Evidence("gpg", commit, armor, key))
