"""Tells whether the shipped models, or the code that drew and checks them, have changed since they were last checked.

The tests marked ``models`` take minutes and check files and code that change rarely. They run only if this module
reports a change, or under `make test-models`, which then records the new digests.
"""

import ast
import hashlib
import json
import sys
from pathlib import Path

from project_paths import ROOT

RECORD = ROOT / "tests" / "judged_models.json"
FILES = ("generator/models/*.safetensors", "generator/models/*.md", "generator/features/*.safetensors")
CODE = (
    *(
        "generator/stylegan/*.py",
        "generator/stylegan2/*.py",
        "generator/drawn/*.py",
        "generator/artist/**/*.py",
        "generator/evaluate/*.py",
        "generator/features/*.py",
        "generator/checkpoints/**/*.py",
    ),
    *("generator/rendering/latents.py", "generator/rendering/directions.py", "generator/train/data/drawing.py"),
    *(f"tests/generator/test_{name}.py" for name in ("directions", "drawn", "evaluate")),
    *(f"tests/generator/test_artist{part}.py" for part in ("", "_face", "_hair", "_headgear", "_scene")),
)


def current() -> dict[str, str]:
    """Return path -> digest of every checked file. The digest of a code file ignores comments and docstrings."""
    files = {path: path.read_bytes() for pattern in FILES for path in ROOT.glob(pattern)}
    code = {path: _meaning(path) for pattern in CODE for path in ROOT.glob(pattern)}
    return {
        path.relative_to(ROOT).as_posix(): hashlib.sha256(content).hexdigest()[:16]
        for path, content in sorted((files | code).items())
    }


def changed() -> list[str]:
    """Return the paths that are not as they were when the models were last checked."""
    before = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    now = current()
    return sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))


def _meaning(path: Path) -> bytes:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if documented and ast.get_docstring(node, clean=False) is not None:
            node.body[0] = ast.Pass()
    return repr(_plain(tree)).encode()


def _plain(node: object) -> object:
    """Return a syntax tree as tuples, without what is empty: fields that only some versions of Python have are."""
    if isinstance(node, ast.AST):
        fields = ((name, _plain(value)) for name, value in ast.iter_fields(node) if value is not None and value != [])
        return type(node).__name__, *fields
    return [_plain(one) for one in node] if isinstance(node, list) else node


if __name__ == "__main__":
    RECORD.write_text(json.dumps(current(), indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{RECORD.relative_to(ROOT)} is written\n")
