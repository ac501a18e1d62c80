"""What an import says: what changed, and everything that is wrong, by file and line."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

MOST_PROBLEMS = 100

WORDS = {
    "empty_file": "The file is empty.",
    "no_rows": "The file has no rows beneath its heading line.",
    "another_file": "This does not look like {kind}: it has no column {columns}.",
    "too_large": "The file is larger than {most} MiB. Split it.",
    "too_many_rows": "The file has more than {most:,} rows. Split it.",
    "utf_16": "The file is in UTF-16. Save it as UTF-8 (Excel: CSV UTF-8), or choose its encoding.",
    "not_utf_8": "This line is not UTF-8 (byte 0x{byte:02X}), perhaps Shift_JIS or Windows-1252. Save it as UTF-8 (Excel: CSV UTF-8), or choose its encoding.",
    "not_encoded": "This line is not {encoding} (byte 0x{byte:02X}). Choose the file's encoding.",
    "not_gzip": "The file is not a complete gzip file.",
    "separator": "The columns are separated by {found}. Save the file with commas.",
    "unnamed_column": "Column {place} has no heading.",
    "column_twice": "The column {column} is there twice.",
    "missing_columns": "These columns are missing: {columns}.",
    "new_needs_columns": "SKU {sku} is new, and for new SKUs these columns are missing: {columns}.",
    "quote": "A quotation mark is opened in this row and not closed, or closed in the middle of a cell.",
    "cell_too_long": "A cell of this row is longer than {most:,} characters.",
    "unreadable": "This row cannot be read: {reason}.",
    "ragged": "The row has {found} cells, the heading has {wanted}.",
    "required": "{column} is empty.",
    "invalid": "{column} is '{value}'. {reason}",
    "nul": "{column} holds a NUL character.",
    "comma_decimals": "{column} is '{value}'. Write a point before the decimals and nothing between thousands, such as 1234.50.",
    "not_money": "{column} is '{value}'. Write an amount such as 12.50, with at most {digits} decimals.",
    "scientific": "{column} is '{value}': a spreadsheet has cut its digits. Format the column as text and fill it in again.",
    "not_gtin": "{column} is '{value}'. A GTIN has 8, 12, 13 or 14 digits.",
    "negative": "{column} is '{value}'. Stock is what is on hand: 0 or more.",
    "negative_sale": "{column} is '{value}'. A sale has 1 or more.",
    "not_a_count": "{column} is '{value}'. Write a whole number such as 12, at most {most:,}.",
    "not_yes_or_no": "{column} is '{value}'. Write yes or no.",
    "not_a_number": "{column} is '{value}'. Write a number between {least} and {most}.",
    "not_a_time": "{column} is '{value}'. Write the store's local time, such as 2026-11-24 16:05:00.",
    "twice": "{what} is also in line {first}.",
    "gtin_taken": "GTIN {gtin} belongs to SKU {sku}.",
    "category_needed": "SKU {sku} is new and has neither category nor department.",
    "two_products": "The rows of product '{product}' belong to different products already.",
    "differs": "{column} is '{value}', but line {first} says '{other}' for the same product.",
    "unknown_store": "There is no store {store}.",
    "unknown_sku": "There is no SKU {sku}.",
    "below_allocated": "SKU {sku} in store {store} would have {quantity}, but {allocated} are promised to placed orders.",
    "receipt_differs": "Receipt {receipt} has another {column} than in line {first}.",
    "rung_up_before": "Receipt {receipt} was rung up before with other contents.",
}
WARNINGS = {
    "check_digit": "{column} {value} has a wrong check digit: a scanner will not read it.",
    "unused_columns": "Columns that are not used: {columns}.",
}


@dataclass(frozen=True)
class Problem:
    """Something wrong in a line (0: the file as a whole), as a code with its data."""

    file: str
    line: int
    code: str
    data: dict[str, Any]

    @property
    def words(self) -> str:
        """What it says to people, without the place."""
        return {**WORDS, **WARNINGS}[self.code].format(**self.data)

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.words}" if self.line else f"{self.file}: {self.words}"


@dataclass
class Counts:
    """How many rows of a file were new, changed something, or said what was known."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


class Problems:
    """Collects problems in whatever order they are found; keeps the first MOST_PROBLEMS by file and line and counts them all."""

    def __init__(self) -> None:
        self.kept: list[Problem] = []
        self.count = 0

    def __bool__(self) -> bool:
        return self.count > 0

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._first())

    def add(self, file: str, line: int, code: str, **data: Any) -> None:
        """One more. Cells are shown cut, so that a list of problems stays readable."""
        self.count += 1
        self.kept.append(Problem(file, line, code, {name: _cut(value) for name, value in data.items()}))
        if len(self.kept) > 10 * MOST_PROBLEMS:  # now and then, so that a file of nothing but faults costs little
            self.kept = self._first()

    @property
    def more(self) -> int:
        """How many are not in the list."""
        return max(self.count - MOST_PROBLEMS, 0)

    def _first(self) -> list[Problem]:
        return sorted(self.kept, key=lambda problem: (problem.file, problem.line))[:MOST_PROBLEMS]


@dataclass
class Report:
    """What an import did, or would do (`dry_run`). With problems nothing was changed."""

    dry_run: bool = False
    counts: dict[str, Counts] = field(default_factory=dict)
    problems: Problems = field(default_factory=Problems)
    warnings: Problems = field(default_factory=Problems)

    @property
    def changes(self) -> int:
        """How many rows were new or changed something."""
        return sum(counts.added + counts.changed for counts in self.counts.values())


def _cut(value: Any) -> Any:
    return value[:60] + "…" if isinstance(value, str) and len(value) > 60 else value
