"""Reading a CSV file safely: whatever the bytes are, the outcome is rows of text with their line numbers, or problems."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from stores.catalogue_import.report import Problems

MOST_ROWS = 1_000_000
MOST_MIB = 100
ENCODINGS = {"utf-8": "utf-8-sig", "shift_jis": "cp932", "windows-1252": "cp1252", "utf-16": "utf-16"}
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


@dataclass(frozen=True)
class Source:
    """The bytes of a file, what people call it (only shown, never opened) and its encoding, a key of ENCODINGS. Encodings are chosen, never guessed."""

    name: str
    data: bytes
    encoding: str = "utf-8"


@dataclass
class Table:
    """The headings (lower case, aliases resolved) and the rows as (line where the row begins, cells)."""

    file: str
    columns: list[str] = field(default_factory=list)
    rows: list[tuple[int, list[str]]] = field(default_factory=list)


def read(source: Source, *, aliases: Mapping[str, str], problems: Problems, most_mib: int = MOST_MIB) -> Table:
    """The table of a file, which may be packed by gzip. Rows that cannot be read are problems, not rows; a file of more than `most_mib` is one problem."""
    file, table, before = source.name, Table(source.name), problems.count
    text = _text(file, _unpacked(file, source.data, problems, most_mib), source.encoding, problems, most_mib)
    if problems.count > before:
        return table
    rows = _rows(file, text, problems)
    _, heading = next(rows, (1, []))
    if problems.count == before and _read_heading(table, heading, aliases, problems):
        for line, cells in rows:
            if len(cells) == len(heading):
                table.rows.append((line, cells))
            else:
                problems.add(file, line, "ragged", found=len(cells), wanted=len(heading))
        if not table.rows and problems.count == before:
            problems.add(file, 0, "no_rows")
    return table


def _unpacked(file: str, data: bytes, problems: Problems, most_mib: int) -> bytes:
    """The contents of a gzip file, or the bytes as they are; never much more than `most_mib`, whatever a small file unpacks to."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        return gzip.GzipFile(fileobj=io.BytesIO(data)).read(most_mib * 2**20 + 1)
    except (OSError, EOFError, zlib.error):
        problems.add(file, 0, "not_gzip")
        return b""


def _text(file: str, data: bytes, encoding: str, problems: Problems, most_mib: int) -> str:
    """The bytes as text, refusing what is too large before it costs memory."""
    if len(data) > most_mib * 2**20:
        problems.add(file, 0, "too_large", most=most_mib)
    elif data.count(b"\n") > MOST_ROWS + 1:
        problems.add(file, 0, "too_many_rows", most=MOST_ROWS)
    elif encoding != "utf-16" and (data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:2]):
        problems.add(file, 1, "utf_16")
    else:
        try:
            return data.decode(ENCODINGS[encoding])
        except UnicodeDecodeError as failure:
            code = "not_utf_8" if encoding == "utf-8" else "not_encoded"
            problems.add(file, data.count(b"\n", 0, failure.start) + 1, code, byte=data[failure.start], encoding=encoding)
    return ""


def _rows(file: str, text: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank. What csv cannot parse ends the reading: what follows would be guesswork."""
    # newline="" leaves line ends to csv; strict refuses a quotation mark that is never closed instead of swallowing the rest of the file.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for count, cells in enumerate(reader):
            if count > MOST_ROWS:
                problems.add(file, line, "too_many_rows", most=MOST_ROWS)
                return
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as failure:
        if "field limit" in str(failure):
            problems.add(file, line, "cell_too_long", most=csv.field_size_limit())
        elif "expected after" in str(failure) or "end of data" in str(failure):
            problems.add(file, line, "quote")
        else:
            problems.add(file, line, "unreadable", reason=str(failure))


def _read_heading(table: Table, heading: list[str], aliases: Mapping[str, str], problems: Problems) -> bool:
    """Name the table's columns; False if they cannot be used."""
    names = [name.strip().lower().replace(" ", "_") for name in heading]
    names = [aliases.get(name, name) for name in names]
    if not names:
        problems.add(table.file, 0, "empty_file")
        return False
    if len(names) == 1:
        for separator, words in SEPARATORS.items():
            if separator in names[0]:
                problems.add(table.file, 1, "separator", found=words)
                return False
    before = problems.count
    for place, column in enumerate(names):
        if not column:
            problems.add(table.file, 1, "unnamed_column", place=place + 1)
        elif column in names[:place]:
            problems.add(table.file, 1, "column_twice", column=column)
    if problems.count == before:
        table.columns = names
    return problems.count == before
