"""Policy files: what is wrong is refused with the file's and the field's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.attribution.policy import Policy, Weight
from ledger.errors import InputError


def refused(tmp_path: Path, text: str) -> InputError:
    file = tmp_path / "policy.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Policy.load(file)
    assert caught.value.file == str(file)
    return caught.value


def test_nothing_said(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text("")
    policy = Policy.load(file)
    assert policy == Policy()
    assert "vendor/" in policy.exclude
    assert (policy.merged_by_another, policy.lines_per_day, policy.lines_per_merge, policy.weights) == (
        False,
        None,
        None,
        (),
    )


def test_everything_said() -> None:
    text = f"""
        rule = 1
        exclude = ["/gen", "*.pb"]
        bots = ["*ci@*", "0x{"aB" * 32}"]
        merged_by_another = true
        lines_per_day = 0
        lines_per_merge = 2147483647
        weights = [{{path = "a/", weight = 0}}, {{path = "b", weight = 1000}}]
    """
    weights = (Weight("a/", 0), Weight("b", 1000))
    assert Policy.parse(text) == Policy(("/gen", "*.pb"), ("*ci@*", "0x" + "aB" * 32), True, 0, 2147483647, weights)
    assert Policy.parse("exclude = []\nbots = []\nweights = []") == Policy(exclude=(), bots=())


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("rule", ["2", "0", "-1", '"1"', "1.0", "true", "[1]"]),
        ("exclude", ['"vendor/"', "[1]", '["a", ["b"]]', "true", "{}"]),
        ("bots", ['"*bot*"', "[1]", '["someone@example.org"]', '[""]', '["0x12"]', f'["0x{"g" * 64}"]', "{}"]),
        ("merged_by_another", ["1", "0", '"true"', "[]"]),
        ("lines_per_day", ["-1", "2147483648", "1.5", '"10"', "true", "[]", "inf", "1979-05-27"]),
        ("lines_per_merge", ["-1", "2147483648", "1.5", '"10"', "false", "{}"]),
        ("weights", ["1", '"a"', "true", "{path = 'a', weight = 1}"]),
        ("unknown", ["1"]),
        ("Exclude", ["[]"]),
    ],
)
def test_fields_that_are_wrong(tmp_path: Path, field: str, values: list[str]) -> None:
    for value in values:
        error = refused(tmp_path, f"{field} = {value}")
        assert error.field == field, value
        assert error.expected
        assert error.found


@pytest.mark.parametrize(
    ("weight", "field"),
    [
        ("1", "weights[2]"),
        ("{}", "weights[2]"),
        ("{path = 'a'}", "weights[2]"),
        ("{weight = 1}", "weights[2]"),
        ("{path = 1, weight = 1}", "weights[2]"),
        ("{path = 'a', weight = 1, more = 2}", "weights[2]"),
        ("{path = 'a', weight = -1}", "weights[2].weight"),
        ("{path = 'a', weight = 1001}", "weights[2].weight"),
        ("{path = 'a', weight = 0.5}", "weights[2].weight"),
        ("{path = 'a', weight = true}", "weights[2].weight"),
        ("{path = 'a', weight = '1'}", "weights[2].weight"),
        ("{path = '!a', weight = 1}", "weights[2].path"),
        ("{path = '', weight = 1}", "weights[2].path"),
    ],
)
def test_weights_that_are_wrong(tmp_path: Path, weight: str, field: str) -> None:
    error = refused(tmp_path, f"weights = [{{path = 'fine', weight = 1}}, {weight}]")
    assert error.field == field
    assert error.found


@pytest.mark.parametrize("pattern", ["!a", "#a", "", " a", "a ", "a\\\\", "[z-a]", "\\u00a0a", "/ "])
def test_patterns_that_are_wrong(tmp_path: Path, pattern: str) -> None:
    error = refused(tmp_path, f'exclude = ["fine", "{pattern}"]')
    assert error.field == "exclude"
    assert error.expected
    assert error.found


@pytest.mark.parametrize("text", ["rule", "rule = ", "rule = 1\nrule = 1", "[exclude", "exclude = ['a'", "\0"])
def test_what_is_not_toml(tmp_path: Path, text: str) -> None:
    error = refused(tmp_path, text)
    assert error.message == "not a TOML file"
    assert error.found


def test_files_that_can_not_be_read(tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes("exclude = ['größe']".encode("latin-1"))
    for path in (tmp_path / "none.toml", tmp_path, latin):
        with pytest.raises(InputError, match="can't be read") as caught:
            Policy.load(path)
        assert caught.value.file == str(path)


def test_text_without_a_file_has_a_name() -> None:
    with pytest.raises(InputError) as caught:
        Policy.parse("rule = 9", "what was sent")
    assert caught.value.file == "what was sent"
