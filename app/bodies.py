"""Bodies: reading JSON and multipart requests, each fault as its own problem.

Every body goes through pydantic's JSON parser from bytes, which refuses lone surrogates, and through
models that refuse NaN, infinities and unknown fields.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from app.handlers import InvalidParts, ProblemRaised, invalid_parts
from app.problems import InvalidPart
from app.request_log import stages_of

Model = TypeVar("Model", bound=BaseModel)

JSON = "application/json"
MULTIPART = "multipart/form-data"
MAX_JSON_BYTES = 1024 * 1024
MAX_FIELDS = 8
MAX_FIELD_BYTES = 256 * 1024


@dataclass(frozen=True)
class Upload:
    """An uploaded file, on disk for as long as its context lasts.

    Attributes:
        path: a private temporary file.
        name: the file's name as the client told it, without folders and extension; None if it told none.
        fields: the other form fields.
    """

    path: Path
    name: str | None
    fields: dict[str, str]


@dataclass(frozen=True)
class Uploads:
    """Uploaded files, on disk for as long as their context lasts.

    Attributes:
        paths: private temporary files, in the order in which they came.
        fields: the other form fields.
    """

    paths: tuple[Path, ...]
    fields: dict[str, str]


def content_type(request: Request) -> str:
    """Media type of the body, lower case, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def unsupported(request: Request, *supported: str) -> ProblemRaised:
    """The problem for a body of any other type."""
    found = content_type(request)
    arrived = f"The body is {found[:100]}" if found else "The body has no Content-Type"
    return ProblemRaised("unsupported_media_type", f"{arrived}; this operation takes {' or '.join(supported)}.")


async def read_json(request: Request, model: type[Model]) -> Model:
    """The JSON body as a model.

    Raises:
        ProblemRaised: another type, too large, or no JSON.
        InvalidParts: not what the model allows.
    """
    if content_type(request) != JSON:
        raise unsupported(request, JSON)
    return parse_json(await _read_text(request), model)


async def _read_text(request: Request) -> bytes:
    """The body, which has to fit in memory many times over."""
    text = bytearray()
    async for piece in request.stream():
        text += piece
        if len(text) > MAX_JSON_BYTES:
            raise ProblemRaised("body_too_large", f"A JSON body may have at most {MAX_JSON_BYTES} bytes.")
    return bytes(text)


def parse_json(text: bytes | str, model: type[Model], *prefix: str) -> Model:
    """A JSON text as a model; ``prefix`` leads to it within the body. Raises as :func:`read_json`."""
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        if any(detail["type"] == "json_invalid" for detail in details):
            place = "/".join(prefix) or "body"
            raise ProblemRaised("malformed_body", f"The {place} is no valid JSON: {details[0]['msg']}.") from None
        raise InvalidParts(invalid_parts(details, "body", *prefix)) from None


def parse_fields(fields: dict[str, str], model: type[Model]) -> Model:
    """Form fields as a model. Raises InvalidParts."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        raise InvalidParts(invalid_parts(details, "body")) from None


@asynccontextmanager
async def receive_upload(request: Request, *, allowed_fields: tuple[str, ...]) -> AsyncIterator[Upload]:
    """Takes a multipart body with one ``file``; whatever happens, nothing of it stays on disk.

    Raises:
        ProblemRaised: another type, or no multipart.
        InvalidParts: the file is missing or no file, or a field is unknown or given twice.
    """
    async with _received(request, allowed_fields, 1) as (files, paths, fields):
        yield Upload(paths[0], _stem(files[0].filename), fields)


@asynccontextmanager
async def receive_uploads(
    request: Request, *, allowed_fields: tuple[str, ...], max_files: int
) -> AsyncIterator[Uploads]:
    """Takes a multipart body with one or more ``file``; else as :func:`receive_upload`."""
    async with _received(request, allowed_fields, max_files) as (_, paths, fields):
        yield Uploads(tuple(paths), fields)


@asynccontextmanager
async def _received(
    request: Request, allowed_fields: tuple[str, ...], max_files: int
) -> AsyncIterator[tuple[list[UploadFile], list[Path], dict[str, str]]]:
    if content_type(request) != MULTIPART:
        raise unsupported(request, MULTIPART)
    stages = stages_of(request.scope)
    with stages("receive"):
        form = await _parse_form(request, max_files)
    try:
        files, fields = await _sort_parts(form, allowed_fields, max_files)
        with tempfile.TemporaryDirectory(prefix="segue-upload-") as folder:  # mode 0700
            paths = [Path(folder) / f"audio{n}" for n in range(len(files))]
            with stages("receive"):
                for file, path in zip(files, paths, strict=True):
                    await run_in_threadpool(_save, file, path)
            yield files, paths, fields
    finally:
        await form.close()


async def _parse_form(request: Request, max_files: int) -> FormData:
    try:
        return await request.form(max_files=max_files + 1, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD_BYTES)
    except HTTPException as error:
        if error.status_code == 413:
            raise
        raise ProblemRaised("malformed_body", f"The multipart body cannot be read: {error.detail}") from None
    except UnicodeError:
        raise ProblemRaised("malformed_body", "The multipart body is not in the charset that it tells.") from None


async def _sort_parts(
    form: FormData, allowed_fields: tuple[str, ...], max_files: int
) -> tuple[list[UploadFile], dict[str, str]]:
    faults: list[InvalidPart] = []
    fields: dict[str, str] = {}

    def fault(name: str, detail: str) -> None:
        faults.append(
            InvalidPart(where="body", pointer=f"/{name[:60]}".encode("utf-8", "replace").decode(), detail=detail)
        )

    parts = form.getlist("file")
    files = [part for part in parts if isinstance(part, UploadFile)]
    if not parts:
        fault("file", "Field required")
    elif len(parts) > max_files:
        wanted = "Exactly one file is" if max_files == 1 else f"At most {max_files} files are"
        fault("file", f"{wanted} taken; {len(parts)} arrived")
    elif len(files) < len(parts):
        fault("file", "Must be a file part, with a filename")
    for name, value in form.multi_items():
        if name == "file":
            continue
        if name not in allowed_fields:
            fault(name, f"Unknown field; known are {', '.join(('file', *allowed_fields))}")
        elif name in fields:
            fault(name, "Given more than once")
        else:
            fields[name] = value if isinstance(value, str) else await _text_of(value)
    if faults:
        raise InvalidParts(faults)
    return files, fields


async def _text_of(part: UploadFile) -> str:
    """Text of a field that was sent as a file part, as browsers do with JSON blobs."""
    content = await part.read(MAX_FIELD_BYTES + 1)
    if len(content) > MAX_FIELD_BYTES:
        raise ProblemRaised("malformed_body", f"A form field has more than {MAX_FIELD_BYTES} bytes.")
    return content.decode("utf-8", "replace")


def _save(upload: UploadFile, path: Path) -> None:
    with path.open("xb") as target:
        shutil.copyfileobj(upload.file, target, 1 << 20)


def _stem(filename: str | None) -> str | None:
    name = (filename or "").replace("\\", "/").rpartition("/")[2]
    printable = "".join(char for char in name if char.isprintable())
    return Path(printable).stem[:200].strip() or None
