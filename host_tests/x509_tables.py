"""All tables of chains in one, rows named by table and rule."""

from dataclasses import replace

import x509_cases_constraints
import x509_cases_form
import x509_cases_names
import x509_cases_ocsp
import x509_cases_path
from x509_cases import Row

TABLES = {
    "form": x509_cases_form.RULES,
    "names": x509_cases_names.RULES,
    "constraints": x509_cases_constraints.RULES,
    "path": x509_cases_path.RULES,
    "ocsp": x509_cases_ocsp.RULES,
}
ROWS = [replace(row, name=f"{name}: {row.name}") for name, table in TABLES.items() for row in table]


def one_for_each_cause() -> list[Row]:
    """The first row that is refused with each cause, and the first that is accepted in each way."""
    return list({row.expected: row for row in reversed(ROWS)}.values())
